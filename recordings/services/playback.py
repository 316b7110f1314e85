"""Hearing a recording: for a purpose that was announced, with one trail event for each listening session."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

import trail.services as trail
from accounts.domain.errors import NotAllowed
from accounts.permissions import Act, may
from recordings.domain.errors import AudioNotKept, InQuarantine, PurposeRefused
from recordings.models import ListeningSession, Recording
from recordings.store import read_range
from trail.domain.actors import Actor

SESSION_ENDS_AFTER = timedelta(minutes=30)  # of silence between two requests
NOTED_EVERY = timedelta(seconds=30)  # a player asks for many ranges; `last_at` need not follow each
JUDGING = "regulatory"  # who judges a quarantine hears the call to fulfil a duty, whatever was announced


def purposes_for(recording: Recording, actor: Actor) -> list[str]:
    """The purposes for which this actor may hear this recording: those that were announced on the call.

    Raises NotAllowed; AudioNotKept: nothing to hear; InQuarantine: only who judges it hears it, for the regulator.
    """
    if not may(actor, Act.HEAR_RECORDING, recording):
        raise NotAllowed("A token needs recordings:listen to hear a call.")
    if recording.object_key is None:
        raise AudioNotKept
    if recording.state != Recording.State.QUARANTINED:
        return list(recording.purposes)
    if not may(actor, Act.JUDGE_QUARANTINE, recording):
        raise InQuarantine
    return [JUDGING]


def listen(
    *, recording: Recording, purpose: str, actor: Actor, start: int = 0, stop: int | None = None
) -> Iterator[bytes]:
    """Decrypted audio from `start` up to, not including, `stop`, in pieces; the session is noted before the first.

    Raises what `purposes_for` raises, PurposeRefused, and AudioIntegrityLost: what is stored is not what was stored.
    """
    allowed = purposes_for(recording, actor)
    if purpose not in allowed:
        raise PurposeRefused(allowed)
    note_listening(recording=recording, purpose=purpose, actor=actor)
    pieces = read_range(recording, start, stop)
    first = next(pieces, b"")  # opened before the answer begins, so that a fault is an error and not a torn answer
    return _after(first, pieces)


@transaction.atomic
def note_listening(*, recording: Recording, purpose: str, actor: Actor, at: datetime | None = None) -> ListeningSession:
    """The session that this listening belongs to: the running one, or a new one with its event in the trail."""
    now = at or timezone.now()
    _one_at_a_time(recording, purpose, actor)
    session = (
        ListeningSession.objects.filter(
            recording_id=recording.pk,
            actor_kind=actor.actor_kind,
            actor_id=actor.actor_id,
            purpose=purpose,
            last_at__gt=now - SESSION_ENDS_AFTER,
        )
        .order_by("-last_at")
        .first()
    )
    if session is None:
        trail.append("recording.played", actor=actor, subject=recording, purpose=purpose)
        return ListeningSession.objects.create(
            recording_id=recording.pk,
            actor_kind=actor.actor_kind,
            actor_id=actor.actor_id,
            purpose=purpose,
            started_at=now,
            last_at=now,
        )
    if now - session.last_at > NOTED_EVERY:
        ListeningSession.objects.filter(pk=session.pk).update(last_at=now)
    return session


def _one_at_a_time(recording: Recording, purpose: str, actor: Actor) -> None:
    """A player's first requests come together; the second waits here, and finds the session of the first."""
    name = f"{recording.pk}{actor.actor_kind}{actor.actor_id}{purpose}"
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _after(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
