"""Destruction: not early, not late, whole, certified once, and the object follows."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef

from recordings import keys
from recordings.domain.certificates import batch_statement, leaf_digest, read_back_faults, root_from_proof
from recordings.ledger.key_backups import MADE_EVERY
from recordings.models import Certificate, DestructionBatch, HoldMember, LedgerHead, ObjectRemoval, Recording
from recordings.models.queries import PURGE_INTERVAL
from recordings.services.disposition import PARTS
from trail.invariants import Problem, check
from trail.models import Event

REMOVAL_OVERDUE_AFTER = timedelta(hours=1)
LISTED_WITHIN = timedelta(hours=1)

_EARLY = """
    SELECT recording_id, content->'retention'->>'keep_until' FROM recordings_certificate
    WHERE (content->'retention'->>'keep_until')::timestamptz > destroyed_at
      AND coalesce(content->'erasure', content->'early') IS NULL
"""
_HELD = "SELECT recording_id, '' FROM recordings_certificate WHERE (content->>'holds_in_force')::int > 0"


@check(3)
def destroyed_early(at: datetime) -> Iterator[Problem]:
    """Nothing was destroyed before the day until which it was to be kept, unless its certificate names who let it."""
    for pk, keep_until in _rows(_EARLY):
        yield Problem("destroyed_early", str(pk), f"It was to be kept until {keep_until}, and nobody's word is named.")


@check(2)
def destroyed_under_hold(at: datetime) -> Iterator[Problem]:
    for pk, _ in _rows(_HELD):
        yield Problem("destroyed_under_hold", str(pk), "Its certificate says that a hold was in force.")


@check(4)
def late(at: datetime) -> Iterator[Problem]:
    """What the machine should have destroyed by now. What a person keeps is shown on the page instead."""
    for pk, delete_by in Recording.objects.to_destroy(at - PURGE_INTERVAL).values_list("pk", "delete_by"):
        yield Problem("late", str(pk), f"It should have gone by {delete_by:%Y-%m-%d %H:%M} UTC, and nothing holds it.")


@check(4)
def not_listed(at: datetime) -> Iterator[Problem]:
    released = HoldMember.objects.filter(recording=OuterRef("pk"), released_at__gt=at - LISTED_WITHIN)
    unlisted = Recording.objects.to_list(at - LISTED_WITHIN).filter(
        ~Exists(released), created_at__lt=at - LISTED_WITHIN
    )
    for pk in unlisted.values_list("pk", flat=True):
        yield Problem("not_listed", str(pk), "It should stand on the disposition list by now.")


@check(6)
def certified_but_readable(at: datetime) -> Iterator[Problem]:
    certified = Recording.objects.filter(Exists(Certificate.objects.filter(recording_id=OuterRef("pk"))))
    for pk in certified.values_list("pk", flat=True):
        yield Problem("certificate_for_readable", str(pk), "It was certified as destroyed, and is here.")


@check(5)
def left_over_parts(at: datetime) -> Iterator[Problem]:
    """Nothing that names a person, and no key, is left of a recording that is gone."""
    for part in PARTS:
        left = f"""
            SELECT DISTINCT recording_id, '' FROM recordings_{part} part
            WHERE NOT EXISTS (SELECT 1 FROM recordings_recording recording WHERE recording.id = part.recording_id)
        """  # noqa: S608  names of ours
        for pk, _ in _rows(left):
            yield Problem("left_over_part", str(pk), f"The recording is gone, and rows of {part} are left of it.")


_NO_REMOVAL = """
    SELECT recording_id, '' FROM recordings_certificate certificate
    WHERE content->>'audio' IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM recordings_objectremoval removal WHERE removal.recording_id = certificate.recording_id)
"""


@check(5)
def removals_never_asked(at: datetime) -> Iterator[Problem]:
    """Whoever had audio has an object to be removed, or one that was."""
    for pk, _ in _rows(_NO_REMOVAL):
        yield Problem("removal_never_asked", str(pk), "Its audio was destroyed, and nobody asked to remove its object.")


@check(5, 13)
def removals_overdue(at: datetime) -> Iterator[Problem]:
    for removal in ObjectRemoval.objects.filter(absent_at=None, asked_at__lt=at - REMOVAL_OVERDUE_AFTER):
        detail = f"Its object is not known to be absent after {removal.attempts} attempts. {removal.last_error}"
        yield Problem("removal_overdue", str(removal.recording_id), detail.strip())


@check(5)
def keys_in_old_backups(at: datetime) -> Iterator[Problem]:
    """Whoever backs keys up does so each day, which removes old backups: certificates say by when the key has left."""
    backed_up = Event.objects.about(LedgerHead(pk=LedgerHead.THE_ONE)).filter(verb="keys.backed_up")
    last = backed_up.order_by("-sequence").values_list("occurred_at", flat=True).first()
    if last is not None and last < at - 2 * MADE_EVERY:
        detail = f"Keys were last backed up on {last:%Y-%m-%d}, and old backups hold keys of what was destroyed since."
        yield Problem("key_backups_late", "installation", f"{detail} Run backup_keys each day, or remove them.")


@check(6)
def certificates_verify(at: datetime) -> Iterator[Problem]:
    """Each batch is whole: as many certificates as it says, its root is theirs, its signature by a key of ours."""
    batches = {batch.pk: batch for batch in DestructionBatch.objects.all()}
    rows = Certificate.objects.order_by("batch_id").values_list("batch_id", "recording_id", "content", "proof")
    for pk, of_batch in groupby(rows.iterator(chunk_size=1_000), key=lambda row: row[0]):
        certificates = [(str(call), content, proof) for _, call, content, proof in of_batch]
        if (batch := batches.pop(pk, None)) is None:
            yield Problem("certificates_without_batch", str(pk), "What signed these certificates is gone.")
        else:
            yield from _batch_problems(batch, certificates)
    for batch in batches.values():
        yield Problem("batch_without_certificates", str(batch.pk), "A batch was signed, and its certificates are gone.")


def _batch_problems(batch: DestructionBatch, certificates: list[tuple[str, Any, Any]]) -> Iterator[Problem]:
    for call, content, proof in certificates:
        if content.get("recording_id") != call:
            yield Problem("certificate_of_another", call, "This certificate speaks of another recording.")
        if not _leads_to(batch.merkle_root, content, proof):
            yield Problem("certificate_changed", call, "This certificate is not what was signed.")
    if len(certificates) != batch.size:
        yield Problem("batch_not_whole", str(batch.pk), f"It signed {batch.size}; {len(certificates)} are here.")
    statement = batch_statement(
        batch_id=str(batch.pk), destroyed_at=batch.destroyed_at, size=batch.size, merkle_root=batch.merkle_root
    )
    if not keys.verify(statement, batch.signature, batch.key_id):
        yield Problem("batch_not_signed", str(batch.pk), "No key of this installation signed this batch.")


def _leads_to(root: str, content: Any, proof: Any) -> bool:
    try:
        return root_from_proof(leaf_digest(content), proof).hex() == root
    except (KeyError, TypeError, ValueError):
        return False


@check(6)
def read_backs_verify(at: datetime) -> Iterator[Problem]:
    """Whoever is said to be absent was read back, and it was signed."""
    for removal in ObjectRemoval.objects.filter(absent_at__isnull=False).iterator(chunk_size=1_000):
        told = removal.statement or {}
        if read_back_faults(str(removal.recording_id), told, _by(str(told.get("key_id")))):
            yield Problem("read_back_not_signed", str(removal.recording_id), "Its absence is told, and not signed.")


def _by(key_id: str) -> Callable[[bytes, str], bool]:
    return lambda message, signature: keys.verify(message, signature, key_id)


def _rows(question: str) -> list[tuple[object, str]]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return [(pk, told) for pk, told in cursor.fetchall()]
