"""POST decisions/ and decisions/preview/: what a phone system asks and is told."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Token
from accounts.services import revoke_tokens
from policies.domain.errors import DecisionTokenRefused
from policies.models import Decision
from policies.services.decisions import redeem
from policies.services.overrides import approve_override, propose_override
from tests.served import ServedClient
from trail.domain.actors import CALLWARD
from trail.domain.chain import canonical_json

pytestmark = pytest.mark.django_db

URL = "/api/v1/decisions/"


def asked(line, **changed):
    """A call from Texas to Florida, the way the contract writes it."""
    call = {
        "direction": "outbound",
        "line_of_business": line.code,
        "purposes": ["quality_assurance", "dispute_resolution"],
        "facts": {"sector": "debt_collection", "entity": ["fdcpa_debt_collector"], "call_no": "first"},
        "parties": [
            {"role": "agent", "jurisdiction": "US-TX"},
            {"role": "customer", "number": "+1 813 555 0142"},
        ],
        "started_at": "2026-11-24T14:02:00Z",
    }
    return {name: value for name, value in (call | changed).items() if value is not ...}


@pytest.fixture
def post(bearer, line):
    client, headers = ServedClient(), bearer("decisions", lines=[line])

    def send(body, url=URL):
        text = body if isinstance(body, str) else json.dumps(body)
        return client.post(url, text, content_type="application/json", headers=headers)

    return send


def fields(response):
    return {error["pointer"]: error["detail"] for error in response.json()["errors"]}


def test_the_answer_names_who_must_agree_what_to_say_and_how_long_it_is_kept(post, line):
    response = post(asked(line))
    assert response.status_code == 201, response.content
    answer = response.json()
    assert answer["may_record"] is True
    assert answer["consent"]["standard"] == "all_party"
    assert answer["consent"]["form"] == "implied_by_notice"
    assert answer["consent"]["from"] == ["customer"]
    assert answer["consent"]["because_of"]["jurisdiction"] == "US-FL"
    assert answer["law"]["consent"] == {
        "standard": "all_party",
        "form": "implied_by_notice",
        "told": ["agent", "customer"],
    }
    assert {"recording", "purpose", "retention", "storage", "refusal", "mini_miranda"} <= {
        item["key"] for item in answer["disclosures"]
    }
    assert answer["retention"]["min_period"] == answer["law"]["min_period"] == "P3Y"
    assert answer["retention"]["keep_until"] == "2029-11-25T05:00:00Z"
    assert answer["retention"]["delete_by"] == "2029-11-25T05:00:00Z"
    assert answer["law_release"] == 1


@pytest.mark.parametrize("number", ["abc", "+49301234567890123", "+12"])
def test_a_bad_number_is_told_at_its_place_with_what_is_allowed(post, line, number):
    parties = [{"role": "agent", "jurisdiction": "US-TX"}, {"role": "customer", "number": number}]
    alone, among = post(asked(line, parties=parties)), post({"calls": [asked(line), asked(line, parties=parties)]})
    assert (alone.status_code, among.status_code) == (422, 422)
    assert "+18135550142" in fields(alone)["/parties/1/number"]
    assert "+18135550142" in fields(among)["/calls/1/parties/1/number"]
    assert not Decision.objects.exists()


def test_the_decision_is_stored_without_any_number_and_its_digest_is_of_the_answer(post, line):
    answer = post(asked(line)).json()
    stored = Decision.objects.get(pk=answer["id"])
    assert "8135550142" not in json.dumps([stored.call, stored.answer]).replace(" ", "")
    assert canonical_json(stored.answer) == canonical_json(
        {name: value for name, value in answer.items() if name not in {"id", "token"}}
    )
    assert [party["jurisdiction"] for party in stored.call["parties"]] == ["US-TX", "US-FL"]


def test_the_token_leads_back_to_its_decision_and_to_no_other(post, line):
    answer = post(asked(line)).json()
    assert str(redeem(answer["token"]).pk) == answer["id"]
    with pytest.raises(DecisionTokenRefused):
        redeem(answer["token"][:-1] + ("A" if answer["token"][-1] != "A" else "B"))


def test_a_decision_asks_nothing_but_to_be_stored_whatever_its_call(post, line, django_assert_num_queries):
    crowd = [{"role": "customer", "number": f"+1 813 555 01{number}"} for number in range(10, 50)]
    calls = (asked(line), asked(line, parties=crowd))
    for call in calls:
        post(call)
    for call in calls:
        with django_assert_num_queries(0):  # the one statement that stores it goes past the ORM's connection
            assert post(call).status_code == 201
    assert Decision.objects.count() == 4


def test_a_token_that_was_revoked_or_lost_its_line_decides_nothing_more(post, line, other_line):
    assert post(asked(line)).status_code == 201
    token = Token.objects.get()
    token.lines.set([other_line])
    assert post(asked(line)).status_code == 422
    token.lines.set([line])
    assert post(asked(line)).status_code == 201
    revoke_tokens(name=token.client.name, actor=CALLWARD)
    assert post(asked(line)).status_code == 401


def test_a_preview_stores_nothing_and_gives_the_same_answer(post, line):
    given_answer = post(asked(line)).json()
    before = Decision.objects.count()
    response = post(asked(line), URL + "preview/")
    assert response.status_code == 200
    assert response.json() == {name: value for name, value in given_answer.items() if name not in {"id", "token"}}
    assert Decision.objects.count() == before


def test_a_preview_takes_a_policy_document_of_its_own(post, line):
    policy = {"retention": {"min_period": "P4Y", "max_period": "P5Y"}, "consent": {"standard": "all_party"}}
    answer = post(asked(line, policy=policy), URL + "preview/").json()
    assert answer["retention"]["min_period"] == "P4Y"
    assert answer["retention"]["delete_by"] == "2031-11-25T05:00:00Z"


def test_a_preview_answers_for_the_law_of_a_given_day(post, line):
    facts = {"sector": "medicare", "channel": "sales"}
    parties = [{"role": "agent", "jurisdiction": "US-TX"}, {"role": "customer", "jurisdiction": "US-TX"}]
    body = asked(line, facts=facts, parties=parties, started_at=...)
    before = post({**body, "day": "2026-09-30"}, URL + "preview/").json()
    after = post({**body, "day": "2026-10-02"}, URL + "preview/").json()
    assert (before["retention"]["min_period"], after["retention"]["min_period"]) == ("P10Y", "P6Y")


def test_a_wrong_policy_document_is_told_field_by_field(post, line):
    policy = {"retention": {"min_period": "P2Y", "max_period": "P1Y"}, "on_refusal": "shrug", "colour": "red"}
    response = post(asked(line, policy=policy), URL + "preview/")
    assert response.status_code == 422
    assert {"/retention/min_period", "/on_refusal", "/colour"} <= set(fields(response))


@pytest.mark.parametrize(
    ("changed", "pointer", "word"),
    [
        ({"direction": "sideways"}, "/direction", "inbound"),
        ({"direction": ...}, "/direction", "required"),
        ({"medium": "pigeon"}, "/medium", "in_person"),
        ({"purposes": ["fun"]}, "/purposes/0", "training"),
        ({"facts": {"sector": "pirates"}}, "/facts/sector", "insurance"),
        ({"facts": {"colour": "red"}}, "/facts/colour", "sector"),
        ({"facts": {"consent_form": "express"}}, "/facts/consent_form", "Leave it out"),
        ({"facts": ["sector"]}, "/facts", "object"),
        ({"parties": []}, "/parties", "empty"),
        ({"parties": [{"role": "boss"}]}, "/parties/0/role", "agent"),
        ({"parties": [{"role": "agent", "jurisdiction": "US-XX"}]}, "/parties/0/jurisdiction", "ISO 3166"),
        ({"parties": [{"role": "agent", "jurisdiction": "ZZ"}]}, "/parties/0/jurisdiction", "ISO 3166"),
        ({"parties": [{"role": "agent", "fax": "1"}]}, "/parties/0/fax", "does not exist"),
        ({"started_at": "2026-11-24T14:02:00"}, "/started_at", "zone"),
        ({"started_at": "yesterday"}, "/started_at", "zone"),
        ({"started_at": "9999-12-31T23:59:59Z"}, "/started_at", "1970"),
        ({"colour": "red"}, "/colour", "does not exist"),
        ({"line_of_business": "nowhere"}, "/line_of_business", "nowhere"),
    ],
)
def test_every_error_names_the_field_and_how_to_mend_it(post, line, changed, pointer, word):
    response = post(asked(line, **changed))
    assert response.status_code == 422, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert word in fields(response)[pointer]


def test_a_foreign_line_and_an_unknown_one_look_alike(post, line, other_line):
    foreign = post(asked(line, line_of_business=other_line.code))
    unknown = post(asked(line, line_of_business="no-such-line"))
    assert foreign.status_code == unknown.status_code == 422
    assert foreign.content.replace(b"collections", b"*") == unknown.content.replace(b"no-such-line", b"*")


def test_a_token_without_the_scope_decides_nothing(client, bearer, line):
    headers = bearer("recordings:read", lines=[line])
    response = client.post(URL, json.dumps(asked(line)), content_type="application/json", headers=headers)
    assert response.status_code == 403
    assert client.post(URL, json.dumps(asked(line)), content_type="application/json").status_code == 401


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "1", '"x"', '{"medium": NaN}', '{"a": 1, "a": 2}', "\ud800"])
def test_what_is_no_call_is_told_so(client, bearer, line, body):
    response = client.post(
        URL,
        body.encode("utf-8", "surrogatepass"),
        content_type="application/json",
        headers=bearer("decisions", lines=[line]),
    )
    assert response.status_code in {400, 422}
    assert response.json()["type"].startswith("/problems/")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_no_input_makes_the_server_fail(post, line, data):
    body = asked(line)
    names = [*body, "policy", "day", "surprise"]
    for name in data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)):
        body[name] = data.draw(json_values)
    if data.draw(st.booleans()):
        body["parties"] = [{"role": "customer", "number": data.draw(st.text(max_size=30))}]
    for url in (URL, URL + "preview/"):
        response = post(body, url)
        assert response.status_code < 500, (response.status_code, body)


def test_the_clients_day_is_not_needed_the_server_takes_now(post, line):
    answer = post(asked(line, started_at=...)).json()
    stored = Decision.objects.get(pk=answer["id"])
    started = datetime.fromisoformat(stored.call["started_at"])
    assert abs((datetime.now(UTC) - started).total_seconds()) < 60


def test_what_we_believed_at_a_moment_is_asked_for_the_parties_of_a_call(post, line, law_officers, tmp_path):
    before = timezone.now()
    proposer, approver = law_officers
    today = timezone.localdate()
    override = propose_override(
        table="jurisdiction",
        code="US-FL",
        changes={"verify_note": "Counsel looked at it."},
        reason="Counsel looked at it.",
        opinion_by="Counsel",
        document_sha256="0" * 64,
        effective_from=today,
        expires_on=today + timedelta(days=90),
        actor=proposer,
    )
    approve_override(override=override, actor=approver)
    call = asked(line)
    now = post(call, URL + "preview/").json()
    then = post(call | {"known_at": before.isoformat()}, URL + "preview/").json()
    assert (now["law_release"], then["law_release"]) == (2, 1)
    listed = post({"calls": [call], "known_at": before.isoformat()}, URL + "preview/").json()
    assert listed["results"] == [then]
    early = post(call | {"known_at": "1999-01-01T00:00:00Z"}, URL + "preview/")
    assert early.status_code == 422
    assert early.json()["errors"][0]["pointer"] == "/known_at"
    assert "Ask for a later moment" in early.json()["errors"][0]["detail"]
