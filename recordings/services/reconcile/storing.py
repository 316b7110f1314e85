"""The store holds what rows point at, and nothing else."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from recordings.domain.errors import StoreUnavailable
from recordings.models import ObjectRemoval, SetAside
from recordings.services.storekeeping.owners import owned
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
    """A destroyed recording's object is known until it was read back; one that came back later is a problem.

    What the scan of the store has set aside is known as well: it goes on its day.
    """
    aside = SetAside.objects.standing().filter(pk__in=object_keys).values_list("pk", flat=True)
    gone = set(ObjectRemoval.objects.filter(pk__in=object_keys).exclude(absent_at=None).values_list("pk", flat=True))
    for object_key in sorted(set(object_keys) - set(owned(object_keys)) - (set(aside) - gone)):
        detail = "It was read back as absent, and is here again." if object_key in gone else "No row owns this object."
        yield Problem("object_came_back" if object_key in gone else "object_without_row", object_key, detail)
