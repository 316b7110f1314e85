"""The store holds what rows point at, and nothing else."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from recordings.domain.errors import StoreUnavailable
from recordings.models import ObjectRemoval, PersonCopy, Recording
from recordings.store import store
from trail.invariants import Problem, check

ARRIVALS_SETTLE_IN = timedelta(hours=1)  # an upload that is still running has an object and no row yet
AT_ONCE = 1_000


@check(5, 6)
def objects_without_row(at: datetime) -> Iterator[Problem]:
    older_than = (at - ARRIVALS_SETTLE_IN).timestamp()
    chunk: list[str] = []
    try:
        for object_key in store().object_keys(older_than=older_than):
            chunk.append(object_key)
            if len(chunk) == AT_ONCE:
                yield from _unknown(chunk)
                chunk = []
    except StoreUnavailable as error:
        yield Problem("not_looked_at", "store", str(error))
    yield from _unknown(chunk)


def _unknown(object_keys: list[str]) -> Iterator[Problem]:
    """A destroyed recording's object is known until it was read back; one that came back later is a problem."""
    rows = Recording.objects.filter(object_key__in=object_keys).values_list("object_key", flat=True)
    copies = PersonCopy.objects.filter(object_key__in=object_keys, removed_at=None).values_list("object_key", flat=True)
    removals = dict(ObjectRemoval.objects.filter(pk__in=object_keys).values_list("pk", "absent_at"))
    awaited = {key for key, absent_at in removals.items() if absent_at is None}
    for object_key in sorted(set(object_keys) - set(rows) - set(copies) - awaited):
        came_back = object_key in removals
        detail = "It was read back as absent, and is here again." if came_back else "No recording owns this object."
        yield Problem("object_came_back" if came_back else "object_without_row", object_key, detail)
