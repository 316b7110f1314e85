"""What is said, by whose words, in which order, for which rules: with requirements written here, not shipped ones."""

from dataclasses import replace

import pytest

from policies.domain.disclosures import CORE, IF_IT_HAPPENS, KEYS, Disclosure, Words, disclosures_due
from policies.domain.languages import BY_CODE, ENGLISH
from policies.domain.periods import period
from policies.domain.scripts import slots_in
from tests.unit.policies.small_law import disclosure_rule

SLOTS = slots_in(ENGLISH, company="Vale", length=period("P90D"), purposes=("training",))


def due(*rules, script=None, added=(), ask_consent=False, language=ENGLISH):
    return disclosures_due(
        rules,
        script=script or {},
        slots=SLOTS,
        added=added,
        added_by="Own",
        ask_consent=ask_consent,
        language=language,
    )


def said(*rules, **changed):
    return due(*rules, **changed)[0]


def base(code, key, **changed):
    return disclosure_rule(code, "BASELINE", key, **changed)


def special(code, key, place="US", **changed):
    return disclosure_rule(code, place, key, "sector=telemarketing", **changed)


def test_one_requirement_is_said_with_its_rule_and_reason():
    rule = disclosure_rule(
        "US-FL-REC",
        "US-FL",
        "recording_notice",
        severity="critical",
        satisfies_consent=True,
        confidence="medium",
        verify_note="Check.",
    )
    assert said(rule) == (
        Disclosure(
            key="recording",
            when="start",
            say="This call is recorded.",
            citation="US-FL-REC s. 2",
            severity="critical",
            because="US-FL asks for it",
            rules=("US-FL-REC",),
            certainty="medium",
            is_law=True,
            satisfies_consent=True,
            verify="Check.",
        ),
    )


@pytest.mark.parametrize(("key", "name"), KEYS.items())
def test_requirements_are_known_by_the_names_that_policies_use(key, name):
    (item,) = said(disclosure_rule("R", "US", key))
    assert item.key == name


def test_a_key_without_words_of_ours_is_said_in_the_rules_own_with_our_name():
    (item,) = said(disclosure_rule("R", "US", "mini_miranda"))
    assert (item.key, item.say, item.is_translated) == ("mini_miranda", "Words of R for Vale.", True)
    (item,) = said(disclosure_rule("R", "US", "mini_miranda"), language=BY_CODE["fr"])
    assert (item.say, item.is_translated) == ("Words of R for Vale.", False)
    (item,) = said(
        disclosure_rule("R", "US", "mini_miranda"), language=BY_CODE["fr"], script={"mini_miranda": "Dette."}
    )
    assert (item.say, item.is_translated) == ("Dette.", True)


def test_rules_that_ask_the_same_are_said_once_and_the_weightiest_is_cited():
    rules = [
        base("BASE", "recording_notice", severity="critical"),
        disclosure_rule("A", "US-FL", "recording_notice", severity="major", when="before_recording"),
        disclosure_rule(
            "B", "US-CA", "recording_notice", severity="critical", satisfies_consent=True, confidence="low"
        ),
        disclosure_rule("C", "US-CA", "recording_notice", severity="critical", confidence="medium", when="any"),
    ]
    (item,) = said(*rules)
    assert item.rules == ("BASE", "A", "B", "C")
    assert (item.citation, item.severity, item.because) == ("C s. 2", "critical", "US-CA asks for it")
    assert (item.certainty, item.is_law, item.satisfies_consent, item.when) == ("medium", True, True, "start")


@pytest.mark.parametrize(
    ("one", "other", "cited"),
    [
        ({"place": "BASELINE", "severity": "critical"}, {"place": "US", "severity": "minor"}, "B"),
        ({"severity": "major"}, {"severity": "minor"}, "A"),
        ({"severity": "critical", "confidence": "low"}, {"severity": "major", "confidence": "high"}, "A"),
        ({"confidence": "high"}, {"confidence": "medium"}, "A"),
        ({"applies": "sector=bank"}, {}, "A"),
        ({"confidence": "medium", "applies": "sector=bank"}, {}, "B"),
        ({}, {}, "B"),  # all alike: the later code
    ],
)
def test_the_weight_of_a_rule_is_law_severity_certainty_how_special_and_its_code(one, other, cited):
    rules = [
        disclosure_rule(code, changed.pop("place", "US"), "mini_miranda", **changed)
        for code, changed in (("A", dict(one)), ("B", dict(other)))
    ]
    for order in (rules, rules[::-1]):
        (item,) = said(*order)
        assert item.citation == f"{cited} s. 2"


def test_why_something_is_said():
    assert said(base("A", "storage_notice"))[0].because == "Callward's baseline asks for it on every call"
    assert said(base("A", "storage_notice"))[0].is_law is False
    rule = disclosure_rule("A", "US TSR", "nature_of_goods", "sector=telemarketing;channel=upsell")
    assert said(rule)[0].because == "US TSR asks for it (sector=telemarketing, channel=upsell)"


def test_a_rule_for_special_calls_with_words_of_its_own_stands_by_itself():
    general, own = base("BASE", "opt_out_offered"), special("TSR", "opt_out_offered")
    assert [(item.key, item.say) for item in said(general, own)] == [
        ("refusal", ENGLISH.texts["refusal"]),
        ("TSR", "Words of TSR for Vale."),
    ]
    same_words = special("EU", "recording_notice", text_example="This call is recorded.")
    assert [(item.key, item.rules) for item in said(base("BASE", "recording_notice"), same_words)] == [
        ("recording", ("BASE", "EU"))
    ]
    not_core = [special("A", "agent_and_company_identity"), base("B", "agent_and_company_identity")]
    assert [item.key for item in said(*not_core)] == ["agent_and_company_identity"]


def test_each_form_of_a_voiceprint_consent_is_asked_for_in_its_own_words():
    one = disclosure_rule("IL", "US-IL", "biometric_consent", text_example="Sign the form.")
    other = disclosure_rule("TX", "US-TX", "biometric_consent", text_example="Say yes.")
    assert sorted(item.say for item in said(one, other)) == ["Say yes.", "Sign the form."]
    assert [item.rules for item in said(one, replace(one, code="IL-2"))] == [("IL", "IL-2")]


def test_who_calls_to_sell_says_so_in_the_words_of_that_rule():
    baseline = disclosure_rule("BASE", "BASELINE", "call_purpose", "direction=outbound", severity="minor")
    assert said(baseline)[0].say == ENGLISH.texts["call_purpose"]
    assert said(baseline, special("TSR", "call_purpose"))[0].say == "Words of TSR for Vale."
    own = {"call_purpose": "I am calling to sell."}
    assert said(baseline, special("TSR", "call_purpose"), script=own)[0].say == "I am calling to sell."
    german = said(special("TSR", "call_purpose"), language=BY_CODE["de"])[0]
    assert (german.say, german.is_translated) == ("Words of TSR for Vale.", False)


def test_what_the_company_adds_is_said_by_the_company_unless_a_rule_asks_for_it_already():
    items = said(base("BASE", "storage_notice"), added=("storage", "rights_notice"))
    assert [(item.key, item.rules) for item in items] == [("storage", ("BASE",)), ("rights_notice", ())]
    assert items[1] == Disclosure(
        key="rights_notice",
        when="start",
        say=ENGLISH.texts["rights_notice"],
        citation="Own",
        severity="major",
        because="Own asks for it",
        rules=(),
        certainty="high",
        is_law=False,
        satisfies_consent=False,
    )


def test_the_question_for_consent_is_added_once():
    (item,) = said(ask_consent=True)
    assert item == Disclosure(
        key="consent",
        when="before_recording",
        say="Is it all right that we record this call? Say yes or press 1.",
        citation="Own",
        severity="critical",
        because="Own asks for it",
        rules=(),
        certainty="high",
        is_law=False,
        satisfies_consent=True,
    )
    assert [one.rules for one in said(base("C", "consent_obtained"), ask_consent=True)] == [("C",)]
    assert said() == ()


def test_the_order_of_what_is_said():
    keys = ["consent_obtained", "opt_out_offered", "storage_notice", "retention_period_notice", "data_use_notice"]
    keys += ["agent_and_company_identity", "recording_notice"]
    rules = [base(f"R{index}", key) for index, key in enumerate(keys)]
    rules += [
        base("X1", "zebra", when="end"),
        base("X2", "apple", when="end"),
        base("X3", "card", when="before_payment"),
        base("X4", "mini_miranda"),
        base("X5", "right_party_verified"),
        base("X6", "anything", when="any"),
        base("X7", "before", when="before_recording"),
    ]
    expected = ["recording", "agent_and_company_identity", *CORE[1:], "consent"]
    expected += ["right_party_verified", "mini_miranda", "before", "card", "anything", "apple", "zebra"]
    assert [item.key for item in said(*rules)] == expected
    assert [item.key for item in said(*rules[::-1])] == expected


@pytest.mark.parametrize(("key", "when"), IF_IT_HAPPENS.items())
def test_what_is_due_only_if_something_happens_stands_apart(key, when):
    always, if_it_happens = due(base("R", key, when="any"), base("S", "storage_notice"))
    assert [item.key for item in always] == ["storage"]
    assert [(item.key, item.when) for item in if_it_happens] == [(key, when)]


def test_what_is_conditional_is_only_this():
    assert IF_IT_HAPPENS == {
        "refusal_honoured": "when somebody refuses",
        "notice_to_late_joiner": "when somebody joins",
        "recording_resumed_notice": "after a pause",
        "staff_notice": "to staff, in writing",
        "notice_language_match": "in the caller's language",
    }


def test_words_are_the_companys_then_those_that_ship_then_none():
    words = Words(ENGLISH, {"storage": "With {company}.", "purpose": ""}, SLOTS)
    assert words.say("storage") == "With Vale."
    assert words.say("purpose") == "We use the recording to train our team."
    assert words.say("mini_miranda") == ""


def test_the_same_words_are_given_as_the_same_plain_values():
    (item,) = said(disclosure_rule("A", "US", "recording_notice"))
    assert item.as_plain == {
        "key": "recording",
        "when": "start",
        "say": "This call is recorded.",
        "citation": "A s. 2",
        "severity": "major",
        "because": "US asks for it",
        "rules": ["A"],
        "certainty": "high",
        "by": "law",
        "satisfies_consent": False,
        "verify": "",
    }
    assert said(base("A", "recording_notice"))[0].as_plain["by"] == "company"
