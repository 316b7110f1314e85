"""How many things wait for this person, for the navigation; remembered for ten seconds."""

from dataclasses import dataclass

from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.models import User
from accounts.permissions import Act, may
from audits.services.figures import figures as review_figures
from compliance_site.inbox import yours
from recordings import gate
from recordings.services.figures import figures as call_figures
from recordings.services.intake_log import dead_letters
from recordings.services.retention.cases import case_figures

REMEMBERED_SECONDS = 10


@dataclass(frozen=True)
class Count:
    """A number beside a link: what it counts, and whether somebody is late with it."""

    number: int = 0
    of: str = ""
    is_late: bool = False


def counts(user: User) -> dict[str, Count]:
    """By the route of the page that lists them; only where this person has to act. None while all is closed."""
    if gate.reason():
        return {}
    try:
        known: dict[str, Count] | None = cache.get(f"callward:counts:{user.pk}")
        if known is None:
            known = _counted(user)
            cache.set(f"callward:counts:{user.pk}", known, REMEMBERED_SECONDS)
    except RedisError:
        return {}
    return known


def _counted(user: User) -> dict[str, Count]:
    now, found = timezone.now(), {}
    if may(user, Act.DO_REVIEW) or may(user, Act.ADMINISTER_PLAN):
        reviews = review_figures(user, now)
        if reviews.overdue or may(user, Act.DO_REVIEW):
            late = bool(reviews.overdue)
            found["audits:queue"] = Count(reviews.overdue or reviews.open, "overdue" if late else "open", is_late=late)
        if may(user, Act.CLOSE_FINDING):
            late = bool(reviews.findings_overdue)
            found["audits:findings"] = Count(reviews.findings_open, "open", is_late=late)
    if may(user, Act.JUDGE_QUARANTINE):
        calls = call_figures(user, now)
        found["recordings:quarantine"] = Count(calls.quarantined, "in quarantine")
        cases = case_figures(user, now)
        late = bool(cases.overdue)
        found["recordings:inbox"] = Count(cases.overdue or cases.open, "late" if late else "open", is_late=late)
        if may(user, Act.APPROVE_DISPOSITION):
            found["recordings:disposition"] = Count(calls.to_approve, "wait for your leave")
    if may(user, Act.ADMINISTER_INTAKE):
        found["recordings:intake"] = Count(dead_letters(user), "given up")
    if may(user, Act.APPROVE_POLICY):
        found["inbox"] = Count(len(yours(user)), "wait for your decision")
    return found
