"""The end of a recording: listed, objected to or approved, destroyed. Proof and deed commit together or not at all."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

import trail.services as trail
from recordings import keys
from recordings.domain import certificates
from recordings.domain.certificates import Erasure
from recordings.models import Certificate, DestructionBatch, ObjectRemoval, Recording
from recordings.services.closing import close_copies_with
from recordings.services.dates import Given, given_dates
from recordings.services.holds import join_in_force
from recordings.services.trust import assert_trusted
from trail.domain.actors import CALLWARD
from trail.domain.ids import uuid7

# What goes with a recording, children first. One statement removes them with the row itself.
PARTS = ("consentevidence", "callevent", "audioprofile", "telephonyfacts", "audiofetch", "party", "recordingkey")


@transaction.atomic
def list_due(*, at: datetime, limit: int = 1_000) -> int:
    """Put up to `limit` recordings whose cooling period begins on the disposition list; how many were put there."""
    due = list(
        Recording.objects.to_list(at)
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .only("pk", "line_of_business_id", "delete_by")
        .order_by("delete_by", "pk")[:limit]
    )
    Recording.objects.filter(pk__in=[recording.pk for recording in due]).update(listed_at=at)
    if due:
        facts: list[dict[str, object]] = [{"delete_by": recording.delete_by.isoformat()} for recording in due]
        trail.append_many("recording.listed", actor=CALLWARD, subjects=due, facts=facts)
    return len(due)


@transaction.atomic(durable=True)
def purge_batch(*, at: datetime, limit: int = 200) -> int:
    """Destroy up to `limit` recordings that are due at `at`; how many. Key, personal data and row go, the proof comes.

    Rows that another worker holds are passed over; a row whose hold committed meanwhile is seen as held. Raises
    DispositionStopped: clock, keys, store or trail cannot be trusted.
    """
    if not Recording.objects.to_destroy(at).exists():
        return 0
    assert_trusted()
    join_in_force()
    doomed = list(Recording.objects.to_destroy(at).select_related("line_of_business").claimed(limit))
    if not doomed:
        return 0
    destroy(doomed, at)
    return len(doomed)


def destroy(doomed: list[Recording], at: datetime, *, erasures: Mapping[UUID, Erasure] | None = None) -> None:
    """End these locked recordings, in the caller's transaction: proof, key, personal data, row, and what follows.

    `erasures` names the request of a person that asked for it, where the day of the policy had not come.
    """
    _certify(doomed, at, erasures)
    ObjectRemoval.objects.bulk_create(
        ObjectRemoval(object_key=gone.object_key, recording_id=gone.pk, asked_at=at, next_attempt_at=at)
        for gone in doomed
        if gone.object_key
    )
    ids = [gone.pk for gone in doomed]
    _destroy(ids)
    close_copies_with(ids, at)


def _certify(doomed: list[Recording], at: datetime, erasures: Mapping[UUID, Erasure] | None = None) -> None:
    """Certificates under one signature, and the trail's events about them."""
    ids = [uuid7() for _ in doomed]
    given = given_dates(doomed)
    contents = [
        certificates.content(
            _described(gone, given[gone.pk], at, (erasures or {}).get(gone.pk)), certificate_id=str(pk)
        )
        for gone, pk in zip(doomed, ids, strict=True)
    ]
    levels = certificates.merkle_levels([certificates.leaf_digest(content) for content in contents])
    batch = _signed_batch(root=levels[-1][0].hex(), size=len(doomed), at=at)
    Certificate.objects.bulk_create(
        Certificate(
            id=pk,
            recording_id=gone.pk,
            origin_digest=bytes.fromhex(content["origin_digest"]),
            line_of_business_id=gone.line_of_business_id,
            destroyed_at=at,
            content=content,
            batch=batch,
            proof=certificates.merkle_proof(levels, position),
        )
        for position, (pk, gone, content) in enumerate(zip(ids, doomed, contents, strict=True))
    )
    facts: list[dict[str, object]] = [{"certificate": str(pk), "batch": str(batch.pk)} for pk in ids]
    trail.append_many("recording.disposed", actor=CALLWARD, subjects=doomed, facts=facts)


def _signed_batch(*, root: str, size: int, at: datetime) -> DestructionBatch:
    pk = uuid7()
    statement = certificates.batch_statement(batch_id=str(pk), destroyed_at=at, size=size, merkle_root=root)
    signature, key_id = keys.sign(statement)
    return DestructionBatch.objects.create(
        id=pk, destroyed_at=at, size=size, merkle_root=root, signature=signature, key_id=key_id
    )


def _described(gone: Recording, given: Given, at: datetime, erasure: Erasure | None) -> certificates.Destroyed:
    audio = None
    if gone.object_key and gone.sha256:
        audio = {"sha256": bytes(gone.sha256).hex(), "size_bytes": gone.size_bytes, "media_type": gone.media_type}
    approved = None
    if gone.approved_at is not None:
        approved = {"by": gone.approved_by_id, "at": gone.approved_at.isoformat()}
    if erasure is not None:
        approved = {"by": erasure.approved_by, "at": erasure.approved_at}
    return certificates.Destroyed(
        recording_id=str(gone.pk),
        origin_digest=keys.origin_digest(gone.source, gone.external_id).hex(),
        source=gone.source,
        line_of_business=gone.line_of_business.code,
        state=gone.state,
        call={
            "started_at": gone.started_at.isoformat(),
            "ended_at": gone.ended_at.isoformat() if "ended_at" not in gone.unknown else None,
            "direction": gone.direction or None,
            "medium": gone.medium,
        },
        audio=audio,
        retention={
            "keep_until": gone.keep_until.isoformat(),
            "delete_by": gone.delete_by.isoformat(),
            "zone": gone.zone,
            "is_provisional": gone.is_provisional,
            "policy_version": str(given.policy_version_id) if given.policy_version_id else None,
            "law_release": given.law_release,
            "explanation": given.explanation,
        },
        listed_at=gone.listed_at.isoformat() if gone.listed_at else "",
        approved=approved,
        holds_in_force=gone.hold_count,
        destroyed_at=at.isoformat(),
        erasure=erasure,
    )


def _destroy(ids: list[UUID]) -> None:
    """Key, parties, consent, profile and row in one statement. The database refuses any that is held or uncertified."""
    parts = ", ".join(
        f"{part} AS (DELETE FROM recordings_{part} WHERE recording_id = ANY(%(ids)s))"  # noqa: S608  names of ours
        for part in PARTS
    )
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {parts} DELETE FROM recordings_recording WHERE id = ANY(%(ids)s)", {"ids": ids})  # noqa: S608
        if cursor.rowcount != len(ids):
            raise RuntimeError(f"{len(ids)} rows were claimed, {cursor.rowcount} deleted")  # the batch rolls back
