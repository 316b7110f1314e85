"""The list of recordings: filters, pages, what it costs, and what nobody sees."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recordings.services.disposition import purge_batch
from tests.factories import RecordingFactory

URL = "/api/v1/recordings/"


def _ids(answer):
    assert answer.status_code == 200, answer.content
    return {row["id"] for row in answer.json()["results"]}


@pytest.fixture
def calls(line, other_line):
    now = timezone.now()
    return {
        "old": RecordingFactory(line_of_business=line, started_at=now - timedelta(days=40), agent_id="a-1"),
        "caller": RecordingFactory(line_of_business=line, number="+13125550177", external_id="X-9"),
        "other": RecordingFactory(line_of_business=other_line, source="boston"),
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"old", "caller", "other"}),
        ({"source": "boston"}, {"other"}),
        ({"external_id": "X-9"}, {"caller"}),
        ({"agent": "a-1"}, {"old"}),
        ({"line_of_business": "collections"}, {"other"}),
        ({"number": "+13125550177"}, {"caller"}),
        ({"number": "+1 (312) 555-0177"}, {"caller"}),
        ({"state": "stored"}, {"old", "caller", "other"}),
        ({"state": "held"}, set()),
        ({"state": "awaiting_audio"}, set()),
    ],
)
def test_each_filter_finds_what_it_says(client, bearer, calls, query, found):
    answer = client.get(URL, query, headers=bearer("recordings:read"))
    assert _ids(answer) == {str(calls[name].pk) for name in found}


def test_from_to_and_delete_before_are_instants(client, bearer, calls):
    token, old = bearer("recordings:read"), calls["old"]
    later = (old.started_at + timedelta(seconds=1)).isoformat()
    assert _ids(client.get(URL, {"to": later}, headers=token)) == {str(old.pk)}
    assert str(old.pk) not in _ids(client.get(URL, {"from": later}, headers=token))
    just_after = (old.delete_by + timedelta(seconds=1)).isoformat()
    assert _ids(client.get(URL, {"delete_before": just_after}, headers=token)) == {str(old.pk)}


def test_pages_follow_each_other_and_miss_nothing(client, bearer, line):
    made = {str(RecordingFactory(line_of_business=line).pk) for _ in range(5)}
    token, seen, url = bearer("recordings:read"), [], f"{URL}?limit=2"
    while url:
        page = client.get(url, headers=token).json()
        seen += [row["id"] for row in page["results"]]
        url = page["next"]
    assert (len(seen), set(seen)) == (5, made)


@pytest.mark.parametrize(
    "query",
    [
        "limit=201",
        "limit=0",
        "state=lost",
        "from=2026-01-01T00:00:00",
        "agents=a",
        "source=a&source=b",
        "cursor=zzz",
        "state=destroyed&number=%2B13125550177",
        "state=destroyed&external_id=X-9",
    ],
)
def test_a_query_that_is_not_understood_says_which_field(client, bearer, query):
    answer = client.get(f"{URL}?{query}", headers=bearer("recordings:read"))
    assert answer.status_code == 422, answer.content
    assert answer.json()["errors"]


def test_a_token_sees_its_lines_and_sources_only(client, bearer, calls, line):
    assert _ids(client.get(URL, headers=bearer("recordings:read", lines=[line]))) == {
        str(calls["old"].pk),
        str(calls["caller"].pk),
    }
    assert _ids(client.get(URL, headers=bearer("recordings:read", sources=["boston"]))) == {str(calls["other"].pk)}


@pytest.mark.parametrize("query", ["", "?state=destroyed"])
def test_the_list_costs_the_same_however_many_there_are(
    client, bearer, line, query, django_assert_max_num_queries, django_assert_num_queries
):
    token = bearer("recordings:read", lines=[line])
    for size in (1, 7):
        RecordingFactory.create_batch(size, line_of_business=line, expired=bool(query))
        if query:
            purge_batch(at=timezone.now())
        client.get(URL + query, headers=token)
        with django_assert_max_num_queries(4) as counted:
            client.get(URL + query, headers=token)
        costs = len(counted.captured_queries)
        with django_assert_num_queries(costs):
            client.get(URL + query, headers=token)
    assert costs == len(counted.captured_queries)


def test_destroyed_ones_are_listed_by_their_certificates(client, bearer, line):
    gone = RecordingFactory(expired=True, line_of_business=line, external_id="X-10")
    purge_batch(at=timezone.now())
    token = bearer("recordings:read")
    assert _ids(client.get(URL, headers=token)) == set()
    for query in (
        {},
        {"source": "austin"},
        {"source": "austin", "external_id": "X-10"},
        {"line_of_business": line.code},
    ):
        answer = client.get(URL, {"state": "destroyed"} | query, headers=token)
        assert _ids(answer) == {str(gone.pk)}
    assert answer.json()["results"][0]["certificate"].endswith(f"/api/v1/certificates/{gone.pk}/")
    assert _ids(client.get(URL, {"state": "destroyed", "source": "boston"}, headers=token)) == set()
