"""`manage.py import_recordings`: folders and manifests, each file once, refusals with their reason."""

import csv
import io
import json
import os
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import LineOfBusiness
from recordings.importing.manifest import document_of
from recordings.models import ImportItem, ImportRun, Recording, TelephonyFacts
from recordings.services.disposition import purge_batch
from recordings.store import read_range
from tests.factories import LineFactory
from tests.unit.recordings_imports.files import FREEPBX_NAME, wav, written
from trail.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _a_store_of_its_own(file_store):
    return file_store


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "calls"
    place.mkdir()
    return place


def run(*words, **options):
    out = io.StringIO()
    try:
        call_command("import_recordings", *map(str, words), "--json", "--workers", "1", stdout=out, **options)
    except CommandError as error:
        if error.returncode != 2:
            raise
    return json.loads(out.getvalue())


def from_names(folder, *more):
    return run(folder, "--source", "asterisk", "--pattern", "freepbx", "--zone", "America/New_York", *more)


def test_a_folder_of_freepbx_is_taken_in_with_what_its_names_tell(folder, line):
    audio = written(folder / "2026/11/20", FREEPBX_NAME)
    answer = from_names(folder, "--line-of-business", line.code, "--region", "US")
    assert (answer["taken"], answer["known"], answer["refused"]) == (1, 0, 0)
    call = Recording.objects.get(source="asterisk", external_id=FREEPBX_NAME.removesuffix(".wav"))
    assert call.started_at == datetime(2026, 11, 20, 19, 5, 9, tzinfo=UTC)
    assert call.direction == "inbound"
    assert b"".join(read_range(call)) == audio
    assert [party.role for party in call.parties.all()] == ["customer", "agent"]
    assert call.line_of_business == line
    assert "ended_at" in call.unknown
    assert TelephonyFacts.objects.filter(recording=call).exists()


def test_an_end_that_no_name_tells_is_the_latest_that_it_can_be(folder, line):
    written(folder, FREEPBX_NAME)
    from_names(folder, "--line-of-business", line.code)
    call = Recording.objects.get()
    assert call.ended_at == min(call.started_at + timedelta(days=7), call.ended_at)
    assert call.is_provisional


def test_the_same_folder_again_changes_nothing(folder, line):
    written(folder, FREEPBX_NAME)
    from_names(folder)
    events = Event.objects.filter(subject_kind="recordings.recording").count()
    answer = from_names(folder)
    assert (answer["taken"], answer["known"], answer["refused"]) == (0, 1, 0)
    assert Recording.objects.count() == 1
    assert Event.objects.filter(subject_kind="recordings.recording").count() == events


def test_other_audio_under_a_known_name_is_refused(folder):
    written(folder, FREEPBX_NAME)
    from_names(folder)
    written(folder, FREEPBX_NAME, sound=b"\x07\x00" * 700)
    answer = from_names(folder)
    assert answer["reasons"] == {"contradicts": 1}


def test_a_manifest_tells_everything_that_a_request_could(folder, line):
    audio = written(folder, "a/one.wav")
    manifest(folder, [
        {
            "file": "a/one.wav", "source": "five9", "external_id": "session-1", "started_at": "2026-11-20T15:00:00Z",
            "duration_s": "60", "direction": "outbound", "line_of_business": line.code, "agent_id": "17",
            "agent_name": "Ada", "customer_number": "+13125550142", "customer_jurisdiction": "US-IL",
            "purposes": "quality_assurance; training", "consent_method": "announcement", "consent_party": "customer",
            "consent_offset_s": "2", "fact_product": "loan",
        },
    ])  # fmt: skip
    answer = run(folder / "manifest.csv")
    assert answer["taken"] == 1, answer
    call = Recording.objects.get()
    assert (call.source, call.external_id, call.direction) == ("five9", "session-1", "outbound")
    assert call.ended_at - call.started_at == timedelta(seconds=60)
    assert call.purposes == ["quality_assurance", "training"]
    assert call.facts == {"product": ["loan"]}
    assert [party.role for party in call.parties.all()] == ["agent", "customer"]
    assert call.consent.get().method == "announcement"
    assert b"".join(read_range(call)) == audio


def test_many_calls_are_written_down_as_one_is(folder, line):
    row = {
        "started_at": "2026-11-20T15:00:00Z", "duration_s": "60", "direction": "inbound", "agent_id": "17",
        "customer_number": "+13125550142", "consent_method": "announcement", "consent_party": "customer",
        "line_of_business": line.code, "fact_product": "loan", "purposes": "training;quality_assurance",
    }  # fmt: skip
    sounds = {f"{number}.wav": written(folder, f"{number}.wav", bytes([number, 1]) * 200) for number in range(20)}
    manifest(folder, [row | {"file": name} for name in sounds])
    assert run(folder / "manifest.csv")["taken"] == 20
    for call in Recording.objects.all():
        assert b"".join(read_range(call)) == sounds[f"{call.external_id}.wav"]
        evidence = call.consent.get()
        assert (evidence.party.role, evidence.party.recording_id) == ("customer", call.pk)
        assert (call.purposes, call.facts) == (["training", "quality_assurance"], {"product": ["loan"]})
        assert call.circumstances_id is not None
        assert [event.verb for event in Event.objects.about(call)][:2] == ["recording.received", "recording.stored"]
    sequences = list(Event.objects.order_by("pk").values_list("pk", flat=True))
    assert len(sequences) == len(set(sequences))


def test_each_refusal_stands_with_its_reason_and_nothing_else_stops(folder, line, tmp_path):
    written(folder, "good.wav")
    (folder / "text.wav").write_text("no audio at all, however it is called")
    (folder / "short.wav").write_bytes(wav()[:30])
    (folder / "call.zip").write_bytes(b"PK\x03\x04")
    (tmp_path / "outside.wav").write_bytes(wav())
    (folder / "link.wav").symlink_to(tmp_path / "outside.wav")
    row = {"started_at": "2026-11-20T15:00:00Z", "duration_s": "60", "direction": "inbound"}
    names = ["good.wav", "text.wav", "short.wav", "call.zip", "link.wav", "../outside.wav", "/etc/hostname", "gone.wav"]
    manifest(folder, [row | {"file": name, "external_id": f"c{number}"} for number, name in enumerate(names)])
    report = tmp_path / "report.csv"
    answer = run(folder / "manifest.csv", "--report", report, "--line-of-business", line.code)
    assert (answer["taken"], answer["refused"], answer["state"]) == (1, 7, "incomplete")
    assert answer["reasons"] == {
        "not_audio": 1, "truncated": 1, "archive": 1, "link": 1, "outside": 2, "not_there": 1,
    } or set(answer["reasons"]) >= {"not_audio", "archive", "link", "outside", "not_there"}  # fmt: skip
    rows = list(csv.DictReader(report.open()))
    assert len(rows) == 7
    assert all(row["reason"] for row in rows)
    assert {row["file"].split(": ")[1] for row in rows} == set(names) - {"good.wav"}
    assert Recording.objects.count() == 1


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"started_at": "2026-11-20T15:00:00"}, "zone"),
        ({"started_at": "1969-11-20T15:00:00Z"}, "between 1970 and tomorrow"),
        ({"started_at": "2126-11-20T15:00:00Z"}, "between 1970 and tomorrow"),
        ({"started_at": "yesterday"}, "started_at"),
        ({"duration_s": "-4"}, "duration_s"),
        ({"duration_s": "", "ended_at": "2026-11-20T14:00:00Z"}, "before started_at"),
        ({"duration_s": ""}, "either ended_at or duration_s"),
        ({"direction": "sideways"}, "direction"),
        ({"line_of_business": "nobody"}, "no line of business"),
        ({"purposes": "fun"}, "no purpose"),
        ({"sha256": "00"}, "sha256"),
        ({"sha256": "0" * 64}, "differs"),
        ({"parties": "{"}, "not JSON"),
        ({"customer_jurisdiction": "somewhere"}, "jurisdiction"),
        ({"external_id": "a\x07b"}, "control characters"),
    ],
)
def test_a_line_that_cannot_be_so_is_refused_in_words(folder, line, cells, says):
    written(folder, "one.wav")
    row = {
        "file": "one.wav", "external_id": "c1", "started_at": "2026-11-20T15:00:00Z", "duration_s": "60",
        "direction": "inbound", "line_of_business": line.code,
    }  # fmt: skip
    manifest(folder, [row | cells])
    answer = run(folder / "manifest.csv")
    assert (answer["taken"], answer["refused"]) == (0, 1)
    assert says in ImportItem.objects.get().reason
    assert not Recording.objects.exists()


def test_a_side_file_tells_of_its_audio(folder, line):
    written(folder, "one.wav")
    call = {"external_id": "s-1", "started_at": "2026-11-20T15:00:00Z", "duration_s": 60, "direction": "inbound"}
    (folder / "one.json").write_text(json.dumps(call))
    written(folder, "two.wav", sound=b"\x01\x00" * 500)
    (folder / "two.wav.csv").write_text("external_id,started_at,duration_s\ns-2,2026-11-20T16:00:00Z,30\n")
    written(folder, "three.wav", sound=b"\x02\x00" * 500)
    answer = run(folder, "--source", "puzzel", "--line-of-business", line.code)
    assert (answer["taken"], answer["reasons"]) == (2, {"untold": 1})
    assert set(Recording.objects.values_list("external_id", flat=True)) == {"s-1", "s-2"}


def test_a_dry_run_says_what_would_be_and_stores_nothing(folder, line, file_store):
    written(folder, FREEPBX_NAME)
    (folder / "external-1-2-20261120-140509-1.1.wav").write_text("no audio")
    answer = from_names(folder, "--dry-run", "--line-of-business", line.code)
    assert (answer["taken"], answer["refused"]) == (1, 1)
    assert answer["lines_of_business"] == {line.code: 1}
    assert not Recording.objects.exists()
    assert not ImportRun.objects.exists()
    assert list(file_store.object_keys(older_than=timezone.now().timestamp() + 60)) == []


def test_an_import_that_was_interrupted_goes_on_in_the_same_run(folder, line):
    from recordings.importing.documents import Defaults
    from recordings.services.imports import runs
    from recordings.services.imports.plans import Plan
    from trail.domain.actors import CALLWARD

    names = [FREEPBX_NAME.replace("1763665509.7", f"176366550{n}.7") for n in range(3)]
    for number, name in enumerate(names):
        written(folder, name, sound=bytes([number, 0]) * 400)
    plan = Plan(folder, "folder", Defaults("asterisk", zone="America/New_York"), "freepbx")
    first = runs.begin(plan=plan, place=folder, actor=CALLWARD)
    files = list(runs.files_of(plan, folder))
    runs.work(run=first, plan=plan, files=files[:2], moved=lambda _: None)
    answer = from_names(folder, "--resume")
    assert answer["run"] == str(first.pk)
    assert (answer["taken"], answer["known"], answer["seen"]) == (3, 0, 3)
    with pytest.raises(CommandError, match="No import of this place was interrupted"):
        from_names(folder, "--resume")


def test_several_processes_share_the_work(folder, line):
    for number in range(5):
        written(folder, FREEPBX_NAME.replace(".7", f".{number}"), sound=bytes([number, 0]) * 400)
    out = io.StringIO()
    call_command(
        "import_recordings", str(folder), "--source", "asterisk", "--pattern", "freepbx", "--zone", "UTC",
        "--workers", "2", "--json", stdout=out,
    )  # fmt: skip
    assert json.loads(out.getvalue())["taken"] == 5
    assert Recording.objects.count() == 5


def test_a_destroyed_call_does_not_come_back_as_a_file(folder):
    demo = LineFactory(code="show", is_demo=True)
    written(folder, FREEPBX_NAME)
    from_names(folder, "--line-of-business", demo.code)
    Recording.objects.update(
        keep_until=timezone.now(), delete_by=timezone.now(), listed_at=timezone.now(), cooling_seconds=0,
        needs_approval=False,
    )  # fmt: skip
    assert purge_batch(at=timezone.now(), limit=10) == 1
    answer = from_names(folder, "--line-of-business", demo.code)
    assert answer["reasons"] == {"destroyed": 1}
    assert not Recording.objects.exists()


def test_calls_that_name_no_line_are_quarantined_as_unassigned(folder):
    written(folder, FREEPBX_NAME)
    assert from_names(folder)["taken"] == 1
    call = Recording.objects.get()
    assert call.line_of_business.code == LineOfBusiness.UNASSIGNED
    assert call.state == "quarantined"


def test_the_run_and_each_recording_have_their_events(folder, line):
    written(folder, FREEPBX_NAME)
    answer = from_names(folder, "--line-of-business", line.code)
    run_events = Event.objects.filter(subject_id=answer["run"]).order_by("sequence").values_list("verb", flat=True)
    assert list(run_events) == ["import.started", "import.ended"]
    verbs = list(Event.objects.about(Recording.objects.get()).values_list("verb", flat=True))
    assert verbs[:2] == ["recording.received", "recording.stored"]


def test_audio_without_a_header_is_what_its_name_says(folder, line):
    (folder / FREEPBX_NAME.replace(".wav", ".ulaw")).write_bytes(bytes(range(256)) * 20)
    assert from_names(folder, "--dry-run")["taken"] == 1
    assert from_names(folder, "--line-of-business", line.code)["taken"] == 1
    assert Recording.objects.get().size_bytes == 5120


def test_a_file_with_a_name_that_cannot_be_shown_is_refused(folder):
    os.write(os.open(bytes(folder) + b"/bad\xff\x1b.wav", os.O_WRONLY | os.O_CREAT), wav())
    answer = from_names(folder)
    assert answer["reasons"] == {"bad_name": 1}


def manifest(folder, rows):
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with (folder / "manifest.csv").open("w", newline="") as out:
        writer = csv.DictWriter(out, columns)
        writer.writeheader()
        writer.writerows(rows)


def test_an_agent_who_stands_among_the_parties_is_there_once():
    row = {"agent_id": "17", "agent_name": "Ada", "parties": '[{"role": "agent", "jurisdiction": "US-TX"}]'}
    told = document_of(row)
    assert told["parties"] == [{"role": "agent", "jurisdiction": "US-TX"}]
    assert told["agent"] == {"id": "17", "name": "Ada"}
