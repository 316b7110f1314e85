"""Early disposal: recordings that go before their day, and perhaps before their `keep_until`, by two people's word."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

import trail.services as trail
from accounts.permissions import Act, demand, may
from recordings.domain.certificates import Early
from recordings.domain.errors import (
    CountChanged,
    EarlyDisposalNotFound,
    EarlyDisposalRefused,
    RecordingNotFound,
    SecondPersonNeeded,
)
from recordings.models import EarlyDisposal, EarlyDisposalItem, Recording
from recordings.services.disposition.ending import destroy
from recordings.services.disposition.pause import pause_in_force
from recordings.services.holds import locked_to_destroy
from recordings.services.trust import assert_trusted
from trail.domain.actors import CALLWARD, Actor

State, Outcome = EarlyDisposal.State, EarlyDisposalItem.Outcome
MOST_AT_ONCE = 1_000  # recordings; a list that two people look through
SHORTEST_REASON = 10


@transaction.atomic
def ask_early_disposal(*, recording_ids: Collection[UUID], reason: str, actor: Actor) -> EarlyDisposal:
    """Ask that these go before their day; somebody else decides.

    Raises NotAllowed; RecordingNotFound: one is none that the actor may see; EarlyDisposalRefused: one is held, its
    rules contradict each other, or it is asked for already; no reason was given, or too many were named.
    """
    demand(actor, Act.ASK_EARLY_DISPOSAL)
    ids = list(dict.fromkeys(recording_ids))
    if len(reason.strip()) < SHORTEST_REASON:
        raise EarlyDisposalRefused(f"Write in {SHORTEST_REASON} characters or more why they should go now.")
    if not ids or len(ids) > MOST_AT_ONCE:
        raise EarlyDisposalRefused(f"Name from one to {MOST_AT_ONCE:,} recordings.")
    rows = list(Recording.objects.visible_to(actor).locked(ids))
    if len(rows) != len(ids):
        raise RecordingNotFound
    if kept := [row for row in rows if _kept_by(row, timezone.now())]:
        raise EarlyDisposalRefused(
            f"{len(kept)} of them cannot go: a hold, an objection or rules in conflict keep them. Leave those out."
        )
    standing = EarlyDisposalItem.objects.filter(recording_id__in=ids, disposal__state__in=[State.ASKED, State.APPROVED])
    if count := standing.count():
        raise EarlyDisposalRefused(f"For {count} of them it is asked already. Leave those out.")
    return _asked(rows, reason.strip(), actor)


def _asked(rows: list[Recording], reason: str, actor: Actor) -> EarlyDisposal:
    disposal = EarlyDisposal.objects.create(
        reason=reason,
        lines=sorted({row.line_of_business_id for row in rows}),
        count=len(rows),
        asked_at=timezone.now(),
        asked_by_kind=actor.actor_kind,
        asked_by_id=actor.actor_id,
    )
    EarlyDisposalItem.objects.bulk_create(
        EarlyDisposalItem(
            disposal=disposal, recording_id=row.pk, source=row.source, line_of_business_id=row.line_of_business_id
        )
        for row in rows
    )
    trail.append("early.asked", actor=actor, subject=disposal, recordings=len(rows))
    return disposal


def find_early_disposal(disposal_id: UUID, actor: Actor) -> EarlyDisposal:
    """Raises EarlyDisposalNotFound: wrong and foreign alike."""
    disposal = EarlyDisposal.objects.visible_to(actor).filter(pk=disposal_id).first()
    if disposal is None:
        raise EarlyDisposalNotFound
    return disposal


@transaction.atomic
def approve_early_disposal(*, disposal_id: UUID, confirmed: int, actor: Actor) -> EarlyDisposal:
    """The second person's word, with the number that they read and typed; a worker destroys them.

    Raises NotAllowed, EarlyDisposalNotFound; SecondPersonNeeded: they asked for it; EarlyDisposalRefused: it does not
    wait any more; CountChanged: another number stands there.
    """
    disposal = _locked(disposal_id, actor, Act.APPROVE_EARLY_DISPOSAL)
    if not may(actor, Act.APPROVE_EARLY_DISPOSAL, disposal):
        raise SecondPersonNeeded("You asked for it. Another officer has to approve it.")
    if confirmed != disposal.count:
        raise CountChanged(confirmed, disposal.count)
    return _settle(disposal, State.APPROVED, actor, "early.approved")


@transaction.atomic
def refuse_early_disposal(*, disposal_id: UUID, because: str, actor: Actor) -> EarlyDisposal:
    """Lay it aside, by a second person or by who asked. Raises as `approve_early_disposal`, but the last two."""
    disposal = _locked(disposal_id, actor, Act.ASK_EARLY_DISPOSAL)
    if len(because.strip()) < SHORTEST_REASON:
        raise EarlyDisposalRefused(f"Write in {SHORTEST_REASON} characters or more why they stay.")
    disposal.refused_because = because.strip()
    return _settle(disposal, State.REFUSED, actor, "early.refused")


def _locked(disposal_id: UUID, actor: Actor, act: Act) -> EarlyDisposal:
    demand(actor, act)
    disposal = EarlyDisposal.objects.visible_to(actor).select_for_update().filter(pk=disposal_id).first()
    if disposal is None:
        raise EarlyDisposalNotFound
    if disposal.state != State.ASKED:
        raise EarlyDisposalRefused(f"It does not wait any more: {disposal.get_state_display().lower()}.")
    return disposal


def _settle(disposal: EarlyDisposal, state: str, actor: Actor, verb: str) -> EarlyDisposal:
    disposal.state, disposal.settled_at = state, timezone.now()
    disposal.settled_by_kind, disposal.settled_by_id = actor.actor_kind, actor.actor_id
    disposal.save()
    trail.append(verb, actor=actor, subject=disposal, recordings=disposal.count)
    return disposal


@transaction.atomic(durable=True)
def destroy_early(at: datetime, *, limit: int = 200) -> int:
    """One batch of what two people let go early; how many items were settled. What a hold keeps goes once it ends.

    Raises DispositionStopped: clock, keys, store or trail cannot be trusted.
    """
    there = Recording.objects.filter(pk=OuterRef("recording_id"))
    free = there.without_hold().without_conflict().without_objection(at)
    rows = EarlyDisposalItem.objects.filter(disposal__state=State.APPROVED)
    to_settle = rows.filter(Q(outcome="") | Q(outcome__in=EarlyDisposalItem.KEPT) & (Exists(free) | ~Exists(there)))
    locked = to_settle.select_for_update(skip_locked=True, no_key=True, of=("self",)).select_related("disposal")
    items = [] if pause_in_force() else list(locked.order_by("pk")[:limit])
    if not items:
        return 0
    assert_trusted()
    _destroy_items(items, at)
    for disposal in {item.disposal for item in items}:
        _end_if_through(disposal, at)
    return len(items)


def _destroy_items(items: list[EarlyDisposalItem], at: datetime) -> None:
    there = locked_to_destroy([item.recording_id for item in items])
    doomed: list[Recording] = []
    leaves: dict[UUID, Early] = {}
    for item in items:
        recording = there.get(item.recording_id)
        item.settled_at = at
        item.outcome = Outcome.GONE if recording is None else _kept_by(recording, at) or Outcome.DESTROYED
        if recording is not None and item.outcome == Outcome.DESTROYED:
            doomed.append(recording)
            leaves[recording.pk] = _leave(item.disposal)
    EarlyDisposalItem.objects.bulk_update(items, ["outcome", "settled_at"])
    if doomed:
        destroy(doomed, at, leaves=leaves)


def _kept_by(recording: Recording, at: datetime) -> str:
    """What keeps it, whoever wants it gone; empty: nothing does."""
    if recording.is_held:
        return Outcome.HELD
    if "retention_conflict" in recording.quarantine_reasons:
        return Outcome.CONFLICT
    return Outcome.OBJECTED if recording.objected_until and recording.objected_until > at else ""


def _leave(disposal: EarlyDisposal) -> Early:
    return Early(
        disposal=str(disposal.pk),
        asked_by=disposal.asked_by_id,
        asked_at=disposal.asked_at.isoformat(),
        approved_by=disposal.settled_by_id,
        approved_at=disposal.settled_at.isoformat() if disposal.settled_at else "",
    )


def _end_if_through(disposal: EarlyDisposal, at: datetime) -> None:
    """Nothing of it waits any more: it is done, and it tells how many went by it."""
    if disposal.items.filter(Q(outcome="") | Q(outcome__in=EarlyDisposalItem.KEPT)).exists():
        return
    ended = EarlyDisposal.objects.filter(pk=disposal.pk, state=State.APPROVED).update(state=State.DONE, ended_at=at)
    if ended:
        destroyed = disposal.items.filter(outcome=Outcome.DESTROYED).count()
        trail.append("early.done", actor=CALLWARD, subject=disposal, destroyed=destroyed)
