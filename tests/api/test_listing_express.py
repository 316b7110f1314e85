"""The list as PostgreSQL writes it: what the filters mean, the same bytes by both ways, and who sees what."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.services import revoke_tokens
from recordings import gate
from recordings.api import express
from recordings.api.disposition_shapes import Listed
from recordings.models import Recording
from recordings.services.listed import CONDITIONS, page_of
from recordings.services.listing import matching
from tests.factories import RecordingFactory
from tests.served import ServedClient, headers_of
from trail.domain.actors import CALLWARD

URL = "/api/v1/recordings/"
MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def calls(line, other_line):
    made = [
        RecordingFactory(
            line_of_business=(line, other_line)[number % 2],
            started_at=MIDNIGHT + timedelta(minutes=number, microseconds=number % 3),
            agent_id=f"a-{number % 3}",
            external_id=f"X-{number}",
            source=("austin", "boston")[number % 5 == 0],
        )
        for number in range(12)
    ]
    made[3].unknown = ["started_at", "direction"]
    made[3].save(update_fields=["unknown"])
    return made


@pytest.fixture
def ask(bearer, monkeypatch):
    client, taken, listed = ServedClient(), [], express.listed
    monkeypatch.setattr(express, "listed", lambda request: taken.append(listed(request)) or taken[-1])

    def ask(query, headers):
        answer = client.get(f"{URL}?{query}", headers=headers)
        return answer, taken[-1] is not None

    return ask


@pytest.mark.parametrize(
    "query",
    [
        "",
        "limit=3",
        "agent=a-1",
        "agent=a-1&limit=2",
        "line_of_business=home-cover&source=austin",
        "from=2026-11-24T00:04:00Z&to=2026-11-24T00:09:00%2B00:00",
        "state=stored",
        "state=held",
        "external_id=X-4",
        "delete_before=2126-11-24T00:04:00Z",
        "agent=nobody",
    ],
)
def test_both_ways_give_the_same_page_under_the_same_headers(ask, calls, bearer, query):
    token = bearer("recordings:read")
    (long, first), (short, second) = ask(query, token), ask(query, token)
    assert (first, second) == (False, True)  # the first one shows the token
    assert (short.status_code, short.content) == (long.status_code, long.content) == (200, short.content)
    assert headers_of(short) == headers_of(long)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=201", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("state=lost", "state"),
        ("from=2026-01-01T00:00:00", "from"),
        ("to=9999-12-31T23:59:59-14:00", "to"),
        ("agents=a", "agents"),
        ("source=a&source=b", "source"),
        ("cursor=zzz", "cursor"),
        ("agent=%00", "agent"),
        ("&&", None),
    ],
)
def test_what_is_not_plain_is_left_to_the_view(ask, bearer, calls, query, field):
    token = bearer("recordings:read")
    ask("", token)
    answer, is_short = ask(query, token)
    assert not is_short
    if field is None:
        assert answer.status_code == 200
    else:
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{field}"]


def test_pages_follow_each_other_by_the_short_way(ask, bearer, calls):
    token, seen, query, ways = bearer("recordings:read"), [], "limit=5", []
    ask("", token)
    while query is not None:
        answer, is_short = ask(query, token)
        page = answer.json()
        seen += [row["id"] for row in page["results"]]
        ways.append(is_short)
        query = page["next"].partition("?")[2] if page["next"] else None
    newest_first = sorted(calls, key=lambda call: (call.started_at, call.pk), reverse=True)
    assert (seen, ways) == ([str(call.pk) for call in newest_first], [True, True, True])


def test_a_token_that_was_revoked_or_reaches_less_sees_nothing_more(ask, bearer, calls, line):
    few = bearer("recordings:read", lines=[line], sources=["austin"], name="Few")
    ask("", few)
    answer, is_short = ask("", few)
    theirs = {str(call.pk) for call in calls if call.line_of_business == line and call.source == "austin"}
    assert ({row["id"] for row in answer.json()["results"]}, is_short) == (theirs, True)
    revoke_tokens(name="Few", actor=CALLWARD)
    answer, is_short = ask("", few)
    assert (answer.status_code, is_short) == (401, False)


def test_a_token_without_the_scope_is_refused(ask, bearer, calls):
    token = bearer("decisions")
    assert [ask("", token)[0].status_code for _ in range(2)] == [403, 403]


def test_a_restored_database_is_listed_by_neither_way(ask, bearer, calls):
    token = bearer("recordings:read")
    ask("", token)
    gate.set_reason("The database is older than the log.")
    try:
        assert ask("", token)[0].status_code == 503
    finally:
        gate.set_reason("")


# --- what each filter means is what `matching` says of it

moments = st.integers(-3, 15).map(lambda minutes: MIDNIGHT + timedelta(minutes=minutes))
asked = st.fixed_dictionaries(
    {},
    optional={
        "source": st.sampled_from(["austin", "boston", "nowhere"]),
        "external_id": st.sampled_from(["X-4", "X-99"]),
        "agent": st.sampled_from(["a-0", "a-1", ""]),
        "line_of_business": st.sampled_from(["home-cover", "collections"]),
        "from": moments,
        "to": moments,
        "delete_before": moments | st.just(MIDNIGHT + timedelta(days=9000)),
        "state": st.sampled_from([*Recording.State.values, "held", "listed"]),
        "number": st.sampled_from(["+13125550142", "+13125550177"]),
    },
)


class Reader:
    """A token's holder, as far as a list looks at one."""

    def __init__(self, lines, sources):
        self.line_ids, self.token = lines, type("Token", (), {"sources": sources})()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filters=asked)
def test_the_statement_finds_what_the_filters_say(calls, monkeypatch, filters):
    monkeypatch.setattr("recordings.services.listed.lines_of", lambda actor: actor.line_ids)
    page = page_of(Reader(None, []), filters, after=None, limit=200)
    found = matching(Recording.objects.all(), filters).select_related("line_of_business")
    expected = Listed(found.order_by("-started_at", "-id"), many=True).data
    assert [_plain(row) for row in express.json.loads(page.rows)] == [_plain(row) for row in expected]


def test_every_filter_of_the_list_has_its_condition():
    from recordings.api.disposition_shapes import Filters

    assert set(Filters().get_fields()) == set(CONDITIONS)


def _plain(value):
    """Moments as moments: PostgreSQL writes six digits of a second, the serializer those that are not zero."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, str) and value.endswith("Z") and "T" in value:
        return datetime.fromisoformat(value)
    return value
