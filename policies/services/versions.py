"""Policy versions: drafted, submitted, published by a second person, retired. A published one never changes."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

import trail.services as trail
from accounts.domain.errors import NotAllowed
from accounts.models import LineOfBusiness, User
from accounts.permissions import Act, lines_of, may
from policies.domain.documents import CAREFUL_DEFAULT, policy_document
from policies.domain.errors import SecondPersonNeeded, VersionNotMovable
from policies.domain.periods import a_year_after
from policies.models import Policy, PolicyVersion
from trail.domain.actors import CALLWARD, Actor

CAREFUL = "careful-default"
State = PolicyVersion.State


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
        number=_next_number(policy),
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
) -> PolicyVersion:
    """Begin a version of a policy, or of a new one with this code, name and lines.

    `next_review_on`: when somebody has to look at it again; without it, a year after it is published.

    Raises DocumentRefused, NotAllowed: not one who drafts, or not for these lines.
    """
    if policy is None:
        policy = Policy(code=code, name=name)
    reached = list(policy.lines.all()) if policy.pk and not policy._state.adding else list(lines)
    _require(actor, reached)
    policy_document(document, is_demo=bool(reached) and all(line.is_demo for line in reached))
    if policy._state.adding:
        policy.save()
        policy.lines.set(lines)
    Policy.objects.select_for_update().get(pk=policy.pk)
    version = PolicyVersion.objects.create(
        policy=policy,
        number=_next_number(policy),
        document=dict(document),
        author=actor,
        next_review_on=next_review_on,
    )
    trail.append("version.drafted", actor=actor, subject=version, number=version.number, policy=policy.code)
    return version


@transaction.atomic
def change_draft(
    *, version: PolicyVersion, document: Mapping[str, Any], actor: User, next_review_on: date | None = None
) -> PolicyVersion:
    """Put another document and review day into a draft. Whoever changes it last is its author, and cannot approve it.

    Raises DocumentRefused, VersionNotMovable: no longer a draft.
    """
    version = _locked(version, actor, State.DRAFT)
    policy_document(document, is_demo=_is_demo(version.policy))
    version.document = dict(document)
    version.author = actor
    version.next_review_on = next_review_on
    version.save(update_fields=["document", "author", "next_review_on"])
    trail.append("version.changed", actor=actor, subject=version, number=version.number)
    return version


@transaction.atomic
def submit_version(*, version: PolicyVersion, actor: User) -> PolicyVersion:
    """Hand a draft to a second person. Raises VersionNotMovable, DocumentRefused."""
    version = _locked(version, actor, State.DRAFT)
    policy_document(version.document, is_demo=_is_demo(version.policy))
    version.state = State.IN_REVIEW
    version.submitted_at = timezone.now()
    version.sent_back_because = ""
    version.save(update_fields=["state", "submitted_at", "sent_back_because"])
    trail.append("version.submitted", actor=actor, subject=version, number=version.number)
    return version


@transaction.atomic
def send_back(*, version: PolicyVersion, reason: str, actor: User) -> PolicyVersion:
    """Return a version in review to its author as a draft, with the reason. Raises VersionNotMovable."""
    version = _locked(version, actor, State.IN_REVIEW)
    version.state = State.DRAFT
    version.submitted_at = None
    version.sent_back_because = reason
    version.save(update_fields=["state", "submitted_at", "sent_back_because"])
    trail.append("version.sent_back", actor=actor, subject=version, number=version.number)
    return version


@transaction.atomic
def publish_version(
    *, version: PolicyVersion, actor: User, effective_from: datetime | None = None, always: bool = False
) -> PolicyVersion:
    """Put a reviewed version in force, from now or a later moment; the one before it ends there.

    `always`, for the first version of a policy alone: it also governs calls of earlier days that arrive later.
    Raises SecondPersonNeeded: the author asks; VersionNotMovable: not in review, a moment past, or not the first.
    """
    version = _locked(version, actor, State.IN_REVIEW)
    if not may(actor, Act.APPROVE_POLICY, version):
        raise SecondPersonNeeded("You wrote this version. A second person has to publish it.")
    policy_document(version.document, is_demo=_is_demo(version.policy))
    Policy.objects.select_for_update(no_key=True).get(pk=version.policy_id)  # one after the other
    now = timezone.now()
    before = version.policy.versions.filter(state__in=[State.PUBLISHED, State.RETIRED])
    if always and before.exists():
        raise VersionNotMovable("Only the first version of a policy governs earlier calls. Give the day it begins.")
    if effective_from is not None and effective_from < now and not always:
        raise VersionNotMovable("The day has passed. Publish it from now on, or from a later day.")
    begins = None if always else effective_from or now
    before.filter(state=State.PUBLISHED).update(state=State.RETIRED, retired_at=begins)
    version.state = State.PUBLISHED
    version.approver = actor
    version.published_at = now
    version.effective_from = begins
    version.next_review_on = version.next_review_on or a_year_after(timezone.localdate())
    version.save(update_fields=["state", "approver", "published_at", "effective_from", "next_review_on"])
    trail.append(
        "version.published",
        actor=actor,
        subject=version,
        number=version.number,
        policy=version.policy.code,
        effective_from=begins.isoformat() if begins else None,
        next_review_on=version.next_review_on.isoformat(),
    )
    return version


@transaction.atomic
def retire_version(*, version: PolicyVersion, actor: User) -> PolicyVersion:
    """End a published version now. Its lines fall back to the default. Raises VersionNotMovable, SecondPersonNeeded."""
    version = _locked(version, actor, State.PUBLISHED)
    version.state = State.RETIRED
    version.retired_at = timezone.now()
    version.save(update_fields=["state", "retired_at"])
    trail.append("version.retired", actor=actor, subject=version, number=version.number, policy=version.policy.code)
    return version


def _next_number(policy: Policy) -> int:
    return (policy.versions.aggregate(last=Max("number"))["last"] or 0) + 1


def _is_demo(policy: Policy) -> bool:
    lines = list(policy.lines.all())
    return bool(lines) and all(line.is_demo for line in lines)


def _locked(version: PolicyVersion, actor: User, state: str) -> PolicyVersion:
    """The row as it is now, locked. Raises NotAllowed, VersionNotMovable."""
    current = PolicyVersion.objects.select_related("policy").select_for_update(of=("self",)).get(pk=version.pk)
    _require(actor, list(current.policy.lines.all()))
    if current.state != state:
        raise VersionNotMovable(f"The version is now {current.state.replace('_', ' ')}. Reload the page.")
    return current


def may_change(actor: Actor, policy: Policy) -> bool:
    """Whether the actor drafts and moves versions of this policy: an officer who sees every line that it reaches."""
    return _reaches(actor, list(policy.lines.all()))


def _reaches(actor: Actor, lines: Collection[LineOfBusiness]) -> bool:
    """A policy without lines reaches all of them, so it takes somebody who sees all."""
    seen = lines_of(actor)
    return may(actor, Act.DRAFT_POLICY) and (seen is None or (bool(lines) and all(line.pk in seen for line in lines)))


def _require(actor: Actor, reached: Collection[LineOfBusiness]) -> None:
    if not _reaches(actor, reached):
        raise NotAllowed("You may not do this for these lines of business.")
