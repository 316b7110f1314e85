"""The end of recordings: proof, key, personal data and row in the caller's one transaction; what follows is noted.

This is the one way to it: purge, erasure, early disposal and all others come through `destroy`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from orjson import Fragment

import trail.services as trail
from accounts.models import LineOfBusiness
from recordings import keys, ledger
from recordings.domain import certificates
from recordings.domain.certificates import Leave
from recordings.ledger.key_backups import no_key_after
from recordings.models import DestructionBatch, DispositionRun, ObjectRemoval, Recording
from recordings.models.queries import spelt_array
from recordings.models.recordings import PARTS
from recordings.services.closing import close_copies_with
from recordings.services.dates import Given, given_dates
from recordings.services.renditions import forget
from trail.domain.actors import CALLWARD
from trail.domain.ids import uuid7
from trail.rows import copied

_CERTIFICATES = """
    COPY recordings_certificate (id, recording_id, origin_digest, line_of_business_id, destroyed_at, content, batch_id,
                                 proof) FROM STDIN
"""
_REMOVALS = """
    INSERT INTO recordings_objectremoval
        (object_key, recording_id, kind, run_id, asked_at, attempts, next_attempt_at, last_error)
    SELECT key, recording, kind, %(run)s, %(at)s, 0, %(at)s, ''
    FROM unnest(string_to_array(%(keys)s, E'\\n'), %(recordings)s::uuid[], string_to_array(%(kinds)s, E'\\n'))
        AS gone (key, recording, kind)
    ON CONFLICT (object_key) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Proven:
    """One certificate to be, spelt once for the table and for the log. Its shape: recordings.models.Certificate."""

    pk: UUID
    recording_id: UUID
    line_of_business_id: UUID
    origin_digest: str  # in hex
    spelt_content: str  # canonical JSON
    spelt_proof: str

    @property
    def content(self) -> Fragment:
        """JSON as it is spelt already, for who puts it into JSON."""
        return Fragment(self.spelt_content)

    @property
    def proof(self) -> Fragment:
        return Fragment(self.spelt_proof)


@dataclass(frozen=True)
class Certified:
    """What proves a destruction, signed, before anything is deleted: for each recording the leaf that is its own."""

    batch: DestructionBatch
    certificates: list[Proven]  # in the order of the recordings


def destroy(
    doomed: Sequence[Recording],
    at: datetime,
    *,
    leaves: Mapping[UUID, Leave] | None = None,
    run: DispositionRun | None = None,
) -> Certified:
    """End these locked recordings, in the caller's transaction: proof, key, personal data, row, and what follows.

    `leaves` names by whose word one goes whose day has not come. Raises IntegrityError: the database keeps one of them;
    DispositionStopped: the disposition log cannot be written.
    """
    certified = _certified(doomed, at, leaves or {}, run)
    _store(certified, doomed)
    ids = [gone.pk for gone in doomed]
    objects = _ask_for_removal(doomed, ids, at, run)
    _end(ids)
    ledger.intend_destruction(certified.batch, certified.certificates, objects)  # on the disk before the commit
    return certified


def _certified(
    doomed: Sequence[Recording], at: datetime, leaves: Mapping[UUID, Leave], run: DispositionRun | None
) -> Certified:
    ids = [uuid7() for _ in doomed]
    given, codes = given_dates(doomed), _codes(doomed)
    contents = [
        certificates.content(
            _described(gone, given[gone.pk], codes[gone.line_of_business_id], at, leaves.get(gone.pk)),
            certificate_id=str(pk),
        )
        for gone, pk in zip(doomed, ids, strict=True)
    ]
    digests, spelt = zip(*(certificates.plain_leaf(content) for content in contents), strict=True)
    levels = certificates.merkle_levels(digests)
    batch = _signed_batch(levels[-1][0].hex(), doomed, at, run)
    proofs = certificates.merkle_proofs(levels)
    rows = [
        Proven(pk, gone.pk, gone.line_of_business_id, content["origin_digest"], said, proof)
        for pk, gone, content, said, proof in zip(ids, doomed, contents, spelt, proofs, strict=True)
    ]
    return Certified(batch, rows)


def _codes(doomed: Sequence[Recording]) -> dict[UUID, str]:
    """The code of each line of business among them."""
    lines = {gone.line_of_business_id for gone in doomed}
    return dict(LineOfBusiness.objects.filter(pk__in=lines).values_list("pk", "code"))


def _signed_batch(root: str, doomed: Sequence[Recording], at: datetime, run: DispositionRun | None) -> DestructionBatch:
    pk = uuid7()
    statement = certificates.batch_statement(batch_id=str(pk), destroyed_at=at, size=len(doomed), merkle_root=root)
    signature, key_id = keys.sign(statement)
    return DestructionBatch(
        id=pk,
        destroyed_at=at,
        size=len(doomed),
        by_line=_by_line(doomed),
        run=run,
        merkle_root=root,
        signature=signature,
        key_id=key_id,
    )


def _by_line(doomed: Sequence[Recording]) -> dict[str, dict[str, int]]:
    """{line id: {"count", "bytes"}}"""
    found: dict[str, dict[str, int]] = defaultdict(lambda: {"count": 0, "bytes": 0})
    for gone in doomed:
        line = found[str(gone.line_of_business_id)]
        line["count"] += 1
        line["bytes"] += gone.size_bytes or 0
    return dict(found)


def _store(certified: Certified, doomed: Sequence[Recording]) -> None:
    """Batch, certificates and the trail's events about them."""
    certified.batch.save(force_insert=True)
    batch, at = str(certified.batch.pk), certified.batch.destroyed_at.isoformat()
    lines = [
        copied(
            (
                str(row.pk),
                str(row.recording_id),
                f"\\x{row.origin_digest}",
                str(row.line_of_business_id),
                at,
                row.spelt_content,
                batch,
                row.spelt_proof,
            )
        )
        for row in certified.certificates
    ]
    with connection.cursor() as cursor, cursor.copy(_CERTIFICATES) as copy:
        copy.write("".join(lines))
    facts: list[dict[str, object]] = [{"certificate": str(row.pk), "batch": batch} for row in certified.certificates]
    trail.append_copied("recording.disposed", actor=CALLWARD, subjects=doomed, facts=facts)


def _ask_for_removal(
    doomed: Sequence[Recording], ids: list[UUID], at: datetime, run: DispositionRun | None
) -> dict[str, tuple[UUID, str]]:
    """One row for each object that has to go, audio and copies for people that held it: key → (recording, kind)."""
    kinds = ObjectRemoval.Kind
    gone: dict[str, tuple[UUID, str]] = {row.object_key: (row.pk, kinds.AUDIO) for row in doomed if row.object_key}
    gone |= {key: (recording_id, kinds.COPY) for key, recording_id in close_copies_with(ids, at).items()}
    gone |= {key: (recording_id, kinds.DERIVED) for key, recording_id in forget(ids).items()}
    if gone:
        recordings, kind_of = zip(*gone.values(), strict=True)
        given = {"keys": "\n".join(gone), "recordings": spelt_array(recordings), "kinds": "\n".join(kind_of)}
        with connection.cursor() as cursor:
            cursor.execute(_REMOVALS, given | {"run": run.pk if run else None, "at": at})
    return gone


def _described(gone: Recording, given: Given, line: str, at: datetime, leave: Leave | None) -> certificates.Destroyed:
    audio = None
    if gone.object_key and gone.sha256:
        audio = {"sha256": bytes(gone.sha256).hex(), "size_bytes": gone.size_bytes, "media_type": gone.media_type}
    return certificates.Destroyed(
        recording_id=str(gone.pk),
        origin_digest=keys.origin_digest(gone.source, gone.external_id).hex(),
        source=gone.source,
        line_of_business=line,
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
        approved=_approved(gone, leave),
        holds_in_force=gone.hold_count,
        destroyed_at=at.isoformat(),
        keys_leave_backups_by=no_key_after(at).isoformat(),
        leave=leave,
    )


def _approved(gone: Recording, leave: Leave | None) -> dict[str, Any] | None:
    """Who gave the last word: of a leave, its second person; else who approved it on the list."""
    if isinstance(leave, certificates.Erasure | certificates.Early):
        return {"by": leave.approved_by, "at": leave.approved_at}
    if gone.approved_at is not None:
        return {"by": gone.approved_by_id, "at": gone.approved_at.isoformat()}
    return None


def _end(ids: list[UUID]) -> None:
    """Key, parties, consent, profile and row in one statement. The database refuses any that is held or uncertified."""
    parts = ", ".join(
        f"{part} AS (DELETE FROM recordings_{part} WHERE recording_id = ANY(%(ids)s::uuid[]))"  # noqa: S608  names of ours
        for part in PARTS
    )
    given = {"ids": spelt_array(ids)}
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {parts} DELETE FROM recordings_recording WHERE id = ANY(%(ids)s::uuid[])", given)  # noqa: S608
        if cursor.rowcount != len(ids):
            raise RuntimeError(f"{len(ids)} rows were claimed, {cursor.rowcount} deleted")  # the batch rolls back
