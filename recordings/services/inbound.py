"""A phone system's own webhook, at the door: proven, stored as it came, answered. The work comes later.

What is refused leaves a count, with its reason and its day, and nothing of what it held.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from recordings import keys
from recordings.domain.errors import DeliveryUnreadable, RecordingDestroyed
from recordings.domain.told import Understood
from recordings.intake.port import Adapter, Sent, Setup, sealed_form
from recordings.models import Certificate, IntakeDelivery, IntakeRefusal, SeenDelivery, TelephonySource
from recordings.services.doorbell import ring
from recordings.services.sources import adapter_of, source_of

WORK_TASK = "recordings.tasks.work_deliveries"
SEEN_FOR = timedelta(days=30)  # vendors send again for a day or so; ids of recordings are known for ever
CONTENT_KEPT = timedelta(days=7)  # of what was given up: somebody looks, and runs it again
LOG_KEPT = timedelta(days=90)
ACCEPTED, DUPLICATE, IGNORED, CHALLENGE = "accepted", "duplicate", "ignored", "challenge"


@dataclass(frozen=True)
class Received:
    """What is answered. `state`: accepted, duplicate, ignored (with the reason), challenge (with its answer)."""

    state: str
    delivery_id: UUID | None = None
    reason: str = ""
    answer: dict[str, str] = field(default_factory=dict)


def receive(*, source: str, sent: Sent) -> Received:
    """Take a request in, durably, before it is answered.

    Raises SourceUnknown, DeliveryUnproven, DeliveryUnreadable; RecordingDestroyed: all it tells of was destroyed.
    """
    adapter = adapter_of(source)
    row, setup = source_of(source)
    adapter.verify(sent, setup)
    digest = replay_digest(source, sent)
    if SeenDelivery.objects.filter(source=row, replay_digest=digest).exists():
        return Received(DUPLICATE)
    understood = _understood(adapter, sent, setup)
    if understood is not None and understood.answer:
        return Received(CHALLENGE, answer=dict(understood.answer))
    if understood is not None and understood.ignored:
        return Received(IGNORED, reason=understood.ignored)
    if understood is not None:
        _assert_not_all_destroyed(understood)
    return Received(ACCEPTED, _stored(row, sent, digest).pk)


def replay_digest(source: str, sent: Sent) -> bytes:
    """The same body to the same address is the same delivery, whatever its headers."""
    return keys.content_digest(f"delivery {source}", sent.url.encode() + b"\x00" + sent.body)


def note_refusal(*, source: str, reason: str, at: datetime) -> None:
    """Count it. An unknown source's name is somebody's invention, so it is not kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO recordings_intakerefusal (source, reason, day, count, last_at) VALUES (%s, %s, %s, 1, %s)"
            " ON CONFLICT (source, reason, day) DO UPDATE"
            " SET count = recordings_intakerefusal.count + 1, last_at = EXCLUDED.last_at",
            [source[:32], reason[:40], at.date(), at],
        )


def tidy_deliveries(at: datetime) -> int:
    """Forget what has had its time: contents that were given up, what was seen, the log; how many rows."""
    IntakeDelivery.objects.dead().filter(received_at__lt=at - CONTENT_KEPT).exclude(sealed=b"").update(sealed=b"")
    seen, _ = SeenDelivery.objects.filter(seen_at__lt=at - SEEN_FOR).delete()
    old, _ = (
        IntakeDelivery.objects.exclude(state=IntakeDelivery.State.WAITING)
        .filter(received_at__lt=at - LOG_KEPT)
        .delete()
    )
    counts, _ = IntakeRefusal.objects.filter(last_at__lt=at - LOG_KEPT).delete()
    return seen + old + counts


def _understood(adapter: Adapter, sent: Sent, setup: Setup) -> Understood | None:
    """What it says; None: our reading of it failed. It is stored all the same: who mends that runs it again."""
    try:
        return adapter.understand(sent, setup)
    except DeliveryUnreadable:
        raise
    except Exception:
        return None


def _assert_not_all_destroyed(understood: Understood) -> None:
    """Raises RecordingDestroyed. A destroyed call that comes among others is passed over by the work."""
    origins = {keys.origin_digest(call.source, call.external_id) for call in understood.calls}
    if not origins or understood.news:
        return
    gone = list(Certificate.objects.filter(origin_digest__in=origins).only("recording_id", "destroyed_at"))
    if len(gone) == len(origins):
        raise RecordingDestroyed(gone[0].recording_id, gone[0].destroyed_at)


@transaction.atomic
def _stored(row: TelephonySource, sent: Sent, digest: bytes) -> IntakeDelivery:
    delivery = IntakeDelivery(
        source=row,
        received_at=sent.received_at,
        size_bytes=len(sent.body),
        replay_digest=digest,
        next_attempt_at=sent.received_at,
    )
    delivery.sealed = keys.seal_with_keyset(sealed_form(sent), f"delivery {delivery.pk}")
    delivery.save(force_insert=True)
    TelephonySource.objects.filter(pk=row.pk).update(last_accepted_at=sent.received_at)
    ring(WORK_TASK)
    return delivery
