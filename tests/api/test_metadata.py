"""A call's metadata alone, as JSON: what is taken, what is refused and how, what comes of a repetition."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import IntegrationClient
from recordings.models import ConsentEvidence, Party, Recording, SeenRequest
from recordings.services.arrivals import flag_awaiting
from recordings.services.requests import running
from tests.deliveries import NothingKept, clip, delivered, metadata
from trail.models import Event

pytestmark = pytest.mark.django_db


def test_metadata_alone_awaits_its_audio(client, line, bearer):
    call = metadata()
    answer = delivered(client, bearer(), call)
    body = answer.json()
    assert answer.status_code == 201
    assert (body["state"], body["sha256"]) == ("awaiting_audio", None)
    assert answer["Location"].endswith(f"/api/v1/recordings/{body['id']}/")
    assert body["policy_version"]
    assert Party.objects.filter(recording_id=body["id"]).count() == 2
    assert ConsentEvidence.objects.filter(recording_id=body["id"]).count() == 1


def test_the_same_again_is_answered_with_the_first(client, line, bearer):
    call, headers = metadata(), bearer()
    first = delivered(client, headers, call)
    again = delivered(client, headers, call)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Event.objects.filter(subject_id=first.json()["id"]).count() == 1


def test_the_same_in_other_words_is_the_same(client, line, bearer):
    headers, started_at = bearer(), timezone.now().replace(microsecond=0) - timedelta(hours=2)
    told = metadata(started_at=f"{started_at:%Y-%m-%dT%H:%M:%SZ}", ended_at=None, duration_s=60, medium="phone")
    later = started_at + timedelta(hours=2)
    retold = metadata(
        external_id=told["external_id"],
        started_at=f"{later:%Y-%m-%dT%H:%M:%S}+02:00",
        ended_at=f"{later + timedelta(seconds=60):%Y-%m-%dT%H:%M:%S.000}+02:00",
        purposes=["training", "quality_assurance"],
    )
    assert delivered(client, headers, told).status_code == 201
    assert delivered(client, headers, retold).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"direction": "outbound"},
        {"agent": {"id": "a-18"}},
        {"consent": None},
        {"facts": {"sector": "banking"}},
        {"sha256": "0" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_other_content_under_the_same_id_is_refused(client, line, bearer, change):
    call, headers = metadata(), bearer()
    first = delivered(client, headers, call)
    with NothingKept():
        answer = delivered(client, headers, {key: value for key, value in (call | change).items() if value is not None})
    assert answer.status_code == 409
    assert first.json()["id"] in answer.json()["detail"]


# --- Idempotency-Key


def test_a_request_with_its_key_is_done_once(client, line, bearer):
    call, headers, key = metadata(), bearer(), {"Idempotency-Key": "k-1"}
    first, again = delivered(client, headers, call, **key), delivered(client, headers, call, **key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert SeenRequest.objects.count() == 1


def test_the_key_on_another_request_is_refused(client, line, bearer):
    headers, key = bearer(), {"Idempotency-Key": "k-1"}
    delivered(client, headers, metadata(), **key)
    with NothingKept():
        answer = delivered(client, headers, metadata(), **key)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/idempotency-key-reused")


def test_another_client_may_use_the_same_key(client, line, bearer):
    key = {"Idempotency-Key": "k-1"}
    assert delivered(client, bearer(), metadata(), **key).status_code == 201
    assert delivered(client, bearer(name="Boston exchange"), metadata(), **key).status_code == 201


def test_a_failed_request_leaves_its_key_free(client, line, bearer):
    headers, key = bearer(), {"Idempotency-Key": "k-1"}
    assert delivered(client, headers, metadata(direction="sideways"), **key).status_code == 422
    assert delivered(client, headers, metadata(), **key).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_while_the_first_request_runs_the_second_is_told_so(client, bearer):
    headers = bearer()
    with ThreadPoolExecutor(1) as elsewhere, running(IntegrationClient.objects.get().pk, "k-1"):
        answer = elsewhere.submit(_delivered_elsewhere, client, headers).result()
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/request-still-running")


def _delivered_elsewhere(client, headers):
    try:
        return delivered(client, headers, metadata(), **{"Idempotency-Key": "k-1"})
    finally:
        connection.close()


# --- what is refused, and how


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"source": None}, "/source"),
        ({"source": "two words"}, "/source"),
        ({"external_id": "x" * 201}, "/external_id"),
        ({"external_id": ""}, "/external_id"),
        ({"started_at": "2026-01-05T14:02:00"}, "/started_at"),
        ({"started_at": "yesterday"}, "/started_at"),
        ({"started_at": "0001-01-01T00:00:00+14:00"}, "/started_at"),
        ({"started_at": "9999-12-31T23:59:59-12:00"}, "/started_at"),
        ({"ended_at": "2020-01-05T14:02:00Z"}, "/ended_at"),
        ({"ended_at": None}, "/ended_at"),
        ({"duration_s": 3}, "/ended_at"),
        ({"ended_at": None, "duration_s": -1}, "/duration_s"),
        ({"direction": "sideways"}, "/direction"),
        ({"medium": "telegraph"}, "/medium"),
        ({"purposes": []}, "/purposes"),
        ({"purposes": ["curiosity"]}, "/purposes/0"),
        ({"facts": {"sector": {"deep": 1}}}, "/facts/sector"),
        ({"agent": {"name": "Dana"}}, "/agent/id"),
        ({"parties": []}, "/parties"),
        ({"parties": [{"role": "boss"}]}, "/parties/0/role"),
        ({"parties": [{"role": "customer", "jurisdiction": "Texas"}]}, "/parties/0/jurisdiction"),
        ({"parties": [{"role": "customer", "phone": "1"}]}, "/parties/0/phone"),
        ({"consent": [{"method": "spoken", "party": "boss", "result": "given"}]}, "/consent/0/party"),
        ({"consent": [{"method": "spoken", "party": 9, "result": "given"}]}, "/consent/0/party"),
        ({"consent": [{"method": "spoken", "party": True, "result": "given"}]}, "/consent/0/party"),
        ({"consent": [{"method": "winked", "party": 1, "result": "given"}]}, "/consent/0/method"),
        ({"sha256": "abc"}, "/sha256"),
        ({"line_of_business": "nowhere"}, "/line_of_business"),
        ({"colour": "blue"}, "/colour"),
    ],
)
def test_a_wrong_field_is_named_with_how_to_mend_it(client, line, bearer, change, pointer):
    headers = bearer()
    with NothingKept():
        answer = delivered(client, headers, metadata(**change))
    assert answer.status_code == 422, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    named = {error["pointer"]: error["detail"] for error in answer.json()["errors"]}
    assert pointer in named, named
    assert named[pointer]


def test_a_role_that_occurs_twice_needs_an_index(client, line, bearer):
    parties = [{"role": "customer", "jurisdiction": "US-TX"}] * 2
    consent = [{"method": "spoken", "party": "customer", "result": "given"}]
    answer = delivered(client, bearer(), metadata(parties=parties, consent=consent))
    assert answer.json()["errors"][0]["pointer"] == "/consent/0/party"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"text"', b"\xff", b'{"source": "a", "source": "b"}', b'{"duration_s": NaN}',
     b'{"duration_s": 1e999}', b'{"a": ' + b"[" * 9000 + b"]" * 9000 + b"}", b'{"external_id": "\\u0000"}',
     b'{"external_id": "\\ud800"}', b'{"purposes": ["\\u0000"]}', b'{"duration_s": ' + b"9" * 5000 + b"}"],
)  # fmt: skip
def test_a_broken_body_is_a_problem_and_never_an_error(client, line, bearer, body):
    answer = client.post("/api/v1/recordings/", body, content_type="application/json", headers=bearer())
    assert answer.status_code in {400, 422}
    assert answer["Content-Type"] == "application/problem+json"


def test_a_body_that_is_too_large_is_refused(client, line, bearer):
    answer = client.post("/api/v1/recordings/", b" " * (2 << 20), content_type="application/json", headers=bearer())
    assert answer.status_code == 413


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
FIELDS = sorted(metadata() | {"facts": 0, "medium": 0, "duration_s": 0, "sha256": 0, "decision": 0, "new": 0})


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(st.sampled_from(FIELDS), ANYTHING, min_size=1, max_size=3))
def test_strange_metadata_is_a_problem_and_never_an_error(client, line, bearer, changes):
    answer = delivered(client, bearer(), {**metadata(), **changes})
    assert answer.status_code < 500, answer.content
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["type"].startswith("/problems/")


# --- audio that never came


def test_a_call_that_awaits_its_audio_for_over_a_day_is_flagged_once(client, line, bearer):
    body = delivered(client, bearer(), metadata()).json()
    now = timezone.now()
    assert flag_awaiting(now + timedelta(hours=23)) == 0
    assert flag_awaiting(now + timedelta(hours=25)) == 1
    assert flag_awaiting(now + timedelta(hours=26)) == 0
    assert Recording.objects.get(pk=body["id"]).flagged_at
    assert Event.objects.filter(subject_id=body["id"], verb="recording.flagged").count() == 1


# --- what is told about it


def test_a_recording_is_told_in_full_to_who_may_see_it(client, line, bearer):
    headers = bearer()
    body = delivered(client, headers, metadata(), clip("full_inbound.opus")).json()
    detail = client.get(f"/api/v1/recordings/{body['id']}/", headers=headers).json()
    assert detail["parties"][1]["jurisdiction"] == "US-TX"
    assert detail["consent"] == [{"method": "spoken", "result": "given", "party": 1, "offset_s": 6.2}]
    assert detail["audio"]["outcome"] == "waiting"
    assert detail["retention"] == body["retention"]


def test_why_it_is_kept_names_the_rules(client, line, bearer):
    headers = bearer()
    body = delivered(client, headers, metadata()).json()
    why = client.get(f"/api/v1/recordings/{body['id']}/retention/", headers=headers).json()
    assert (why["zone"], why["hold_count"]) == ("America/New_York", 0)
    assert why["explanation"] == body["retention"]["explanation"]


def test_its_history_is_the_trail(client, line, bearer):
    headers = bearer()
    body = delivered(client, headers, metadata(), clip("full_inbound.opus")).json()
    history = client.get(f"/api/v1/recordings/{body['id']}/events/", headers=headers).json()
    assert [event["verb"] for event in history["results"]] == ["recording.received", "recording.stored"]
    assert history["results"][0]["sentence"] == "Received from harbor-pbx"


@pytest.mark.parametrize("path", ["", "retention/", "events/"])
def test_wrong_and_foreign_ids_are_told_alike(client, line, other_line, bearer, path):
    body = delivered(client, bearer(), metadata()).json()
    foreign = bearer(lines=[other_line], name="Other exchange")
    answers = [
        client.get(f"/api/v1/recordings/{recording_id}/{path}", headers=foreign)
        for recording_id in (body["id"], Recording().pk)
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
