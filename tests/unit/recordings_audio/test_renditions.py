"""Playable forms: made on demand, sealed apart, gone with their recording."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recordings.domain.errors import AudioIntegrityLost, RenditionNotReady
from recordings.models import Recording, Rendition
from recordings.services import readers, renditions
from recordings.services.probe import probe_due
from recordings.services.renditions import evict_unused, forget, read_rendition, ready_rendition, render_due
from recordings.store import store
from tests.deliveries import kept_files, taken, wav
from tests.sounds import sound

pytestmark = pytest.mark.django_db


@pytest.fixture
def amr(line):
    recording = taken(audio=sound("AMR"))
    probe_due(timezone.now())
    return Recording.objects.select_related("key", "profile").get(pk=recording.pk)


def made(recording):
    with pytest.raises(RenditionNotReady, match="being made"):
        ready_rendition(recording)
    assert render_due(timezone.now()) == 1
    return ready_rendition(recording)


def test_it_is_made_once_somebody_asks_and_is_read_by_ranges(amr):
    assert renditions.needs_one(amr, amr.profile)
    assert render_due(timezone.now()) == 0  # nobody asked
    row = made(amr)
    whole = b"".join(read_rendition(amr, row))
    assert (len(whole), row.media_type) == (row.size_bytes, "audio/webm")
    assert b"".join(read_rendition(amr, row, 1000, 70_000)) == whole[1000:70_000]
    assert whole[:4] == b"\x1aE\xdf\xa3"
    assert render_due(timezone.now()) == 0


def test_what_browsers_play_needs_none(line):
    recording = taken(audio=wav(seconds=1, left=9))
    probe_due(timezone.now())
    profile = Recording.objects.select_related("profile").get(pk=recording.pk).profile
    assert not renditions.needs_one(recording, profile)


def test_nothing_of_it_lies_in_the_clear_and_it_cannot_take_the_originals_place(amr):
    row = made(amr)
    sealed = store().read(row.object_key, 0, 400)
    assert b"\x1aE\xdf\xa3" not in sealed
    swapped = Rendition(pk=row.pk, object_key=amr.object_key, size_bytes=amr.size_bytes, recording_id=amr.pk)
    with pytest.raises(RenditionNotReady):
        b"".join(read_rendition(amr, swapped))


def test_one_that_was_lost_is_made_anew(amr):
    row = made(amr)
    store().delete(row.object_key)
    with pytest.raises(RenditionNotReady, match="being made") as caught:
        b"".join(read_rendition(amr, row))
    assert isinstance(caught.value.__cause__, AudioIntegrityLost)
    assert evict_unused(timezone.now()) == 1
    made(amr)


def test_it_goes_with_its_recording(amr):
    row = made(amr)
    assert forget([amr.pk]) == {row.object_key: amr.pk}
    assert not Rendition.objects.exists()
    assert forget([amr.pk]) == {}


def test_a_recording_that_was_destroyed_meanwhile_gets_none(amr, monkeypatch):
    with pytest.raises(RenditionNotReady):
        ready_rendition(amr)
    before = kept_files()
    monkeypatch.setattr(Recording.objects.__class__, "locked", lambda manager, ids: manager.none(), raising=False)
    assert render_due(timezone.now()) == 0
    assert kept_files() == before


def test_what_nobody_played_for_a_month_is_removed_and_made_again(amr):
    row, before = made(amr), kept_files()
    assert evict_unused(timezone.now()) == 0
    assert evict_unused(timezone.now() + renditions.KEPT_UNUSED + timedelta(minutes=1)) == 1
    assert len(before - kept_files()) >= 1
    assert store().head(row.object_key) is None
    made(amr)


def test_that_it_was_used_is_noted_by_the_hour(amr):
    row = made(amr)
    Rendition.objects.update(used_at=timezone.now() - timedelta(hours=2))
    ready_rendition(amr)
    row.refresh_from_db()
    assert timezone.now() - row.used_at < timedelta(minutes=1)


def test_a_file_that_kills_its_reader_is_given_up_after_three_attempts(amr, monkeypatch):
    monkeypatch.setattr(readers, "DECODER", "tests.unit.recordings.dying_decoder")
    monkeypatch.setattr(readers, "_server", readers.Server())
    with pytest.raises(RenditionNotReady):
        ready_rendition(amr)
    for attempt in range(4):
        render_due(timezone.now() + attempt * renditions.AGAIN_AFTER)
    with pytest.raises(RenditionNotReady, match="cannot be made playable"):
        ready_rendition(amr)
    assert Rendition.objects.get().attempts == 3


def test_two_who_ask_at_once_get_one(amr):
    first, second = renditions.rendition_of(amr), renditions.rendition_of(amr)
    assert first.pk == second.pk
