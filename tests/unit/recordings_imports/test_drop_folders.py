"""Drop folders: taken in once whole, moved once kept, refused with the reason beside the file."""

import json
import os
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from recordings.domain.errors import ImportRefused
from recordings.models import DropSighting, ImportRun, Recording
from recordings.services.imports.dropping import take_dropped, tidy_drop_folders, watched
from tests.unit.recordings_imports.files import FREEPBX_NAME, written

pytestmark = pytest.mark.django_db(transaction=True)
NOW = timezone.now()


@pytest.fixture(autouse=True)
def _a_store_of_its_own(file_store):
    return file_store


@pytest.fixture
def dropped(tmp_path, settings, line):
    folder = tmp_path / "dropped"
    folder.mkdir()

    def configured(**more):
        said = {"source": "asterisk", "folder": str(folder), "pattern": "freepbx", "zone": "America/New_York"}
        settings.DROP_FOLDERS = json.dumps([said | {"line_of_business": line.code} | more])
        return folder

    return configured


def looked_at(*seconds: float) -> list[int]:
    return [take_dropped(NOW + timedelta(seconds=after)) for after in seconds]


def under(folder):
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


def test_a_file_is_taken_once_it_stays_the_same_and_then_moved(dropped):
    folder = dropped()
    written(folder / "2026/11", FREEPBX_NAME)
    assert looked_at(0, 5) == [0, 0]
    assert not Recording.objects.exists()
    assert looked_at(11) == [1]
    assert Recording.objects.get().external_id == FREEPBX_NAME.removesuffix(".wav")
    assert under(folder) == [f"done/{NOW.date()}/2026_11_{FREEPBX_NAME}"]
    assert not DropSighting.objects.exists()
    assert looked_at(22, 33) == [0, 0]


def test_a_file_that_still_grows_waits(dropped):
    folder = dropped()
    written(folder, FREEPBX_NAME)
    looked_at(0)
    written(folder, FREEPBX_NAME, sound=b"\x01\x00" * 4000)
    assert looked_at(11, 20) == [0, 0]
    assert looked_at(22) == [1]
    assert Recording.objects.get().size_bytes == 8044


def test_what_is_refused_lies_apart_with_its_reason(dropped):
    folder = dropped()
    (folder / FREEPBX_NAME).write_text("no audio")
    written(folder, "unnamed.wav")
    (folder / "half.wav.part").write_bytes(b"RIFF")
    looked_at(0, 11)
    day = folder / "refused" / str(NOW.date())
    assert under(folder / "refused") == sorted(
        f"{NOW.date()}/{name}{more}" for name in (FREEPBX_NAME, "unnamed.wav") for more in ("", ".reason.txt")
    )
    assert "not audio" in (day / f"{FREEPBX_NAME}.reason.txt").read_text()
    assert "FreePBX" in (day / "unnamed.wav.reason.txt").read_text()
    assert ImportRun.objects.get().refused == 2
    assert (folder / "half.wav.part").exists()


def test_a_mended_file_is_taken_although_one_of_its_name_was_refused(dropped):
    folder = dropped()
    (folder / FREEPBX_NAME).write_text("no audio")
    looked_at(0, 11)
    written(folder, FREEPBX_NAME)
    assert looked_at(22, 33) == [0, 1]
    assert Recording.objects.count() == 1


def test_audio_without_a_pattern_waits_for_its_side_file_and_goes_with_it(dropped):
    folder = dropped(pattern="", source="puzzel")
    written(folder, "call.wav")
    assert looked_at(0, 60) == [0, 0]
    call = {"external_id": "p-1", "started_at": "2026-11-20T15:00:00Z", "duration_s": 60, "direction": "inbound"}
    (folder / "call.json").write_text(json.dumps(call))
    assert looked_at(70, 81) == [0, 1]
    assert Recording.objects.get().external_id == "p-1"
    assert under(folder) == [f"done/{NOW.date()}/call.json", f"done/{NOW.date()}/call.wav"]
    written(folder, "lonely.wav", sound=b"\x03\x00" * 900)
    assert looked_at(100, 400, 701) == [0, 0, 1]
    assert "side file" in (folder / "refused" / str(NOW.date()) / "lonely.wav.reason.txt").read_text()


def test_a_crash_between_the_commit_and_the_move_is_made_good(dropped, monkeypatch):
    folder = dropped()
    written(folder, FREEPBX_NAME)
    looked_at(0)
    with monkeypatch.context() as patched:
        patched.setattr("recordings.services.imports.dropping._move", _dies)
        with pytest.raises(KeyboardInterrupt):
            looked_at(11)
    assert Recording.objects.count() == 1
    assert (folder / FREEPBX_NAME).exists()
    assert looked_at(22) == [1]
    assert under(folder) == [f"done/{NOW.date()}/{FREEPBX_NAME}"]
    assert Recording.objects.count() == 1
    assert ImportRun.objects.get().taken == 1


def test_a_link_in_the_place_of_done_is_not_followed(dropped, tmp_path):
    folder, elsewhere = dropped(), tmp_path / "elsewhere"
    elsewhere.mkdir()
    (folder / "done").symlink_to(elsewhere)
    written(folder, FREEPBX_NAME)
    looked_at(0, 11)
    assert under(elsewhere) == []
    assert Recording.objects.count() == 1


def test_what_was_taken_in_leaves_the_folder_after_its_days(dropped):
    folder = dropped(keep_days=2)
    written(folder, FREEPBX_NAME)
    looked_at(0, 11)
    tidy_drop_folders(NOW + timedelta(days=2))
    assert len(under(folder)) == 1
    tidy_drop_folders(NOW + timedelta(days=4))
    assert under(folder) == []


def test_nothing_stays_where_nothing_is_to_be_kept(dropped):
    folder = dropped(keep_days=0)
    written(folder, FREEPBX_NAME)
    looked_at(0, 11)
    assert under(folder) == []
    assert Recording.objects.count() == 1


def test_the_days_run_ends_with_its_day(dropped):
    folder = dropped()
    written(folder, FREEPBX_NAME)
    looked_at(0, 11)
    assert ImportRun.objects.get().state == "running"
    looked_at(86_400)
    assert ImportRun.objects.get().state == "complete"


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("{", "not JSON"),
        ('{"source": "a"}', "not a list"),
        ('[{"source": "a"}]', "needs a source and a folder"),
        ('[{"source": "a", "folder": "/x", "zone": "Moon/Base"}]', "IANA"),
        ('[{"source": "a", "folder": "/x", "pattern": "{who}"}]', "no field"),
        ('[{"source": "a", "folder": "/x", "password": "p"}]', "no member"),
        ('[{"source": "a", "folder": "/x", "consent": "maybe"}]', "consent"),
    ],
)
def test_a_setting_that_cannot_be_used_says_why(settings, said, says):
    settings.DROP_FOLDERS = said
    with pytest.raises(ImportRefused, match=says):
        watched()


def test_no_folder_is_watched_where_none_is_named(settings):
    settings.DROP_FOLDERS = ""
    assert take_dropped(NOW) == 0


def test_an_unreadable_folder_does_not_stop_the_others(dropped, settings, tmp_path):
    folder = dropped()
    said = json.loads(settings.DROP_FOLDERS)
    settings.DROP_FOLDERS = json.dumps([said[0] | {"folder": str(tmp_path / "gone")}, *said])
    written(folder, FREEPBX_NAME)
    os.utime(folder / FREEPBX_NAME, (datetime(2026, 1, 1).timestamp(),) * 2)  # noqa: DTZ001
    assert looked_at(0, 11) == [0, 1]


def _dies(*_):
    raise KeyboardInterrupt
