"""Bytes that came back, as when somebody restores the audio store without the database: they go again."""

from collections.abc import Collection, Iterator
from datetime import datetime

from django.db import transaction

import trail.services as trail
from recordings.ledger.writing import chunks
from recordings.models import Certificate, ObjectRemoval, Recording
from recordings.store import store
from trail.domain.actors import CALLWARD

AT_ONCE = 1_000


def returned(at: datetime) -> Iterator[ObjectRemoval]:
    """Objects in the store whose absence was signed. Raises StoreUnavailable."""
    for keys in chunks(store().object_keys(older_than=at.timestamp() + 1), AT_ONCE):
        yield from ObjectRemoval.objects.filter(object_key__in=keys, absent_at__isnull=False)


@transaction.atomic
def redestroy(object_keys: Collection[str], at: datetime) -> int:
    """Let these go again: removed and read back anew, each with its event. How many there were.

    Whoever found them in the store calls this. Their keys are gone, so nobody could have heard them meanwhile.
    """
    rows = list(
        ObjectRemoval.objects.filter(object_key__in=list(object_keys), absent_at__isnull=False)
        .select_for_update(no_key=True)
        .order_by("pk")
    )
    lines = dict(
        Certificate.objects.filter(recording_id__in=[row.recording_id for row in rows]).values_list(
            "recording_id", "line_of_business_id"
        )
    )
    ObjectRemoval.objects.filter(pk__in=[row.pk for row in rows]).update(
        absent_at=None, attempts=0, next_attempt_at=at, asked_at=at
    )
    gone = [Recording(pk=row.recording_id) for row in rows]
    trail.append_many(
        "recording.bytes_returned", actor=CALLWARD, subjects=gone, lines=[lines.get(row.recording_id) for row in rows]
    )
    return len(rows)
