"""Taking calls in: decided, sealed, durable, stored once, with the dates until which they are kept and why.

The object is durable before the row commits, so a row never points at nothing; an object that no row came to point at,
because the process died in between, is swept later.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import cast
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.utils import timezone
from tink import aead

import trail.services as trail
from accounts.models import LineOfBusiness
from policies.domain.calls import Call
from policies.domain.errors import UnknownLine
from policies.services.decisions import Decided, redeem
from recordings import keys
from recordings.domain.containers import Container
from recordings.domain.deliveries import Delivery, EvidenceGiven
from recordings.domain.lifecycle import in_order
from recordings.gate import assert_open
from recordings.models import Circumstances, Recording, SeenRequest
from recordings.services import requests
from recordings.services.attaching import PROBE_TASK, about_audio, attach, to_probe, with_audio
from recordings.services.audio import Arriving
from recordings.services.deciding import call_of, decided_for, is_provisional
from recordings.services.deliverers import (
    assert_line_is_theirs,
    assert_may_deliver,
    assert_same_again,
    client_of,
    known_as,
    metadata_digest,
    no_such_line,
    request_digest,
    same_audio,
    still_there,
    was_destroyed,
)
from recordings.services.doorbell import ring
from recordings.services.holds import tell_joined
from recordings.services.parts import Parts, reasons_to_quarantine
from recordings.services.told import as_decided, evidence_told
from trail.domain.actors import Actor
from trail.rows import insert_rows


@dataclass(frozen=True)
class Taken:
    """The recording, and whether this delivery made it."""

    recording: Recording
    created: bool


def take_in(*, delivery: Delivery, actor: Actor, audio: Arriving | None = None, request_key: str = "") -> Taken:
    """Take one call in, with its audio or awaiting it. The same delivery again is answered with the first recording.

    Raises NotAllowed: not this source; DeliveryRefused; DeliveryContradicts: known with other content;
    RecordingDestroyed; RequestKeyReused; AudioRefused; DigestMismatch; DecisionTokenRefused. Then nothing was kept.
    """
    client_id = client_of(actor)
    assert_may_deliver(actor, delivery)
    request = _Request(client_id, request_key, request_digest(delivery, audio)) if client_id and request_key else None
    if request and (seen := requests.seen(client_id, request.key, request.digest)):
        return Taken(still_there(cast(UUID, seen.recording_id)), created=False)
    if known := known_as(delivery):
        return Taken(_again(known, delivery, audio, actor), created=False)
    ready = made_ready(delivery=delivery, audio=audio, actor=actor)
    if audio is not None:
        audio.keep()
    ready.seen = _to_remember(ready.recording, request)
    try:
        with transaction.atomic():
            keep_all([ready], actor=actor)
        return Taken(ready.recording, created=True)
    except IntegrityError:
        if (known := known_as(delivery)) is None:
            raise
        return Taken(_again(known, delivery, audio, actor), created=False)


def _again(known: Recording, delivery: Delivery, audio: Arriving | None, actor: Actor) -> Recording:
    """The first recording, with the audio that it may have awaited. Raises DeliveryContradicts.

    This audio was sealed for a recording that will not be: it is sealed anew, with the key of the one that is.
    """
    assert_same_again(known, delivery, actor)
    if audio is None:
        return known
    if known.object_key is None:
        return store_audio(recording=known, chunks=audio.pieces(), actor=actor, declared=audio.declared)
    return same_audio(known, audio)


def store_audio(
    *,
    recording: Recording,
    chunks: Iterable[bytes],
    actor: Actor,
    expected_sha256: bytes | None = None,
    declared: str = "",
) -> Recording:
    """Store the audio that the recording awaits. The same bytes again change nothing.

    `declared`: its media type as it was told; asked only where the audio has no header.
    Raises DeliveryContradicts: it has other audio; DigestMismatch, AudioRefused, AudioTooLarge: nothing was kept.
    """
    with Arriving(recording.pk, keys.open_key(recording.pk, recording.key.wrapped), declared=declared) as audio:
        for chunk in chunks:
            audio.write(chunk)
        audio.assert_digest(expected_sha256, pointer="/Content-Digest")
        if recording.object_key is not None:
            return same_audio(recording, audio)
        announced = bytes(recording.expected_sha256) if recording.expected_sha256 else None
        audio.assert_digest(announced, pointer="/sha256")
        container = audio.container()
        audio.keep()
        return attach(recording, audio, container, actor)


# --- making the rows


@dataclass(frozen=True)
class _Request:
    client_id: UUID
    key: str
    digest: bytes


@dataclass
class Ready:
    """A call that only has to be written down: its rows, and its audio where it brings some."""

    recording: Recording
    key: aead.Aead
    parts: Parts
    audio: Arriving | None
    container: Container | None
    seen: list[SeenRequest] = field(default_factory=list)  # the request that brings it, where it has a key


def made_ready(
    *, delivery: Delivery, audio: Arriving | None, actor: Actor, decided_by: Callable[[Call], Decided] = decided_for
) -> Ready:
    """Decided, judged, sealed; nothing is stored yet, nor is the audio durable.

    Raises DeliveryRefused, AudioRefused, DigestMismatch, DecisionTokenRefused.
    """
    draft = _draft(delivery, audio, actor, decided_by)
    container = _judged(delivery, audio)
    parts = Parts.of(draft.recording, draft.key, draft.wrapped, draft.with_evidence(delivery), draft.decided)
    has_line = draft.recording.line_of_business.code != LineOfBusiness.UNASSIGNED
    draft.recording.quarantine_reasons = in_order(reasons_to_quarantine(draft.decided, parts, has_line=has_line))
    return Ready(draft.recording, draft.key, parts, audio, container)


@dataclass(frozen=True)
class _Draft:
    """The recording that will be, with its key and what was decided."""

    recording: Recording
    key: aead.Aead
    wrapped: bytes
    decided: Decided
    told: tuple[EvidenceGiven, ...]  # what became of the decision that it names

    def with_evidence(self, delivery: Delivery) -> Delivery:
        """With what was told of the decision, where the delivery itself brings no evidence."""
        return delivery if delivery.consent else replace(delivery, consent=self.told)


def _draft(delivery: Delivery, audio: Arriving | None, actor: Actor, decided_by: Callable[[Call], Decided]) -> _Draft:
    call = call_of(delivery)
    decision = redeem(delivery.decision, call) if delivery.decision else None
    call = as_decided(call, decision)
    try:
        decided = decided_by(call)
    except UnknownLine:
        raise no_such_line(delivery) from None
    assert_line_is_theirs(decided.line_id, delivery, actor)
    recording = Recording(
        source=delivery.source,
        external_id=delivery.external_id,
        metadata_digest=metadata_digest(delivery),
        line_of_business=LineOfBusiness(decided.line_id, call.line_of_business),  # what is known of it saves asking
        started_at=delivery.started_at,
        ended_at=delivery.ended_at,
        direction=delivery.direction,
        medium=delivery.medium,
        facts={name: list(values) for name, values in delivery.facts.items()},
        unknown=sorted(delivery.unknown),
        purposes=list(delivery.purposes or decided.answer["purposes"]),
        agent_id=delivery.agent_id,
        decision_id=decision.pk if decision else None,
        circumstances=Circumstances.of(decided.circumstances),
        decided=decided.answer,
        policy_version_id=decided.policy_version_id,
        law_release=decided.law_release,
        keep_until=decided.keep_until,
        delete_by=decided.delete_by,
        zone=decided.zone,
        is_provisional=is_provisional(decided, delivery),
        cooling_seconds=decided.cooling_seconds,
        needs_approval=decided.needs_approval,
        expected_sha256=delivery.sha256,
        client_id=client_of(actor),
    )
    if audio is not None:
        recording.pk, wrapped, key = audio.recording_id, audio.wrapped, audio.key
    else:
        wrapped, key = keys.new_key(recording.pk)
    recording.sample_key = keys.sample_key(recording.pk)
    if delivery.agent_name:
        recording.sealed_names = keys.seal_json(key, {"agent": delivery.agent_name}, b"names")
    return _Draft(recording, key, wrapped, decided, evidence_told(decision, delivery))


def _judged(delivery: Delivery, audio: Arriving | None) -> Container | None:
    """Everything that can be wrong with the audio is found before it is kept."""
    if audio is None:
        return None
    audio.assert_digest(delivery.sha256, pointer="/sha256")
    return audio.container()


def keep_all(ready: Sequence[Ready], *, actor: Actor, beside: Sequence[Sequence[Model]] = ()) -> None:
    """Write these calls down in the caller's transaction, each with all its parts and its own events.

    Their audio has to be durable by now. `beside`: rows of further kinds that come and go with them.

    Raises IntegrityError: one of them is there already; RecordingDestroyed, DeliveryContradicts: one was destroyed;
    RecordingsClosed: this database was restored, and may not know yet what was destroyed.
    """
    assert_open()
    recordings, stored_at = [one.recording for one in ready], timezone.now()
    for one in ready:
        if one.audio is not None and one.container is not None:
            with_audio(one.recording, one.audio, one.container, stored_at)
    kinds = {row.pk: row for row in (recording.circumstances for recording in recordings) if row is not None}
    in_one_order = [kinds[pk] for pk in sorted(kinds)]  # whoever inserts the same ones waits, and never in a circle
    insert_rows(in_one_order, recordings, [party for one in ready for party in one.parts.parties])
    _look_after_their_rows(recordings, actor)
    rows: list[Sequence[Model]] = [
        [one.parts.key for one in ready],
        [given for one in ready for given in one.parts.of_parties()],
        [profile for recording in recordings for profile in to_probe(recording)],
        [seen for one in ready for seen in one.seen],
        *beside,
    ]
    happened = [(recording, verb, facts) for recording in recordings for verb, facts in _received(recording)]
    trail.append_several(happened, actor=actor, rows=rows)
    if any(one.audio for one in ready):
        ring(PROBE_TASK)
    for one in ready:
        if one.audio is not None:
            one.audio.claim()  # from here on only the commit itself can fail, and whether it did may stay unknown


def _to_remember(recording: Recording, request: _Request | None) -> list[SeenRequest]:
    if request is None:
        return []
    seen = SeenRequest(client_id=request.client_id, key=request.key, body_digest=request.digest)
    seen.recording_id = recording.pk
    return [seen]


_AFTER_THEIR_ROWS = """
    SELECT recording_id, TRUE FROM recordings_certificate WHERE origin_digest = ANY (%s)
    UNION ALL
    SELECT recording_id, FALSE FROM recordings_holdmember WHERE NOT is_told AND recording_id = ANY (%s)
"""


def _look_after_their_rows(recordings: Sequence[Recording], actor: Actor) -> None:
    """After the insert, which waits for whoever destroys the same call just now: then their certificate is visible.

    Standing holds took what they reach under them in that insert; the events of that are written here.
    """
    ids = [recording.pk for recording in recordings]
    digests = [keys.origin_digest(recording.source, recording.external_id) for recording in recordings]
    with connection.cursor() as cursor:
        cursor.execute(_AFTER_THEIR_ROWS, [digests, ids])
        rows = cursor.fetchall()
    if gone := [recording_id for recording_id, is_gone in rows if is_gone]:
        raise was_destroyed(gone[0], actor)
    if rows:
        tell_joined(ids)
        holds = Counter(recording_id for recording_id, _ in rows)
        for recording in recordings:
            recording.hold_count = holds[recording.pk]


def _received(recording: Recording) -> list[tuple[str, dict[str, object]]]:
    received: dict[str, object] = {
        "source": recording.source,
        "policy_version": str(recording.policy_version_id) if recording.policy_version_id else None,
        "law_release": recording.law_release,
        "keep_until": recording.keep_until.isoformat(),
        "delete_by": recording.delete_by.isoformat(),
    }
    return [("recording.received", received), *about_audio(recording)]
