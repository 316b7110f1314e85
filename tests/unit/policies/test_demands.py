"""Which rules bind a call: by place, fact, kind of record and day; which wait; whose question is left out."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from policies.domain.decision import decided
from policies.domain.demands import kept_by_law, places_of_rule, said_by_law
from policies.domain.documents import policy_document
from policies.domain.inputs import CompanyPolicy, Inputs
from policies.domain.places import Place, places_of
from policies.domain.retention import Limit
from tests.unit.policies.small_law import (
    DUTY,
    GROUND,
    LAX,
    PCI,
    answer,
    asked,
    disclosure_rule,
    law,
    outcome,
    retention_rule,
)


def inputs(*places, under, document=LAX, zone="UTC", **changed):
    call = asked(*places, **changed)
    policy = CompanyPolicy("v", "Own", policy_document(document))
    return Inputs(under, policy, call, places_of(call, under), ZoneInfo(zone))


def bound(*rules, places=("US-TX",), **changed):
    return [limit.rule for limit in kept_by_law(inputs(*places, under=law(retention=rules), **changed)).limits]


@pytest.mark.parametrize(
    ("record_kind", "stated", "binds"),
    [
        ("call_recording", {}, True),
        ("communication", {}, True),
        ("customer_information", {}, True),
        ("payment_data", {}, True),
        ("voiceprint", {}, True),
        ("order_record", {}, False),
        ("order_record", {"record_kind": "order_record"}, True),
        ("order_record", {"record_kind": "consent_record"}, False),
        ("call_recording", {"record_kind": "order_record"}, True),
        ("storage_format", {}, False),
    ],
)
def test_a_rule_about_other_records_binds_where_the_recording_is_one(record_kind, stated, binds):
    rule = retention_rule("R", record_kind=record_kind, min_period="P1Y")
    assert bound(rule, facts=stated) == (["R"] if binds else [])


def test_a_rule_binds_the_places_that_the_call_reaches():
    rules = [
        retention_rule("FED", "jurisdiction=US", min_period="P1Y"),
        retention_rule("FL", "jurisdiction=US-FL", min_period="P1Y"),
        retention_rule("EU", "jurisdiction=EU", min_period="P1Y"),
        retention_rule("ANY", min_period="P1Y"),
    ]
    assert bound(*rules, places=("US-TX", "DE")) == ["ANY", "EU", "FED"]
    assert bound(*rules, places=("",)) == ["ANY"]
    assert bound(*rules, places=("",), facts={"jurisdiction": "US-FL"}) == ["ANY", "FED", "FL"]


def test_a_rule_counts_from_its_first_day_until_the_day_before_its_last():
    rule = retention_rule("R", min_period="P1Y", effective_from=date(2026, 11, 24), effective_to=date(2026, 11, 25))
    assert {day: _bound_on(rule, day) for day in (23, 24, 25)} == {23: [], 24: ["R"], 25: []}


def _bound_on(rule, day):
    under = law(retention=[rule])
    call = replace(asked("US-TX"), started_at=datetime(2026, 11, day, 12, tzinfo=UTC))
    given = Inputs(under, None, call, places_of(call, under), ZoneInfo("UTC"))
    return [limit.rule for limit in kept_by_law(given).limits]


def test_the_day_is_the_lines_own():
    rule = retention_rule("R", min_period="P1Y", effective_from=date(2026, 11, 25))
    under = law(retention=[rule])
    assert kept_by_law(inputs("US-TX", under=under, zone="Pacific/Auckland")).limits
    assert not kept_by_law(inputs("US-TX", under=under, zone="UTC")).limits


def test_a_rule_gives_one_limit_for_each_of_its_periods_and_one_without_a_number():
    rule = retention_rule(
        "R",
        "jurisdiction=US",
        min_period="P1Y",
        max_period="P2Y",
        trigger="claim_closed",
        confidence="low",
        verify_note="V.",
    )
    shared = {
        "citation": "R s. 1",
        "because": "What R says.",
        "certainty": "low",
        "trigger": "claim_closed",
        "verify": "V.",
    }
    assert kept_by_law(inputs("US-TX", under=law(retention=[rule]))).limits == (
        Limit(rule="R", kind="minimum", period="P1Y", place="US", **shared),
        Limit(rule="R", kind="maximum", period="P2Y", place="US", **shared),
    )
    (none,) = kept_by_law(inputs("US-TX", under=law(retention=[retention_rule("N", trigger="")]))).limits
    assert (none.kind, none.period, none.trigger, none.place, none.is_law) == (
        "maximum",
        "",
        "recording_created",
        "",
        True,
    )


def test_a_rule_waits_for_what_nobody_stated_and_is_dropped_by_what_speaks_against_it():
    rule = retention_rule("R", "sector=bank;entity=bank;call_no=first", min_period="P1Y", must_record=True)
    under = law(retention=[rule])
    waiting = kept_by_law(inputs("US-TX", under=under, facts={"entity": "bank"})).waiting
    assert [one.as_plain for one in waiting] == [
        {"rule": "R", "citation": "R s. 1", "waits_for": ["sector", "call_no"]}
    ]
    assert kept_by_law(inputs("US-TX", under=under, facts={"entity": "agent"})).waiting == ()
    stated = kept_by_law(inputs("US-TX", under=under, facts={"sector": "bank", "entity": "bank", "call_no": "first"}))
    assert (len(stated.duties), len(stated.limits), stated.waiting) == (1, 1, ())


def test_what_the_call_itself_says_need_not_be_stated():
    rules = [
        retention_rule("OUT", "direction=outbound", min_period="P1Y"),
        retention_rule("VIDEO", "medium=video", min_period="P1Y"),
        retention_rule("TRAIN", "purpose=training", min_period="P1Y"),
        retention_rule("FROM", "call_date=from_2026-10-01", min_period="P1Y"),
        retention_rule("BEFORE", "call_date=before_2026-10-01", min_period="P1Y"),
    ]
    assert bound(*rules) == ["FROM", "TRAIN"]
    assert bound(*rules, direction="outbound", medium="video", purposes=("regulatory",)) == ["FROM", "OUT", "VIDEO"]
    # the values of the policy's purposes count where the call names none, and stated ones are added
    assert bound(*rules, purposes=()) == ["FROM", "TRAIN"]
    assert bound(*rules, purposes=("regulatory",), facts={"purpose": "training"}) == ["FROM", "TRAIN"]


def test_equal_calls_are_asked_once_and_different_ones_again():
    under = law()
    first = kept_by_law(inputs("US-TX", under=under, facts={"sector": "medicare"}))
    assert kept_by_law(inputs("US-TX", under=under, facts={"sector": "medicare"})) is first
    assert [duty.code for duty in first.duties] == ["US-DUTY"]
    assert kept_by_law(inputs("US-TX", under=under)).duties == ()
    assert kept_by_law(inputs("DE", under=under, facts={"sector": "medicare"})).duties == ()
    assert kept_by_law(inputs("US-TX", under=law(retention=[]), facts={"sector": "medicare"})).duties == ()


def test_the_rule_of_the_pause_is_found_whether_it_is_due_or_waits():
    rules = law(disclosures=[PCI, disclosure_rule("Z", "US", "mini_miranda", "sector=debt_collection")])
    due = said_by_law(inputs("US-TX", under=rules, facts={"content": "payment_card_sad"}), "none", [])
    assert (due.pause_due, due.pause_waiting) == (PCI, None)
    waiting = said_by_law(inputs("US-TX", under=rules), "none", [])
    assert (waiting.pause_due, waiting.pause_waiting) == (None, PCI)
    assert [one.rule.code for one in waiting.waiting] == ["PCI", "Z"]


def test_a_requirement_for_express_consent_follows_from_the_decision():
    rules = law(disclosures=[disclosure_rule("BASE-CONSENT", "BASELINE", "consent_obtained", "consent_form=express")])
    for form, codes in (("express", ["BASE-CONSENT"]), ("implied_by_notice", []), ("none", [])):
        given = inputs("US-TX", under=rules)
        assert [rule.code for rule in said_by_law(given, form, []).due] == codes
        assert said_by_law(given, form, []).waiting == ()


QUESTION = disclosure_rule("DE-ASK", "DE", "consent_obtained")
SECURITIES = {"sector": "securities"}


@pytest.mark.parametrize(
    ("places", "facts", "asks"),
    [
        (("DE", "DE"), {}, True),
        (("DE", "DE"), SECURITIES, False),  # the duty is the ground for everybody there
        (("DE", "US-TX"), SECURITIES, False),
        (("US-TX", "US-TX"), SECURITIES, False),  # nobody is there
    ],
)
def test_a_places_question_is_left_out_where_a_duty_is_the_ground_for_everybody_there(places, facts, asks):
    given = answer(*places, facts=facts, under=law(disclosures=[QUESTION]))
    assert ("DE-ASK" in [rule for item in given["disclosures"] for rule in item["rules"]]) is asks


def test_a_question_for_some_calls_alone_and_other_keys_are_not_left_out():
    special = disclosure_rule("SPECIAL", "DE", "consent_obtained", "sector=securities")
    notice = disclosure_rule("NOTICE", "DE", "recording_notice")
    given = answer("DE", "DE", facts=SECURITIES, under=law(disclosures=[QUESTION, special, notice]))
    assert {rule for item in given["disclosures"] for rule in item["rules"]} == {"SPECIAL", "NOTICE"}


def test_a_question_of_a_place_where_one_party_has_no_ground_stays():
    # the question of the Union reaches Germany, where a duty is the ground, and a state of it without one
    under = law(disclosures=[disclosure_rule("EU-ASK", "EU", "consent_obtained")])
    given = answer("DE", "EU", facts=SECURITIES, under=under)
    assert "EU-ASK" in [rule for item in given["disclosures"] for rule in item["rules"]]
    given = answer("DE", "DE", facts=SECURITIES, under=under)
    assert "EU-ASK" not in [rule for item in given["disclosures"] for rule in item["rules"]]


def test_the_first_duty_that_is_a_ground_is_cited():
    second = replace(GROUND, code="DE-DUTY-2", citation="Second")
    no_ground = replace(GROUND, code="A-DUTY", citation="None", legal_authority_to_record=False)
    given = answer("DE", facts=SECURITIES, under=law(retention=[no_ground, GROUND, second]))
    assert given["consent"]["because_of"]["citation"] == "DE-DUTY s. 1"


def test_consent_as_the_lawful_basis_is_a_stated_fact():
    under = law(retention=[GROUND])
    assert answer("EU", facts={"legal_basis": "consent"}, under=under)["law"]["consent"]["form"] == "express"
    germany = answer("DE", "DE", facts=SECURITIES | {"legal_basis": "consent"}, under=under)
    assert germany["law"]["consent"]["form"] == "none"


def test_the_places_of_a_rule_are_those_of_the_call():
    rule = retention_rule("R", "jurisdiction=NO|IS|LI")
    assert places_of_rule(rule, frozenset({"NO", "IS", "US"})) == "IS, NO"
    assert places_of_rule(DUTY, frozenset({"DE"})) == ""


def test_nothing_of_a_party_counts_but_its_place():
    call = asked("US-TX", "US-FL")
    found = outcome(call).answer
    elsewhere = replace(call, parties=tuple(replace(party, jurisdiction=None) for party in call.parties))
    places = (Place("US-TX", "explicit", "high"), Place("US-FL", "explicit", "high"))
    policy = CompanyPolicy("v7", "Own, version 7", policy_document(LAX), 7, "It is the only one.")
    assert decided(Inputs(law(), policy, elsewhere, places, ZoneInfo("UTC"))).answer == found
