"""A tone as notice, what follows on a refusal, and the pause for card data."""

import pytest

from policies.domain.languages import LANGUAGES
from policies.domain.refusal import WORDS
from tests.unit.policies.small_law import LAX, answer, disclosure_rule, law


@pytest.mark.parametrize(
    ("places", "counts", "because", "citation"),
    [
        (("US-TX", "US-TX"), False, "No place of this call asks for a notice.", ""),
        (
            ("US-TX", "US-CT"),
            True,
            "A tone about every 15 seconds counts as notice in Connecticut.",
            "Conn. Gen. Stat.",
        ),
        (
            ("US-CT", "US-CA", "US-CT"),
            True,
            "A tone about every 15 seconds counts as notice in California and Connecticut.",
            "Cal. Code; Conn. Gen. Stat.",
        ),
        (("US-CT", "US-FL"), False, "No rule of Florida accepts a tone instead of words.", ""),
        (
            ("US-FL", "", "DE"),
            False,
            "No rule of Florida, Germany and a place without a known rule accepts a tone instead of words.",
            "",
        ),
    ],
)
def test_a_tone_counts_only_where_every_place_that_asks_for_a_notice_accepts_it(places, counts, because, citation):
    assert answer(*places)["beep_tone"] == {
        "counts_as_notice": counts,
        "because": because,
        "citation": citation,
    }


MEDICARE = {"sector": "medicare"}


def test_where_law_orders_the_recording_a_refusal_ends_the_call():
    given = answer("US-TX", "US-TX", facts=MEDICARE)
    assert given["on_refusal"] == "end_call"
    assert given["refusal"] == {
        "follow": "end_call",
        "say": "The law asks us to record this call, so I have to end it here. You may reach us in another way.",
        "because": "US-DUTY s. 1 orders the recording, so nobody can go on unrecorded.",
        "citation": "US-DUTY s. 1",
    }


@pytest.mark.parametrize("follow", ["stop_recording", "delete", "keep_reason_only"])
def test_elsewhere_the_policy_says_what_follows(follow):
    given = answer("US-TX", "US-TX", document=LAX | {"on_refusal": follow})
    assert given["on_refusal"] == follow
    assert given["refusal"] == {
        "follow": follow,
        "say": WORDS[follow]["en"],
        "because": "Own, version 7 asks for it.",
        "citation": "Own, version 7",
    }


def test_the_policys_own_words_are_said_with_the_companys_name_but_not_against_a_duty():
    words = LAX | {"company": "Harbor {&} Vale", "script": {"en": {"refusal_honoured": "{company} records no more."}}}
    assert answer("US-TX", "US-TX", document=words)["refusal"]["say"] == "Harbor {&} Vale records no more."
    assert answer("US-TX", "US-TX", document=words, facts=MEDICARE)["refusal"]["say"] == WORDS["end_call"]["en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_end_of_a_refusal_is_said_in_every_language(language):
    said = {
        answer("US-TX", "US-TX", document=LAX | {"on_refusal": follow}, language=language)["refusal"]["say"]
        for follow in ("stop_recording", "delete", "keep_reason_only")
    }
    said.add(answer("US-TX", "US-TX", facts=MEDICARE, language=language)["refusal"]["say"])
    assert said == {WORDS[follow][language] for follow in WORDS}
    assert len(said) == 4


def test_what_is_said_after_a_refusal_is_what_a_review_expects():
    honoured = disclosure_rule("BASE-REFUSAL", "BASELINE", "refusal_honoured", when="any")
    rules = law(disclosures=[honoured])
    given = answer("US-TX", "US-TX", under=rules, facts=MEDICARE)
    assert [item["say"] for item in given["if_it_happens"]] == [given["refusal"]["say"]]
    given = answer("US-TX", "US-TX", under=rules)
    assert [item["say"] for item in given["if_it_happens"]] == [WORDS["stop_recording"]["en"]]


CARD = {"content": "payment_card_sad"}
BY_RULE = {
    "content": "card_data",
    "when": "before_payment",
    "because": "Card data are taken on this call.",
    "citation": "PCI s. 2",
    "by": "law",
}
IF_TAKEN_BY_RULE = {
    "content": "card_data",
    "when": "when_taken",
    "because": "Nobody said whether card data are taken; where they are, recording pauses.",
    "citation": "PCI s. 2",
    "by": "law",
}
ALWAYS = {
    "content": "card_data",
    "when": "before_payment",
    "because": "Own, version 7 pauses before every payment.",
    "citation": "Own, version 7",
    "by": "company",
}
IF_TAKEN = {
    "content": "card_data",
    "when": "when_taken",
    "because": "Own, version 7 pauses where card data are taken.",
    "citation": "Own, version 7",
    "by": "company",
}


@pytest.mark.parametrize(
    ("wish", "facts", "pauses"),
    [
        ("always", CARD, [BY_RULE]),
        ("when_taken", CARD, [BY_RULE]),
        ("never", CARD, [BY_RULE]),
        ("always", {}, [ALWAYS]),
        ("when_taken", {}, [IF_TAKEN_BY_RULE]),
        ("never", {}, [IF_TAKEN_BY_RULE]),
        ("always", {"content": "voiceprint"}, [ALWAYS]),
        ("when_taken", {"content": "voiceprint"}, [IF_TAKEN]),
        ("never", {"content": "voiceprint"}, []),
    ],
)
def test_the_policy_adds_to_the_pause_that_the_rule_asks_for_and_takes_nothing_away(wish, facts, pauses):
    assert answer("US-TX", "US-TX", document=LAX | {"pause": {"card_data": wish}}, facts=facts)["pause"] == pauses
