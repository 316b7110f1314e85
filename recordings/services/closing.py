"""Copies that were made for people: closed with their day, and with the first recording in them that goes."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from recordings.models import PersonCopy
from recordings.models.queries import many
from recordings.store import store


def close_copies_with(recording_ids: Collection[UUID], at: datetime) -> dict[str, UUID]:
    """Let nobody open a copy any more that holds one of these. In the caller's transaction.

    The objects of the closed copies that have yet to go: object key → one of the recordings in it.
    """
    standing = PersonCopy.objects.filter(removed_at=None, request__items__recording_id__in=many(recording_ids))
    found = standing.values_list("pk", "object_key", "request__items__recording_id")
    closed = {object_key: (pk, recording_id) for pk, object_key, recording_id in found}
    ids = [pk for pk, _ in closed.values()]
    if ids:
        PersonCopy.objects.filter(pk__in=ids).exclude(wrapped=b"").update(wrapped=b"", expires_at=at)
    return {object_key: recording_id for object_key, (_, recording_id) in closed.items()}


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
