"""Lines of business: added, renamed, retired. None is ever removed, for its calls and its trail outlive it."""

from django.db import transaction

import trail.services as trail
from accounts.domain.errors import NotAllowed, ZoneUnknown
from accounts.domain.zones import ZONE_WANTED, zones
from accounts.models import LineOfBusiness
from accounts.permissions import Act, demand, lines_of
from trail.domain.actors import Actor


@transaction.atomic
def add_line(*, code: str, name: str, zone: str, is_demo: bool = False, actor: Actor) -> LineOfBusiness:
    """A new line of business. Only who sees every line may add one. Raises NotAllowed, ZoneUnknown."""
    demand(actor, Act.ADMINISTER_PEOPLE)
    if lines_of(actor) is not None:
        raise NotAllowed("Only somebody who sees every line of business adds one.")
    if zone not in zones():
        raise ZoneUnknown(ZONE_WANTED)
    line = LineOfBusiness.objects.create(code=code, name=name, zone=zone, is_demo=is_demo)
    trail.append("line.added", actor=actor, subject=line, line_of_business_id=line.pk, zone=zone, is_demo=is_demo)
    return line


@transaction.atomic
def change_line(*, line: LineOfBusiness, name: str, actor: Actor) -> None:
    """Another name for a line. Its code, its zone and its being a demo stay: stored dates were computed with them."""
    demand(actor, Act.ADMINISTER_PEOPLE)
    lines = lines_of(actor)
    if lines is not None and line.pk not in lines:
        raise NotAllowed("This line of business is not one of yours.")
    LineOfBusiness.objects.filter(pk=line.pk).update(name=name)
    trail.append("line.renamed", actor=actor, subject=line, line_of_business_id=line.pk)
