"""Legal holds over the API."""

import json

import pytest

from recordings.models import HoldMember, LegalHold, Recording
from tests.factories import RecordingFactory
from trail.models import Event

URL = "/api/v1/holds/"


@pytest.fixture
def call(line):
    return RecordingFactory(line_of_business=line)


def _asked(*calls, **more):
    return {"matter": "Complaint 2026-118", "reason": "Asked for.", "recordings": [str(c.pk) for c in calls], **more}


def test_a_hold_answers_with_the_number_held(client, bearer, line, call):
    answer = client.post(URL, _asked(call), "application/json", headers=bearer("holds:write", lines=[line]))
    assert answer.status_code == 201, answer.content
    assert answer.json()["held"] == 1
    assert answer.json()["released_at"] is None
    call.refresh_from_db()
    assert call.hold_count == 1


def test_the_same_recording_named_twice_is_held_once(client, bearer, call):
    answer = client.post(URL, _asked(call, call), "application/json", headers=bearer("holds:write"))
    assert answer.json()["held"] == 1


def test_a_hold_by_query_takes_what_matches(client, bearer, line, other_line):
    RecordingFactory.create_batch(2, line_of_business=line)
    RecordingFactory(line_of_business=other_line)
    asked = {"matter": "Audit", "reason": "Asked for.", "query": {"line_of_business": line.code}}
    answer = client.post(URL, asked, "application/json", headers=bearer("holds:write"))
    assert answer.status_code == 201, answer.content
    assert (answer.json()["held"], answer.json()["follows_query"]) == (2, True)


def test_a_client_releases_what_another_placed_and_not_its_own(client, bearer, call):
    placed = client.post(URL, _asked(call), "application/json", headers=bearer("holds:write", name="first")).json()
    release = f"{URL}{placed['id']}/release/"
    other = bearer("holds:write", name="second")
    shown = client.get(f"{release}preview/", headers=other).json()
    assert (shown["alone"], shown["elsewhere"], sum(shown["by_day"].values())) == (1, 0, 1)
    asked = {"reason": "Settled.", "preview": shown["digest"]}
    own = client.post(release, asked, "application/json", headers=bearer("holds:write", name="first"))
    assert (own.status_code, own.json()["type"]) == (403, "/problems/second-person-needed")
    assert client.post(release, asked, "application/json", headers=other).json()["released_at"]
    again = client.post(release, asked, "application/json", headers=other)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/hold-released")


def test_a_release_without_the_preview_or_with_an_old_one_is_refused(client, bearer, call):
    placed = client.post(URL, _asked(call), "application/json", headers=bearer("holds:write", name="first")).json()
    release, other = f"{URL}{placed['id']}/release/", bearer("holds:write", name="second")
    blind = client.post(release, {"reason": "Settled."}, "application/json", headers=other)
    assert (blind.status_code, blind.json()["errors"][0]["pointer"]) == (422, "/preview")
    shown = client.get(f"{release}preview/", headers=other).json()
    client.post(URL, _asked(call), "application/json", headers=bearer("holds:write", name="first"))
    old = client.post(release, {"reason": "Settled.", "preview": shown["digest"]}, "application/json", headers=other)
    assert (old.status_code, old.json()["type"]) == (409, "/problems/release-changed")
    call.refresh_from_db()
    assert call.hold_count == 2


def test_people_are_held_by_agent_number_and_name_narrowed_by_the_query(client, bearer, line):
    RecordingFactory(line_of_business=line, agent_id="a-17")
    RecordingFactory(line_of_business=line, agent_id="a-18", number="+13125550777")
    RecordingFactory(line_of_business=line, agent_id="a-19")
    people = [{"agent": "a-17", "label": "The seller"}, {"number": "+1 312 555 0777"}]
    asked = {"matter": "M", "reference": "CV-118", "reason": "Asked.", "custodians": people}
    placed = client.post(URL, asked, "application/json", headers=bearer("holds:write")).json()
    assert (placed["held"], placed["reference"], placed["follows_query"]) == (2, "CV-118", True)
    assert placed["criteria"][0].startswith("Calls of The seller, of agent a-17")
    assert "0777" not in str(placed["criteria"])  # the fraction of a moment elsewhere may have these digits
    assert "5550777" not in str(placed).replace(" ", "")
    early = asked | {"query": {"to": "2020-01-01T00:00:00Z"}, "later_calls": False}
    none = client.post(URL, early, "application/json", headers=bearer("holds:write")).json()
    assert (none["held"], none["follows_query"]) == (0, False)
    read = client.get(f"{URL}{placed['id']}/", headers=bearer("holds:read", name="reader")).json()
    assert read["held"] == 2


def test_the_report_has_criteria_members_and_who_released_it(client, bearer, line, call):
    asked = _asked(call, query={"agent": "a-88"})
    placed = client.post(URL, asked, "application/json", headers=bearer("holds:write")).json()
    RecordingFactory(line_of_business=line, agent_id="a-88")
    answer = client.get(f"{URL}{placed['id']}/report/", headers=bearer("holds:read", name="reader"))
    report = json.loads(b"".join(answer.streaming_content))
    assert [(row["how"], row["recording"] == str(call.pk)) for row in report["members"]] == [
        ("named", True),
        ("later", False),
    ]
    assert (report["counts"]["joined_later"], report["released"]) == (1, None)
    assert Event.objects.filter(verb="hold.exported").count() == 1


def test_holds_are_listed_to_who_may_read_them(client, bearer, line, call):
    client.post(URL, _asked(call), "application/json", headers=bearer("holds:write"))
    listed = client.get(URL, headers=bearer("holds:read", lines=[line])).json()
    assert [hold["matter"] for hold in listed["results"]] == ["Complaint 2026-118"]
    assert client.get(URL, headers=bearer("recordings:read")).status_code == 403


def test_a_foreign_recording_is_refused_like_a_wrong_one_and_none_is_held(client, bearer, line, other_line, call):
    foreign = RecordingFactory(line_of_business=other_line)
    answer = client.post(URL, _asked(call, foreign), "application/json", headers=bearer("holds:write", lines=[line]))
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/recordings-unavailable")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/recordings/1"]
    assert not HoldMember.objects.exists()


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"matter": "x", "reason": "y"}, "/recordings"),
        ({"matter": "", "reason": "y", "recordings": []}, "/matter"),
        ({"matter": "x", "reason": "y", "recordings": ["1"]}, "/recordings/0"),
        ({"matter": "x", "reason": "y", "query": {}}, "/recordings"),
        ({"matter": "x", "reason": "y", "query": {"agents": "a"}}, "/query/agents"),
        ({"matter": "x", "reason": "y", "query": {"state": "stored"}}, "/query/state"),
        ({"matter": "x", "reason": "y", "query": {"line_of_business": "nowhere"}}, "/query/line_of_business"),
        ({"matter": "x", "reason": "y", "custodians": [{"label": "Ms Ortega"}]}, "/custodians/0"),
        ({"matter": "x", "reason": "y", "custodians": [{"agent": "a", "name": "b"}]}, "/custodians/0"),
        ({"matter": "x", "reason": "y", "custodians": [{"agent": "a"}], "query": {"agent": "b"}}, "/query/agent"),
        ({"matter": "x", "reason": "y", "query": {"from": "2026-01-01T00:00:00"}}, "/query/from"),
        ({"matter": "x", "reason": "y", "recording": []}, "/recording"),
    ],
)
def test_a_bad_request_is_told_which_field_to_mend(client, bearer, body, pointer):
    answer = client.post(URL, body, "application/json", headers=bearer("holds:write"))
    assert answer.status_code == 422, answer.content
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert not LegalHold.objects.exists()


def test_a_hold_over_several_lines_counts_for_each_only_its_own(client, bearer, line, other_line, call):
    RecordingFactory(line_of_business=other_line)
    ids = [str(pk) for pk in Recording.objects.values_list("pk", flat=True)]
    body = {"matter": "M-1", "reason": "Counsel asked.", "recordings": ids}
    placed = client.post("/api/v1/holds/", body, content_type="application/json", headers=bearer())
    listed = client.get("/api/v1/holds/", headers=bearer("holds:read", lines=[line], name="One line"))
    assert (placed.json()["held"], listed.json()["results"][0]["held"]) == (2, 1)
