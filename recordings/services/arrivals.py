"""Looking after what arrives: calls that await their audio, and objects that no row came to point at."""

import logging
from datetime import datetime, timedelta

from django.db import transaction

import trail.services as trail
from recordings.models import ObjectRemoval, PersonCopy, Recording
from recordings.store import store
from trail.domain.actors import CALLWARD

logger = logging.getLogger(__name__)

AWAITED_FOR = timedelta(days=1)
ORPHAN_AFTER = timedelta(hours=1)  # longer than any upload takes between its object and its row
AT_ONCE = 1_000
FEW = 20  # so many may always be swept; more only where they are few beside what has a row


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


def sweep_orphans(at: datetime) -> int:
    """Remove what uploads that died left in the store, an hour later; how much went.

    Fails closed: where many objects have no row, this may be another copy's store, and nothing is removed.
    """
    before = (at - ORPHAN_AFTER).timestamp()
    swept = store().clear_arrivals(older_than=before)
    keys = list(store().object_keys(older_than=before))
    orphans = [key for batch in _batches(keys) for key in _without_row(batch)]
    if len(orphans) > max(FEW, len(keys) // 10):
        logger.error("store does not match the database; nothing swept", extra={"objects": len(keys)})
        return swept
    for key in orphans:
        store().delete(key)
    return swept + len(orphans)


def _without_row(keys: list[str]) -> set[str]:
    """Neither a recording's, nor a copy's, nor one that a destruction is about to remove itself."""
    known = set(Recording.objects.filter(object_key__in=keys).values_list("object_key", flat=True))
    leaving = set(ObjectRemoval.objects.filter(object_key__in=keys).values_list("object_key", flat=True))
    copies = set(PersonCopy.objects.filter(object_key__in=keys, removed_at=None).values_list("object_key", flat=True))
    return set(keys) - known - leaving - copies


def _batches(keys: list[str]) -> list[list[str]]:
    return [keys[begin : begin + AT_ONCE] for begin in range(0, len(keys), AT_ONCE)]
