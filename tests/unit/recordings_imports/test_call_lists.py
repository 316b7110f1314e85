"""A vendor's list compared with what is here: every call without a recording has its cause."""

import hashlib
import io
import json

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.domain.errors import NotAllowed
from policies.domain.calls import Call, PartyFacts
from policies.models import Answer, Decision, LawRelease, PolicyVersion
from policies.services.decisions import decide
from recordings.domain.errors import CallListRefused
from recordings.importing.call_lists import as_text, listed_calls
from recordings.models import CallListEntry, Recording
from recordings.services.call_lists import call_lists_of, compare, ids_of, unexplained
from recordings.services.disposition import purge_batch
from tests.factories import LineFactory, RecordingFactory
from tests.unit.recordings_imports.files import FREEPBX_NAME, wav
from trail.domain.actors import CALLWARD
from trail.models import Event

pytestmark = pytest.mark.django_db


def calls(text: str, **options):
    return list(listed_calls(as_text(io.BytesIO(text.encode())), **options))


def compared(text: str, actor=CALLWARD, source="austin", **options):
    return compare(source=source, calls=calls(text, **options), actor=actor)


def causes(made):
    return {entry.number: entry.cause for entry in made.entries.all()}


def test_calls_with_their_recordings_are_counted_and_the_others_have_causes(line, tmp_path, file_store):
    RecordingFactory(external_id="here", line_of_business=line)
    RecordingFactory(external_id="awaited", line_of_business=line, awaiting=True)
    gone = RecordingFactory(external_id="gone", line_of_business=line, expired=True)
    assert purge_batch(at=timezone.now(), limit=5) == 1
    made = compared(
        "external_id,started_at,disposition\n"
        "here.wav,2026-11-24T10:00:00Z,ANSWERED\n"
        "awaited,2026-11-24T10:00:00Z,ANSWERED\n"
        "gone,2026-11-24T10:00:00Z,ANSWERED\n"
        "nobody,2026-11-24T10:00:00Z,NO ANSWER\n"
        "lost,2026-11-24T10:00:00Z,ANSWERED\n"
        "here,2026-11-24T10:00:00Z,ANSWERED\n"
    )
    assert causes(made) == {3: "awaiting_audio", 4: "destroyed", 5: "not_answered", 6: "unknown", 7: "twice"}
    assert (made.calls, made.recorded, made.explained, made.unexplained) == (6, 1, 4, 1)
    assert made.entries.get(cause="destroyed").recording_id == gone.pk
    assert ids_of(made.entries.get(cause="unknown")) == ["lost"]
    assert Event.objects.filter(verb="calls.compared").count() == 1


def test_a_file_that_was_refused_explains_its_call(line, tmp_path, file_store):
    (tmp_path / FREEPBX_NAME).write_text("no audio")
    with pytest.raises(Exception, match="refused"):
        call_command(
            "import_recordings", str(tmp_path), "--source", "asterisk", "--pattern", "freepbx", "--zone", "UTC",
            "--workers", "1", stdout=io.StringIO(),
        )  # fmt: skip
    made = compared(f"recordingfile\n{FREEPBX_NAME}\n", source="asterisk")
    entry = made.entries.get()
    assert entry.cause == "refused"
    assert "not audio" in entry.detail


def test_a_decision_that_forbade_to_record_explains_its_call(line, officer):
    decided = decide(
        Call(direction="inbound", medium="phone", purposes=(), facts={}, line_of_business=line.code,
             parties=(PartyFacts("customer", None, "US-CA"),), started_at=timezone.now())
    )  # fmt: skip
    body = json.dumps(decided.answer | {"may_record": False}, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(body.encode()).hexdigest()
    kept = Answer.objects.create(digest=digest, body=body)
    row = Decision.objects.create(
        decided_at=timezone.now(), line_of_business=line, policy_version=PolicyVersion.objects.first(),
        law_release=LawRelease.objects.first(), call={"started_at": "", "ended_at": ""}, kept=kept, digest=digest,
    )  # fmt: skip
    made = compared(f"external_id,decision\nx,{row.pk}\n")
    assert causes(made) == {2: "forbidden"}


def test_recordings_that_the_list_does_not_have_stand_there_too(line):
    known = RecordingFactory(external_id="a", line_of_business=line)
    strange = RecordingFactory(external_id="b", line_of_business=line, started_at=known.started_at)
    made = compared(json.dumps([{"external_id": "a", "started_at": known.started_at.isoformat()}]))
    assert made.without_call == 1
    assert made.entries.get().recording_id == strange.pk


def test_a_call_without_ids_is_found_by_its_number_and_time(line):
    call = RecordingFactory(line_of_business=line, number="+13125550142")
    start = call.started_at.isoformat()
    made = compared(f"started_at,caller\n{start},(312) 555-0142\n{start},+13125559999\n", region="US")
    assert (made.recorded, causes(made)) == (1, {3: "unknown"})


def test_an_asterisk_cdr_needs_no_line_of_names(line):
    RecordingFactory(source="asterisk", external_id=FREEPBX_NAME.removesuffix(".wav"), line_of_business=line)
    cdr = (
        '"","13125550142","201","from-trunk","""Ada"" <13125550142>","SIP/t","SIP/201","Dial","",'
        '"2026-11-20 14:05:09","2026-11-20 14:05:12","2026-11-20 14:06:12","63","60","ANSWERED","DOCUMENTATION",'
        f'"1763665509.7","{FREEPBX_NAME}"'
    )
    made = compared(f"{cdr}\n", source="asterisk", zone="America/New_York")
    assert (made.calls, made.recorded) == (1, 1)


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "{}", "[1]", '[{"x": ', "\0,\0\n"])
def test_a_list_that_is_none_is_refused_and_leaves_nothing(text):
    with pytest.raises(CallListRefused):
        compared(text)
    assert not CallListEntry.objects.exists()


def test_calls_of_other_lines_look_like_calls_without_recording(supervisor, other_line):
    RecordingFactory(external_id="theirs", line_of_business=other_line)
    made = compared("external_id\ntheirs\n", supervisor)
    assert causes(made) == {2: "unknown"}
    assert made in call_lists_of(supervisor)


def test_only_who_administers_intake_compares(reviewer, auditor, stranger, supervisor):
    for person in (reviewer, auditor):
        with pytest.raises(NotAllowed):
            compared("external_id\nx\n", person)
    compared("external_id\nx\n", supervisor)
    assert unexplained(supervisor, timezone.now()) == 1
    assert unexplained(stranger, timezone.now()) == 0
    assert unexplained(auditor, timezone.now()) == 0


def test_the_last_list_of_a_source_counts(supervisor):
    compared("external_id\nx\ny\n", supervisor)
    compared("external_id\nx\n", supervisor)
    compared("external_id\nz\n", supervisor, source="boston")
    assert unexplained(supervisor, timezone.now()) == 2


def test_the_command_tells_it_in_json(tmp_path, line):
    RecordingFactory(external_id="here", line_of_business=LineFactory())
    (tmp_path / "calls.csv").write_text("external_id\nhere\nlost\n")
    out = io.StringIO()
    call_command("reconcile_calls", str(tmp_path / "calls.csv"), "--source", "austin", "--json", stdout=out)
    answer = json.loads(out.getvalue())
    assert answer["causes"] == {"unknown": 1}
    assert answer["entries"][0]["ids"] == ["lost"]
    assert Recording.objects.count() == 1
    assert wav()
