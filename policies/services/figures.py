"""How the company's policies stand, in a few counts: for Today."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from policies.models import PolicyVersion
from trail.domain.actors import Actor


@dataclass(frozen=True)
class Figures:
    """What the actor may see, as of `at`: versions in force, and those of them whose review day is past."""

    in_force: int
    to_review: tuple[PolicyVersion, ...]  # the longest overdue first, each with its policy


def figures(actor: Actor, at: datetime) -> Figures:
    """Two queries, however many versions there are."""
    in_force = PolicyVersion.objects.visible_to(actor).in_force(at)
    past = in_force.review_past(timezone.localtime(at).date()).select_related("policy")
    return Figures(in_force=in_force.count(), to_review=tuple(past.order_by("next_review_on", "pk")))
