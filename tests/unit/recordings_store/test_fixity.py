"""The nightly look: whatever was changed in the store is found within one cycle, told once, and never played."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from recordings.domain.errors import AudioIntegrityLost, KeyDoesNotFit, StoreUnavailable
from recordings.models import FixityCycle, IntegrityIncident, Recording, RecordingKey
from recordings.services.disposition import purge_batch
from recordings.services.storekeeping import fixity, incidents
from recordings.store import PIECE_BYTES, read_range, store
from recordings.tasks import look_at_stored
from tests.factories import RecordingFactory
from tests.stores import change, put, sealed
from trail.models import Event

pytestmark = pytest.mark.django_db

SOON = timedelta(minutes=1)


def _cycle(at=None, **bounds):
    """All stretches of one cycle; what they looked at."""
    at = at or timezone.now() + SOON
    looked = fixity.Looked()
    while (part := fixity.look(at, **({"seconds": 60, "most_bytes": 1 << 40} | bounds))).recordings:
        looked.recordings += part.recordings
        looked.failed += part.failed
    return looked


def _swap(one, other):
    first, second = sealed(one.object_key), sealed(other.object_key)
    put(one.object_key, second)
    put(other.object_key, first)


def _to_link(one, other):
    file = store().path(one.object_key)
    file.unlink()
    file.symlink_to(store().path(other.object_key))


def _to_folder(one, other):
    file = store().path(one.object_key)
    file.unlink()
    file.mkdir()


def _to_pipe(one, other):
    file = store().path(one.object_key)
    file.unlink()
    os.mkfifo(file)


def _flip(one, other):
    change(one.object_key, lambda content: content[:-1] + bytes([content[-1] ^ 1]))


def _swap_keys(one, other):
    """As who owns the database could: past every trigger."""
    from django.db import connection

    first, second = (bytes(RecordingKey.objects.get(pk=call.pk).wrapped) for call in (one, other))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for call, wrapped in ((one, second), (other, first)):
            there = "UPDATE recordings_recordingkey SET wrapped = %s WHERE recording_id = %s"
            cursor.execute(there, [wrapped, call.pk])
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


DAMAGE = {
    "flipped": (_flip, "changed", 1),
    "cut": (lambda one, _: change(one.object_key, lambda content: content[:-5]), "changed", 1),
    "grown": (lambda one, _: change(one.object_key, lambda content: content + b"more"), "changed", 1),
    "emptied": (lambda one, _: put(one.object_key, b""), "changed", 1),
    "removed": (lambda one, _: store().delete(one.object_key), "missing", 1),
    "swapped": (_swap, "changed", 2),
    "a link": (_to_link, "changed", 1),
    "a folder": (_to_folder, "changed", 1),
    "a pipe": (_to_pipe, "changed", 1),
    "the other's key": (_swap_keys, "key", 2),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_was_done_to_a_stored_object_is_found_within_one_cycle_and_never_played(damage):
    do, kind, count = DAMAGE[damage]
    audio = os.urandom(2 * PIECE_BYTES)
    one, other, whole = (RecordingFactory(audio=audio) for _ in range(3))
    do(one, other)
    try:  # refused, or the very bytes: what was put behind a whole last piece is never read
        assert b"".join(read_range(Recording.objects.select_related("key").get(pk=one.pk))) == audio
    except AudioIntegrityLost:
        assert damage != "grown"
    else:
        assert damage == "grown"
    looked = _cycle()
    assert (looked.recordings, looked.failed) == (3, count)
    told = IntegrityIncident.objects.filter(recording_id=one.pk).get()
    assert (told.kind, told.found_by, told.closed_at) == (kind, "fixity", None)
    one.refresh_from_db()
    assert (one.state, one.quarantine_reasons) == ("quarantined", ["changed_audio"])
    assert Event.objects.about(one).filter(verb="recording.found_changed").count() == 1
    assert incidents.open_for(whole.pk) is None


def test_what_was_told_once_is_not_told_every_night():
    lost = RecordingFactory()
    store().delete(lost.object_key)
    for night in (1, 2, 3):
        assert _cycle(timezone.now() + timedelta(days=2 * night)).failed == 1
    assert IntegrityIncident.objects.count() == 1
    assert Event.objects.about(lost).filter(verb="recording.found_changed").count() == 1


def test_what_comes_back_from_a_backup_ends_its_incident_and_its_quarantine():
    lost = RecordingFactory(audio=b"RIFF" * 5)
    content = sealed(lost.object_key)
    store().delete(lost.object_key)
    assert _cycle().failed == 1
    put(lost.object_key, content)
    assert _cycle(timezone.now() + timedelta(days=2)).failed == 0
    lost.refresh_from_db()
    assert (lost.state, lost.quarantine_reasons) == ("stored", [])
    assert IntegrityIncident.objects.get().closed_as == "whole"
    assert Event.objects.about(lost).filter(verb="recording.found_whole").count() == 1


def test_a_cycle_goes_on_where_it_stopped_and_begins_once_a_day():
    calls = [RecordingFactory() for _ in range(5)]
    at = timezone.now() + SOON
    size = calls[0].size_bytes
    assert fixity.look(at, seconds=60, most_bytes=2 * size).recordings == 2
    assert fixity.look(at, seconds=0, most_bytes=1 << 30).recordings == 1
    assert fixity.look(at, seconds=60, most_bytes=1 << 30).recordings == 2
    assert fixity.look(at, seconds=60, most_bytes=1 << 30).recordings == 0
    cycle = FixityCycle.objects.get()
    assert (cycle.recordings, cycle.size_bytes, cycle.failed, cycle.finished_at) == (5, 5 * size, 0, at)
    assert Event.objects.get(verb="store.looked_through").facts == {"recordings": 5, "failed": 0, "bytes": 5 * size}
    assert _cycle(at + timedelta(hours=23)).recordings == 0
    assert _cycle(at + timedelta(hours=24)).recordings == 5


def test_of_each_recording_it_is_known_when_it_was_last_looked_at():
    before = RecordingFactory()
    at = timezone.now() + SOON
    assert fixity.last_checked(before) is None
    _cycle(at)
    after = RecordingFactory()
    assert (fixity.last_checked(before), fixity.last_checked(after)) == (at, None)
    later = at + timedelta(days=3)
    fixity.look(later, seconds=60, most_bytes=1)
    assert (fixity.last_checked(before), fixity.last_checked(after)) == (later, None)
    for days in (6, 9):
        _cycle(at + timedelta(days=days))
    assert fixity.last_checked(after) == at + timedelta(days=9)


def test_a_store_that_is_away_is_no_loss(monkeypatch):
    RecordingFactory()

    def away(*_):
        raise StoreUnavailable("The audio store cannot be used just now: it is away.")

    monkeypatch.setattr(type(store()), "read", away)
    with pytest.raises(StoreUnavailable):
        _cycle()
    look_at_stored()
    assert not IntegrityIncident.objects.exists()
    assert FixityCycle.objects.get().recordings == 0


def test_a_bit_that_flips_on_the_way_is_read_again_and_told_to_nobody(monkeypatch):
    RecordingFactory()
    read, flips = type(store()).read, [True]

    def flipped(*asked):
        content = read(*asked)
        return content[:-1] + bytes([content[-1] ^ 1]) if flips and flips.pop() else content

    monkeypatch.setattr(type(store()), "read", flipped)
    assert _cycle().failed == 0


def test_one_that_is_destroyed_meanwhile_lost_nothing():
    call = RecordingFactory(expired=True)
    stale = Recording.objects.select_related("key").get(pk=call.pk)
    assert purge_batch(at=timezone.now()) == 1
    store().delete(call.object_key)
    assert fixity._is_whole(stale, timezone.now())
    assert not IntegrityIncident.objects.exists()


def test_the_incident_of_one_that_was_destroyed_since_ends():
    call = RecordingFactory(expired=True)
    store().delete(call.object_key)
    _cycle()
    assert incidents.open_for(call.pk)
    assert purge_batch(at=timezone.now()) == 1
    _cycle(timezone.now() + timedelta(days=2))
    assert IntegrityIncident.objects.get().closed_as == "destroyed"


def test_a_house_without_recordings_begins_no_cycle():
    assert fixity.look(timezone.now(), seconds=1, most_bytes=1).recordings == 0
    assert not FixityCycle.objects.exists()


def test_the_task_looks_at_what_is_there():
    lost = RecordingFactory()
    store().delete(lost.object_key)
    look_at_stored()
    assert incidents.open_for(lost.pk)


def test_the_kind_of_a_loss_is_told_from_what_is_there():
    here = RecordingFactory()
    assert incidents.kind_of(KeyDoesNotFit(), here.object_key) == "key"
    assert incidents.kind_of(AudioIntegrityLost("changed"), here.object_key) == "changed"
    store().delete(here.object_key)
    assert incidents.kind_of(AudioIntegrityLost("missing"), here.object_key) == "missing"
