"""What is stored is not what was stored: written down once, told in the trail, and set apart until it is mended."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

import trail.services as trail
from recordings.domain.errors import AudioIntegrityLost, KeyDoesNotFit
from recordings.domain.lifecycle import QuarantineReason
from recordings.models import IntegrityIncident, Recording
from recordings.services.quarantine import lift, quarantine
from recordings.store import store
from trail.domain.actors import CALLWARD

Kind = IntegrityIncident.Kind


def kind_of(error: AudioIntegrityLost, object_key: str | None) -> str:
    """Which kind of loss an error tells of. Raises StoreUnavailable: whether the object is there cannot be told."""
    if isinstance(error, KeyDoesNotFit):
        return Kind.KEY
    is_there = object_key is not None and store().head(object_key) is not None
    return Kind.CHANGED if is_there else Kind.MISSING


@transaction.atomic
def report(recording_id: UUID, *, kind: str, found_by: str, at: datetime | None = None) -> bool:
    """Write down that this recording's audio was found changed; whether that is news.

    Once for a recording while it is open; nothing for one that was destroyed meanwhile. Sets it apart in quarantine.
    """
    recording = Recording.objects.locked([recording_id]).first()
    if recording is None or recording.object_key is None or open_for(recording_id) is not None:
        return False
    IntegrityIncident.objects.create(
        recording_id=recording.pk,
        line_of_business_id=recording.line_of_business_id,
        source=recording.source,
        object_key=recording.object_key,
        kind=kind,
        found_by=found_by,
        found_at=at or timezone.now(),
    )
    trail.append("recording.found_changed", actor=CALLWARD, subject=recording, how=str(kind), found_by=str(found_by))
    quarantine(recording=recording, reason=QuarantineReason.CHANGED_AUDIO)
    return True


@transaction.atomic
def close_whole(recording_id: UUID, *, at: datetime) -> bool:
    """It was read whole again, as after its file came back from a backup: the incident ends, and its quarantine."""
    recording = Recording.objects.locked([recording_id]).first()
    incident = open_for(recording_id)
    if recording is None or incident is None:
        return False
    _close(incident, IntegrityIncident.Closing.WHOLE, at)
    trail.append("recording.found_whole", actor=CALLWARD, subject=recording)
    lift(recording=recording, reasons=[QuarantineReason.CHANGED_AUDIO], actor=CALLWARD)
    return True


def close_destroyed(at: datetime) -> int:
    """End the incidents of recordings that were destroyed since; how many."""
    there = Recording.objects.filter(pk=OuterRef("recording_id"))
    over = IntegrityIncident.objects.open().filter(~Exists(there))
    return over.update(closed_at=at, closed_as=IntegrityIncident.Closing.DESTROYED)


def open_for(recording_id: UUID) -> IntegrityIncident | None:
    return IntegrityIncident.objects.open().filter(recording_id=recording_id).first()


def _close(incident: IntegrityIncident, closing: str, at: datetime) -> None:
    incident.closed_at, incident.closed_as = at, closing
    incident.save(update_fields=["closed_at", "closed_as"])
