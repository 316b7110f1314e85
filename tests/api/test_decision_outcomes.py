"""A decision looked up again, and what became of it on the call, up to the recording that it is bound to."""

import json

import pytest

from policies.domain.documents import CAREFUL_DEFAULT
from policies.models import Decision, DecisionOutcome
from policies.services.versions import draft_version, publish_version, submit_version
from recordings.models import ConsentEvidence, Recording
from tests.api.test_decisions import URL, asked
from tests.deliveries import metadata
from trail.models import Event

pytestmark = pytest.mark.django_db

TOLD = {"announced": True, "announced_offset_s": 2.5, "consent": "given", "method": "keypad", "party": "customer"}


@pytest.fixture
def send(client, bearer, line):
    headers = bearer("decisions", "recordings:write", lines=[line])

    def send(path, body=None):
        if body is None:
            return client.get(path, headers=headers)
        return client.post(path, json.dumps(body), content_type="application/json", headers=headers)

    return send


@pytest.fixture
def decision(send, line):
    return send(URL, asked(line)).json()


def tell(send, decision, **changed):
    told = {name: value for name, value in (TOLD | changed).items() if value is not ...}
    return send(f"{URL}{decision['id']}/outcome/", told)


def test_a_decision_is_read_again_as_it_was_given(send, decision):
    read = send(f"{URL}{decision['id']}/").json()
    given = {name: value for name, value in decision.items() if name != "token"}
    assert {name: read[name] for name in given} == given
    assert read["outcome"] is None
    assert [party["jurisdiction"] for party in read["call"]["parties"]] == ["US-TX", "US-FL"]
    assert "8135550142" not in json.dumps(read)


def test_a_foreign_decision_and_one_that_never_was_look_alike(client, bearer, send, decision, other_line):
    headers = bearer("decisions", lines=[other_line], name="Another exchange")
    unknown = "01932f6c-0000-7000-8000-000000000000"
    for path in (f"{URL}%s/", f"{URL}%s/outcome/"):
        answers = []
        for pk in (decision["id"], unknown):
            ask = client.get if path.endswith("%s/") else client.post
            body = {} if path.endswith("%s/") else {"data": json.dumps(TOLD), "content_type": "application/json"}
            answers.append(ask(path % pk, headers=headers, **body))
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content


def test_an_outcome_is_told_once_and_the_same_again_changes_nothing(send, decision):
    first, again = tell(send, decision), tell(send, decision)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    other = tell(send, decision, consent="refused")
    assert (other.status_code, other.json()["type"]) == (409, "/problems/outcome-contradicts")
    events = Event.objects.about(Decision.objects.get(pk=decision["id"]))
    assert [event.verb for event in events] == ["decision.given", "decision.outcome_told"]
    assert send(f"{URL}{decision['id']}/").json()["outcome"]["method"] == "keypad"
    assert DecisionOutcome.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "follow"),
    [
        ({}, "record"),
        ({"consent": None, "method": ..., "party": ...}, "record"),  # announced, and Florida asks for no more
        ({"consent": None, "method": ..., "party": ..., "announced": False, "announced_offset_s": ...}, "ask_first"),
        ({"consent": "refused"}, "stop_recording"),
    ],
)
def test_the_answer_says_what_follows(send, decision, changed, follow):
    answer = tell(send, decision, **changed)
    assert answer.status_code == 201, answer.content
    assert answer.json()["next"]["follow"] == follow


@pytest.mark.parametrize(
    ("changed", "follow"),
    [
        ({"party": ...}, "record"),  # everybody
        ({"party": ..., "method": "spoken"}, "record"),
        ({"party": ..., "method": "announcement"}, "ask_first"),  # staying on the line is no yes
        ({"party": "customer"}, "ask_first"),  # the third party has not agreed
        ({"party": "1"}, "ask_first"),
        ({"party": "agent"}, "ask_first"),
    ],
)
def test_where_a_yes_is_needed_only_a_yes_of_everybody_lets_the_recording_begin(send, line, changed, follow):
    parties = [{"role": "agent", "jurisdiction": "US-TX"}, {"role": "customer"}, {"role": "third_party"}]
    decision = send(URL, asked(line, parties=parties)).json()
    assert (decision["consent"]["form"], decision["consent"]["from"]) == ("express", ["customer", "third_party"])
    assert tell(send, decision, **changed).json()["next"]["follow"] == follow


@pytest.mark.parametrize(
    ("changed", "pointer", "word"),
    [
        ({"announced": ...}, "/announced", "required"),
        ({"method": ...}, "/method", "keypad"),
        ({"method": "wink"}, "/method", "keypad"),
        ({"consent": "maybe"}, "/consent", "refused"),
        ({"consent": None}, "/method", "belongs to consent"),
        ({"party": "boss"}, "/party", "boss"),
        ({"party": "7"}, "/party", "up to 1"),
        ({"announced": False}, "/announced_offset_s", "Nothing was announced"),
        ({"document_sha256": "ab"}, "/document_sha256", "64"),
        ({"document_sha256": "a" * 64}, "/document_sha256", "written"),
        ({"offset_s": -1}, "/offset_s", "0"),
        ({"colour": "red"}, "/colour", "does not exist"),
    ],
)
def test_a_wrong_outcome_is_told_field_by_field_and_kept_nowhere(send, decision, changed, pointer, word):
    answer = tell(send, decision, **changed)
    assert answer.status_code == 422, answer.content
    assert word in {error["pointer"]: error["detail"] for error in answer.json()["errors"]}[pointer]
    assert not DecisionOutcome.objects.exists()


def deliver(send, decision, **changed):
    parties = [{"role": "agent", "jurisdiction": "US-TX"}, {"role": "customer", "number": "+18135550142"}]
    call = metadata(parties=parties, purposes=["quality_assurance"], decision=decision["token"], **changed)
    answer = send("/api/v1/recordings/", call)
    assert answer.status_code == 201, answer.content
    return Recording.objects.get(pk=answer.json()["id"])


def test_the_recording_takes_over_what_was_told_where_its_delivery_is_silent(send, decision):
    tell(send, decision)
    recording = deliver(send, decision, consent=None)
    evidence = ConsentEvidence.objects.filter(recording=recording).order_by("method")
    assert str(recording.decision_id) == decision["id"]
    assert [(one.method, one.result, one.party and one.party.role) for one in evidence] == [
        ("announcement", "given", None),
        ("keypad", "given", "customer"),
    ]


def test_a_delivery_that_brings_evidence_keeps_its_own(send, decision):
    tell(send, decision)
    spoken = [{"method": "spoken", "party": "customer", "offset_s": 6.2, "result": "given"}]
    recording = deliver(send, decision, consent=spoken)
    assert [one.method for one in ConsentEvidence.objects.filter(recording=recording)] == ["spoken"]


def test_a_refusal_that_was_told_puts_the_recording_into_quarantine(send, decision):
    tell(send, decision, consent="refused")
    recording = deliver(send, decision, consent=None)
    assert "consent_refused" in recording.quarantine_reasons


@pytest.mark.parametrize(
    ("number", "address"),
    [("+15125550142", "US-CA"), ("+18135550142", "US-TX")],  # a Texan number at home in California, and one of Florida
)
def test_the_recording_is_judged_by_the_address_that_its_decision_went_by(send, line, number, address):
    parties = [{"role": "agent", "jurisdiction": "US-TX"}, {"role": "customer", "number": number}]
    facts = {"parties": [parties[0], parties[1] | {"address": address}], "purposes": ["quality_assurance"], "facts": {}}
    decision = send(URL, asked(line, **facts)).json()
    call = metadata(parties=parties, purposes=["quality_assurance"], decision=decision["token"], consent=None)
    recording = Recording.objects.get(pk=send("/api/v1/recordings/", call).json()["id"])
    assert recording.decided["consent"] == decision["consent"]
    assert recording.decided["parties"] == decision["parties"]
    assert ("consent_missing" in recording.quarantine_reasons) is (address == "US-CA")


@pytest.fixture
def signed(send, line, officer, second_officer):
    """A decision under a policy that wants written consent, with a document that gives it."""
    document = CAREFUL_DEFAULT | {"consent": {"standard": "all_party", "form": "written"}}
    version = draft_version(document=document, code="written", name="Written", lines=[line], actor=officer)
    publish_version(version=submit_version(version=version, actor=officer), actor=second_officer, always=True)
    paper = {"sha256": "a" * 64, "signed_on": "2026-01-05"}
    return send(URL, asked(line, purposes=["quality_assurance"], consent_document=paper)).json()


def test_a_signed_document_is_a_written_yes_that_nobody_asks_for_again(send, signed):
    assert signed["consent"]["form"] == "written"
    silent = {"announced": False, "announced_offset_s": ..., "consent": None, "method": ..., "party": ...}
    assert tell(send, signed, **silent).json()["next"]["follow"] == "record"


def test_the_recording_takes_over_the_signed_document_where_its_delivery_is_silent(send, signed):
    recording = deliver(send, signed, consent=None)
    evidence = ConsentEvidence.objects.get(recording=recording)
    assert (evidence.method, evidence.result, evidence.document_sha256) == ("written", "given", "a" * 64)
