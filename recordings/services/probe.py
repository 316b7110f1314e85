"""Listening to audio by machine: what it is, how long, how loud, and whether it is whole. The worker's part.

Attempts are counted before the work, so that a file that kills its reader is parked after three of them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

import trail.services as trail
from recordings import keys
from recordings.decoding.reading import Reading
from recordings.domain.errors import AudioIntegrityLost, KeysUnavailable, StoreUnavailable
from recordings.domain.gaps import Told, paired, paused_seconds
from recordings.domain.lifecycle import QuarantineReason
from recordings.domain.marks import Heard, is_damaged, marks_of
from recordings.models import AudioProfile, IntegrityIncident, Recording
from recordings.services.audio import sealed_peaks
from recordings.services.quarantine import quarantine
from recordings.services.readers import ReaderDied, answered
from recordings.services.storekeeping import incidents
from trail.domain.actors import CALLWARD

ATTEMPTS = 3
AGAIN_AFTER = timedelta(minutes=10)  # longer than the patience: nobody else begins before we have given up
AWAY_FOR = timedelta(minutes=1)  # store or keys are away: that is not the recording's fault
CHANGED_FOR = timedelta(hours=12)  # other bytes than were stored: they may come back from a backup
Outcome = AudioProfile.Outcome
REASONS = {
    Outcome.DAMAGED: QuarantineReason.DAMAGED_AUDIO,
    Outcome.UNREADABLE: QuarantineReason.UNREADABLE_AUDIO,
}


@dataclass(frozen=True)
class Found:
    """What came of reading one recording."""

    outcome: Outcome
    detail: str = ""
    reading: Reading | None = None


PARKED = Found(Outcome.UNREADABLE, f"the reader died {ATTEMPTS} times")


def probe_due(at: datetime, *, limit: int = 500) -> int:
    """Read what waits to be read at `at`, one after the other; how many had an outcome. Safe twice, at once."""
    done = 0
    for _ in range(limit):
        profile = _claimed(at)
        if profile is None:
            break
        done += _probe(profile, at)
    return done


@transaction.atomic
def _claimed(at: datetime) -> AudioProfile | None:
    """The next one that is due, with this attempt counted; other workers pass over it."""
    due = AudioProfile.objects.filter(outcome=Outcome.WAITING, next_attempt_at__lte=at)
    profile = due.select_for_update(skip_locked=True).order_by("next_attempt_at", "pk").first()
    if profile is not None:
        profile.attempts += 1
        profile.next_attempt_at = at + AGAIN_AFTER
        profile.save(update_fields=["attempts", "next_attempt_at"])
    return profile


def _probe(profile: AudioProfile, at: datetime) -> bool:
    recording = Recording.objects.select_related("key").filter(pk=profile.pk).first()
    if recording is None:
        return False
    try:
        found = _read(recording) if profile.attempts <= ATTEMPTS else PARKED
    except ReaderDied:
        if profile.attempts < ATTEMPTS:
            return False
        found = PARKED
    except (StoreUnavailable, KeysUnavailable):
        _put_off(profile, at + AWAY_FOR)
        return False
    except AudioIntegrityLost as error:
        kind = incidents.kind_of(error, recording.object_key)
        incidents.report(recording.pk, kind=kind, found_by=IntegrityIncident.FoundBy.PROBE, at=at)
        _put_off(profile, at + CHANGED_FOR)
        return False
    return _note(recording.pk, found)


def _put_off(profile: AudioProfile, until: datetime) -> None:
    """This attempt does not count: nothing was learnt about the sound."""
    profile.attempts -= 1
    profile.next_attempt_at = until
    profile.save(update_fields=["attempts", "next_attempt_at"])


@transaction.atomic
def _note(recording_id: UUID, found: Found) -> bool:
    """Keep what was read; audio that is not whole goes to quarantine. False: destroyed meanwhile."""
    recording = Recording.objects.locked([recording_id]).select_related("key").first()
    if recording is None:
        return False
    profile = AudioProfile.objects.get(recording=recording)
    if profile.outcome != Outcome.WAITING:
        return False
    profile.outcome, profile.detail, profile.next_attempt_at = found.outcome, found.detail, None
    if reading := found.reading:
        profile.codec, profile.channels = reading.codec, reading.channels
        profile.sample_rate_hz, profile.duration_seconds = reading.sample_rate_hz, reading.duration_seconds
        profile.announced_seconds = reading.announced_seconds
        profile.marks = marks_of(_heard(recording, reading))
        key = keys.open_key(recording.pk, recording.key.wrapped)
        profile.sealed_peaks = sealed_peaks(key, reading.lanes)
    profile.save()
    trail.append("recording.probed", actor=CALLWARD, subject=recording, outcome=profile.outcome, marks=profile.marks)
    if reason := REASONS.get(Outcome(found.outcome)):
        quarantine(recording=recording, reason=reason)
    return True


# --- the child


def _read(recording: Recording) -> Found:
    """Read in a child. Raises ReaderDied, AudioIntegrityLost, StoreUnavailable, KeysUnavailable."""
    with answered(recording, "read") as (said, _):
        if "reading" not in said:
            return Found(Outcome.UNREADABLE, str(said["unreadable"])[:200])
        reading = Reading.of(said["reading"])
    if is_damaged(reading.errors):
        return Found(Outcome.DAMAGED, f"{reading.errors} packets cannot be decoded", reading)
    return Found(Outcome.GOOD, "", reading)


def _heard(recording: Recording, reading: Reading) -> Heard:
    """What the rule of marks asks: the audio beside what its container and its phone system told."""
    told = [Told(event.kind, event.offset_seconds, event.detail) for event in recording.call_events.all()]
    call_seconds = recording.length_seconds
    return Heard(
        seconds=reading.duration_seconds,
        loudest=reading.loudest,
        errors=reading.errors,
        announced_seconds=reading.announced_seconds,
        call_seconds=call_seconds,
        paused_seconds=paused_seconds(paired(told, end=call_seconds or reading.duration_seconds)),
    )
