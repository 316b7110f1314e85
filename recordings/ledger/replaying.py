"""A restored database does again what the log says was done: holds come back, and what was destroyed goes again.

In the log's order, each line in one transaction with the row that says it is known: whatever stops it, the next run
goes on. Nothing is looked at before all of it can be done: each line's signature, each certificate, and that nothing
which went is held. Callward opens when log and database agree.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

import trail.services as trail
from recordings import keys
from recordings.domain import certificates
from recordings.domain.errors import ReplayRefused
from recordings.domain.ledger_lines import (
    DESTROYED,
    DESTROYING,
    HOLD_MEMBERS,
    HOLD_PLACED,
    HOLD_RELEASED,
    REPLAYED,
    VOID,
    Line,
)
from recordings.ledger import state
from recordings.ledger.again import destroy_again, join_again, place_again, refill, release_again
from recordings.ledger.log import log
from recordings.ledger.settling import settle
from recordings.ledger.state import Agreement, agreement
from recordings.models import HoldMember, LedgerDeed, LedgerHead, Recording
from recordings.services.alone import alone
from trail.domain.actors import CALLWARD


@dataclass
class Replayed:
    """What was done again, or would be."""

    lines: int = 0
    holds_placed: int = 0
    holds_released: int = 0
    held_again: int = 0  # recordings
    destroyed_again: int = 0  # recordings that the restore had brought back
    certificates_back: int = 0
    objects_asked: int = 0  # to be removed and read back again
    never_happened: int = 0  # intents that a later line contradicts
    missing_from_backup: int = 0  # held recordings that are younger than the backup: their rows are not here
    first_line: int = 0
    last_line: int = 0
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def replay(*, at: datetime, only_look: bool = False) -> Replayed:
    """Do again what this database lost. Raises ReplayRefused with every reason, LedgerUnavailable."""
    with alone("replay_ledger") as mine:
        if not mine:
            raise ReplayRefused(["Another process is replaying the disposition log just now."])
        found = agreement()
        if found.is_lost:
            raise ReplayRefused([state.LOST])
        done = Replayed()
        if found.is_restored:
            void = _assert_replayable(found)
            done.never_happened = len(void)
            _replay(found, void, done, at, only_look=only_look)
        if not only_look:
            settle(at)
            state.look()
        return done


def _replay(found: Agreement, void: set[str], done: Replayed, at: datetime, *, only_look: bool) -> None:
    lost = [line for line in found.unknown if line.intent not in void]
    done.first_line, done.last_line = found.unknown[0].number, found.unknown[-1].number
    if only_look:
        done.lines = len(lost)
        for line in lost:
            if line.kind == DESTROYING:
                ids = _destroyed_by(log().body(line))
                done.certificates_back += len(ids)
                done.destroyed_again += Recording.objects.filter(pk__in=ids).count()
        return
    if void:
        log().append(VOID, settles=tuple(sorted(void)))
    for line in lost:
        _once(line, at, done)
    if done.lines:
        _tell(done, at)


def _once(line: Line, at: datetime, done: Replayed) -> None:
    """One line, in one transaction; nothing where another run did it."""
    body = log().body(line)
    with transaction.atomic(durable=True):
        if LedgerDeed.objects.filter(pk=line.intent).exists():
            return
        subject = UUID(body["batch"]["id"] if line.kind == DESTROYING else body["hold"])
        LedgerDeed.objects.create(pk=UUID(line.intent), kind=line.kind, subject_id=subject)
        try:
            for name, number in _DOERS[line.kind](body, line.number, at).items():
                setattr(done, name, getattr(done, name) + number)
        except IntegrityError as error:
            raise ReplayRefused([f"Line {line.number} cannot be done again: {error}"]) from error
    done.lines += 1


_DOERS: dict[str, Callable[[Any, int, datetime], dict[str, int]]] = {
    HOLD_PLACED: place_again,
    HOLD_MEMBERS: join_again,
    HOLD_RELEASED: release_again,
    DESTROYING: destroy_again,
}


@transaction.atomic
def _tell(done: Replayed, at: datetime) -> None:
    refill(at)
    head, _ = LedgerHead.objects.get_or_create(pk=LedgerHead.THE_ONE)
    facts = {name: number for name, number in done.as_json().items() if name != "notes"}
    trail.append("ledger.replayed", actor=CALLWARD, subject=head, **facts)
    log().append(REPLAYED, facts)


# --- whether it can be done at all


def _assert_replayable(found: Agreement) -> set[str]:
    """Intents that never happened, by what came after them. Raises ReplayRefused: with all that is in the way."""
    if found.running:
        raise ReplayRefused(["Something is being destroyed or held just now. Stop Callward, then run this again."])
    void = _contradicted(found)
    reasons = list(_in_the_way([line for line in found.unknown if line.intent not in void]))
    if reasons:
        raise ReplayRefused(reasons)
    return void


def _contradicted(found: Agreement) -> set[str]:
    """Open intents whose recordings a later line holds or destroys: had they been done, it could not have been."""
    told = {intent for line in found.lines if line.kind == DESTROYED for intent in line.settles}
    still_open = {
        line.intent: set(_destroyed_by(log().body(line)))
        for line in found.unknown
        if line.kind == DESTROYING and line.intent not in told
    }
    void: set[str] = set()
    for later in found.unknown if still_open else ():
        named = set(_named_by(log().body(later)))
        for earlier in found.unknown:
            if earlier.number >= later.number:
                break
            if named & still_open.get(earlier.intent, set()):
                void.add(earlier.intent)
    return void


def _in_the_way(lost: list[Line]) -> Iterator[str]:
    """Certificates that do not verify; and what went though a hold of the log, or of this database, keeps it."""
    released: set[UUID] = set()
    held: dict[UUID, set[UUID]] = {}
    for line in lost:
        body = log().body(line)
        if line.kind == DESTROYING:
            yield from _faulty(line, body)
            ids = _destroyed_by(body)
            kept = HoldMember.objects.filter(recording_id__in=ids, released_at=None).exclude(hold_id__in=released)
            for pk, hold in kept.values_list("recording_id", "hold_id"):
                yield f"Line {line.number} destroyed {pk}, which hold {hold} keeps. Nothing was changed."
            for pk in ids:
                if still := held.get(pk, set()) - released:
                    yield f"Line {line.number} destroyed {pk}, which hold {min(still)} keeps. Nothing was changed."
        elif line.kind == HOLD_RELEASED:
            released.add(UUID(body["hold"]))
        else:
            for pk in _named_by(body):
                held.setdefault(pk, set()).add(UUID(body["hold"]))


def _faulty(line: Line, body: Any) -> Iterator[str]:
    batch = body["batch"]
    for told in body["certificates"]:
        document = {
            "id": told["id"],
            "recording_id": told["recording"],
            "content": told["content"],
            "proof": told["proof"],
            "batch": batch,
        }
        faults = certificates.verify(document, lambda message, text: keys.verify(message, text, batch["key_id"]))
        for fault in faults:
            yield f"Line {line.number}, certificate {told['id']}: {fault}"


def _destroyed_by(body: Any) -> list[UUID]:
    return [UUID(told["recording"]) for told in body["certificates"]]


def _named_by(body: Any) -> list[UUID]:
    """The recordings that a line speaks of."""
    return _destroyed_by(body) if "certificates" in body else [UUID(pk) for pk in body.get("recordings", ())]
