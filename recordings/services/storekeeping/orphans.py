"""The store against the rows, both ways: every object is somebody's, and every recording has its object.

What nobody owns is set aside: it stays where it is for some days, in case its row comes back, and is then removed and
read back. Where much has no row, this may be another copy's store, and nothing is removed before a person says so.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.conf import settings
from django.db import transaction

import trail.services as trail
from recordings.ledger.returned import redestroy
from recordings.models import IntegrityIncident, Recording, SetAside, StoreScan
from recordings.services.storekeeping import incidents
from recordings.services.storekeeping.owners import owned
from recordings.store import StoredObject, store
from trail.domain.actors import CALLWARD, Actor

logger = logging.getLogger(__name__)

ORPHAN_AFTER = timedelta(hours=1)  # longer than any upload takes between its object and its row
SCANNED_EVERY = timedelta(days=1)
AT_ONCE = 1_000
PREFIXES = [f"{number:02x}" for number in range(256)]  # every key begins with one of these
FEW = 20  # so many may always be removed; more only where they are few beside what has a row


def clear_arrivals(at: datetime) -> int:
    """Remove what uploads that died had begun and never kept; how many."""
    return store().clear_arrivals(older_than=(at - ORPHAN_AFTER).timestamp())


def is_due(at: datetime) -> bool:
    """Whether the last whole scan is a day old; one that found nothing at all is old in an hour."""
    last = StoreScan.objects.exclude(finished_at=None).order_by("-started_at").first()
    return last is None or last.started_at <= at - (SCANNED_EVERY if last.objects_seen else ORPHAN_AFTER)


def scan(at: datetime) -> StoreScan:
    """Compare all objects with all rows. Raises StoreUnavailable; the next scan begins anew."""
    found = StoreScan.objects.create(started_at=at)
    for prefix, objects in _by_prefix((at - ORPHAN_AFTER).timestamp()):
        _compare(found, prefix, objects, at)
    found.finished_at = at
    found.is_strange = found.unexplained > max(FEW, found.objects_seen // 10)
    found.save()
    if found.is_strange:
        logger.error("store does not match the database", extra={"unexplained": found.unexplained})
    StoreScan.objects.filter(started_at__lt=at - timedelta(days=30)).delete()
    return found


def remove_set_aside(at: datetime, *, limit: int = AT_ONCE) -> int:
    """Remove what was set aside and whose days are over, and read back; how many are gone.

    Raises StoreUnavailable. Nothing goes by itself while the store seems to be another copy's.
    """
    rows = {row.object_key: row for row in SetAside.objects.due(at).order_by("remove_after")[:limit]}
    back = owned(rows)
    _take_back(back)
    last = StoreScan.objects.exclude(finished_at=None).order_by("-started_at").first()
    may_go = last is not None and not last.is_strange
    leaving = [key for key, row in rows.items() if key not in back and (may_go or row.let_go_at)]
    refused = store().delete_many(leaving)
    for key, why in refused.items():
        SetAside.objects.filter(pk=key).update(last_error=why.reason, remove_after=why.until or at + ORPHAN_AFTER)
    tried = [key for key in leaving if key not in refused]
    gone = set(tried) - store().remaining(tried)
    _note_removed([rows[key] for key in sorted(gone)], at)
    return len(gone)


@transaction.atomic
def let_go(*, actor: Actor, at: datetime) -> int:
    """Let everything that is set aside go with the next ring: somebody looked, and it is nobody's. How many."""
    waiting = SetAside.objects.standing().filter(let_go_at=None)
    count = waiting.update(let_go_at=at, let_go_by_id=actor.actor_id)
    if count and (scan := StoreScan.objects.exclude(finished_at=None).order_by("-started_at").first()):
        trail.append("store.let_go", actor=actor, subject=scan, objects=count)
    return count


def _by_prefix(older_than: float) -> Iterator[tuple[str, list[StoredObject]]]:
    """All objects, by the first two letters of their keys; each of the 256 beginnings comes once, also an empty one."""
    expected = list(PREFIXES)
    for prefix, group in groupby(store().objects(older_than=older_than), key=lambda found: found.key[:2]):
        while expected and expected[0] < prefix:
            yield expected.pop(0), []
        if expected and expected[0] == prefix:
            expected.pop(0)
        yield prefix, list(group)
    for prefix in expected:
        yield prefix, []


def _compare(scan: StoreScan, prefix: str, objects: list[StoredObject], at: datetime) -> None:
    ours = {found.key: found for found in objects if found.is_ours}
    whose: dict[str, str] = {}
    for begin in range(0, len(ours), AT_ONCE):
        whose |= _owned_again(list(ours)[begin : begin + AT_ONCE], at)
    for found in objects:
        _count(scan, found, whose.get(found.key))
    _take_back(whose)
    _set_aside([found for key, found in ours.items() if key not in whose], at)
    if prefix in PREFIXES:  # what a mark of deletion hides has no bytes that anybody could read
        scan.missing += _rows_without_object(prefix, {key for key, found in ours.items() if found.size_bytes}, at)


def _owned_again(object_keys: list[str], at: datetime) -> dict[str, str]:
    """As `owned`; what was read back as absent once and is here again is told, and leaves again at once."""
    whose = owned(object_keys)
    redestroy([key for key in object_keys if key not in whose], at)
    return whose | owned([key for key in object_keys if key not in whose])


def _count(scan: StoreScan, found: StoredObject, owner: str | None) -> None:
    scan.objects_seen += 1
    scan.size_bytes += found.size_bytes + found.spare_bytes
    scan.spare_bytes += found.spare_bytes
    scan.foreign += not found.is_ours
    if owner is None:
        scan.unexplained += 1
        scan.unexplained_bytes += found.size_bytes + found.spare_bytes
    else:
        objects, size_bytes = scan.owned.get(owner, [0, 0])
        scan.owned[owner] = [objects + 1, size_bytes + found.size_bytes]
        scan.unexplained_bytes += found.spare_bytes


@transaction.atomic
def _set_aside(orphans: list[StoredObject], at: datetime) -> None:
    """What came back after it was removed once is set aside anew."""
    keys = [found.key for found in orphans]
    SetAside.objects.filter(pk__in=keys).exclude(removed_at=None).delete()
    known = set(SetAside.objects.filter(pk__in=keys).values_list("pk", flat=True))
    until = at + timedelta(days=settings.SET_ASIDE_DAYS)
    fresh = [
        SetAside(object_key=found.key, size_bytes=found.size_bytes, found_at=at, remove_after=until)
        for found in orphans
        if found.key not in known
    ]
    SetAside.objects.bulk_create(fresh)
    trail.append_many("store.set_aside", actor=CALLWARD, subjects=fresh)


@transaction.atomic
def _take_back(object_keys: dict[str, str]) -> None:
    """A row owns again what was set aside."""
    back = list(SetAside.objects.standing().filter(pk__in=object_keys))
    if back:
        trail.append_many("store.taken_back", actor=CALLWARD, subjects=back)
        SetAside.objects.filter(pk__in=[row.pk for row in back]).delete()


@transaction.atomic
def _note_removed(rows: list[SetAside], at: datetime) -> None:
    SetAside.objects.filter(pk__in=[row.pk for row in rows]).update(removed_at=at, last_error="")
    trail.append_many("store.removed", actor=CALLWARD, subjects=rows)


def _rows_without_object(prefix: str, there: set[str], at: datetime) -> int:
    """Recordings whose object was not listed: asked for once more, since one may be younger than the listing."""
    after = f"{int(prefix, 16) + 1:02x}" if prefix != "ff" else "g"
    rows = Recording.objects.filter(object_key__gte=prefix, object_key__lt=after).values_list("pk", "object_key")
    missing = 0
    for pk, object_key in rows.iterator(chunk_size=AT_ONCE):
        if object_key not in there and store().head(str(object_key)) is None:
            missing += _is_missing(pk, at)
    return missing


def _is_missing(recording_id: UUID, at: datetime) -> bool:
    """Told as an incident; a recording that was destroyed meanwhile misses nothing."""
    found_by = IntegrityIncident.FoundBy.SCAN
    incidents.report(recording_id, kind=IntegrityIncident.Kind.MISSING, found_by=found_by, at=at)
    return Recording.objects.filter(pk=recording_id, object_key__isnull=False).exists()
