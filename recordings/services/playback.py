"""Reading a recording: hearing it for a purpose that was announced, downloading it, looking at its page.

Each leaves its own verb. A listening session leaves `recording.played` when it begins and `playback.ended`, with the
span that was sent, when it has been silent for half an hour: the trail is append-only, and only then the span is known.
"""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

import trail.services as trail
from accounts.domain.errors import NotAllowed
from accounts.permissions import Act, demand, may
from recordings.domain.errors import AudioIntegrityLost, AudioNotKept, InQuarantine, PurposeRefused, Restricted
from recordings.models import AudioProfile, IntegrityIncident, ListeningSession, Recording, Rendition
from recordings.services.renditions import read_rendition
from recordings.services.storekeeping import incidents
from recordings.store import read_range
from trail.domain.actors import Actor
from trail.models import Event

SESSION_ENDS_AFTER = timedelta(minutes=30)  # of silence between two requests
NOTED_EVERY = timedelta(seconds=30)  # a player asks for many ranges; `last_at` need not follow each
NOTED_WHILE_SENDING = 30.0  # seconds between two notes of one long answer
JUDGING = "regulatory"  # who judges a quarantine hears the call to fulfil a duty, whatever was announced


@dataclass(frozen=True)
class Listener:
    """Whose session it was, after they have gone."""

    actor_kind: str
    actor_id: str


def purposes_for(recording: Recording, actor: Actor) -> list[str]:
    """The purposes for which this actor may hear this recording: those that were announced on the call.

    Raises NotAllowed; AudioNotKept: nothing to hear; Restricted: to be erased, and kept by a duty alone; InQuarantine:
    only who judges it hears it, for the regulator.
    """
    if not may(actor, Act.HEAR_RECORDING, recording):
        raise NotAllowed("A token needs recordings:listen to hear a call.")
    if recording.object_key is None:
        raise AudioNotKept
    if recording.restricted_at is not None:
        raise Restricted
    if recording.state != Recording.State.QUARANTINED:
        return list(recording.purposes)
    if not may(actor, Act.JUDGE_QUARANTINE, recording):
        raise InQuarantine
    return [JUDGING]


def listen(
    *,
    recording: Recording,
    purpose: str,
    actor: Actor,
    start: int = 0,
    stop: int | None = None,
    rendition: Rendition | None = None,
) -> Iterator[bytes]:
    """Decrypted audio from `start` up to, not including, `stop`, in pieces; the session is noted before the first.

    With `rendition` its bytes are meant. Raises what `purposes_for` raises, PurposeRefused, RenditionNotReady, and
    AudioIntegrityLost, with an incident: what is stored is not what was stored.
    """
    allowed = purposes_for(recording, actor)
    if purpose not in allowed:
        raise PurposeRefused(allowed)
    session = note_listening(recording=recording, purpose=purpose, actor=actor)
    if rendition is None:
        pieces, size = _whole(recording, read_range(recording, start, stop)), recording.size_bytes
    else:
        pieces, size = read_rendition(recording, rendition, start, stop), rendition.size_bytes
    first = next(pieces, b"")  # opened before the answer begins, so that a fault is an error and not a torn answer
    return _noted(session, start, _seconds(recording) / max(size or 0, 1), _after(first, pieces))


def download(*, recording: Recording, purpose: str, actor: Actor) -> Iterator[bytes]:
    """The whole audio, to be kept as a file elsewhere; noted before the first piece, each time.

    Raises what `listen` raises, and NotAllowed: a reviewer and a token hear, and download nothing.
    """
    demand(actor, Act.DOWNLOAD_RECORDING, recording)
    allowed = purposes_for(recording, actor)
    if purpose not in allowed:
        raise PurposeRefused(allowed)
    with transaction.atomic():
        trail.append("recording.downloaded", actor=actor, subject=recording, purpose=purpose)
    pieces = _whole(recording, read_range(recording))
    return _after(next(pieces, b""), pieces)


def _whole(recording: Recording, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces, as far as their seals hold; one that was changed is never served, and is written down."""
    try:
        yield from pieces
    except AudioIntegrityLost as error:
        kind = incidents.kind_of(error, recording.object_key)
        incidents.report(recording.pk, kind=kind, found_by=IntegrityIncident.FoundBy.PLAYBACK)
        raise


@transaction.atomic
def note_view(*, recording: Recording, actor: Actor, at: datetime | None = None) -> None:
    """That this person opened the call's page: one event for a person and a call in half an hour."""
    now = at or timezone.now()
    _one_at_a_time(recording, "view", actor)
    seen = Event.objects.about(recording).filter(
        verb="recording.viewed", actor_kind=actor.actor_kind, actor_id=actor.actor_id
    )
    if not seen.filter(occurred_at__gt=now - SESSION_ENDS_AFTER).exists():
        trail.append("recording.viewed", actor=actor, subject=recording)


@transaction.atomic
def end_sessions(*, at: datetime, limit: int) -> int:
    """Close up to `limit` sessions that have been silent for half an hour; how many. The event is the listener's."""
    over = ListeningSession.objects.over(at - SESSION_ENDS_AFTER).order_by("last_at")
    ended = list(over.select_for_update(skip_locked=True)[:limit])
    for session in ended:
        heard = _heard(session)
        trail.append(
            "playback.ended" if heard else "playback.ended_unheard",
            actor=Listener(session.actor_kind, session.actor_id),
            subject=Recording(pk=session.recording_id),
            line_of_business_id=session.line_of_business_id,
            purpose=session.purpose,
            last_at=session.last_at.isoformat(),
            **heard,
        )
    ListeningSession.objects.filter(pk__in=[session.pk for session in ended]).update(closed_at=at)
    return len(ended)


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
            closed_at=None,
        )
        .order_by("-last_at")
        .first()
    )
    if session is None:
        trail.append("recording.played", actor=actor, subject=recording, purpose=purpose)
        return ListeningSession.objects.create(
            recording_id=recording.pk,
            line_of_business_id=recording.line_of_business_id,
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


def _noted(session: ListeningSession, start: int, seconds_a_byte: float, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces; what of them was taken is noted in the session, also when the listener goes away midway."""
    sent, noted_at = start, time.monotonic()
    try:
        for piece in pieces:
            sent += len(piece)
            yield piece
            if time.monotonic() - noted_at > NOTED_WHILE_SENDING:
                _widen(session, start * seconds_a_byte, sent * seconds_a_byte)
                noted_at = time.monotonic()
    finally:
        if sent > start:
            _widen(session, start * seconds_a_byte, sent * seconds_a_byte)


def _heard(session: ListeningSession) -> dict[str, float]:
    """Its span in tenths of a second; empty where nothing was sent."""
    if session.from_seconds is None or session.to_seconds is None:
        return {}
    return {"from_s": round(session.from_seconds, 1), "to_s": round(session.to_seconds, 1)}


def _widen(session: ListeningSession, start_seconds: float, stop_seconds: float) -> None:
    ListeningSession.objects.filter(pk=session.pk).widen(start_seconds, stop_seconds, timezone.now())


def _seconds(recording: Recording) -> float:
    """How long it sounds. A place in compressed audio is told by its share of the bytes: more exactly it cannot be."""
    read = AudioProfile.objects.filter(recording=recording).values_list("duration_seconds", flat=True).first()
    return float(read or (recording.ended_at - recording.started_at).total_seconds())


def _after(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
