"""Lateness, said once."""

from datetime import datetime

from django.db import transaction

import trail.services as trail
from audits.models import Assignment
from trail.domain.actors import CALLWARD


@transaction.atomic
def flag_overdue(at: datetime, limit: int = 500) -> int:
    """Flag up to `limit` assignments that are overdue at `at`, once each, whoever else does so too; how many."""
    late = Assignment.objects.overdue(at).unflagged().order_by("due_at", "pk")
    claimed = list(late.select_for_update(skip_locked=True, of=("self",), no_key=True)[:limit])
    Assignment.objects.filter(pk__in=[one.pk for one in claimed]).update(flagged_overdue_at=at)
    facts: list[dict[str, object]] = [
        {"due_at": one.due_at.isoformat(), "reviewer": str(one.reviewer_id)} for one in claimed
    ]
    trail.append_many("assignment.overdue", actor=CALLWARD, subjects=claimed, facts=facts)
    return len(claimed)
