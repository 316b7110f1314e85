"""Listening to audio by machine: what it is, how long, how loud, and whether it is whole. The worker's part.

Attempts are counted before the work, so that a file that kills its reader is parked after three of them.
"""

import json
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

import trail.services as trail
from recordings import keys
from recordings.decoder import Reading
from recordings.domain.errors import AudioIntegrityLost, KeysUnavailable, StoreUnavailable
from recordings.domain.lifecycle import QuarantineReason
from recordings.models import AudioProfile, Recording
from recordings.services.audio import sealed_peaks
from recordings.services.quarantine import quarantine
from recordings.services.readers import reader
from recordings.store import PIECE_BYTES, read_piece
from trail.domain.actors import CALLWARD

ATTEMPTS = 3
PATIENCE_SECONDS = 180.0  # for one recording; the child's own limit of processor time is lower
AGAIN_AFTER = timedelta(minutes=10)  # longer than the patience: nobody else begins before we have given up
AWAY_FOR = timedelta(minutes=1)  # store or keys are away: that is not the recording's fault
MOST_ANSWER_BYTES = 1 << 20
Outcome = AudioProfile.Outcome
REASONS = {
    Outcome.DAMAGED: QuarantineReason.DAMAGED_AUDIO,
    Outcome.UNREADABLE: QuarantineReason.UNREADABLE_AUDIO,
}


class ReaderDied(Exception):
    """The child ended or hung without an answer."""


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
        _put_off(profile, at)
        return False
    return _note(recording.pk, found)


def _put_off(profile: AudioProfile, at: datetime) -> None:
    profile.attempts -= 1
    profile.next_attempt_at = at + AWAY_FOR
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
        profile.marks = reading.marks()
        key = keys.open_key(recording.pk, recording.key.wrapped)
        profile.sealed_peaks = sealed_peaks(key, reading.lanes)
    profile.save()
    trail.append("recording.probed", actor=CALLWARD, subject=recording, outcome=profile.outcome, marks=profile.marks)
    if reason := REASONS.get(Outcome(found.outcome)):
        quarantine(recording=recording, reason=reason)
    return True


# --- the child


def _read(recording: Recording) -> Found:
    """Read in a child. Raises ReaderDied, StoreUnavailable, KeysUnavailable."""
    try:
        answer = _answer(recording)
    except AudioIntegrityLost as error:
        return Found(Outcome.DAMAGED, str(error))
    if isinstance(answer, str):
        return Found(Outcome.UNREADABLE, answer)
    if answer.is_damaged:
        return Found(Outcome.DAMAGED, f"{answer.errors} packets cannot be decoded", answer)
    return Found(Outcome.GOOD, "", answer)


def _answer(recording: Recording) -> Reading | str:
    """Hand over pieces until the child has its answer: a reading, or why there is none."""
    key = keys.open_key(recording.pk, recording.key.wrapped)
    end = time.monotonic() + PATIENCE_SECONDS
    try:
        with reader(recording.size_bytes or 0, PIECE_BYTES) as pipe:
            while pipe.poll(max(end - time.monotonic(), 0)):
                said = json.loads(pipe.recv_bytes(MOST_ANSWER_BYTES))
                if "piece" not in said:
                    return Reading.of(said["reading"]) if "reading" in said else str(said["unreadable"])[:200]
                pipe.send_bytes(read_piece(recording, key, int(said["piece"])))
    except (EOFError, OSError, ValueError, KeyError, TypeError) as error:
        raise ReaderDied from error
    raise ReaderDied
