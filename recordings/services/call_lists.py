"""A vendor's list of calls compared with what is here: calls without a recording, each with its cause, and the reverse.

Of recordings that the asker may not see nothing is told: their calls look like calls without one.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

import trail.services as trail
from accounts.permissions import Act, demand, lines_of, may
from policies.domain.errors import DecisionTokenRefused
from policies.models import Decision
from policies.services.decisions import redeem
from recordings import keys
from recordings.importing.call_lists import Listed
from recordings.intake.port import opened_form
from recordings.models import (
    AudioFetch,
    CallList,
    CallListEntry,
    Certificate,
    ImportItem,
    IntakeDelivery,
    IntakeRefusal,
    Recording,
    TelephonySource,
)
from recordings.models.imports import CallListQuerySet
from recordings.services.sources import adapter_of, setup_of
from trail.domain.actors import Actor

CHUNK = 500
NEAR = timedelta(minutes=2)  # a call and a recording of the same number that begin within this are one
MOST_DELIVERIES = 2000  # that are opened to see which calls they tell of
SHOWN_FOR = timedelta(days=7)  # what a comparison found stands on Today for so long
LABEL = "call list entry"
Cause = CallListEntry.Cause


@dataclass
class _Comparison:
    """What is known while a list is read. `seen`: the recordings that its calls have."""

    source: str
    actor: Actor
    stuck: dict[str, tuple[str, str]]  # id of a call in a delivery that was not worked: its cause, and why
    seen: set[UUID] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    first_at: datetime | None = None
    last_at: datetime | None = None


def compare(*, source: str, calls: Iterable[Listed], actor: Actor) -> CallList:
    """Compare a list with what is here, in one transaction, and keep what differs.

    Raises NotAllowed; CallListRefused, from reading the calls: then nothing is kept.
    """
    demand(actor, Act.ADMINISTER_INTAKE)
    with transaction.atomic():
        made = CallList.objects.create(
            source=source,
            line_of_business_id=_one_line(actor),
            made_at=timezone.now(),
            made_by_kind=actor.actor_kind,
            made_by_id=actor.actor_id,
        )
        state = _Comparison(source, actor, _stuck(source))
        for chunk in _chunks(calls):
            CallListEntry.objects.bulk_create(_entries(made, chunk, state))
        _without_call(made, state)
        _finish(made, state)
        trail.append(
            "calls.compared", actor=actor, subject=made, source=source, calls=made.calls, unexplained=made.unexplained
        )
    return made


def call_lists_of(actor: Actor) -> CallListQuerySet:
    """Comparisons that this actor may see: of their lines, or made by themselves."""
    lines = lines_of(actor)
    if lines is None:
        return CallList.objects.all()
    mine = Q(made_by_kind=actor.actor_kind, made_by_id=actor.actor_id)
    return CallList.objects.filter(mine | Q(line_of_business__in=lines))


def unexplained(actor: Actor, at: datetime) -> int:
    """Calls without a recording and without a cause on each source's last list of the last seven days."""
    if not may(actor, Act.ADMINISTER_INTAKE):
        return 0
    last = call_lists_of(actor).made_since(at - SHOWN_FOR).order_by("source", "-made_at").distinct("source")
    counted = CallList.objects.filter(pk__in=last.values("pk")).aggregate(all=Sum("unexplained", default=0))
    return int(counted["all"])


def ids_of(entry: CallListEntry) -> list[str]:
    """What the list called the call, unsealed; ids may tell numbers, so they are for few."""
    return keys.unseal_with_keyset(entry.sealed, LABEL).decode().split("\n") if entry.sealed else []


# --- one chunk


def _entries(made: CallList, chunk: Sequence[Listed], state: _Comparison) -> list[CallListEntry]:
    names = list({one for call in chunk for one in call.ids})
    rows = Recording.objects.visible_to(state.actor).filter(source=state.source, external_id__in=names)
    known = {row.external_id: row for row in rows.only("external_id", "object_key", "created_at")}
    origins = {keys.origin_digest(state.source, name): name for name in names}
    gone = {origins[bytes(row.origin_digest)]: row for row in _destroyed(state.actor, origins)}
    refused = {
        origins[bytes(item.origin_digest or b"")]: item
        for item in ImportItem.objects.refused().filter(origin_digest__in=list(origins)).order_by("pk")
    }
    found = []
    for call in chunk:
        _note(call, state)
        entry = _entry(call, state, known, gone, refused)
        if entry is None:
            state.counts["recorded"] += 1
            continue
        entry.call_list, entry.number, entry.started_at = made, call.number, call.started_at
        if entry.recording_id is None and call.ids:
            entry.sealed = _sealed(call.ids)
        state.counts[entry.cause] += 1
        found.append(entry)
    return found


def _entry(
    call: Listed,
    state: _Comparison,
    known: dict[str, Recording],
    gone: dict[str, Certificate],
    refused: dict[str, ImportItem],
) -> CallListEntry | None:
    """Why the call has no recording; None: it has one."""
    name = next((one for one in call.ids if one in known), None)
    recording = known[name] if name else None
    if recording is not None and recording.pk in state.seen:
        return CallListEntry(cause=Cause.TWICE, recording_id=recording.pk)
    recording = recording or _near(call, state)
    if recording is not None:
        state.seen.add(recording.pk)
        return None if recording.object_key else _awaited(recording)
    for one in call.ids:
        if one in gone:
            return CallListEntry(
                cause=Cause.DESTROYED,
                recording_id=gone[one].recording_id,
                detail=f"on {gone[one].destroyed_at:%Y-%m-%d at %H:%M} UTC",
            )
        if one in refused:
            return CallListEntry(cause=Cause.REFUSED, detail=refused[one].reason)
        if one in state.stuck:
            cause, why = state.stuck[one]
            return CallListEntry(cause=cause, detail=why[:300])
    if forbidden := _forbidden(call.decision):
        return CallListEntry(cause=Cause.FORBIDDEN, detail=forbidden)
    if not call.is_answered:
        return CallListEntry(cause=Cause.NOT_ANSWERED)
    return CallListEntry(cause=Cause.UNKNOWN)


def _awaited(recording: Recording) -> CallListEntry:
    fetch = AudioFetch.objects.dead().filter(recording=recording).first()
    if fetch is not None:
        return CallListEntry(cause=Cause.FETCH_FAILED, recording_id=recording.pk, detail=fetch.reason)
    return CallListEntry(
        cause=Cause.AWAITING_AUDIO,
        recording_id=recording.pk,
        detail=f"told of on {recording.created_at:%Y-%m-%d at %H:%M} UTC",
    )


def _near(call: Listed, state: _Comparison) -> Recording | None:
    """The one recording of a number on this call that began about then, where ids tell nothing."""
    if call.started_at is None or not call.numbers:
        return None
    indexes = [keys.number_index(number) for number in call.numbers]
    rows = Recording.objects.visible_to(state.actor).filter(
        source=state.source,
        started_at__range=(call.started_at - NEAR, call.started_at + NEAR),
        parties__number_index__in=indexes,
    )
    found = {row.pk: row for row in rows[:10] if row.pk not in state.seen}
    return next(iter(found.values())) if len(found) == 1 else None


def _forbidden(decision: str) -> str:
    """What a decision said that forbade to record; empty: it did not, or there is none."""
    row = None
    try:
        row = Decision.objects.filter(pk=UUID(decision)).first() if decision else None
    except ValueError:
        try:
            row = redeem(decision)
        except DecisionTokenRefused:
            return ""
    if row is None or row.answer.get("may_record", True):
        return ""
    return f"decision {row.pk}"


def _note(call: Listed, state: _Comparison) -> None:
    state.counts["calls"] += 1
    if call.started_at is not None:
        state.first_at = min(state.first_at or call.started_at, call.started_at)
        state.last_at = max(state.last_at or call.started_at, call.started_at)


def _destroyed(actor: Actor, origins: dict[bytes, str]) -> QuerySet[Certificate]:
    return Certificate.objects.visible_to(actor).filter(origin_digest__in=list(origins))


# --- the whole


def _stuck(source: str) -> dict[str, tuple[str, str]]:
    """The calls of deliveries that were given up or wait, while their content is kept."""
    row = TelephonySource.objects.filter(pk=source).first()
    if row is None:
        return {}
    found: dict[str, tuple[str, str]] = {}
    states = [IntakeDelivery.State.DEAD, IntakeDelivery.State.WAITING]
    rows = IntakeDelivery.objects.filter(source=row, state__in=states).exclude(sealed=b"").order_by("-received_at")
    for delivery in rows[:MOST_DELIVERIES]:
        cause = Cause.DEAD_LETTER if delivery.state == IntakeDelivery.State.DEAD else Cause.WAITING
        for name in _told_in(delivery, row):
            found.setdefault(name, (cause, delivery.reason))
    return found


def _told_in(delivery: IntakeDelivery, row: TelephonySource) -> list[str]:
    """Ids of the calls in a delivery; none where it cannot be read: that may be why it was given up."""
    try:
        sent = opened_form(keys.unseal_with_keyset(delivery.sealed, f"delivery {delivery.pk}"))
        understood = adapter_of(row.pk).understand(sent, setup_of(row))
    except Exception:
        return []
    return [one for call in understood.calls for one in (call.external_id, call.call_id) if one]


def _without_call(made: CallList, state: _Comparison) -> None:
    """Recordings of that time and source that no call of the list has."""
    if state.first_at is None or state.last_at is None:
        return
    rows = Recording.objects.visible_to(state.actor).filter(
        source=state.source, started_at__range=(state.first_at, state.last_at)
    )
    strange = (
        CallListEntry(call_list=made, number=0, cause=Cause.WITHOUT_CALL, recording_id=pk, started_at=started_at)
        for pk, started_at in rows.order_by("pk").values_list("pk", "started_at").iterator(chunk_size=CHUNK)
        if pk not in state.seen
    )
    for chunk in _chunks(strange):
        CallListEntry.objects.bulk_create(chunk)
        state.counts[Cause.WITHOUT_CALL] += len(chunk)


def _finish(made: CallList, state: _Comparison) -> None:
    made.first_at, made.last_at = state.first_at, state.last_at
    made.calls, made.recorded = state.counts["calls"], state.counts["recorded"]
    made.unexplained, made.without_call = state.counts[Cause.UNKNOWN], state.counts[Cause.WITHOUT_CALL]
    made.explained = made.calls - made.recorded - made.unexplained
    if state.first_at is not None and state.last_at is not None:
        days = (state.first_at.date(), state.last_at.date())
        refusals = IntakeRefusal.objects.filter(source=state.source, day__range=days)
        made.refusals = {
            row["reason"]: row["all"] for row in refusals.values("reason").annotate(all=Sum("count")).order_by("reason")
        }
    made.save()


def _one_line(actor: Actor) -> UUID | None:
    """The line of somebody who sees one alone: others of that line see what they found."""
    lines = lines_of(actor)
    return next(iter(lines)) if lines is not None and len(lines) == 1 else None


def _sealed(ids: Sequence[str]) -> bytes:
    return keys.seal_with_keyset("\n".join(ids).encode(), LABEL)


def _chunks(rows: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(rows)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


# --- told to others


def causes_of(made: CallList) -> dict[str, int]:
    """How many entries for each cause, the most frequent first."""
    rows = CallListEntry.objects.filter(call_list=made).values("cause").annotate(count=Count("pk"))
    return {row["cause"]: row["count"] for row in rows.order_by("-count", "cause")}


def answer_of(made: CallList, *, with_ids: bool = True) -> dict[str, Any]:
    """The comparison in JSON. `with_ids`: with what the list called its calls, for those who may see names."""
    return {
        "id": str(made.pk),
        "source": made.source,
        "made_at": made.made_at.isoformat(),
        "from": made.first_at.isoformat() if made.first_at else None,
        "to": made.last_at.isoformat() if made.last_at else None,
        "calls": made.calls,
        "recorded": made.recorded,
        "explained": made.explained,
        "unexplained": made.unexplained,
        "recordings_without_call": made.without_call,
        "causes": causes_of(made),
        "refusals_in_that_time": made.refusals,
        "entries": [_told(entry, with_ids=with_ids) for entry in made.entries.order_by("number", "pk")],
    }


def _told(entry: CallListEntry, *, with_ids: bool) -> dict[str, Any]:
    return {
        "line": entry.number or None,
        "cause": entry.cause,
        "detail": entry.detail,
        "started_at": entry.started_at.isoformat() if entry.started_at else None,
        "recording": str(entry.recording_id) if entry.recording_id else None,
    } | ({"ids": ids_of(entry)} if with_ids and entry.sealed else {})
