"""Copies that were made for people: closed with their day, and with the first recording in them that goes."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from recordings.models import PersonCopy
from recordings.store import store


def close_copies_with(recording_ids: Collection[UUID], at: datetime) -> int:
    """Let nobody open a copy any more that holds one of these; how many were closed. In the caller's transaction."""
    standing = PersonCopy.objects.filter(removed_at=None, request__items__recording_id__in=recording_ids)
    ids = list(standing.exclude(wrapped=b"").values_list("pk", flat=True).distinct())
    return PersonCopy.objects.filter(pk__in=ids).update(wrapped=b"", expires_at=at) if ids else 0


def remove_closed_copies(at: datetime, *, limit: int = 50) -> int:
    """Destroy the keys of copies whose days are over, then remove their objects and read back; how many are gone.

    Raises StoreUnavailable: the next ring goes on.
    """
    over = PersonCopy.objects.filter(removed_at=None, expires_at__lte=at)
    over.exclude(wrapped=b"").update(wrapped=b"")
    removed = 0
    for copy in over.order_by("expires_at")[:limit]:
        store().delete(copy.object_key)
        if store().head(copy.object_key) is None:
            removed += PersonCopy.objects.filter(pk=copy.pk, removed_at=None).update(removed_at=at)
    return removed
