"""The short way and the long one answer alike: the same bytes but for ids, the same headers, the same refusals."""

import json

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.serializers import ValidationError

from policies.api import express, quick
from policies.api.shapes import CallToDecide, call_of
from policies.domain.calls import DIRECTIONS, MEDIA, PURPOSES, ROLES
from policies.models import Decision
from policies.services.giving import drafted, give_many
from policies.services.snapshot import rules_now
from tests.api.test_decisions import URL, asked
from tests.served import ServedClient, headers_of
from tests.unit.policies.laws import call as plain_call
from trail.domain.actors import CALLWARD
from trail.domain.chain import canonical_json, plain_canonical_json


@pytest.fixture
def send(bearer, line):
    headers, clients = bearer("decisions", lines=[line]), []

    def send(body, **more):
        if not clients:
            clients.append(ServedClient())  # made now, with the settings of the test
        given = {"content_type": "application/json", "headers": headers} | more
        return clients[0].post(URL, body if isinstance(body, str) else json.dumps(body), **given)

    return send


def without_names(answer):
    return {name: value for name, value in answer.json().items() if name not in {"id", "token"}}


@pytest.mark.django_db
@pytest.mark.parametrize("is_secure", [False, True])
def test_both_ways_give_the_same_answer_under_the_same_headers(send, line, monkeypatch, settings, is_secure):
    settings.SECURE_HSTS_SECONDS = 3600
    send(asked(line), secure=is_secure)
    with monkeypatch.context() as patched:
        patched.setattr(express, "answered", lambda request, sent: None)
        long_way = send(asked(line), secure=is_secure)
    short_way = send(asked(line), secure=is_secure)
    assert without_names(short_way) == without_names(long_way)
    assert headers_of(short_way) == headers_of(long_way)


@pytest.mark.django_db
def test_the_short_way_is_taken(send, line, monkeypatch):
    taken, answered = [], express.answered
    monkeypatch.setattr(express, "answered", lambda *asked: taken.append(answered(*asked)) or taken[-1])
    for _ in range(2):
        send(asked(line))
    assert [answer is not None for answer in taken] == [False, True]  # the first one shows the token


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"headers": {}}, 401),
        ({"headers": {"Host": "elsewhere.example"}}, 400),
        ({"content_type": "text/plain"}, 415),
        ({"headers": {"Authorization": "Bearer cw_000000000000_wrong"}}, 401),
    ],
)
def test_what_is_not_as_usual_is_refused_as_ever_and_stores_nothing(send, line, more, status):
    send(asked(line))
    before = Decision.objects.count()
    assert send(asked(line), **more).status_code == status
    assert Decision.objects.count() == before


@pytest.mark.django_db
def test_where_tls_is_asked_for_nothing_is_answered_without_it(bearer, line, settings):
    settings.SECURE_SSL_REDIRECT = True
    headers = bearer("decisions", lines=[line])
    client = ServedClient()  # its middleware is made with these settings

    def send(**more):
        return client.post(URL, asked(line), content_type="application/json", headers=headers, **more)

    assert [send(secure=True).status_code for _ in range(2)] == [201, 201]
    assert (send().status_code, Decision.objects.count()) == (301, 2)


@pytest.mark.django_db
def test_a_fault_of_the_short_way_is_met_by_the_long_one(send, line, monkeypatch):
    send(asked(line))

    def broken(*drafts):
        raise RuntimeError("planted")

    monkeypatch.setattr("policies.api.express.stored", broken)
    assert send(asked(line)).status_code == 201


# --- one call and a hundred


@pytest.mark.django_db
def test_a_hundred_calls_are_answered_in_their_order(send, line):
    calls = [asked(line, direction=DIRECTIONS[number % 3], facts={}) for number in range(100)]
    for _ in range(2):  # the long way, then the short one
        answer = send({"calls": calls})
        assert answer.status_code == 201, answer.content[:500]
        results = answer.json()["results"]
        assert [Decision.objects.get(pk=one["id"]).call["direction"] for one in results] == [
            call["direction"] for call in calls
        ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (lambda calls: calls[7]["parties"][0].update(number=[7]), "/calls/7/parties/0/number"),
        (lambda calls: calls[7]["parties"][1].update(jurisdiction="US-XX"), "/calls/7/parties/1/jurisdiction"),
        (lambda calls: calls[3].update(line_of_business="nowhere"), "/calls/3/line_of_business"),
        (lambda calls: calls[0].update(colour="red"), "/calls/0/colour"),
        (lambda calls: calls.extend([calls[0]] * 92), "/calls"),
        (lambda calls: calls.clear(), "/calls"),
    ],
)
def test_one_wrong_call_is_named_and_none_is_decided(send, line, change, pointer):
    calls = [asked(line) for _ in range(9)]
    send({"calls": [asked(line)]})
    before = Decision.objects.count()
    change(calls)
    answer = send({"calls": calls})
    assert answer.status_code == 422, answer.content
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}
    assert Decision.objects.count() == before


# --- what the short way reads is what the long one reads

words = st.sampled_from([*DIRECTIONS, *MEDIA, *ROLES, "", " ", "boss", "US-CA", "US-XX", "home-cover", None, 7, True])
parties = st.fixed_dictionaries(
    {"role": st.sampled_from([*ROLES, "boss"])},
    optional={"number": words | st.text(max_size=70), "jurisdiction": words, "address": words, "fax": words},
)
calls = st.fixed_dictionaries(
    {
        "direction": st.sampled_from([*DIRECTIONS, "sideways", None]),
        "line_of_business": st.sampled_from(["home-cover", " home-cover", "", "x" * 51, 7]),
        "parties": st.lists(parties, max_size=4) | words,
    },
    optional={
        "medium": st.sampled_from([*MEDIA, "pigeon"]),
        "purposes": st.lists(st.sampled_from([*PURPOSES, "fun", 1]), max_size=9) | words,
        "facts": st.dictionaries(
            st.sampled_from(["sector", "channel", "colour", "jurisdiction"]),
            st.sampled_from(["insurance", "sales", ["sales", "sales"], [], "US-CA", 1, None]),
            max_size=3,
        )
        | words,
        "started_at": st.sampled_from(["2026-11-24T14:02:00Z", "2026-11-24", "9999-12-31T00:00:00Z", 5, None]),
        "language": words,
        "surprise": words,
    },
)


@settings(max_examples=300)
@given(data=calls)
def test_what_is_read_the_short_way_is_read_alike_the_long_way(data):
    try:
        (read,) = quick.calls_of(data)
    except quick.NotPlain:
        return
    long_way = call_of(CallToDecide().run_validation(data))
    if "started_at" not in data:
        long_way = type(long_way)(**vars(long_way) | {"started_at": read.started_at})
    assert read == long_way


def test_a_plain_call_is_read_the_short_way():
    body = {"direction": "inbound", "line_of_business": "x", "parties": [{"role": "agent"}], "facts": {}}
    assert quick.calls_of(body)
    with pytest.raises(quick.NotPlain):
        quick.calls_of(body | {"direction": "sideways"})
    with pytest.raises(ValidationError):
        CallToDecide().run_validation(body | {"direction": "sideways"})


# --- what is worked out once for many calls is what each would get by itself


@pytest.mark.django_db
@pytest.mark.parametrize("minutes", [0, 1, 61, 600])
@pytest.mark.parametrize("facts", [{}, {"sector": "insurance"}, {"sector": "debt_collection", "call_no": "first"}])
def test_an_answer_that_is_shared_is_the_answer_of_each(line, facts, minutes):
    rules = rules_now()

    def asked_at(minute):
        started = plain_call().started_at.replace(minute=minute % 60, hour=14 + minute // 60 % 9)
        return plain_call("US-TX", "+18135550142", line_of_business=line.code, facts=facts, started_at=started)

    drafted([asked_at(3)], rules, CALLWARD, in_list=False)
    (shared,) = drafted([asked_at(minutes)], rules, CALLWARD, in_list=False)
    rules.answers._values.clear()
    (alone,) = drafted([asked_at(minutes)], rules, CALLWARD, in_list=False)
    assert shared.given.answer == alone.given.answer
    assert shared.digest == alone.digest


@pytest.mark.django_db
def test_the_stored_answer_is_byte_for_byte_what_was_given(line):
    calls = [plain_call("US-TX", place, line_of_business=line.code) for place in ("US-CA", "DE", "+12125550142", "")]
    for one in give_many(calls, actor=CALLWARD):
        assert canonical_json(Decision.objects.get(pk=one.id).answer) == one.answer


@pytest.mark.django_db
def test_the_database_keeps_no_answer_under_a_digest_that_is_not_its_own(line):
    with pytest.raises(Exception, match="answer_is_what_its_digest_says"), connection.cursor() as cursor:
        cursor.execute("INSERT INTO policies_answer (digest, body) VALUES (%s, %s)", ["0" * 64, "{}"])


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@given(value=values)
def test_both_spellings_are_the_same_bytes(value):
    try:
        expected = canonical_json(value)
    except UnicodeEncodeError:
        return
    assert plain_canonical_json(value) == expected
