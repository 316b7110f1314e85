"""Making recordings come due at once, where that is only a show: in demo mode, on lines marked demo."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

import trail.services as trail
from recordings.domain.errors import NotADemonstration, RecordingNotFound
from recordings.models import Recording
from trail.domain.actors import CALLWARD


@transaction.atomic
def expire_soon(*, recording_ids: Collection[UUID], seconds: int, at: datetime) -> int:
    """Let these recordings be due in so many seconds, without cooling; how many. The purge does the rest as ever.

    Raises NotADemonstration: no demo mode, or a line that is not marked demo; RecordingNotFound.
    """
    if not settings.DEMO:
        raise NotADemonstration("Recordings come due early only in demo mode (CALLWARD_DEMO=1).")
    rows = list(Recording.objects.locked(recording_ids).select_related("line_of_business"))
    if len(rows) != len(set(recording_ids)):
        raise RecordingNotFound
    if serious := [row for row in rows if not row.line_of_business.is_demo]:
        raise NotADemonstration(f"{serious[0].pk} belongs to a line that is not marked demo. Nothing was changed.")
    due = at + timedelta(seconds=seconds)
    for row in rows:
        row.keep_until, row.delete_by = min(row.keep_until, due), due
        row.cooling_seconds, row.needs_approval = 0, False
    Recording.objects.bulk_update(rows, ["keep_until", "delete_by", "cooling_seconds", "needs_approval"])
    facts: list[dict[str, object]] = [{"delete_by": due.isoformat()} for _ in rows]
    trail.append_many("recording.expiry_advanced", actor=CALLWARD, subjects=rows, facts=facts)
    return len(rows)
