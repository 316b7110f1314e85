"""Somebody refused to be recorded: what the decision of their call said is carried out, by itself and at once.

`delete`, `keep_reason_only`: the recording is destroyed with its certificate, and of the latter a reason stays that
names nobody. `stop_recording` ended the recording when it was said, and `end_call` follows a duty to record: what is
there stays apart on its dates. A hold, and a minimum that runs, come before: until they end, it is restricted.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef

import trail.services as trail
from recordings.domain.certificates import Refused
from recordings.models import CallEvent, PersonRequestItem, Recording, RefusedCall
from recordings.models.queries import RecordingQuerySet
from recordings.services.dates import given_dates
from recordings.services.disposition import destroy
from recordings.services.disposition.pause import pause_in_force
from recordings.services.erasing import judge
from recordings.services.holds import join_claimed
from recordings.services.trust import assert_trusted
from trail.domain.actors import CALLWARD

State = RefusedCall.State
DELETE, KEEP_REASON_ONLY = "delete", "keep_reason_only"
ENDS = frozenset({DELETE, KEEP_REASON_ONLY})
DESTROYED = PersonRequestItem.Outcome.DESTROYED
AT_ONCE = 100


def settle_refusals(at: datetime, *, limit: int = AT_ONCE) -> int:
    """One batch of what is due by a refusal; how many calls were settled. 0: nothing is due.

    Nothing is done while a person has paused destruction. Raises DispositionStopped: clock, keys, store or trail cannot
    be trusted.
    """
    if pause_in_force():
        return 0
    return _settle_new(at, limit) or _settle_kept(at, limit) or _withdrawn(at, limit) or forget_reasons(at, limit=limit)


@transaction.atomic(durable=True)
def _settle_new(at: datetime, limit: int) -> int:
    """Refusals that nobody has settled. Served by recording_refused_idx."""
    return len(_settled(unsettled(), {}, at, limit))


@transaction.atomic(durable=True)
def _settle_kept(at: datetime, limit: int) -> int:
    """What a hold or a minimum kept, and keeps no more."""
    ids = list(free_again(at).values_list("pk", flat=True)[:limit])
    settled = _settled(Recording.objects.filter(pk__in=ids), RefusedCall.objects.in_bulk(ids), at, limit)
    return sum(call.state != State.KEPT for call in settled)


def refused() -> RecordingQuerySet:
    """Recordings on which somebody's refusal stands."""
    return Recording.objects.filter(quarantine_reasons__contains=["consent_refused"])


def unsettled() -> RecordingQuerySet:
    """Of them those of which nothing was settled yet."""
    return refused().filter(~Exists(RefusedCall.objects.filter(recording_id=OuterRef("pk"))))


def free_again(at: datetime) -> RecordingQuerySet:
    """Of them those that a hold or a minimum kept, and keeps no more."""
    kept = RefusedCall.objects.kept().filter(recording_id=OuterRef("pk"))
    free = refused().without_hold().without_conflict().filter(keep_until__lte=at).exclude(restriction="open")
    return free.filter(Exists(kept))


def _settled(
    rows: RecordingQuerySet, known: Mapping[UUID, RefusedCall], at: datetime, limit: int
) -> Sequence[RefusedCall]:
    """Judge these once they are locked; in the caller's transaction."""
    claimed = rows.select_for_update(of=("self",), skip_locked=True).order_by("pk").values_list("pk", flat=True)
    ids = list(claimed[:limit])
    if not ids:
        return []
    join_claimed(ids)  # a hold that has just been placed counts
    locked = list(refused().filter(pk__in=ids).select_related("line_of_business").order_by("pk"))
    if not locked:
        return []
    given = given_dates(locked)
    calls = [known.get(one.pk) or _call_of(one, at) for one in locked]
    for one, call in zip(locked, calls, strict=True):
        outcome = judge(one, given[one.pk].explanation, at)[0] if call.follow in ENDS else ""
        call.state = State.STAYS if not outcome else State.DESTROYED if outcome == DESTROYED else State.KEPT
        call.kept_by = outcome if call.state == State.KEPT else ""
        call.kept_until = one.keep_until if call.state == State.KEPT else None
        call.settled_at = None if call.state == State.KEPT else at
    _restrict([one for one, call in zip(locked, calls, strict=True) if call.state == State.KEPT], calls, at)
    doomed = [one for one, call in zip(locked, calls, strict=True) if call.state == State.DESTROYED]
    if doomed:
        assert_trusted()
        _keep_reasons(doomed, {call.recording_id: call for call in calls})
    _store(calls, known)
    trail.append_many(
        "refusal.settled",
        actor=CALLWARD,
        subjects=locked,
        facts=[{"follow": call.follow, "came_to": call.state} for call in calls],
    )
    if doomed:
        told = {call.recording_id: Refused(call.follow, call.found_at.isoformat()) for call in calls}
        destroy(doomed, at, leaves={one.pk: told[one.pk] for one in doomed})
    return calls


def _call_of(recording: Recording, at: datetime) -> RefusedCall:
    return RefusedCall(
        recording_id=recording.pk,
        source=recording.source,
        line_of_business_id=recording.line_of_business_id,
        follow=recording.decided.get("on_refusal", "stop_recording"),
        found_at=at,
    )


def _store(calls: Sequence[RefusedCall], known: Mapping[UUID, RefusedCall]) -> None:
    RefusedCall.objects.bulk_create(call for call in calls if call.recording_id not in known)
    changed = [call for call in calls if call.recording_id in known]
    RefusedCall.objects.bulk_update(changed, _FIELDS) if changed else None


_FIELDS = [
    "state",
    "kept_by",
    "kept_until",
    "settled_at",
    "called_on",
    "direction",
    "purposes",
    "reason_key",
    "forget_at",
]


def _restrict(kept: Collection[Recording], calls: Sequence[RefusedCall], at: datetime) -> None:
    """Not played and not drawn any more: it is there for the duty that keeps it alone."""
    kept_by = {call.recording_id: call.kept_by for call in calls}
    fresh = [one for one in kept if one.restriction != kept_by[one.pk]]
    for one in fresh:
        one.restricted_at, one.restriction = one.restricted_at or at, kept_by[one.pk]
    Recording.objects.bulk_update(fresh, ["restricted_at", "restriction"]) if fresh else None
    if fresh:
        facts: list[dict[str, object]] = [{"kept_by": one.restriction} for one in fresh]
        trail.append_many("recording.restricted", actor=CALLWARD, subjects=fresh, facts=facts)


def _keep_reasons(doomed: Sequence[Recording], calls: Mapping[UUID, RefusedCall]) -> None:
    """What the policy keeps of a call whose audio goes: its day, direction, purposes, and a key; nobody's name."""
    ids = [one.pk for one in doomed if calls[one.pk].follow == KEEP_REASON_ONLY]
    events = CallEvent.objects.filter(recording_id__in=ids, kind="consent_refused").exclude(detail="")
    keys = dict(events.order_by("-offset_seconds").values_list("recording_id", "detail"))
    for one in doomed:
        call = calls[one.pk]
        if call.follow == KEEP_REASON_ONLY:
            call.called_on = one.started_at.astimezone(ZoneInfo(one.zone)).date()
            call.direction, call.purposes = one.direction, list(one.purposes)
            call.reason_key, call.forget_at = keys.get(one.pk, ""), one.delete_by


@transaction.atomic(durable=True)
def _withdrawn(at: datetime, limit: int) -> int:
    """A person let it out, knowing that the refusal was taken back: it is heard like any other again."""
    there = Recording.objects.filter(pk=OuterRef("recording_id")).exclude(
        quarantine_reasons__contains=["consent_refused"]
    )
    calls = list(RefusedCall.objects.kept().filter(Exists(there)).order_by("pk").select_for_update()[:limit])
    ids = [call.recording_id for call in calls]
    asked = PersonRequestItem.objects.kept().filter(recording_id=OuterRef("pk"))  # whose erasure keeps it restricted
    free = Recording.objects.locked(ids).filter(~Exists(asked))
    Recording.objects.filter(pk__in=[one.pk for one in free]).update(restricted_at=None, restriction="")
    RefusedCall.objects.filter(pk__in=ids).update(state=State.WITHDRAWN, kept_by="", kept_until=None, settled_at=at)
    trail.append_many("refusal.withdrawn", actor=CALLWARD, subjects=calls)
    return len(calls)


@transaction.atomic(durable=True)
def forget_reasons(at: datetime, *, limit: int = AT_ONCE) -> int:
    """Forget each reason on the day on which its recording would have gone; how many."""
    over = RefusedCall.objects.filter(forget_at__lte=at).order_by("forget_at", "pk")
    calls = list(over.select_for_update(skip_locked=True)[:limit])
    RefusedCall.objects.filter(pk__in=[call.pk for call in calls]).update(
        called_on=None, direction="", purposes=[], reason_key="", forget_at=None
    )
    trail.append_many("refusal.reason_forgotten", actor=CALLWARD, subjects=calls)
    return len(calls)
