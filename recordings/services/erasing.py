"""Erasure by request of a person: what nothing keeps goes with its certificate, the rest is restricted and told why.

Two people let it go before. What a hold or a minimum keeps is asked again and again, and goes when it ends.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

import trail.services as trail
from policies.domain.retention import FROM_THE_CALL, MINIMUM
from recordings.domain.certificates import Erasure
from recordings.models import PersonRequest, PersonRequestItem, Recording
from recordings.services.dates import given_dates
from recordings.services.disposition import destroy
from recordings.services.disposition.pause import pause_in_force
from recordings.services.holds import locked_to_destroy
from recordings.services.trust import assert_trusted
from trail.domain.actors import CALLWARD

Item = PersonRequestItem
Outcome, State = PersonRequestItem.Outcome, PersonRequest.State


def erase_due(at: datetime, *, limit: int = 100) -> int:
    """One batch of erasures that two people let go; how many items were settled. 0: nothing is due.

    Nothing goes while a person has paused it. Raises DispositionStopped: clock, keys, store or trail cannot be trusted.
    """
    if pause_in_force():
        return 0
    return _erase_approved(at, limit) or _erase_released(at, limit)


@transaction.atomic(durable=True)
def _erase_approved(at: datetime, limit: int) -> int:
    """The next items of a request that the worker has; when none is left, its letter can be written."""
    rows = PersonRequest.objects.filter(kind=PersonRequest.Kind.ERASURE, state=State.WORKING)
    request = rows.select_for_update(skip_locked=True, no_key=True).order_by("approved_at", "pk").first()
    if request is None:
        return 0
    items = list(request.items.confirmed().filter(outcome="").order_by("recording_id")[:limit])
    if items:
        _settle(items, {request.pk: request}, at)
    if not request.items.confirmed().filter(outcome="").exists():
        request.state = State.READY
        request.save(update_fields=["state"])
        destroyed = request.items.filter(outcome__in=[Outcome.DESTROYED, Outcome.GONE]).count()
        kept = request.items.kept().count()
        trail.append("request.erased", actor=CALLWARD, subject=request, destroyed=destroyed, kept=kept)
    return len(items) or 1


@transaction.atomic(durable=True)
def _erase_released(at: datetime, limit: int) -> int:
    """What a hold or a minimum kept, and keeps no more. Its recording is judged anew once it is locked."""
    there = Recording.objects.filter(pk=OuterRef("recording_id"))
    free = there.without_hold().without_conflict().filter(keep_until__lte=at).exclude(restriction=Outcome.OPEN_MINIMUM)
    waiting = Item.objects.kept().filter(Exists(free) | ~Exists(there))
    items = list(waiting.select_for_update(skip_locked=True, no_key=True, of=("self",)).order_by("pk")[:limit])
    if not items:
        return 0
    requests = PersonRequest.objects.in_bulk({item.request_id for item in items})
    _settle(items, requests, at)
    return sum(not item.is_kept for item in items)


def _settle(items: list[PersonRequestItem], requests: dict[UUID, PersonRequest], at: datetime) -> None:
    """Judge the locked recordings of these items: destroy, or restrict and say why. In the caller's transaction."""
    assert_trusted()
    there = locked_to_destroy([item.recording_id for item in items])
    given = given_dates(list(there.values()))
    doomed: dict[UUID, Recording] = {}
    erasures: dict[UUID, Erasure] = {}
    restricted: list[Recording] = []
    for item in items:
        recording = there.get(item.recording_id)
        if recording is None:
            item.outcome = Outcome.GONE if not item.is_kept else Outcome.DESTROYED
        else:
            item.outcome, item.rule = judge(recording, given[recording.pk].explanation, at)
        item.settled_at = at
        item.kept_until = recording.keep_until if recording and item.outcome == Outcome.MINIMUM else None
        if recording and item.outcome == Outcome.DESTROYED:
            doomed[recording.pk] = recording
            erasures[recording.pk] = _erasure(requests[item.request_id])
        elif recording and recording.restriction != item.outcome:
            recording.restricted_at, recording.restriction = recording.restricted_at or at, item.outcome
            restricted.append(recording)
    Recording.objects.bulk_update(restricted, ["restricted_at", "restriction"])
    if restricted:
        facts: list[dict[str, object]] = [{"kept_by": recording.restriction} for recording in restricted]
        trail.append_many("recording.restricted", actor=CALLWARD, subjects=restricted, facts=facts)
    Item.objects.bulk_update(items, ["outcome", "rule", "kept_until", "settled_at"])
    if doomed:
        destroy(list(doomed.values()), at, leaves=erasures)


def judge(recording: Recording, explanation: list[dict[str, Any]], at: datetime) -> tuple[str, str]:
    """What becomes of a locked recording whose erasure is due at `at`, and the rule that keeps it, where one does."""
    minimums = [limit for limit in explanation if limit["kind"] == MINIMUM]
    if recording.is_held:
        return Outcome.HELD, ""
    if "retention_conflict" in recording.quarantine_reasons:
        return Outcome.CONFLICT, ""
    if recording.keep_until > at:
        return Outcome.MINIMUM, _named(next((limit for limit in minimums if limit["standing"] == "decides"), None))
    open_ones = [
        limit for limit in minimums if limit["by"] == "law" and limit["period"] and not limit.get("counted_from")
    ]
    open_one = next((limit for limit in open_ones if limit.get("trigger", FROM_THE_CALL) != FROM_THE_CALL), None)
    return (Outcome.OPEN_MINIMUM, _named(open_one)) if open_one else (Outcome.DESTROYED, "")


def _named(limit: dict[str, Any] | None) -> str:
    """`US-TSR-keep, 16 CFR 310.5`; the company's own rule by its name alone."""
    return ", ".join(part for part in (limit["rule"], limit["citation"]) if part)[:300] if limit else ""


def _erasure(request: PersonRequest) -> Erasure:
    return Erasure(
        request=str(request.pk),
        asked_by=request.asked_by_id,
        approved_by=request.approved_by_id,
        approved_at=(request.approved_at or timezone.now()).isoformat(),
    )
