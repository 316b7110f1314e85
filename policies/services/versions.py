"""Policy versions: drafted, cloned, submitted, published by a second person. A published one never changes."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

import trail.services as trail
from accounts.models import LineOfBusiness, User
from accounts.permissions import Act, may
from policies.domain.documents import CAREFUL_DEFAULT, policy_document
from policies.domain.errors import SecondPersonNeeded, VersionNotMovable
from policies.domain.periods import a_year_after
from policies.models import ImpactReport, Policy, PolicyVersion
from policies.services.approvals import approval_of, refuse_laxer
from policies.services.version_rows import CAREFUL, State, is_demo, locked, may_change, next_number, require, set_ends
from trail.domain.actors import CALLWARD

__all__ = [
    "CAREFUL",
    "change_draft",
    "clone_version",
    "draft_version",
    "may_change",
    "publish_version",
    "send_back",
    "ship_careful_default",
    "submit_version",
]


@transaction.atomic
def ship_careful_default() -> PolicyVersion:
    """Bring the careful default policy into the database, published, once. It governs every call of every day."""
    policy, _ = Policy.objects.get_or_create(code=CAREFUL, defaults={"name": "Careful default"})
    Policy.objects.select_for_update().get(pk=policy.pk)
    shipped = policy.versions.filter(ships=True).first()
    if shipped is not None:
        return shipped
    version = PolicyVersion.objects.create(
        policy=policy,
        number=next_number(policy),
        state=State.PUBLISHED,
        document=CAREFUL_DEFAULT,
        ships=True,
        published_at=timezone.now(),
        next_review_on=a_year_after(timezone.localdate()),
    )
    trail.append("version.published", actor=CALLWARD, subject=version, number=version.number, policy=policy.code)
    return version


@transaction.atomic
def draft_version(
    *,
    document: Mapping[str, Any],
    actor: User,
    policy: Policy | None = None,
    code: str = "",
    name: str = "",
    lines: Collection[LineOfBusiness] = (),
    next_review_on: date | None = None,
    cloned_from: PolicyVersion | None = None,
) -> PolicyVersion:
    """Begin a version of a policy, or of a new one with this code, name and lines.

    `next_review_on`: when somebody has to look at it again; without it, a year after it is published.

    Raises DocumentRefused, NotAllowed: not one who drafts, or not for these lines.
    """
    if policy is None:
        policy = Policy(code=code, name=name)
    reached = list(policy.lines.all()) if policy.pk and not policy._state.adding else list(lines)
    require(actor, reached)
    policy_document(document, is_demo=bool(reached) and all(line.is_demo for line in reached))
    if policy._state.adding:
        policy.save()
        policy.lines.set(lines)
    Policy.objects.select_for_update().get(pk=policy.pk)
    version = PolicyVersion.objects.create(
        policy=policy,
        number=next_number(policy),
        document=dict(document),
        author=actor,
        next_review_on=next_review_on,
    )
    trail.append(
        "version.drafted",
        actor=actor,
        subject=version,
        number=version.number,
        policy=policy.code,
        cloned_from=str(cloned_from.pk) if cloned_from else None,
    )
    return version


@transaction.atomic
def clone_version(
    *, version: PolicyVersion, code: str, name: str, lines: Collection[LineOfBusiness], actor: User
) -> PolicyVersion:
    """Begin a new policy with the document of any version, as its first draft.

    Raises DocumentRefused: it does not fit these lines (seconds are for demo lines); NotAllowed: not for these lines.
    """
    return draft_version(document=version.document, code=code, name=name, lines=lines, actor=actor, cloned_from=version)


@transaction.atomic
def change_draft(
    *, version: PolicyVersion, document: Mapping[str, Any], actor: User, next_review_on: date | None = None
) -> PolicyVersion:
    """Put another document and review day into a draft. Whoever changes it last is its author, and cannot approve it.

    Raises DocumentRefused, VersionNotMovable: no longer a draft.
    """
    version = locked(version, actor, State.DRAFT)
    policy_document(document, is_demo=is_demo(version.policy))
    version.document = dict(document)
    version.author = actor
    version.next_review_on = next_review_on
    version.save(update_fields=["document", "author", "next_review_on"])
    trail.append("version.changed", actor=actor, subject=version, number=version.number)
    return version


@transaction.atomic
def submit_version(*, version: PolicyVersion, actor: User) -> PolicyVersion:
    """Hand a draft to a second person: by its author alone, so that nobody approves words that only they stand for.

    Raises VersionNotMovable: not its author, or no draft; DocumentRefused, VersionLaxerThanLaw.
    """
    version = locked(version, actor, State.DRAFT)
    if version.author_id != actor.pk:
        raise VersionNotMovable("Who changed it last submits it. Ask them, or change it yourself: then you wrote it.")
    document = policy_document(version.document, is_demo=is_demo(version.policy))
    refuse_laxer(document, timezone.localdate())
    version.state = State.IN_REVIEW
    version.submitted_at = timezone.now()
    version.sent_back_because = ""
    version.save(update_fields=["state", "submitted_at", "sent_back_because"])
    trail.append("version.submitted", actor=actor, subject=version, number=version.number)
    return version


@transaction.atomic
def send_back(*, version: PolicyVersion, reason: str, actor: User) -> PolicyVersion:
    """Return a version in review to its author as a draft, with the reason. Raises VersionNotMovable."""
    version = locked(version, actor, State.IN_REVIEW)
    version.state = State.DRAFT
    version.submitted_at = None
    version.sent_back_because = reason
    version.save(update_fields=["state", "submitted_at", "sent_back_because"])
    trail.append("version.sent_back", actor=actor, subject=version, number=version.number)
    return version


@transaction.atomic
def publish_version(
    *,
    version: PolicyVersion,
    actor: User,
    effective_from: datetime | None = None,
    always: bool = False,
    report: ImpactReport | None = None,
) -> PolicyVersion:
    """Put a reviewed version in force, from now or a later moment, until the one that begins after it.

    `always`, for the first version of a policy alone: it also governs calls of earlier days that arrive later.
    `report`: the finished what-if of this version; the approval keeps it, with what was warned of.
    Raises SecondPersonNeeded: the author asks; VersionLaxerThanLaw; VersionNotMovable: not in review, a moment past or
    taken, not the first, or without its report while anything is stored.
    """
    version = locked(version, actor, State.IN_REVIEW)
    if not may(actor, Act.APPROVE_POLICY, version):
        raise SecondPersonNeeded("You wrote this version. A second person has to publish it.")
    document = policy_document(version.document, is_demo=is_demo(version.policy))
    Policy.objects.select_for_update(no_key=True).get(pk=version.policy_id)  # one after the other
    now = timezone.now()
    begins = _beginning(version, effective_from, now, always=always)
    refuse_laxer(document, timezone.localdate(begins) if begins else timezone.localdate())
    version.approval = approval_of(version, document, report)
    version.state = State.PUBLISHED
    version.approver = actor
    version.published_at = now
    version.effective_from = begins
    version.next_review_on = version.next_review_on or a_year_after(timezone.localdate())
    version.save(update_fields=["state", "approver", "published_at", "effective_from", "next_review_on", "approval"])
    set_ends(version.policy, now)
    trail.append(
        "version.published",
        actor=actor,
        subject=version,
        number=version.number,
        policy=version.policy.code,
        effective_from=begins.isoformat() if begins else None,
        next_review_on=version.next_review_on.isoformat(),
        report=version.approval["report"],
        warnings=len(version.approval["warnings"]),
    )
    version.refresh_from_db(fields=["state", "retired_at"])  # another one may begin after it
    return version


def _beginning(version: PolicyVersion, asked: datetime | None, now: datetime, *, always: bool) -> datetime | None:
    """When the version begins; None: always. Raises VersionNotMovable."""
    others = version.policy.versions.filter(published_at__isnull=False)
    if always and others.exists():
        raise VersionNotMovable("Only the first version of a policy governs earlier calls. Give the day it begins.")
    if always:
        return None
    if asked is not None and asked < now:
        raise VersionNotMovable("The day has passed. Publish it from now on, or from a later day.")
    begins = asked or now
    if taken := others.filter(effective_from=begins, retired_by=None).first():
        raise VersionNotMovable(f"Version {taken.number} begins at that moment. Choose another day.")
    return begins
