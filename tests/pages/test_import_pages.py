"""Imports and lists of calls as pages: what was refused and why, for whom; compared by a form without JavaScript."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from recordings.importing.call_lists import listed_calls
from recordings.models import CallList, ImportRun
from recordings.services.call_lists import compare
from tests.factories import RecordingFactory
from tests.unit.recordings_imports.files import FREEPBX_NAME, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def imported(tmp_path, line, file_store):
    """One file taken in, one refused, of our line."""
    written(tmp_path / "calls", FREEPBX_NAME)
    (tmp_path / "calls" / "+13125550199.wav").write_text("no audio")
    with pytest.raises(CommandError, match="1 files were refused"):
        call_command(
            "import_recordings", str(tmp_path / "calls"), "--source", "asterisk", "--pattern", "freepbx",
            "--zone", "UTC", "--line-of-business", line.code, "--workers", "1", stdout=io.StringIO(),
        )  # fmt: skip
    return ImportRun.objects.get()


def page(client, person, address) -> str:
    client.force_login(person)
    return client.get(address).content.decode()


def test_an_import_shows_what_it_refused_to_whom_it_is_for(client, supervisor, auditor, stranger, imported):
    address = f"/recordings/intake/imports/{imported.pk}/"
    shown = page(client, supervisor, address)
    assert "+13125550199.wav" in shown
    assert "as FreePBX writes it" in shown
    assert "/calls" in shown
    seen = page(client, auditor, address)
    assert "as FreePBX writes it" in seen
    assert "3125550199" not in seen
    client.force_login(stranger)
    assert client.get(address).status_code == 404
    assert str(imported.pk) not in page(client, stranger, "/recordings/intake/imports/")
    assert str(imported.pk) in page(client, supervisor, "/recordings/intake/imports/")


def test_the_refused_files_come_as_a_table_that_runs_nothing(client, supervisor, imported):
    client.force_login(supervisor)
    answer = client.get(f"/recordings/intake/imports/{imported.pk}/refused/file/")
    assert answer["Content-Disposition"].startswith("attachment")
    assert "\n'+13125550199.wav," in answer.content.decode().replace("\r", "")


def test_a_list_is_compared_by_a_form_and_told_call_by_call(client, supervisor, line):
    RecordingFactory(external_id="here", line_of_business=line)
    client.force_login(supervisor)
    content = SimpleUploadedFile("calls.csv", b"external_id,started_at\nhere,2026-11-20T10:00:00Z\nlost,\n")
    answer = client.post("/recordings/intake/call-lists/", {"source": "austin", "file": content}, follow=True)
    shown = answer.content.decode()
    assert "Nothing is known of it" in shown
    assert "lost" in shown
    made = CallList.objects.get()
    told = client.get(f"/recordings/intake/call-lists/{made.pk}/file/").json()
    assert (told["recorded"], told["unexplained"]) == (1, 1)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"source": "austin"}, "Choose the file"),
        ({"source": "austin", "file": b"a,b\n1,2\n"}, "neither an id nor a time"),
        ({"source": "a b", "file": b"external_id\nx\n"}, "letters, digits"),
        ({"source": "austin", "file": b"external_id\nx\n", "zone": "Moon"}, "IANA"),
        ({"source": "austin", "file": b"external_id\nx\n", "region": "ZZ"}, "two letters"),
    ],
)
def test_what_cannot_be_compared_is_said_at_its_field(client, supervisor, given, says):
    client.force_login(supervisor)
    if "file" in given:
        given = given | {"file": SimpleUploadedFile("calls.csv", given["file"])}
    answer = client.post("/recordings/intake/call-lists/", given)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not CallList.objects.exists()


def test_an_auditor_reads_comparisons_and_compares_none(client, auditor, supervisor):
    made = compare(source="austin", calls=[], actor=supervisor)
    assert "Compare it" not in page(client, auditor, "/recordings/intake/call-lists/")
    assert "Every call has its recording" in page(client, auditor, f"/recordings/intake/call-lists/{made.pk}/")


def test_a_folder_that_is_not_there_is_seen(client, supervisor, settings, tmp_path):
    settings.DROP_FOLDERS = f'[{{"source": "five9", "folder": "{tmp_path}/gone"}}]'
    assert "It is not there" in page(client, supervisor, "/recordings/intake/imports/")
    settings.DROP_FOLDERS = "{"
    assert "DROP_FOLDERS is not JSON" in page(client, supervisor, "/recordings/intake/imports/")


def test_calls_without_a_recording_or_a_cause_stand_on_today(client, supervisor, auditor):
    compare(source="austin", calls=listed_calls(io.StringIO("external_id\nlost\n")), actor=supervisor)
    assert "1 call has no recording, and nobody knows why" in page(client, supervisor, "/")
    assert "nobody knows why" not in page(client, auditor, "/")
