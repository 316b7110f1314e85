"""How a recording comes to point at its audio: what changes on its row, and what is told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

import trail.services as trail
from accounts.clients import TokenActor
from accounts.models import LineOfBusiness
from accounts.permissions import lines_of
from recordings import gate
from recordings.domain.containers import Container
from recordings.domain.errors import RecordingNotFound
from recordings.domain.lifecycle import QuarantineReason, in_order, state_of
from recordings.models import AudioProfile, Recording
from recordings.services.audio import Arriving
from recordings.services.deliverers import same_audio
from recordings.services.doorbell import ring
from trail.domain.actors import Actor

PROBE_TASK = "recordings.tasks.probe_audio"
_AUDIO_FIELDS = ["object_key", "sha256", "size_bytes", "media_type", "stored_at", "state", "quarantine_reasons"]


def with_audio(recording: Recording, audio: Arriving, container: Container, stored_at: datetime) -> None:
    recording.object_key = audio.object_key
    recording.sha256 = audio.sha256
    recording.size_bytes = audio.size_bytes
    recording.media_type = container.media_type
    recording.stored_at = stored_at
    if container.damaged:
        reasons = {*recording.quarantine_reasons, QuarantineReason.DAMAGED_AUDIO}
        recording.quarantine_reasons = in_order(reasons)
    recording.state = state_of(has_audio=True, reasons=recording.quarantine_reasons)


def about_audio(recording: Recording) -> list[tuple[str, dict[str, object]]]:
    """What happened with its audio just now; nothing where it is awaited."""
    if recording.object_key is None:
        return []
    stored: dict[str, object] = {
        "sha256": bytes(recording.sha256 or b"").hex(),
        "size_bytes": recording.size_bytes,
        "media_type": recording.media_type,
    }
    happened = [("recording.stored", stored)]
    if recording.state == Recording.State.QUARANTINED:
        happened.append(("recording.quarantined", {"reasons": recording.quarantine_reasons}))
    return happened


def to_probe(recording: Recording) -> list[AudioProfile]:
    return [AudioProfile(recording=recording, next_attempt_at=recording.stored_at)] if recording.object_key else []


@transaction.atomic
def attach(recording: Recording, audio: Arriving, container: Container, actor: Actor) -> Recording:
    """The row comes to point at the object; who was faster with the same bytes wins. Raises DeliveryContradicts."""
    locked = Recording.objects.select_for_update(no_key=True).filter(pk=recording.pk).first()
    if locked is None:
        raise RecordingNotFound
    if locked.object_key is not None:
        return same_audio(locked, audio)
    with_audio(locked, audio, container, timezone.now())
    locked.save(update_fields=_AUDIO_FIELDS)
    trail.append_each(about_audio(locked), actor=actor, subject=locked, rows=[to_probe(locked)])
    audio.claim()
    ring(PROBE_TASK)
    return locked


# --- the same in two statements, for what integrations do all day


@dataclass(frozen=True)
class Awaited:
    """A recording that awaits its audio, as far as storing and answering need it; `generation`: when that was so."""

    recording: Recording
    wrapped: bytes
    line_code: str
    policy_version: str | None
    explanation: str  # JSON: what gives its dates
    generation: UUID


_AWAITED = """
    SELECT recording.source, external_id, line_of_business_id, state, quarantine_reasons, law_release, keep_until,
           delete_by, is_provisional, expected_sha256, key.wrapped, line.code, decided->>'policy_version',
           COALESCE((SELECT explanation::text FROM recordings_retentionchange change
                     WHERE change.recording_id = recording.id ORDER BY at DESC, id DESC LIMIT 1),
                    decided #>> '{{retention,explanation}}', '[]'),
           (SELECT name FROM accounts_generation)
    FROM recordings_recording recording
    JOIN recordings_recordingkey key ON key.recording_id = recording.id
    JOIN accounts_lineofbusiness line ON line.id = recording.line_of_business_id
    WHERE recording.id = %s AND object_key IS NULL AND (({reach}) OR (client_id = %s AND line.code = %s))
"""


def awaited(recording_id: UUID, actor: TokenActor) -> Awaited | None:
    """What the token may deliver audio for; None: ask `find_deliverable`, which says why. Raises RecordingsClosed."""
    gate.assert_open()
    reach, values = _reach(actor)
    with connection.cursor() as cursor:
        given = [recording_id, *values, actor.token.client_id, LineOfBusiness.UNASSIGNED]
        cursor.execute(_AWAITED.format(reach=reach), given)
        row = cursor.fetchone()
    if row is None:
        return None
    source, external_id, line_id, state, reasons, release, keep_until, delete_by, provisional, sha256, *rest = row
    recording = Recording(
        pk=recording_id,
        source=source,
        external_id=external_id,
        line_of_business_id=line_id,
        state=state,
        quarantine_reasons=reasons,
        law_release=release,
        keep_until=keep_until,
        delete_by=delete_by,
        is_provisional=provisional,
        expected_sha256=bytes(sha256) if sha256 else None,
    )
    return Awaited(recording, bytes(rest[0]), *rest[1:])


def _reach(actor: TokenActor) -> tuple[str, list[Any]]:
    """As far as `recordings.models.reach` lets the token see."""
    conditions = ["TRUE"]
    values: list[Any] = []
    if (lines := lines_of(actor)) is not None:
        conditions.append("line_of_business_id = ANY(%s)")
        values.append(sorted(lines))
    if actor.token.sources:
        conditions.append("recording.source = ANY(%s)")
        values.append(actor.token.sources)
    return " AND ".join(conditions), values


_ATTACH = """
    WITH stored AS (
        UPDATE recordings_recording
        SET object_key = %s, sha256 = %s, size_bytes = %s, media_type = %s, stored_at = %s, state = %s,
            quarantine_reasons = %s::varchar[]
        WHERE id = %s AND object_key IS NULL AND quarantine_reasons = %s::varchar[]
          AND EXISTS (SELECT FROM accounts_generation WHERE name = %s)
        RETURNING id
    ), profile AS (
        INSERT INTO recordings_audioprofile ({columns}) SELECT {marks} FROM stored
    ), events AS (
        INSERT INTO trail_event (id, occurred_at, verb, actor_kind, actor_id, subject_kind, subject_id,
                                 line_of_business_id, facts, digest)
        SELECT event.* FROM stored, (VALUES {events}) AS event
    )
    SELECT id FROM stored
"""
_EVENT = "(%s::uuid, %s::timestamptz, %s, %s, %s, %s, %s, %s::uuid, %s::jsonb, %s::bytea)"


def attach_awaited(told: Awaited, audio: Arriving, container: Container, actor: Actor) -> bool:
    """As `attach`, in one statement; False: something has changed since it was read, a token's right or the row.

    Whether the commit reached the disk may stay unknown; from here on the object stays, unless it was not stored.
    """
    recording, before, now = told.recording, list(told.recording.quarantine_reasons), timezone.now()
    with_audio(recording, audio, container, now)
    (profile,) = to_probe(recording)
    fields = profile._meta.concrete_fields
    happened = about_audio(recording)
    values = [
        recording.object_key,
        recording.sha256,
        recording.size_bytes,
        recording.media_type,
        now,
        recording.state,
        recording.quarantine_reasons,
        recording.pk,
        before,
        told.generation,
        *(field.get_db_prep_save(field.pre_save(profile, add=True), connection) for field in fields),
        *(value for verb, facts in happened for value in _event(verb, facts, recording, actor, now)),
    ]
    statement = _ATTACH.format(
        columns=", ".join(f'"{field.column}"' for field in fields),
        marks=", ".join(["%s"] * len(fields)),
        events=", ".join([_EVENT] * len(happened)),
    )
    audio.claim()
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        is_stored = cursor.fetchone() is not None
    if is_stored:
        ring(PROBE_TASK)
    else:
        audio.is_claimed = False
    return is_stored


def _event(verb: str, facts: dict[str, object], about: Recording, actor: Actor, now: datetime) -> Sequence[Any]:
    subject = (about._meta.label_lower, str(about.pk))
    event_id, spelt, digest = trail.drawn_up(
        verb, actor=actor, subject=subject, line=about.line_of_business_id, facts=facts, at=now
    )
    return (event_id, now, verb, actor.actor_kind, actor.actor_id, *subject, about.line_of_business_id, spelt, digest)
