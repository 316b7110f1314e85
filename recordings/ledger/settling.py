"""The sweep behind each deed: the log is told how it ended, the database how far both agree.

What was held or destroyed while there was no log, or while it could not be written, gets its lines here.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from recordings.domain.ledger_lines import BEGUN, DESTROYED, DESTROYING, HOLD_PLACED, HOLD_RELEASED, VOID
from recordings.ledger import clock, state
from recordings.ledger.log import log
from recordings.ledger.state import Agreement, agreement
from recordings.ledger.writing import destruction, hold_placed, sealed_hold, write_deed
from recordings.models import (
    Certificate,
    DestructionBatch,
    HoldMember,
    LedgerDeed,
    LedgerHead,
    LegalHold,
    ObjectRemoval,
)
from recordings.services.alone import alone

BATCHES_AT_ONCE = 200


def settle(at: datetime) -> int:
    """Bring log and database together; how many deeds were settled. Nothing where they do not agree: that is told.

    Raises LedgerUnavailable: the log cannot be read or written.
    """
    with alone("settle_ledger") as mine:
        if not mine or state.look():
            return 0
        _begin()
        _adopt()
        found = agreement()
        if found.is_lost or found.is_restored:
            return 0
        _tell(found)
        return _remember(agreement(), at)


def _begin() -> None:
    if log().last() is None:
        log().append(BEGUN)


def _tell(found: Agreement) -> None:
    """Lines that say how deeds ended, where none says it yet."""
    told = {intent for line in found.lines for intent in line.settles}
    for kind, deeds in ((DESTROYED, found.known), (VOID, found.undone)):
        if ended := tuple(line.intent for line in deeds if line.intent not in told):
            log().append(kind, settles=ended, durable=False)
    log().sync()


@transaction.atomic
def _remember(found: Agreement, at: datetime) -> int:
    """Move the head to the last line before anything that is not over, and note each deed's line."""
    head = LedgerHead.objects.select_for_update().filter(pk=LedgerHead.THE_ONE).first()
    if head is None:
        head = LedgerHead.objects.create(pk=LedgerHead.THE_ONE)
    first_open = min((line.number for line in found.running), default=None)
    settled = [line for line in found.lines if first_open is None or line.number < first_open]
    if settled and found.settled_to == head.settled_to:
        numbers = {line.intent: line.number for line in found.known if line.number <= settled[-1].number}
        deeds = list(LedgerDeed.objects.filter(pk__in=numbers))
        for deed in deeds:
            deed.line = numbers[str(deed.pk)]
        LedgerDeed.objects.bulk_update(deeds, ["line"], batch_size=1_000)
        head.settled_to, head.digest, head.is_adopted = settled[-1].number, settled[-1].digest, True
        head.save(update_fields=["settled_to", "digest", "is_adopted"])
        log().forget_before(head.settled_to)
    else:
        deeds = []
    clock.note(head, at)
    return len(deeds)


# --- what has no line yet


def _adopt() -> None:
    """Holds without a line, whenever they came; batches of certificates, once: later ones had theirs first."""
    for hold in LegalHold.objects.filter(~_has_deed(HOLD_PLACED)).order_by("placed_at").iterator():
        with transaction.atomic():
            hold_placed(hold, list(HoldMember.objects.filter(hold=hold).values_list("recording_id", flat=True)))
    for hold in LegalHold.objects.filter(~_has_deed(HOLD_RELEASED), released_at__isnull=False).iterator():
        with transaction.atomic():
            write_deed(HOLD_RELEASED, hold.pk, {"hold": str(hold.pk), "sealed": sealed_hold(hold)})
    if not LedgerHead.objects.filter(is_adopted=True).exists():
        for batch in _batches_without_line():
            with transaction.atomic():
                write_deed(DESTROYING, batch.pk, destruction(batch, *_of(batch)))


def _has_deed(kind: str) -> Exists:
    return Exists(LedgerDeed.objects.filter(subject_id=OuterRef("pk"), kind=kind))


def _batches_without_line() -> Iterator[DestructionBatch]:
    rows = DestructionBatch.objects.filter(~_has_deed(DESTROYING)).order_by("destroyed_at", "pk")
    while some := list(rows[:BATCHES_AT_ONCE]):
        yield from some


def _of(batch: DestructionBatch) -> tuple[list[Certificate], dict[str, tuple[UUID, str]]]:
    certificates = list(Certificate.objects.filter(batch=batch).order_by("pk"))
    gone = ObjectRemoval.objects.filter(recording_id__in=[each.recording_id for each in certificates])
    return certificates, {key: (pk, kind) for key, pk, kind in gone.values_list("object_key", "recording_id", "kind")}
