"""The bytes that follow: each destroyed recording's object is removed, retried, and read back as absent."""

import hashlib
from datetime import datetime, timedelta

from django.db import transaction

import trail.services as trail
from recordings import keys
from recordings.domain.certificates import read_back_content
from recordings.domain.errors import KeysUnavailable, StoreUnavailable
from recordings.models import Certificate, ObjectRemoval, Recording
from recordings.store import store
from trail.domain.actors import CALLWARD
from trail.domain.chain import canonical_json

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)


def object_removals(*, at: datetime, limit: int = 200) -> int:
    """Remove and read back the objects that are due; how many are now known to be absent.

    An attempt is counted before it is made, so that one that kills the process is waited for, not tried for ever.
    """
    absent = 0
    for removal in _attempted(at, limit):
        try:
            store().delete(removal.object_key)
            is_absent = store().head(removal.object_key) is None
            if is_absent:
                absent += _confirm(removal, at)
            else:
                _fail(removal, "The store still has the object after removing it.")
        except (StoreUnavailable, KeysUnavailable) as error:
            _fail(removal, str(error))
    return absent


@transaction.atomic
def _attempted(at: datetime, limit: int) -> list[ObjectRemoval]:
    """Due removals, with this attempt counted and the next one's time set, before anything is tried."""
    due = ObjectRemoval.objects.due(at).select_for_update(skip_locked=True)
    rows = list(due.order_by("next_attempt_at", "pk")[:limit])
    for removal in rows:
        removal.attempts += 1
        removal.next_attempt_at = at + min(FIRST_WAIT * 2 ** min(removal.attempts - 1, 20), LONGEST_WAIT)
    ObjectRemoval.objects.bulk_update(rows, ["attempts", "next_attempt_at"])
    return rows


@transaction.atomic
def _confirm(removal: ObjectRemoval, at: datetime) -> int:
    """Sign that the object was read back and is absent: once, whoever comes second finds it done."""
    content = read_back_content(
        recording_id=str(removal.recording_id),
        object_digest=hashlib.sha256(removal.object_key.encode()).hexdigest(),
        absent_at=at,
    )
    signature, key_id = keys.sign(canonical_json(content))
    statement = {"content": content, "signature": signature, "key_id": key_id}
    done = ObjectRemoval.objects.filter(pk=removal.pk, absent_at=None).update(
        absent_at=at, statement=statement, last_error=""
    )
    if done:
        gone = Recording(pk=removal.recording_id)
        line = Certificate.objects.filter(recording_id=gone.pk).values_list("line_of_business_id", flat=True).first()
        trail.append("recording.read_back", actor=CALLWARD, subject=gone, line_of_business_id=line)
    return done


def _fail(removal: ObjectRemoval, reason: str) -> None:
    ObjectRemoval.objects.filter(pk=removal.pk, absent_at=None).update(last_error=reason[:500])
