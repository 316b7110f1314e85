"""Playable forms of calls whose codec no browser plays: made when somebody wants to hear one, kept while it is used.

Each is sealed with its recording's key and goes with it: `forget` says which objects. The original stays as it came.
Attempts are counted before the work, so that a file that kills its reader is given up after three of them.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from recordings import keys
from recordings.decoding.rendering import MEDIA_TYPE
from recordings.domain.errors import AudioIntegrityLost, KeysUnavailable, RenditionNotReady, StoreUnavailable
from recordings.domain.formats import plays_as_it_is
from recordings.models import AudioProfile, Recording, Rendition
from recordings.models.queries import spelt_array
from recordings.services.doorbell import ring
from recordings.services.readers import PATIENCE_SECONDS, ReaderDied, answered
from recordings.store import AudioWriter, read_object, store

ATTEMPTS = 3
AGAIN_AFTER = timedelta(seconds=PATIENCE_SECONDS * 2)  # nobody else begins before we have given up
AWAY_FOR = timedelta(minutes=1)  # store or keys are away: that is not the recording's fault
KEPT_UNUSED = timedelta(days=30)
NOTED_EVERY = timedelta(hours=1)  # `used_at` need not follow each range that a player asks for
TASK = "recordings.tasks.render_audio"
State = Rendition.State


def needs_one(recording: Recording, profile: AudioProfile | None) -> bool:
    """Whether a browser cannot be counted on to play the original."""
    return not plays_as_it_is(recording.media_type, profile.codec if profile else "")


def rendition_of(recording: Recording, *, at: datetime | None = None) -> Rendition:
    """The recording's rendition as it stands; where there is none it is asked for, and the worker rung for."""
    row = Rendition.objects.filter(recording_id=recording.pk).first()
    return row or _asked_for(recording, at or timezone.now())


@transaction.atomic
def _asked_for(recording: Recording, at: datetime) -> Rendition:
    wanted = Rendition(recording_id=recording.pk, asked_at=at, used_at=at, next_attempt_at=at)
    Rendition.objects.bulk_create([wanted], ignore_conflicts=True)
    ring(TASK)
    return Rendition.objects.get(recording_id=recording.pk)


def ready_rendition(recording: Recording) -> Rendition:
    """The one that can be played now. Raises RenditionNotReady: it is being made, or cannot be."""
    row = rendition_of(recording)
    if row.state != State.READY:
        raise RenditionNotReady(can_be_made=row.state != State.FAILED)
    now = timezone.now()
    if now - row.used_at > NOTED_EVERY:
        Rendition.objects.filter(pk=row.pk, state=State.READY).update(used_at=now)
    return row


def read_rendition(recording: Recording, row: Rendition, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
    """Its bytes from `start` up to, not including, `stop`. One that is missing or changed is made anew.

    Raises RenditionNotReady.
    """
    key = keys.open_key(recording.pk, bytes(recording.key.wrapped))
    try:
        yield from read_object(row.object_key or "", row.pk, row.size_bytes or 0, key, start, stop)
    except AudioIntegrityLost as error:
        Rendition.objects.filter(pk=row.pk, state=State.READY).update(state=State.LEAVING)
        raise RenditionNotReady(can_be_made=True) from error


# --- making them


def render_due(at: datetime, *, limit: int = 100) -> int:
    """Make what is wanted at `at`, one after the other; how many are ready. Safe twice, at once."""
    ready = 0
    for _ in range(limit):
        row = _claimed(at)
        if row is None:
            break
        ready += _render(row, at)
    return ready


@transaction.atomic
def _claimed(at: datetime) -> Rendition | None:
    """The next one that is wanted, with this attempt counted; other workers pass over it."""
    row = Rendition.objects.due(at).select_for_update(skip_locked=True).order_by("next_attempt_at", "pk").first()
    if row is not None:
        row.attempts += 1
        row.next_attempt_at = at + AGAIN_AFTER
        row.save(update_fields=["attempts", "next_attempt_at"])
    return row


def _render(row: Rendition, at: datetime) -> bool:
    recording = Recording.objects.select_related("key").filter(pk=row.recording_id, object_key__isnull=False).first()
    if recording is None:
        Rendition.objects.filter(pk=row.pk).delete()
        return False
    if row.attempts > ATTEMPTS:
        return _give_up(row, f"the reader died {ATTEMPTS} times")
    try:
        return _made(recording, row)
    except AudioIntegrityLost as error:
        return _give_up(row, str(error))
    except (StoreUnavailable, KeysUnavailable):
        Rendition.objects.filter(pk=row.pk).update(attempts=row.attempts - 1, next_attempt_at=at + AWAY_FOR)
    except ReaderDied:
        if row.attempts >= ATTEMPTS:
            return _give_up(row, f"the reader died {ATTEMPTS} times")
    return False


def _give_up(row: Rendition, why: str) -> bool:
    Rendition.objects.filter(pk=row.pk, state=State.WAITING).update(
        state=State.FAILED, detail=why[:200], next_attempt_at=None
    )
    return False


def _made(recording: Recording, row: Rendition) -> bool:
    """Render into a sealed object; nothing of it stays where it is not kept."""
    key = keys.open_key(recording.pk, bytes(recording.key.wrapped))
    with answered(recording, "render") as (said, parts):
        if "rendered" not in said:
            return _give_up(row, str(said["unreadable"]))
        writer = AudioWriter(row.pk, key)
        try:
            for part in parts:
                writer.write(part)
            is_kept = _keep(row, writer)
        except BaseException:
            writer.discard()
            raise
    if not is_kept:
        writer.discard()
    return is_kept


@transaction.atomic
def _keep(row: Rendition, writer: AudioWriter) -> bool:
    """Point at the object. False: the recording was destroyed meanwhile, or somebody else was faster."""
    object_key = writer.keep()
    if not Recording.objects.locked([row.recording_id]).exists():
        return False
    done = Rendition.objects.filter(pk=row.pk, state=State.WAITING).update(
        state=State.READY,
        object_key=object_key,
        media_type=MEDIA_TYPE,
        size_bytes=writer.size_bytes,
        sha256=writer.sha256,
        next_attempt_at=None,
    )
    return bool(done)


# --- letting them go


def forget(recording_ids: Collection[UUID]) -> dict[str, UUID]:
    """Object key → recording, of all renditions of these recordings; their rows go with the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [spelt_array(recording_ids)])
        return {key: recording_id for key, recording_id in cursor.fetchall() if key}


_FORGET = "DELETE FROM recordings_rendition WHERE recording_id = ANY(%s::uuid[]) RETURNING object_key, recording_id"


def evict_unused(at: datetime, *, limit: int = 500) -> int:
    """Remove what nobody played for a month, and read back that it is gone; how many went."""
    unused = Rendition.objects.unused(at - KEPT_UNUSED).order_by("used_at")[:limit]
    Rendition.objects.filter(pk__in=list(unused.values_list("pk", flat=True)), state=State.READY).update(
        state=State.LEAVING
    )
    rows = Rendition.objects.filter(state=State.LEAVING).values_list("object_key", "pk")[:limit]
    leaving = {str(key): pk for key, pk in rows if key}
    if not leaving:
        return 0
    store().delete_many(list(leaving))
    stays = store().remaining(list(leaving))
    gone, _ = Rendition.objects.filter(pk__in=[pk for key, pk in leaving.items() if key not in stays]).delete()
    return gone
