"""The bytes that follow: objects of what was destroyed are removed, retried, and read back as absent.

A batch is removed at once and read back at once; what was seen to be absent is signed together, each object with its
way to the one root. An attempt is counted before it is made, so one that kills the process is waited for.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

import trail.services as trail
from recordings import keys
from recordings.domain.certificates import (
    merkle_levels,
    merkle_proofs,
    plain_leaf,
    read_back_content,
    read_back_statement,
)
from recordings.domain.errors import KeysUnavailable, StoreUnavailable
from recordings.ledger import place
from recordings.models import Certificate, ObjectRemoval, PersonCopy, Recording
from recordings.models.queries import many
from recordings.services.disposition.pause import pause_in_force
from recordings.store import Refused, store
from trail.domain.actors import CALLWARD
from trail.domain.chain import canonical_json, plain_canonical_json

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
STILL_THERE = Refused("The store still has the object after removing it.")

_COUNTED = """
    UPDATE recordings_objectremoval SET attempts = attempts + 1,
        next_attempt_at = %(at)s + least(%(first)s * power(2, least(attempts, 20)), %(longest)s)
    WHERE object_key = ANY (string_to_array(%(keys)s, E'\\n'))
"""
_ABSENT = """
    UPDATE recordings_objectremoval removal SET absent_at = %(at)s, statement = new.statement::jsonb, last_error = ''
    FROM unnest(string_to_array(%(keys)s, E'\\n'), string_to_array(%(statements)s, E'\\n'))
        AS new (object_key, statement)
    WHERE removal.object_key = new.object_key AND removal.absent_at IS NULL
    RETURNING removal.object_key
"""


def object_removals(*, at: datetime, limit: int = 200) -> int:
    """Remove and read back up to `limit` objects that are due; how many are now known to be absent.

    Nothing is removed while a person has paused destruction, nor where the store is not known to be ours: one that is
    not mounted looks like one from which everything went. Where the store or the keys cannot be used just now, all of
    the batch is tried again later.
    """
    if pause_in_force() or place.is_another():
        return 0
    batch = _attempted(at, limit)
    if not batch:
        return 0
    object_keys = [removal.object_key for removal in batch]
    try:
        refused = dict(store().delete_many(object_keys))
        remaining = store().remaining([key for key in object_keys if key not in refused])
        refused |= dict.fromkeys(remaining, STILL_THERE)
        absent = [removal for removal in batch if removal.object_key not in refused]
        done = _confirm(absent, at) if absent else 0
    except (StoreUnavailable, KeysUnavailable) as error:
        _fail(dict.fromkeys(object_keys, Refused(str(error))))
        return 0
    _fail(refused)
    return done


@transaction.atomic
def _attempted(at: datetime, limit: int) -> list[ObjectRemoval]:
    """Due removals, with this attempt counted and the next one's time set, before anything is tried."""
    due = ObjectRemoval.objects.due(at).select_for_update(skip_locked=True)
    rows = list(due.order_by("object_key")[:limit])
    given: dict[str, Any] = {
        "at": at,
        "keys": "\n".join(row.object_key for row in rows),
        "first": FIRST_WAIT,
        "longest": LONGEST_WAIT,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, given)
    return rows


@transaction.atomic
def _confirm(absent: Sequence[ObjectRemoval], at: datetime) -> int:
    """Sign that these were read back and are absent: once, whoever comes second finds it done."""
    statements = _statements(absent, at)
    given: dict[str, Any] = {"at": at, "keys": "\n".join(statements), "statements": "\n".join(statements.values())}
    with connection.cursor() as cursor:
        cursor.execute(_ABSENT, given)
        done = {object_key for (object_key,) in cursor.fetchall()}
    copies = [row.object_key for row in absent if row.kind == ObjectRemoval.Kind.COPY and row.object_key in done]
    if copies:
        PersonCopy.objects.filter(object_key__in=copies, removed_at=None).update(removed_at=at)
    _tell([row for row in absent if row.object_key in done])
    return len(done)


def _statements(absent: Sequence[ObjectRemoval], at: datetime) -> dict[str, str]:
    """The signed statement of each object, in JSON: its content, its way to the root, the root and its signature."""
    contents = [
        read_back_content(
            recording_id=str(row.recording_id),
            object_digest=hashlib.sha256(row.object_key.encode()).hexdigest(),
            absent_at=at,
        )
        for row in absent
    ]
    digests, spelt = zip(*map(plain_leaf, contents), strict=True)
    levels = merkle_levels(digests)
    batch = read_back_statement(absent_at=at, size=len(absent), merkle_root=levels[-1][0].hex())
    signature, key_id = keys.sign(canonical_json(batch))
    said, by = plain_canonical_json(batch).decode(), plain_canonical_json({"key_id": key_id}).decode()[1:-1]
    signed = plain_canonical_json({"signature": signature}).decode()[1:-1]
    return {  # no line of it breaks: JSON spells a break otherwise
        row.object_key: f'{{"batch":{said},"content":{content},{by},"proof":{proof},{signed}}}'
        for row, content, proof in zip(absent, spelt, merkle_proofs(levels), strict=True)
    }


def _tell(absent: Sequence[ObjectRemoval]) -> None:
    """One event for each recording whose audio is seen to be gone, in its line of business."""
    ids = [row.recording_id for row in absent if row.kind == ObjectRemoval.Kind.AUDIO]
    certified = Certificate.objects.filter(recording_id__in=many(ids)).values_list(
        "recording_id", "line_of_business_id"
    )
    lines: dict[UUID, UUID] = dict(certified)
    kind = Recording._meta.label_lower
    about = [(kind, str(pk), lines[pk]) for pk in ids]
    trail.append_told("recording.read_back", actor=CALLWARD, about=about, facts=[{}] * len(about))


def _fail(refused: Mapping[str, Refused]) -> None:
    """Why these are still there. What the store itself keeps until a moment is asked for again then, and not before."""
    for object_key, why in refused.items():
        row = ObjectRemoval.objects.filter(pk=object_key, absent_at=None)
        wait = {"next_attempt_at": why.until} if why.until else {}
        row.update(last_error=why.reason[:500], **wait)
