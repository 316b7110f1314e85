"""Which demands clash, by kind; what forbids the recording, what waits for a person, what settles itself."""

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from policies.domain.calls import ConsentDocument
from policies.domain.conflicts import KINDS, Conflict
from policies.domain.decision import decided
from policies.domain.inputs import Inputs
from policies.domain.places import places_of
from recordings.domain.lifecycle import REASON_OF_CONFLICT
from tests.unit.policies.small_law import (
    DUTY,
    GROUND,
    LAX,
    answer,
    asked,
    law,
    outcome,
    retention_rule,
)

FORBIDS = {"no_policy", "purpose_not_allowed", "must_not_be_kept", "written_consent_missing"}
NEEDS_PERSON = {
    "minimum_after_maximum",
    "company_minimum_after_maximum",
    "no_policy",
    "purpose_not_allowed",
    "must_not_be_kept",
}


def test_the_list_of_kinds_is_closed_and_each_says_what_it_does():
    assert set(KINDS) == FORBIDS | NEEDS_PERSON | {"duty_against_consent", "duty_against_refusal"}
    assert {kind for kind in KINDS if Conflict(kind, (), "").forbids} == FORBIDS
    assert {kind for kind in KINDS if Conflict(kind, (), "").needs_person} == NEEDS_PERSON
    assert {kind: found.words for kind, found in KINDS.items()} == {
        "minimum_after_maximum": "Law asks to keep it longer than law allows",
        "company_minimum_after_maximum": "The policy keeps it longer than law allows",
        "no_policy": "No policy governs the call",
        "purpose_not_allowed": "The policy does not allow the purpose",
        "must_not_be_kept": "Law forbids to keep such a recording",
        "written_consent_missing": "A signed consent is needed and not attached",
        "duty_against_consent": "Law orders the recording, and law asks for consent",
        "duty_against_refusal": "Law orders the recording, and the policy would go on without one",
    }


def test_every_kind_that_needs_a_person_sets_the_recording_aside_and_no_other_does():
    assert set(REASON_OF_CONFLICT) == NEEDS_PERSON


def conflicts(*places, **changed):
    return answer(*places, **changed)["conflicts"]


def test_a_call_without_any_clash_may_be_recorded():
    given = answer("US-TX", "US-TX")
    assert (given["conflicts"], given["may_record"], given["must_record"]) == ([], True, False)


def test_without_a_policy_the_call_may_not_be_recorded():
    call, rules = asked("US-TX", "US-TX"), law()
    found = decided(Inputs(rules, None, call, places_of(call, rules), ZoneInfo("UTC")))
    assert found.answer["conflicts"] == [
        {
            "kind": "no_policy",
            "rules": [],
            "detail": "No published policy speaks for this line on this day. Publish one.",
            "forbids": True,
            "needs_person": True,
        }
    ]
    assert (found.answer["may_record"], found.is_provisional) == (False, True)
    assert found.answer["policy_version"] is None
    assert found.answer["policy"] == {
        "version": None,
        "name": "The careful default",
        "number": None,
        "because": "No published policy speaks for this line on this day; the careful default is shown.",
        "outranked": [],
    }


def test_a_purpose_outside_of_the_policy_forbids_the_recording():
    document = LAX | {"purposes": ["training"]}
    found = conflicts("US-TX", "US-TX", document=document, purposes=("regulatory", "training", "contract_evidence"))
    assert found == [
        {
            "kind": "purpose_not_allowed",
            "rules": [],
            "detail": "Own, version 7 does not allow contract_evidence and regulatory. Leave it out, or publish a"
            " policy that does.",
            "forbids": True,
            "needs_person": True,
        }
    ]
    assert conflicts("US-TX", "US-TX", document=document, purposes=()) == []


@pytest.mark.parametrize(
    ("period", "trigger", "kinds"),
    [
        ("P0D", "recording_created", ["must_not_be_kept"]),
        ("P0D", "payment_authorized", []),
        ("P1D", "recording_created", []),
    ],
)
def test_what_law_forbids_to_keep_may_not_be_recorded(period, trigger, kinds):
    rules = law(retention=[retention_rule("NOT", max_period=period, trigger=trigger)])
    given = answer("US-TX", "US-TX", under=rules)
    assert [found["kind"] for found in given["conflicts"]] == kinds
    assert given["may_record"] is not bool(kinds)
    if kinds:
        assert given["conflicts"][0] == {
            "kind": "must_not_be_kept",
            "rules": ["NOT"],
            "detail": "NOT s. 1 forbids to keep it: What NOT says.",
            "forbids": True,
            "needs_person": True,
        }


def test_a_minimum_of_no_day_does_not_forbid():
    assert conflicts("US-TX", "US-TX", under=law(retention=[retention_rule("R", min_period="P0D")])) == []


WRITTEN = {"consent": {"standard": "all_party", "form": "written"}, "disclosures": []}
SIGNED = ConsentDocument("ab" * 32, date(2026, 11, 24))


def test_a_written_consent_has_to_be_attached_before_anything_is_recorded():
    given = answer("US-TX", "US-TX", document=WRITTEN)
    assert given["may_record"] is False
    assert given["conflicts"] == [
        {
            "kind": "written_consent_missing",
            "rules": [],
            "detail": "A signed consent is needed. Attach it with its SHA-256, the day of signature and its purposes.",
            "forbids": True,
            "needs_person": False,
        }
    ]
    assert given["consent"]["document"] == {"needed": True, "attached": False, "sha256": None}


def test_with_the_signed_consent_the_call_may_be_recorded():
    given = answer("US-TX", "US-TX", document=WRITTEN, consent_document=SIGNED)
    assert (given["may_record"], given["conflicts"]) == (True, [])
    assert given["consent"]["document"] == {"needed": True, "attached": True, "sha256": "ab" * 32}


@pytest.mark.parametrize(
    "document", [replace(SIGNED, signed_on=date(2026, 11, 25)), replace(SIGNED, purposes=("regulatory",))]
)
def test_a_consent_of_a_later_day_or_for_another_purpose_does_not_serve(document):
    given = answer("US-TX", "US-TX", document=WRITTEN, consent_document=document)
    assert given["may_record"] is False
    assert given["consent"]["document"] == {"needed": True, "attached": False, "sha256": "ab" * 32}


def test_the_day_of_signature_is_compared_in_the_lines_own_zone():
    call = asked("US-TX", "US-TX", consent_document=replace(SIGNED, signed_on=date(2026, 11, 25)))
    assert outcome(call, WRITTEN, zone="Pacific/Auckland").answer["may_record"] is True


def test_where_nobody_needs_a_document_one_may_still_be_attached():
    given = answer("US-TX", "US-TX", consent_document=SIGNED)
    assert given["consent"]["document"] == {"needed": False, "attached": True, "sha256": "ab" * 32}


MEDICARE = {"sector": "medicare"}


def test_a_duty_that_is_no_ground_and_a_place_that_asks_for_consent_clash_and_the_clash_settles_itself():
    found = outcome(asked("US-TX", "US-FL", facts=MEDICARE))
    assert found.answer["conflicts"] == [
        {
            "kind": "duty_against_consent",
            "rules": ["US-DUTY", "US-FL"],
            "detail": "US-DUTY s. 1 orders the recording, and the law of Florida asks for consent. Record only with"
            " consent; without it the call ends.",
            "forbids": False,
            "needs_person": False,
        }
    ]
    assert (found.answer["may_record"], found.answer["must_record"], found.is_provisional) == (True, True, False)
    assert found.answer["on_refusal"] == "end_call"


@pytest.mark.parametrize(
    ("places", "facts", "rules"),
    [
        (("US-TX", "US-TX"), MEDICARE, []),
        (("US-TX", "US-CT"), MEDICARE, [["US-DUTY", "US-CT"]]),  # told, and staying on counts as agreement
        (("US-TX", ""), MEDICARE, [["US-DUTY"]]),
        (("US-TX", "US-FL"), {}, []),
        (("DE", "DE"), {"sector": "securities"}, []),  # this duty is the ground itself
        (("DE", "US-FL"), {"sector": "securities"}, [["DE-DUTY", "US-FL"]]),
        (("DE", "US-TX"), {"sector": "securities"}, []),
    ],
)
def test_which_duty_clashes_with_which_place(places, facts, rules):
    found = [one for one in conflicts(*places, facts=facts) if one["kind"] == "duty_against_consent"]
    assert [one["rules"] for one in found] == rules


def test_a_clash_with_an_unknown_place_says_so():
    (found,) = conflicts("US-TX", "", facts=MEDICARE)
    assert "the law of a place without a known rule asks for consent" in found["detail"]


@pytest.mark.parametrize(
    ("document", "clashes"),
    [
        ({}, False),
        ({"on_refusal": "delete"}, True),
        ({"on_refusal": "keep_reason_only"}, True),
        ({"script": {"en": {"refusal": "Say so and we go on without recording."}}}, True),
        ({"script": {"es": {"refusal": "Dígalo y seguimos sin grabar."}}}, False),
    ],
)
def test_a_policy_that_would_go_on_after_a_refusal_yields_to_a_duty(document, clashes):
    second = replace(DUTY, code="US-DUTY-2")
    found = conflicts("US-TX", "US-TX", document=LAX | document, facts=MEDICARE, under=law(retention=[DUTY, second]))
    assert (
        found
        == [
            {
                "kind": "duty_against_refusal",
                "rules": ["US-DUTY", "US-DUTY-2"],
                "detail": "Own, version 7 would go on after a refusal, and US-DUTY s. 1 orders the recording. Whoever"
                " refuses ends the call.",
                "forbids": False,
                "needs_person": False,
            }
        ][: int(clashes)]
    )
    assert conflicts("US-TX", "US-TX", document=LAX | document) == []


def test_periods_come_first_then_what_forbids_then_what_settles_itself():
    rules = law(retention=[DUTY, retention_rule("NOT", max_period="P0D")])
    document = LAX | {"purposes": ["regulatory"], "on_refusal": "delete"}
    found = conflicts("US-TX", "US-FL", document=document, facts=MEDICARE, under=rules)
    assert [one["kind"] for one in found] == [
        "minimum_after_maximum",
        "purpose_not_allowed",
        "must_not_be_kept",
        "duty_against_consent",
        "duty_against_refusal",
    ]


def test_a_duty_that_is_the_ground_leaves_being_told():
    given = answer("DE", "DE", facts={"sector": "securities"})
    assert given["law"]["consent"] == {"standard": "basis_required", "form": "none", "told": ["agent", "customer"]}
    assert given["consent"]["because_of"]["citation"] == GROUND.citation
