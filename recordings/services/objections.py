"""What people do while a recording stands on the disposition list: object to its going, or approve it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

import trail.services as trail
from accounts.domain.errors import NotAllowed
from accounts.permissions import Act, may
from recordings.domain.errors import CountChanged, NotListed, RecordingNotFound
from recordings.models import Recording
from recordings.models.queries import RecordingQuerySet
from trail.domain.actors import Actor


@transaction.atomic
def object_to_disposition(*, recording_id: UUID, reason: str, until: datetime, actor: Actor) -> Recording:
    """Keep a listed recording until the moment `until` or until the objection ends; then it may be late.

    Raises RecordingNotFound, NotListed, NotAllowed.
    """
    recording = _listed(recording_id, actor)
    recording.objected_until, recording.objected_by_id, recording.objection = until, actor.actor_id, reason
    recording.approved_at, recording.approved_by_id = None, ""
    recording.save(update_fields=["objected_until", "objected_by_id", "objection", "approved_at", "approved_by_id"])
    trail.append("recording.objected", actor=actor, subject=recording, until=until.isoformat())
    return recording


@transaction.atomic
def end_objection(*, recording_id: UUID, actor: Actor) -> Recording:
    """Let the recording go on its way again. Ending what has ended changes nothing and leaves no event."""
    recording = _listed(recording_id, actor)
    if recording.objected_until is not None:
        recording.objected_until, recording.objected_by_id, recording.objection = None, "", ""
        recording.save(update_fields=["objected_until", "objected_by_id", "objection"])
        trail.append("recording.objection_ended", actor=actor, subject=recording)
    return recording


@transaction.atomic
def approve_disposition(*, confirmed: int, actor: Actor, at: datetime | None = None) -> datetime:
    """Approve all that awaits approval and that the actor may see; the moment under which they were approved.

    `confirmed` is the number that the person read and typed. Raises CountChanged: another number stands there now.
    """
    if not may(actor, Act.APPROVE_DISPOSITION):
        raise NotAllowed("Only an officer approves what is destroyed.")
    now = at or timezone.now()
    awaiting = list(to_approve(actor, now).select_for_update(of=("self",), no_key=True).order_by("pk"))
    if len(awaiting) != confirmed or not awaiting:
        raise CountChanged(confirmed, len(awaiting))
    ids = [recording.pk for recording in awaiting]
    Recording.objects.filter(pk__in=ids).update(approved_at=now, approved_by_id=actor.actor_id)
    trail.append_many("recording.approved", actor=actor, subjects=awaiting)
    return now


@transaction.atomic
def approve_chosen(
    *, recording_ids: Collection[UUID], actor: Actor, at: datetime | None = None
) -> tuple[datetime, int]:
    """Approve these of what awaits approval; the moment under which they were, and how many. Others are passed over.

    Raises NotAllowed; CountChanged: none of them awaits it any more.
    """
    if not may(actor, Act.APPROVE_DISPOSITION):
        raise NotAllowed("Only an officer approves what is destroyed.")
    now, ids = at or timezone.now(), list(dict.fromkeys(recording_ids))
    chosen = to_approve(actor, now).filter(pk__in=ids)
    awaiting = list(chosen.select_for_update(of=("self",), no_key=True).order_by("pk"))
    if not awaiting:
        raise CountChanged(len(ids), 0)
    found = [recording.pk for recording in awaiting]
    Recording.objects.filter(pk__in=found).update(approved_at=now, approved_by_id=actor.actor_id)
    trail.append_many("recording.approved", actor=actor, subjects=awaiting)
    return now, len(awaiting)


@transaction.atomic
def withdraw_approval(*, approved_at: datetime, actor: Actor) -> int:
    """Take back what this actor approved at this moment, as far as it still stands; how many."""
    rows = Recording.objects.visible_to(actor).filter(approved_at=approved_at, approved_by_id=actor.actor_id)
    standing = list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))
    Recording.objects.filter(pk__in=[row.pk for row in standing]).update(approved_at=None, approved_by_id="")
    if standing:
        trail.append_many("recording.approval_withdrawn", actor=actor, subjects=standing)
    return len(standing)


def to_approve(actor: Actor, at: datetime) -> RecordingQuerySet:
    """Listed, in need of a person's leave, neither held nor objected to."""
    rows = Recording.objects.visible_to(actor).without_hold().without_conflict()
    return rows.without_objection(at).filter(listed_at__isnull=False, needs_approval=True, approved_at=None)


def _listed(recording_id: UUID, actor: Actor) -> Recording:
    if not may(actor, Act.OBJECT_TO_DISPOSITION):
        raise NotAllowed("A supervisor or an officer objects to a disposition.")
    recording = Recording.objects.visible_to(actor).locked([recording_id]).first()
    if recording is None:
        raise RecordingNotFound
    if not recording.is_listed:
        raise NotListed
    return recording
