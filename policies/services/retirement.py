"""A version's end by two people, and the look at one that stays as it is."""

from datetime import date

from django.db import transaction
from django.utils import timezone

import trail.services as trail
from accounts.models import User
from accounts.permissions import Act, may
from policies.domain.errors import SecondPersonNeeded, VersionNotMovable
from policies.models import PolicyVersion
from policies.services.version_rows import CAREFUL, State, locked_unended, set_ends


@transaction.atomic
def request_retirement(*, version: PolicyVersion, reason: str, actor: User) -> PolicyVersion:
    """Ask that a published version end, also one that is still to begin. A second person decides.

    Raises NotAllowed; VersionNotMovable: not in force nor to come, asked for already, or of the careful default.
    """
    version = locked_unended(version, actor, timezone.now())
    if version.policy.code == CAREFUL:
        raise VersionNotMovable(
            "The careful default stands behind every policy. Publish a newer version of it instead."
        )
    if version.retirement_asked_by_id is not None:
        raise VersionNotMovable("Its retirement is asked for already. A second person decides.")
    version.retirement_asked_by = actor
    version.retirement_asked_at = timezone.now()
    version.retirement_reason = reason
    version.save(update_fields=["retirement_asked_by", "retirement_asked_at", "retirement_reason"])
    trail.append("version.retirement_asked", actor=actor, subject=version, number=version.number)
    return version


@transaction.atomic
def approve_retirement(*, version: PolicyVersion, actor: User) -> PolicyVersion:
    """End the version now, as a second person. Its calls fall to the next most specific policy, at last the default.

    One that had not begun never governs; the version before it goes on. Raises SecondPersonNeeded: who asked;
    VersionNotMovable: nobody asked.
    """
    version = _asked_for(version, actor)
    if not may(actor, Act.APPROVE_RETIREMENT, version):
        raise SecondPersonNeeded("You asked for this retirement. A second person has to approve it.")
    now = timezone.now()
    version.state = State.RETIRED
    version.retired_at = now
    version.retired_by = actor
    version.save(update_fields=["state", "retired_at", "retired_by"])
    set_ends(version.policy, now)
    trail.append("version.retired", actor=actor, subject=version, number=version.number, policy=version.policy.code)
    return version


@transaction.atomic
def refuse_retirement(*, version: PolicyVersion, actor: User) -> PolicyVersion:
    """Let the version stand: a second person says so, or who asked. Raises NotAllowed, VersionNotMovable."""
    version = _asked_for(version, actor)
    version.retirement_asked_by = None
    version.retirement_asked_at = None
    version.retirement_reason = ""
    version.save(update_fields=["retirement_asked_by", "retirement_asked_at", "retirement_reason"])
    trail.append("version.retirement_refused", actor=actor, subject=version, number=version.number)
    return version


@transaction.atomic
def confirm_unchanged(*, version: PolicyVersion, next_review_on: date, actor: User) -> PolicyVersion:
    """Say that somebody looked at a published version and it may stay; the next look is due on `next_review_on`.

    Raises NotAllowed, VersionNotMovable: it has ended, or the day is not later than today.
    """
    version = locked_unended(version, actor, timezone.now())
    if next_review_on <= timezone.localdate():
        raise VersionNotMovable("Choose a later day for the next review.")
    version.next_review_on = next_review_on
    version.save(update_fields=["next_review_on"])
    trail.append(
        "version.confirmed",
        actor=actor,
        subject=version,
        number=version.number,
        next_review_on=next_review_on.isoformat(),
    )
    return version


def _asked_for(version: PolicyVersion, actor: User) -> PolicyVersion:
    version = locked_unended(version, actor, timezone.now())
    if version.retirement_asked_by_id is None:
        raise VersionNotMovable("Nobody asks to retire this version. Reload the page.")
    return version
