"""Legal holds over the API."""

import pytest

from recordings.models import HoldMember, LegalHold, Recording
from tests.factories import RecordingFactory

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
    own = client.post(release, {"reason": "Settled."}, "application/json", headers=bearer("holds:write", name="first"))
    assert (own.status_code, own.json()["type"]) == (403, "/problems/second-person-needed")
    other = bearer("holds:write", name="second")
    assert client.post(release, {"reason": "Settled."}, "application/json", headers=other).json()["released_at"]
    again = client.post(release, {"reason": "Settled."}, "application/json", headers=other)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/hold-released")


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
