"""What the steps of a version's life share: who may move it, its row locked, when each version of a policy ends."""

from collections.abc import Collection
from datetime import UTC, datetime
from itertools import zip_longest

from django.db.models import Max, Q

from accounts.domain.errors import NotAllowed
from accounts.models import LineOfBusiness, User
from accounts.permissions import Act, lines_of, may
from policies.domain.errors import VersionNotMovable
from policies.models import Policy, PolicyVersion
from trail.domain.actors import Actor

CAREFUL = "careful-default"
State = PolicyVersion.State
_ALWAYS = datetime.min.replace(tzinfo=UTC)


def may_change(actor: Actor, policy: Policy) -> bool:
    """Whether the actor drafts and moves versions of this policy: an officer who sees every line that it reaches."""
    return _reaches(actor, list(policy.lines.all()))


def require(actor: Actor, reached: Collection[LineOfBusiness]) -> None:
    """Raises NotAllowed: the actor may not move versions that reach these lines; none of them means every line."""
    if not _reaches(actor, reached):
        raise NotAllowed("You may not do this for these lines of business.")


def locked(version: PolicyVersion, actor: User, state: str) -> PolicyVersion:
    """The row as it is now, locked. Raises NotAllowed, VersionNotMovable."""
    current = PolicyVersion.objects.select_related("policy").select_for_update(of=("self",)).get(pk=version.pk)
    require(actor, list(current.policy.lines.all()))
    if current.state != state:
        raise VersionNotMovable(f"The version is now {current.state.replace('_', ' ')}. Reload the page.")
    return current


def locked_unended(version: PolicyVersion, actor: User, now: datetime) -> PolicyVersion:
    """A published version that has not ended, locked with its policy. Raises NotAllowed, VersionNotMovable."""
    Policy.objects.select_for_update(no_key=True).get(pk=version.policy_id)
    current = PolicyVersion.objects.select_related("policy").select_for_update(of=("self",)).get(pk=version.pk)
    require(actor, list(current.policy.lines.all()))
    if current.published_at is None or (current.retired_at and current.retired_at <= now):
        raise VersionNotMovable(f"The version is {current.standing(now).replace('_', ' ')}. Reload the page.")
    return current


def next_number(policy: Policy) -> int:
    return (policy.versions.aggregate(last=Max("number"))["last"] or 0) + 1


def is_demo(policy: Policy) -> bool:
    lines = list(policy.lines.all())
    return bool(lines) and all(line.is_demo for line in lines)


def set_ends(policy: Policy, now: datetime) -> None:
    """Let each version of the policy that has not ended yet end where the one after it begins.

    One that two people retired keeps its end. For callers that hold the policy's row.
    """
    unended = policy.versions.filter(published_at__isnull=False, retired_by=None)
    unended = unended.filter(Q(retired_at=None) | Q(retired_at__gt=now))
    in_order = sorted(unended, key=lambda version: version.effective_from or _ALWAYS)
    for version, after in zip_longest(in_order, in_order[1:]):
        ends = after.effective_from if after else None
        if version.retired_at != ends:
            state = State.RETIRED if ends else State.PUBLISHED
            policy.versions.filter(pk=version.pk).update(retired_at=ends, state=state)


def _reaches(actor: Actor, lines: Collection[LineOfBusiness]) -> bool:
    """A policy without lines reaches all of them, so it takes somebody who sees all."""
    seen = lines_of(actor)
    return may(actor, Act.DRAFT_POLICY) and (seen is None or (bool(lines) and all(line.pk in seen for line in lines)))
