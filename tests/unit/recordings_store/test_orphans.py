"""The store against the rows, both ways: unexplained bytes are found, kept aside, and go; what is missing is told."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recordings.models import IntegrityIncident, SetAside, StoreScan
from recordings.services.disposition import purge_batch
from recordings.services.removals import object_removals
from recordings.services.storekeeping import orphans
from recordings.store import store
from recordings.store.s3_incoming import PART_BYTES
from recordings.tasks import keep_store
from tests.deliveries import kept_files
from tests.factories import RecordingFactory
from tests.stores import late, sealed, swept
from trail.invariants import reconcile
from trail.models import Event

pytestmark = pytest.mark.django_db

HOURS, DAYS = timedelta(hours=1), timedelta(days=1)


def _kept(content=b"sealed"):
    incoming = store().incoming()
    incoming.write(content)
    return incoming.keep()


def _scanned(at=None):
    return orphans.scan(at or timezone.now() + 2 * HOURS)


def test_every_byte_of_a_house_in_order_is_explained():
    calls = [RecordingFactory() for _ in range(3)] + [RecordingFactory(expired=True)]
    sizes = {call.object_key: len(sealed(call.object_key)) for call in calls}
    assert purge_batch(at=timezone.now()) == 1
    scan = _scanned()
    assert (scan.unexplained, scan.unexplained_bytes, scan.missing, scan.is_strange) == (0, 0, 0, False)
    assert scan.owned == {
        "recording": [3, sum(sizes[call.object_key] for call in calls[:3])],
        "leaving": [1, sizes[calls[3].object_key]],
    }
    assert (scan.objects_seen, scan.size_bytes) == (4, sum(sizes.values()))


def test_what_no_row_owns_is_set_aside_first_and_goes_after_its_days():
    now, kept, orphan = timezone.now() + 2 * HOURS, RecordingFactory(), _kept()
    scan = _scanned(now)
    assert (scan.unexplained, scan.unexplained_bytes) == (1, 6)
    assert orphans.remove_set_aside(now + 7 * DAYS - HOURS) == 0
    assert sealed(orphan) == b"sealed"
    assert orphans.remove_set_aside(now + 7 * DAYS) == 1
    assert (store().head(orphan), SetAside.objects.get().removed_at) == (None, now + 7 * DAYS)
    assert store().head(kept.object_key)
    verbs = list(Event.objects.filter(verb__startswith="store.").order_by("sequence").values_list("verb", flat=True))
    assert verbs == ["store.set_aside", "store.removed"]
    assert _scanned(now + 8 * DAYS).unexplained == 0


def test_what_was_set_aside_is_no_problem_of_its_own_and_what_was_not_is():
    orphan, at = _kept(), timezone.now() + 2 * HOURS
    assert [problem.subject for problem in reconcile(at=at)] == [orphan]
    _scanned(at)
    assert reconcile(at=at) == []


def test_a_row_that_comes_for_it_takes_it_back():
    call = RecordingFactory()
    SetAside.objects.create(
        object_key=call.object_key, size_bytes=1, found_at=timezone.now(), remove_after=timezone.now()
    )
    assert orphans.remove_set_aside(timezone.now() + DAYS) == 0
    assert not SetAside.objects.exists()
    assert store().head(call.object_key)
    assert Event.objects.filter(verb="store.taken_back").count() == 1


def test_what_comes_again_after_it_was_removed_is_set_aside_again():
    now, orphan = timezone.now() + 2 * HOURS, _kept()
    assert swept(now) == 1
    store().path(orphan).write_bytes(b"again")
    _scanned(now + 9 * DAYS)
    assert SetAside.objects.get().removed_at is None


def test_a_recording_without_its_object_is_told_by_the_scan():
    lost, there = RecordingFactory(), RecordingFactory()
    store().delete(lost.object_key)
    assert _scanned().missing == 1
    told = IntegrityIncident.objects.get()
    assert (told.recording_id, told.kind, told.found_by) == (lost.pk, "missing", "scan")
    there.refresh_from_db()
    assert there.state == "stored"


def test_an_object_that_is_younger_than_the_listing_is_not_missing():
    RecordingFactory()
    scan = _scanned(timezone.now())
    assert (scan.objects_seen, scan.missing, IntegrityIncident.objects.count()) == (0, 0, 0)


def test_files_of_another_name_are_counted_and_never_touched():
    call = RecordingFactory()
    folder = store().path(call.object_key).parent
    (folder / "notes.txt").write_bytes(b"a hand's")
    (store().root / "zz").mkdir()
    (store().root / "zz" / ("a" * 32)).write_bytes(b"elsewhere")
    scan = _scanned()
    assert (scan.foreign, scan.unexplained, scan.unexplained_bytes) == (2, 2, 17)
    assert not SetAside.objects.exists()
    swept(timezone.now() + 2 * HOURS)
    assert (folder / "notes.txt").exists()


def test_a_store_that_seems_to_be_another_copys_loses_nothing_until_a_person_looked(officer):
    for _ in range(25):
        _kept()
    now, before = timezone.now() + 2 * HOURS, kept_files()
    assert swept(now) == 0
    assert StoreScan.objects.get().is_strange
    assert kept_files() == before
    assert orphans.let_go(actor=officer, at=now + 8 * DAYS) == 25
    assert orphans.let_go(actor=officer, at=now + 8 * DAYS) == 0
    assert orphans.remove_set_aside(now + 8 * DAYS) == 25
    assert kept_files() == set()
    assert Event.objects.get(verb="store.let_go").actor_id == officer.actor_id


def test_what_dead_uploads_left_is_gone_after_its_days(each_store):
    kept = RecordingFactory()
    _kept()
    begun = store().incoming()
    begun.write(b"x" * PART_BYTES)
    now = timezone.now() + late()
    assert swept(now + timedelta(minutes=59)) == 0
    assert swept(now + timedelta(minutes=61)) == 2
    assert list(store().object_keys(older_than=(now + DAYS).timestamp())) == [kept.object_key]
    assert len(kept_files()) == 1


def test_an_object_that_cannot_be_removed_is_tried_again_later(monkeypatch):
    now, orphan = timezone.now() + 2 * HOURS, _kept()
    _scanned(now)
    with monkeypatch.context() as patched:
        patched.setattr("os.unlink", _read_only)
        assert orphans.remove_set_aside(now + 8 * DAYS) == 0
    left = SetAside.objects.get()
    assert "Read-only" in left.last_error
    assert left.remove_after == now + 8 * DAYS + HOURS
    assert orphans.remove_set_aside(now + 9 * DAYS) == 1
    assert store().head(orphan) is None


def _read_only(*_, **__):
    raise OSError(30, "Read-only file system")


def test_the_daily_task_scans_once_a_day_and_an_empty_store_each_hour():
    keep_store()
    keep_store()
    empty = StoreScan.objects.get()
    assert not orphans.is_due(empty.started_at + HOURS - timedelta(minutes=1))
    assert orphans.is_due(empty.started_at + HOURS)
    StoreScan.objects.update(objects_seen=1)
    assert not orphans.is_due(empty.started_at + DAYS - timedelta(minutes=1))
    assert orphans.is_due(empty.started_at + DAYS)


def test_bytes_that_come_back_after_their_certificate_are_told_and_leave_again():
    call = RecordingFactory(expired=True)
    content = sealed(call.object_key)
    assert purge_batch(at=timezone.now()) == 1
    assert object_removals(at=timezone.now()) == 1
    store().path(call.object_key).write_bytes(content)
    scan = _scanned(timezone.now() + 2 * HOURS)
    assert (scan.owned["leaving"][0], scan.unexplained, SetAside.objects.count()) == (1, 0, 0)
    assert Event.objects.about(call).filter(verb="recording.bytes_returned").count() == 1
    assert object_removals(at=timezone.now() + 3 * HOURS) == 1
    assert kept_files() == set()


def test_a_purge_leaves_nothing_that_the_scan_must_explain():
    for _ in range(20):
        RecordingFactory(expired=True)
    assert purge_batch(at=timezone.now(), limit=50) == 20
    assert object_removals(at=timezone.now()) == 20
    assert _scanned().objects_seen == 0
