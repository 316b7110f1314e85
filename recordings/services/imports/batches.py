"""Some files at a time: each read, judged and sealed by itself, all durable together, written down by one commit.

What cannot be taken is set aside with its reason and stops nothing else. A fault of store, keys or database stops the
import: that is no file's fault, and whoever starts it again goes on from there.
"""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from policies.domain.errors import DecisionTokenRefused
from policies.services.decisions import decider
from recordings import keys
from recordings.domain.errors import DeliveryContradicts, FileRefused, RecordingDestroyed, Refused
from recordings.domain.formats import declared_by
from recordings.importing.folders import Found, opened
from recordings.ledger.state import assert_not_restored
from recordings.models import Certificate, ImportItem, ImportRun, Recording, TelephonyFacts
from recordings.services.audio import Arriving
from recordings.services.completing import keep_told, take_told
from recordings.services.deciding import decided_for
from recordings.services.deliverers import known_as
from recordings.services.imports.plans import Call, Plan, call_of
from recordings.services.intake import Ready, keep_all, made_ready, store_audio, take_in
from trail.domain.actors import CALLWARD

CHUNK_BYTES = 1 << 20
SYNCED_AT_ONCE = 16  # the disk makes many files durable in about the time of one
Outcome = ImportItem.Outcome
REFUSALS = (Refused, DecisionTokenRefused, RecordingDestroyed)


@dataclass
class Settled:
    """What became of one file."""

    found: Found
    outcome: str
    recording_id: UUID | None = None
    size_bytes: int = 0
    code: str = ""
    reason: str = ""
    origin: bytes | None = None


@dataclass
class Batch:
    """One batch on its way. `settled` grows; `again`: settled by this import before it was interrupted."""

    run: ImportRun
    plan: Plan
    at: datetime
    settled: list[Settled] = field(default_factory=list)
    again: list[Settled] = field(default_factory=list)


def import_batch(*, run: ImportRun, plan: Plan, files: Sequence[Found]) -> Batch:
    """Take these files in; each is settled once in this run, whenever that is.

    Raises StoreUnavailable, KeysUnavailable, OperationalError, RecordingsClosed: what was committed stands, the rest
    was not touched.
    """
    assert_not_restored()
    batch = Batch(run, plan, timezone.now())
    waiting = _not_settled(batch, files)
    calls = _read_calls(batch, waiting)
    fresh, others = _parted(calls)
    if not _taken_together(batch, fresh):
        others = [*fresh, *others]
    for found, call in others:
        _take_alone(batch, found, call)
    _write_down([one for one in batch.settled if one.outcome != Outcome.TAKEN or one.code], batch)
    return batch


def file_digest(found: Found) -> bytes:
    """A file as it was found: changed or renamed it is another one."""
    said = f"{found.name}\0{found.size_bytes}\0{found.changed_ns}\0{found.number}"
    return keys.content_digest("import file", said.encode())


def _not_settled(batch: Batch, files: Sequence[Found]) -> list[Found]:
    by_digest = {file_digest(found): found for found in files}
    rows = ImportItem.objects.filter(run=batch.run, file_digest__in=list(by_digest))
    for row in rows:
        found = by_digest.pop(bytes(row.file_digest))
        batch.again.append(Settled(found, row.outcome, row.recording_id, 0, row.reason_code, row.reason))
    return list(by_digest.values())


def _read_calls(batch: Batch, waiting: Sequence[Found]) -> list[tuple[Found, Call]]:
    calls = []
    for found in waiting:
        try:
            calls.append((found, call_of(found, batch.plan, at=batch.at)))
        except REFUSALS as error:
            batch.settled.append(refused(found, error))
    return calls


def _parted(calls: Sequence[tuple[Found, Call]]) -> tuple[list[tuple[Found, Call]], list[tuple[Found, Call]]]:
    """Calls of which nothing is known here, in the order of their ids; and the others: known, destroyed, twice here."""
    names = [(call.delivery.source, call.delivery.external_id) for _, call in calls]
    ids = [external_id for _, external_id in names]
    rows = Recording.objects.filter(source__in={source for source, _ in names}, external_id__in=ids)
    there = set(rows.values_list("source", "external_id"))
    origins = {keys.origin_digest(*name): name for name in names}
    gone = Certificate.objects.filter(origin_digest__in=list(origins)).values_list("origin_digest", flat=True)
    there |= {origins[bytes(digest)] for digest in gone}
    fresh, others = {}, []
    for name, (found, call) in zip(names, calls, strict=True):
        if name in there or name in fresh:
            others.append((found, call))
        else:
            fresh[name] = (found, call)
    return [fresh[name] for name in sorted(fresh)], others


def _taken_together(batch: Batch, fresh: Sequence[tuple[Found, Call]]) -> bool:
    """Keep them all by one commit. False: one of them came another way meanwhile, so none was kept."""
    with ExitStack() as arriving:
        decide = decider()
        made: list[tuple[Found, Call, Ready]] = []
        with ThreadPoolExecutor(SYNCED_AT_ONCE) as disk:
            kept = []
            for found, call in fresh:
                audio = arriving.enter_context(Arriving(declared=declared_by(found.name)))
                try:
                    _stream(audio, batch.plan, found)
                    ready = made_ready(
                        delivery=call.delivery,
                        audio=audio,
                        actor=CALLWARD,
                        decided_by=lambda asked: decided_for(asked, decide),
                    )
                except REFUSALS as error:
                    audio.writer.discard()
                    batch.settled.append(refused(found, error, call))
                    continue
                kept.append(disk.submit(audio.keep))
                made.append((found, call, ready))
            for one in kept:
                one.result()
        try:
            settled = _committed(batch, made)
        except (IntegrityError, RecordingDestroyed, DeliveryContradicts):
            return False
    batch.settled.extend(settled)
    return True


def _committed(batch: Batch, made: Sequence[tuple[Found, Call, Ready]]) -> list[Settled]:
    if not made:
        return []
    settled = [
        Settled(found, Outcome.TAKEN, ready.recording.pk, ready.audio.size_bytes if ready.audio else 0)
        for found, _, ready in made
    ]
    facts = [
        keep_told(TelephonyFacts(recording=ready.recording), ready.key, call.told, batch.plan.setup)
        for _, call, ready in made
        if call.told is not None
    ]
    with transaction.atomic():
        keep_all([ready for _, _, ready in made], actor=CALLWARD, beside=[facts, rows_of(settled, batch.run)])
        _count(batch.run, settled)
    return settled


def _take_alone(batch: Batch, found: Found, call: Call) -> None:
    """A call that is known, was destroyed, or came another way just now."""
    try:
        known = known_as(call.delivery)
        if known is None and _taken_together(batch, [(found, call)]):
            return
        batch.settled.append(_brought_to(batch, found, call, known or known_as(call.delivery)))
    except REFUSALS as error:
        batch.settled.append(refused(found, error, call))


def _brought_to(batch: Batch, found: Found, call: Call, known: Recording | None) -> Settled:
    """The audio for a recording that is there: the one that it awaits, or the one that it has."""
    had_audio = known is not None and known.object_key is not None
    if call.told is None or known is None:
        with Arriving(declared=declared_by(found.name)) as audio:
            _stream(audio, batch.plan, found)
            recording = take_in(delivery=call.delivery, actor=CALLWARD, audio=audio).recording
    else:
        with transaction.atomic():
            recording, _ = take_told(call.told, batch.plan.setup, received_at=batch.at)
        recording = store_audio(recording=recording, chunks=_chunks(batch.plan, found), actor=CALLWARD)
    if had_audio:
        return Settled(found, Outcome.KNOWN, recording.pk)
    return Settled(found, Outcome.TAKEN, recording.pk, recording.size_bytes or 0, code="completed")


def _stream(audio: Arriving, plan: Plan, found: Found) -> None:
    for chunk in _chunks(plan, found):
        audio.write(chunk)


def _chunks(plan: Plan, found: Found) -> Iterator[bytes]:
    """The file's bytes. Raises FileRefused: it changed while it was read, or cannot be read."""
    descriptor = opened(plan.root, found.name)
    read = 0
    try:
        while chunk := os.read(descriptor, CHUNK_BYTES):
            read += len(chunk)
            yield chunk
        now = os.fstat(descriptor)
    except OSError as error:
        raise FileRefused("unreadable", f"It cannot be read: {error.strerror}.") from error
    finally:
        os.close(descriptor)
    if (now.st_size, now.st_mtime_ns) != (found.size_bytes, found.changed_ns) or read != found.size_bytes:
        raise FileRefused("changing", "It changed while it was read. Import it once its recorder has closed it.")


# --- what is written down


def refused(found: Found, error: Exception, call: Call | None = None) -> Settled:
    """Why this one cannot be taken, in words that name nobody."""
    code = str(getattr(error, "reason_code", "")) or _code_of(error)
    origin = keys.origin_digest(call.delivery.source, call.delivery.external_id) if call else None
    return Settled(found, Outcome.REFUSED, None, 0, code, str(error)[:300], origin)


def _code_of(error: Exception) -> str:
    words = {"RecordingDestroyed": "destroyed", "DeliveryContradicts": "contradicts", "DigestMismatch": "digest"}
    return words.get(type(error).__name__, "call")


def rows_of(settled: Sequence[Settled], run: ImportRun) -> list[ImportItem]:
    return [
        ImportItem(
            run=run,
            file_digest=file_digest(one.found),
            outcome=one.outcome,
            recording_id=one.recording_id,
            origin_digest=one.origin,
            reason_code=one.code[:40],
            reason=one.reason,
            sealed_name=keys.seal_with_keyset(shown_place(one.found).encode(), "import file")
            if one.outcome == Outcome.REFUSED
            else b"",
        )
        for one in settled
    ]


def shown_place(found: Found) -> str:
    return f"line {found.number}: {found.name}" if found.number else found.name


@transaction.atomic
def _write_down(settled: Sequence[Settled], batch: Batch) -> None:
    """What was not written down with its recording: refusals, and files of calls that were there."""
    if settled:
        ImportItem.objects.bulk_create(rows_of(settled, batch.run))
        _count(batch.run, settled)


def _count(run: ImportRun, settled: Sequence[Settled]) -> None:
    """In the transaction of what is counted, and last in it: other processes wait for this row."""
    counted = {outcome: sum(1 for one in settled if one.outcome == outcome) for outcome in Outcome.values}
    ImportRun.objects.filter(pk=run.pk).update(
        taken=F("taken") + counted[Outcome.TAKEN],
        known=F("known") + counted[Outcome.KNOWN],
        refused=F("refused") + counted[Outcome.REFUSED],
        size_bytes=F("size_bytes") + sum(one.size_bytes for one in settled),
        moved_at=timezone.now(),
    )
