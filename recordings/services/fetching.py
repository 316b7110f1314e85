"""Audio that lies elsewhere: asked for, fetched through the one guarded way out, stored like any other.

The database says what is to be fetched; a link that has expired, or audio that is none, is given up with its reason.
"""

import base64
import hashlib
import hmac
import logging
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction
from django.utils import timezone

import trail.services as trail
from accounts.permissions import Act, demand
from recordings import keys
from recordings.domain.errors import (
    AudioNotReady,
    AudioUnreachable,
    DigestMismatch,
    KeysUnavailable,
    NotRunnable,
    RecordingNotFound,
    Refused,
    StoreUnavailable,
)
from recordings.domain.told import AudioTold
from recordings.egress import Fetch, fetched
from recordings.egress.buckets import address_of
from recordings.egress.credentials import headers_for
from recordings.intake.port import Setup
from recordings.models import AudioFetch, IntakeDelivery, Recording
from recordings.services.doorbell import ring
from recordings.services.intake import store_audio
from recordings.services.sources import setup_of
from trail.domain.actors import CALLWARD, Actor

logger = logging.getLogger(__name__)

FETCH_TASK = "recordings.tasks.fetch_audio"
LABEL = b"fetch"
ATTEMPTS = 16
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
LEASE = timedelta(minutes=20)  # longer than a fetch may take
AWAY_FOR = timedelta(minutes=1)
PIECE_BYTES = 256 * 1024
State = AudioFetch.State


def ask_for_audio(*, recording: Recording, audio: AudioTold, setup: Setup, delivery: IntakeDelivery) -> None:
    """Note where the audio is, in the caller's transaction. A newer address takes the place of one that waits or died.

    What only the recorder can bring (SIPREC; a file of an exchange whose folder is not mounted here) is awaited.
    """
    if not audio.ref or audio.kind == "recorder" or (audio.kind == "file" and not setup.text("audio_folder")):
        return
    key = keys.open_key(recording.pk, recording.key.wrapped)
    now = timezone.now()
    AudioFetch.objects.update_or_create(
        recording=recording,
        defaults={
            "source": delivery.source,
            "delivery_id": delivery.pk,
            "sealed": keys.seal_json(key, asdict(audio), LABEL),
            "state": State.WAITING,
            "attempts": 0,
            "next_attempt_at": now,
            "asked_at": now,
            "reason": "",
        },
    )
    ring(FETCH_TASK)


def fetch_due(at: datetime, *, limit: int = 100) -> int:
    """Fetch what is due at `at`, one after the other; how many were tried. Safe twice, at once."""
    for count in range(limit):
        recording_id = _claimed(at)
        if recording_id is None:
            return count
        _fetch(recording_id, at)
    return limit


def fetch_again(*, fetch: AudioFetch, actor: Actor) -> None:
    """Let audio that was given up be fetched once more. Raises NotAllowed, NotRunnable."""
    demand(actor, Act.ADMINISTER_INTAKE)
    with transaction.atomic():
        locked = AudioFetch.objects.select_for_update(of=("self",)).filter(pk=fetch.pk, state=State.DEAD).first()
        if locked is None:
            raise NotRunnable
        locked.state, locked.attempts, locked.next_attempt_at = State.WAITING, 0, timezone.now()
        locked.save(update_fields=["state", "attempts", "next_attempt_at"])
        recording = Recording.objects.get(pk=locked.recording_id)
        trail.append("recording.fetch_again", actor=actor, subject=recording, source=locked.source_id)
        ring(FETCH_TASK)


@transaction.atomic
def _claimed(at: datetime) -> UUID | None:
    due = AudioFetch.objects.due(at).select_for_update(skip_locked=True, of=("self",))
    fetch = due.order_by("next_attempt_at", "pk").only("pk", "attempts").first()
    if fetch is None:
        return None
    fetch.attempts += 1
    fetch.next_attempt_at = at + LEASE
    fetch.save(update_fields=["attempts", "next_attempt_at"])
    return fetch.recording_id


def _fetch(recording_id: UUID, at: datetime) -> None:
    fetch = AudioFetch.objects.select_related("recording__key", "source").filter(pk=recording_id).first()
    if fetch is None:
        return
    try:
        _fetched(fetch)
        AudioFetch.objects.filter(pk=recording_id).update(
            state=State.DONE, done_at=timezone.now(), next_attempt_at=None, reason=""
        )
    except AudioNotReady as error:
        _wait(fetch, str(error), at, error.after_seconds)
    except DigestMismatch as error:
        _wait(fetch, str(error), at, None)
    except (StoreUnavailable, KeysUnavailable, OperationalError):
        _put_off(fetch, at)
    except (AudioUnreachable, Refused) as error:
        _give_up(fetch, str(error))
    except RecordingNotFound:
        return  # destroyed meanwhile; its row went with it
    except Exception as error:
        logger.exception("audio fetch failed", extra={"recording": str(recording_id)})
        _wait(fetch, f"Fetching it failed: {type(error).__name__}.", at, None)


def _fetched(fetch: AudioFetch) -> None:
    recording = fetch.recording
    if recording.object_key is not None:
        return  # it came another way
    key = keys.open_key(recording.pk, recording.key.wrapped)
    audio = AudioTold(**keys.unseal_json(key, fetch.sealed, LABEL))
    setup = setup_of(fetch.source)
    chunks = _checked(_opened(audio, fetch.source_id, setup), audio)
    store_audio(recording=recording, chunks=chunks, actor=CALLWARD)


def _opened(audio: AudioTold, source: str, setup: Setup) -> Iterable[bytes]:
    values: dict[str, Any] = dict(setup.values)
    if audio.kind == "file":
        return _of_folder(audio.ref, setup.text("audio_folder"))
    if audio.kind == "s3":
        return fetched(Fetch(address_of(audio.ref, values)))
    return fetched(Fetch(audio.ref, headers_for(source, audio.ref, values)))


def _checked(chunks: Iterable[bytes], audio: AudioTold) -> Iterator[bytes]:
    """The bytes; after the last, whether they are those that a vCon's `content_hash` names. Raises DigestMismatch."""
    kind, _, wanted = audio.content_hash.partition("-")
    digest = hashlib.new(kind) if kind in {"sha256", "sha512"} else None
    for chunk in chunks:
        if digest is not None:
            digest.update(chunk)
        yield chunk
    if digest is not None:
        found = base64.urlsafe_b64encode(digest.digest()).decode().rstrip("=")
        if not hmac.compare_digest(found, wanted.rstrip("=")):
            raise DigestMismatch("/dialog/content_hash")


def _of_folder(name: str, folder: str) -> Iterator[bytes]:
    """A file of the exchange, in the folder that is mounted here; nothing outside of it. Raises AudioNotReady."""
    if not folder:
        raise AudioUnreachable("This source has no audio_folder. Bring the audio to the recording's address instead.")
    root = Path(folder).resolve()
    relative = name.lstrip("/")
    found = next((place for place in (root / relative, root / Path(relative).name) if place.is_file()), None)
    if found is None or not found.resolve().is_relative_to(root):
        raise AudioNotReady("The file is not in the source's audio_folder yet.")
    with found.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece


def _wait(fetch: AudioFetch, reason: str, at: datetime, after_seconds: float | None) -> None:
    """Later: as its place says, else each time twice as late; given up in the end."""
    if fetch.attempts >= ATTEMPTS:
        _give_up(fetch, reason)
        return
    wait = min(FIRST_WAIT * 2 ** (fetch.attempts - 1), LONGEST_WAIT)
    if after_seconds is not None:
        wait = max(wait, timedelta(seconds=after_seconds))
    _still(fetch).update(next_attempt_at=at + wait, reason=reason[:300])


def _put_off(fetch: AudioFetch, at: datetime) -> None:
    reason = "Store, keys or database could not be used just then."
    _still(fetch).update(attempts=max(fetch.attempts - 1, 0), next_attempt_at=at + AWAY_FOR, reason=reason)


def _give_up(fetch: AudioFetch, reason: str) -> None:
    _still(fetch).update(state=State.DEAD, next_attempt_at=None, reason=reason[:300])


def _still(fetch: AudioFetch) -> Any:
    return AudioFetch.objects.filter(pk=fetch.pk, state=State.WAITING)
