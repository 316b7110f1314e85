"""Looking after what arrives: calls that await their audio."""

from datetime import datetime, timedelta

from django.db import transaction

import trail.services as trail
from recordings.models import Recording
from trail.domain.actors import CALLWARD

AWAITED_FOR = timedelta(days=1)
AT_ONCE = 1_000


@transaction.atomic
def flag_awaiting(at: datetime) -> int:
    """Flag, once each, the calls that await their audio for over a day; how many were flagged."""
    awaiting = Recording.objects.filter(
        state=Recording.State.AWAITING_AUDIO, flagged_at=None, created_at__lt=at - AWAITED_FOR
    )
    late = list(awaiting.select_for_update(skip_locked=True, no_key=True).order_by("pk")[:AT_ONCE])
    Recording.objects.filter(pk__in=[recording.pk for recording in late]).update(flagged_at=at)
    trail.append_many("recording.flagged", actor=CALLWARD, subjects=late)
    return len(late)
