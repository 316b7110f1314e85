"""The store's own locks, kept in step with the rows: the date that nobody may destroy before, and legal holds.

Only where STORAGE_URL asks for a lock. A lock is never shortened, so that a provisional date, which may still come
earlier, is not locked. What a destroyed recording leaves under a legal hold of the store is let go.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

import trail.services as trail
from recordings.domain.errors import AudioIntegrityLost
from recordings.models import ObjectLock, Recording
from recordings.store import Lock, store
from trail.domain.actors import CALLWARD

BEHIND = """
    SELECT r.id, r.object_key, CASE WHEN r.is_provisional OR r.keep_until <= %(at)s THEN l.until
                                    ELSE greatest(r.keep_until, l.until) END, r.hold_count > 0
    FROM recordings_recording r LEFT JOIN recordings_objectlock l ON l.object_key = r.object_key
    WHERE r.object_key IS NOT NULL AND (
        coalesce(l.held, FALSE) <> (r.hold_count > 0) OR coalesce(l.drift, '') NOT IN ('', 'missing')
        OR (NOT r.is_provisional AND r.keep_until > %(at)s AND (l.until IS NULL OR l.until < r.keep_until)))
"""


def keep_locks(at: datetime, *, limit: int = 200) -> int:
    """Ask the store for up to `limit` locks that it should have and was not asked for; how many. 0: all are in step.

    Raises StoreUnavailable: the next ring goes on.
    """
    if not store().locks:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f"{BEHIND} ORDER BY r.id LIMIT {int(limit)}", {"at": at})
        behind = cursor.fetchall()
    for recording_id, object_key, until, held in behind:
        _ask(object_key, recording_id, Lock(until, held), at)
    return len(behind) + _let_go(at, limit)


def behind(at: datetime) -> int:
    """How many locks are not as they should be."""
    if not store().locks:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({BEHIND}) AS behind", {"at": at})  # noqa: S608  a text of ours
        return int(cursor.fetchone()[0])


def compare(recording: Recording, at: datetime) -> None:
    """Whether the store still keeps this object as it was asked to; a drift is told once, and mended by the next ring.

    Raises StoreUnavailable.
    """
    if not store().locks:
        return
    asked = ObjectLock.objects.filter(pk=recording.object_key).first()
    if asked is None:
        return
    drift = _drift(asked, store().lock_of(asked.object_key), at)
    with transaction.atomic():
        is_news = bool(drift) and drift != asked.drift
        ObjectLock.objects.filter(pk=asked.pk).update(looked_at=at, drift=drift)
        if is_news:
            trail.append("store.lock_drifted", actor=CALLWARD, subject=recording, how=drift)


def _drift(asked: ObjectLock, found: Lock | None, at: datetime) -> str:
    if found is None:
        return "missing"
    if asked.held and not found.held:
        return "not_held"
    if asked.until is not None and asked.until > at and (found.until is None or found.until < asked.until):
        return "shorter"
    return ""


def _ask(object_key: str, recording_id: object, lock: Lock, at: datetime) -> None:
    """Ask first, note afterwards: a crash between the two asks once more, which changes nothing."""
    drift, until = "", _whole_second(lock.until)
    try:
        store().lock(object_key, until=until, held=lock.held)
    except AudioIntegrityLost:
        drift = "missing"
    noted = {"recording_id": recording_id, "until": until, "held": lock.held, "asked_at": at, "drift": drift}
    ObjectLock.objects.update_or_create(object_key=object_key, defaults=noted)


def _whole_second(until: datetime | None) -> datetime | None:
    """Never earlier: stores keep no fraction of a second that they could be compared by."""
    if until is None or not until.microsecond:
        return until
    return until.replace(microsecond=0) + timedelta(seconds=1)


def _let_go(at: datetime, limit: int) -> int:
    """Legal holds of the store on objects whose recordings were destroyed: nobody's hold any more."""
    there = Recording.objects.filter(object_key=OuterRef("object_key"))
    left = list(ObjectLock.objects.filter(~Exists(there), held=True)[:limit])
    for lock in left:
        _ask(lock.object_key, lock.recording_id, Lock(lock.until if lock.until and lock.until > at else None), at)
    return len(left)
