"""Each night every recording's bytes are read: seals, length, SHA-256. Slowly, in their order, going on after a stop.

A cycle goes through all recordings that were there when it began. It is worked in stretches of a few seconds; each is
noted with the ids that it went through, so that of every recording it is known when it was last found whole.
"""

import hashlib
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F

import trail.services as trail
from recordings.domain.errors import AudioIntegrityLost
from recordings.models import FixityCycle, FixityStretch, IntegrityIncident, Recording
from recordings.services.storekeeping import incidents, locks
from recordings.store import read_range, sealed_size, store
from trail.domain.actors import CALLWARD

AT_ONCE = 200
CYCLES_KEPT = 2  # whose stretches tell when a recording was last looked at


@dataclass
class Looked:
    """What a stretch went through."""

    recordings: int = 0
    size_bytes: int = 0
    failed: int = 0


def look(at: datetime, *, seconds: float, most_bytes: int) -> Looked:
    """Look at what comes next in the cycle, for so long or so many bytes. No recordings: nothing is due.

    Raises StoreUnavailable, KeysUnavailable: what cannot be looked at now is no loss, and is looked at later.
    """
    cycle = _cycle(at)
    if cycle is None:
        incidents.close_destroyed(at)
        return Looked()
    rows = Recording.objects.filter(pk__gt=cycle.place, created_at__lt=cycle.started_at, object_key__isnull=False)
    batch = list(rows.select_related("key").order_by("pk")[:AT_ONCE])
    if not batch:
        _finish(cycle, at)
        return Looked()
    looked, until = Looked(), time.monotonic() + seconds
    last = batch[0]
    for recording in batch:
        looked.failed += not _is_whole(recording, at)
        looked.recordings += 1
        looked.size_bytes += recording.size_bytes or 0
        last = recording
        if looked.size_bytes >= most_bytes or time.monotonic() >= until:
            break
    _note(cycle, batch[0], last, looked, at)
    return looked


def last_checked(recording: Recording) -> datetime | None:
    """When its bytes were last read through by night; None: not yet. An open incident says what was found."""
    for cycle in FixityCycle.objects.order_by("-started_at")[:CYCLES_KEPT]:
        stretch = cycle.stretches.filter(last__gte=recording.pk).order_by("last").first()
        if stretch is not None and stretch.first <= recording.pk and cycle.started_at > recording.created_at:
            return stretch.looked_at
    return None


def examine(recording: Recording) -> str:
    """The kind of what is wrong with it now, empty where it is whole. Raises StoreUnavailable, KeysUnavailable."""
    try:
        there = store().head(recording.object_key or "")
        if there is None:
            return IntegrityIncident.Kind.MISSING
        if there != sealed_size(recording.size_bytes or 0):
            return IntegrityIncident.Kind.CHANGED
        digest = hashlib.sha256()
        for piece in read_range(recording):
            digest.update(piece)
    except AudioIntegrityLost as error:
        return incidents.kind_of(error, recording.object_key)
    is_same = digest.digest() == bytes(recording.sha256 or b"")
    return "" if is_same else IntegrityIncident.Kind.CHANGED


def _is_whole(recording: Recording, at: datetime) -> bool:
    """Looked at twice before anything is said: what a line flipped on the way comes right the second time."""
    kind = examine(recording) and examine(recording)
    if kind:
        incidents.report(recording.pk, kind=kind, found_by=IntegrityIncident.FoundBy.FIXITY, at=at)
        return not Recording.objects.filter(pk=recording.pk).exists()  # destroyed meanwhile: nothing was lost
    incidents.close_whole(recording.pk, at=at)
    locks.compare(recording, at)
    return True


@transaction.atomic
def _cycle(at: datetime) -> FixityCycle | None:
    """The cycle that runs, or a new one where the last began so long ago."""
    newest = FixityCycle.objects.order_by("-started_at").select_for_update().first()
    if newest is not None and newest.finished_at is None:
        return newest
    if newest is not None and newest.started_at > at - timedelta(hours=settings.FIXITY_HOURS):
        return None
    if not Recording.objects.filter(object_key__isnull=False, created_at__lt=at).exists():
        return None  # a look at nothing would put off the first real one by a day
    return FixityCycle.objects.create(started_at=at)


@transaction.atomic
def _note(cycle: FixityCycle, first: Recording, last: Recording, looked: Looked, at: datetime) -> None:
    FixityStretch.objects.create(
        cycle=cycle, first=first.pk, last=last.pk, looked_at=at, recordings=looked.recordings, failed=looked.failed
    )
    FixityCycle.objects.filter(pk=cycle.pk, place__lt=last.pk).update(
        place=last.pk,
        recordings=F("recordings") + looked.recordings,
        size_bytes=F("size_bytes") + looked.size_bytes,
        failed=F("failed") + looked.failed,
    )


@transaction.atomic
def _finish(cycle: FixityCycle, at: datetime) -> None:
    """The cycle went through everything: one event says so. Stretches of cycles long past go."""
    if FixityCycle.objects.filter(pk=cycle.pk, finished_at=None).update(finished_at=at):
        incidents.close_destroyed(at)
        kept = FixityCycle.objects.order_by("-started_at").values_list("pk", flat=True)[:CYCLES_KEPT]
        FixityStretch.objects.exclude(cycle__in=list(kept)).delete()
        trail.append(
            "store.looked_through",
            actor=CALLWARD,
            subject=cycle,
            recordings=cycle.recordings,
            failed=cycle.failed,
            bytes=cycle.size_bytes,
        )
