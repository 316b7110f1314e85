"""The report of a hold: complete, safe in a spreadsheet, one event for each export."""

import csv
import io
import json

import pytest
from django.urls import reverse
from django.utils import timezone

from recordings.domain.cells import safe_cell
from recordings.models import HoldMember
from recordings.services.disposition import purge_batch
from recordings.services.holds import Custodian, place_hold, preview_release, release_hold, reports
from tests.factories import RecordingFactory
from trail.models import Event

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+13125550142", "'+13125550142"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("call-7", "call-7"),
        (None, ""),
        (0, "0"),
    ],
)
def test_a_cell_that_a_spreadsheet_would_compute_is_text(value, cell):
    assert safe_cell(value) == cell


def _rows(lines) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(lines))))


def _hold(officer, *calls, **given):
    return place_hold(matter="=cmd()", reason="Asked.", recording_ids=[c.pk for c in calls], actor=officer, **given)


def test_the_csv_of_a_hold_has_each_member_and_how_it_joined(officer, line):
    named, found = RecordingFactory(line_of_business=line), RecordingFactory(line_of_business=line, agent_id="a-9")
    hold = _hold(officer, named, custodians=[Custodian(agent="a-9")])
    later = RecordingFactory(line_of_business=line, agent_id="a-9", external_id="=evil()")
    rows = {row["recording"]: row for row in _rows(reports.report_as_csv(hold.pk, actor=officer))}
    assert {pk: row["how"] for pk, row in rows.items()} == {
        str(named.pk): "named",
        str(found.pk): "found",
        str(later.pk): "later",
    }
    assert rows[str(later.pk)]["call_id"] == "'=evil()"
    assert [event.facts for event in Event.objects.filter(verb="hold.exported")] == [{"form": "csv"}]


def test_the_json_tells_placing_criteria_and_release(officer, second_officer, line):
    hold = _hold(officer, RecordingFactory(line_of_business=line), reference="CV-118")
    release_hold(hold_id=hold.pk, reason="Settled.", actor=second_officer)
    told = json.loads("".join(reports.report_as_json(hold.pk, actor=officer)))
    assert (told["reference"], told["placed"]["by"]["name"]) == ("CV-118", str(officer))
    assert (told["released"]["by"]["name"], told["released"]["saw"]["alone"]) == (str(second_officer), 1)
    assert len(told["members"]) == told["counts"]["recordings"] == 1


def test_a_recording_that_was_destroyed_after_the_release_stays_in_the_report(officer, second_officer, line):
    call = RecordingFactory(expired=True, line_of_business=line, cooling_seconds=0)
    hold = _hold(officer, call)
    release_hold(hold_id=hold.pk, reason="Settled.", actor=second_officer)
    type(call).objects.update(listed_at=timezone.now())
    assert purge_batch(at=timezone.now()) == 1
    row = reports.first_members(hold, 10, actor=officer)[0]
    assert row["recording"] == str(call.pk)
    assert row["destroyed_at"] is not None


def test_nobody_reads_of_members_in_lines_that_they_do_not_see(officer, stranger, line, other_line):
    officer.all_lines = True
    officer.save()
    hold = _hold(officer, RecordingFactory(line_of_business=line), RecordingFactory(line_of_business=other_line))
    told = json.loads("".join(reports.report_as_json(hold.pk, actor=stranger)))
    assert len(told["members"]) == told["counts"]["recordings"] == 1 < HoldMember.objects.count()


def test_the_report_of_all_holds_has_one_line_each(officer, line):
    _hold(officer, RecordingFactory(line_of_business=line))
    _hold(officer, RecordingFactory(line_of_business=line), query={"agent": "a-1"})
    rows = _rows(reports.all_as_csv(actor=officer))
    assert [row["matter"] for row in rows] == ["'=cmd()", "'=cmd()"]
    assert rows[0]["criteria"].startswith("Calls of agent a-1")


def test_the_list_of_a_release_says_what_each_waits_for(officer, second_officer, line):
    free = RecordingFactory(line_of_business=line)
    asks, shared = RecordingFactory(line_of_business=line, needs_approval=True), RecordingFactory(line_of_business=line)
    hold = _hold(officer, free, asks, shared)
    _hold(officer, shared)
    hold, shown = preview_release(hold.pk, actor=second_officer, at=timezone.now())
    rows = {row["recording"]: row for row in _rows(reports.preview_as_csv(hold, shown, actor=second_officer))}
    assert [rows[str(c.pk)]["waits_for"] for c in (free, asks, shared)] == ["", "a person's leave", "another hold"]
    assert rows[str(shared.pk)]["leaves_at"] == ""


def test_the_pages_hand_out_the_files(client, officer, line):
    hold = _hold(officer, RecordingFactory(line_of_business=line))
    client.force_login(officer)
    for name, args in (("holds-file", []), ("hold-report-csv", [hold.pk]), ("hold-report-json", [hold.pk])):
        answer = client.get(reverse(f"recordings:{name}", args=args))
        assert answer["Content-Disposition"].startswith("attachment"), name
        assert answer.getvalue()
    assert "Report of a legal hold" in client.get(reverse("recordings:hold-report", args=[hold.pk])).content.decode()
    assert Event.objects.filter(verb="hold.exported").count() == 3
