"""Onto the disposition list, a cooling period before the day, so that somebody can object."""

from datetime import datetime

from django.db import transaction

import trail.services as trail
from recordings.models import Recording
from trail.domain.actors import CALLWARD


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
