"""Bytes that came back, as when somebody restores the audio store without the database: they go again.

Reconcile tells of them; the daily scan of the store (`storekeeping.orphans`) finds them and calls this.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

import trail.services as trail
from recordings.models import Certificate, ObjectRemoval, Recording
from trail.domain.actors import CALLWARD


@transaction.atomic
def redestroy(object_keys: Collection[str], at: datetime) -> int:
    """Let these go again: removed and read back anew, each with its event. How many there were.

    Their keys are gone, so nobody could have heard them meanwhile.
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
