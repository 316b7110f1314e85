"""Whether the audio store is this installation's own: it carries a mark, written once.

A folder that was not mounted is empty, and an empty folder looks like one from which everything was removed. Without
the mark nothing is taken in, nothing removed, and nothing certified as absent.
"""

import time

from django.utils import timezone

from recordings.domain.errors import KeysUnavailable, StoreUnavailable
from recordings.ledger.log import installation
from recordings.models import LedgerHead
from recordings.store import store

ABSENT = (
    "The audio store does not carry this installation's mark: it is not mounted, or empty. Mount it. Where the store "
    "was moved on purpose, with everything in it, run manage.py mark_store."
)
FOREIGN = "The audio store carries the mark of another installation. Set STORAGE_URL to this one's own."
ASKED_AGAIN_SECONDS = 5.0  # a store across a network is not asked for each upload

_seen_at: dict[int, float] = {}  # by the store object: when its mark was last read and right


def reasons() -> list[str]:
    """Why this is not our store, in sentences; empty where it is. The first look at a new store marks it."""
    try:
        place = store()
        there = place.marker()
        if there is None and not _was_marked():
            mark()
            there = place.marker()
        ours = installation().encode()
    except (StoreUnavailable, KeysUnavailable) as error:
        return [str(error)]
    if there is None:
        return [ABSENT]
    return [] if there.strip() == ours else [FOREIGN]


def is_another() -> bool:
    """Whether what stands in the place of our store is not ours. What does not answer is not known to be another."""
    return not {ABSENT, FOREIGN}.isdisjoint(reasons())


def assert_ours() -> None:
    """Before anything is written to it. Raises StoreUnavailable."""
    place, now = id(store()), time.monotonic()
    if now - _seen_at.get(place, -ASKED_AGAIN_SECONDS) < ASKED_AGAIN_SECONDS:
        return
    if found := reasons():
        raise StoreUnavailable(found[0])
    _seen_at[place] = now


def mark() -> None:
    """Mark the store as ours. Where a person says so, or once for a new one. Raises StoreUnavailable."""
    store().put_marker(installation().encode())
    head, _ = LedgerHead.objects.get_or_create(pk=LedgerHead.THE_ONE)
    head.store_marked_at = timezone.now()
    head.save(update_fields=["store_marked_at"])


def _was_marked() -> bool:
    return LedgerHead.objects.filter(store_marked_at__isnull=False).exists()
