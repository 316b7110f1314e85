"""What a careful person is told beside the answer; none of it changes the answer."""

from dataclasses import replace
from datetime import date

import pytest

from policies.domain.calls import PartyFacts
from policies.domain.law import AreaCode
from policies.domain.notices import KINDS
from tests.unit.policies.laws import place_rule
from tests.unit.policies.small_law import (
    CONNECTICUT,
    DUTY,
    FLORIDA,
    LAX,
    PLACES,
    answer,
    asked,
    disclosure_rule,
    law,
    outcome,
    retention_rule,
)

AREAS = {"813": AreaCode("813", "US-FL", is_shared=False, confidence="high")}


def notice(kind, detail, party=None, rule=None, citation=""):
    return {"kind": kind, "party": party, "rule": rule, "citation": citation, "detail": detail}


def of_party(party, document=LAX, **changed):
    """The notices of a call between Texas and this party, whose first finding is the party's own."""
    call = replace(asked("US-TX"), parties=(PartyFacts("agent", None, "US-TX"), party), **changed)
    return outcome(call, document, replace(law(), area_codes=AREAS)).answer["notices"]


GUESS = notice(
    "location_uncertain",
    "US-FL is told by the number alone, and people keep a number when they move."
    " If the party is elsewhere, the strictest rule may count: every party has to agree.",
    "customer",
)


@pytest.mark.parametrize(
    ("party", "found"),
    [
        (PartyFacts("customer", None, "US-FL"), []),
        (PartyFacts("customer", "+18135550142"), [GUESS]),
        (
            PartyFacts("customer"),
            [notice("location_uncertain", "Nothing tells where the party is. Ask, or state the place.", "customer")],
        ),
        (
            PartyFacts("customer", "+18135550142", "US-TX"),
            [
                notice(
                    "location_mismatch", "US-TX is known by the caller's word; another source names US-FL.", "customer"
                )
            ],
        ),
        (
            PartyFacts("customer", "+18135550142", "US-TX", "DE"),
            [
                notice(
                    "location_mismatch",
                    "US-TX is known by the caller's word; another source names DE and US-FL.",
                    "customer",
                )
            ],
        ),
        (
            PartyFacts("customer", "+18135550142", None, "US-TX"),
            [
                notice(
                    "location_mismatch",
                    "US-TX is known by the address of record; another source names US-FL.",
                    "customer",
                )
            ],
        ),
        (
            PartyFacts("customer", "+18145550142", "US-TX"),
            [
                notice(
                    "area_code_unknown",
                    "Area code 814 is not in the register, so the number tells no place. Add the code.",
                    "customer",
                )
            ],
        ),
        (
            PartyFacts("customer", "+18145550142"),
            [
                notice(
                    "area_code_unknown",
                    "Area code 814 is not in the register, so the number tells no place. Add the code.",
                    "customer",
                ),
                notice("location_uncertain", "Nothing tells where the party is. Ask, or state the place.", "customer"),
            ],
        ),
        (
            PartyFacts("customer", None, "US-ZZ"),
            [
                notice(
                    "federal_floor",
                    "US-ZZ: the state's law is not known, and US law is only a floor. Name the state.",
                    "customer",
                    "US",
                )
            ],
        ),
        (
            PartyFacts("customer", None, "EU"),
            [
                notice(
                    "federal_floor",
                    "EU: the state's law is not known, and EU law is only a floor. Name the state.",
                    "customer",
                    "EU",
                )
            ],
        ),
        (PartyFacts("customer", None, "KE"), []),
    ],
)
def test_what_is_said_of_a_partys_place(party, found):
    assert of_party(party) == found


def test_an_assumed_place_is_named_as_one():
    document = LAX | {"location": {"withheld_default": "US-FL"}}
    assert of_party(PartyFacts("customer"), document) == [
        notice(
            "location_assumed",
            "The number is withheld. US-FL is assumed, and the strictest rule counts beside its own.",
            "customer",
        )
    ]


@pytest.mark.parametrize(("reading", "taken"), [("best", "best"), ("cautious", "careful")])
def test_unsettled_law_names_both_readings_and_which_was_taken(reading, taken):
    document = LAX | {"consent": LAX["consent"] | {"readings": {"US-CT": reading}}}
    assert answer("US-TX", "US-CT", document=document)["notices"] == [
        notice(
            "unsettled_law",
            "Connecticut: by the best reading every party has to be told; by the careful one every party has to agree."
            f" This answer takes the {taken} one.",
            "customer",
            "US-CT",
            "Conn. Gen. Stat.",
        )
    ]


def test_a_rule_that_nobody_verified_is_named():
    unsure = replace(FLORIDA, confidence="low")
    given = answer("US-FL", "US-FL", under=law(places=[*(row for row in PLACES if row is not FLORIDA), unsure]))
    assert given["notices"] == [
        notice("low_confidence", "Florida is read carefully. Check 934.", party, "US-FL", "Fla. Stat.")
        for party in ("agent", "customer")
    ]


@pytest.mark.parametrize(("due", "is_told"), [(None, False), (25, False), (24, True), (23, True)])
def test_a_rule_past_its_review_is_named_from_that_day_on(due, is_told):
    reviewed = replace(FLORIDA, next_review_on=due and date(2026, 11, due))
    given = answer("US-TX", "US-FL", under=law(places=[*(row for row in PLACES if row is not FLORIDA), reviewed]))
    assert (
        given["notices"]
        == [
            notice(
                "review_overdue", f"Florida was due for a review on 2026-11-{due}.", "customer", "US-FL", "Fla. Stat."
            )
        ][: int(is_told)]
    )


def test_unsure_duties_and_unsure_periods_that_decide_are_named_once_each():
    duty = replace(DUTY, confidence="low", verify_note="Ask CMS.")
    decides = retention_rule("LONG", min_period="P9Y", confidence="low", verify_note="Ask.")
    outranked = retention_rule("SHORT", min_period="P1Y", confidence="low")
    sure = retention_rule("SURE", max_period="P20Y")
    given = answer(
        "US-TX", "US-TX", facts={"sector": "medicare"}, under=law(retention=[duty, decides, outranked, sure])
    )
    assert given["notices"] == [
        notice("low_confidence", "US-DUTY s. 1 is not verified. Ask CMS.", None, "US-DUTY", "US-DUTY s. 1"),
        notice("low_confidence", "LONG s. 1 is not verified. Ask.", None, "LONG", "LONG s. 1"),
    ]


def test_words_that_are_not_there_in_the_callers_language_are_named():
    special = disclosure_rule("MINI", "US", "mini_miranda", "sector=debt_collection")
    rules = law(disclosures=[special, disclosure_rule("REC", "US", "recording_notice")])
    collects = {"sector": "debt_collection"}
    assert answer("US-TX", "US-TX", facts=collects, under=rules)["notices"] == []
    given = answer("US-TX", "US-TX", facts=collects, under=rules, language="de-AT")
    assert given["language"] == "de"
    assert given["notices"] == [
        notice(
            "translation_missing",
            "mini_miranda is in the rule's own words, not in Deutsch. Give the policy words for it.",
            None,
            "MINI",
            "MINI s. 2",
        )
    ]
    own = LAX | {"script": {"de": {"mini_miranda": "Wir treiben eine Forderung ein."}}}
    given = answer("US-TX", "US-TX", facts=collects, under=rules, language="de", document=own)
    assert given["notices"] == []
    assert {item["key"]: item["say"] for item in given["script"]} == {
        "recording": "Dieses Gespräch wird aufgezeichnet.",
        "mini_miranda": "Wir treiben eine Forderung ein.",
    }


def test_a_language_that_does_not_ship_is_named_and_the_policys_own_is_spoken():
    document = LAX | {"language": "fr"}
    given = answer("US-TX", "US-TX", document=document, language="pt")
    assert given["language"] == "fr"
    assert given["notices"] == [notice("translation_missing", "No script is there in pt; it is in Français.")]
    given = answer("US-TX", "US-TX", document=document)
    assert (given["language"], given["notices"]) == ("fr", [])


def test_every_kind_of_notice_is_listed_with_words():
    assert list(KINDS) == [
        "location_mismatch",
        "area_code_unknown",
        "location_assumed",
        "location_uncertain",
        "federal_floor",
        "unsettled_law",
        "low_confidence",
        "review_overdue",
        "translation_missing",
    ]
    assert all(words[0].isupper() and not words.endswith(".") for words in KINDS.values())


def test_the_order_is_each_party_then_periods_then_language():
    unsure = replace(DUTY, confidence="low")
    special = disclosure_rule("MINI", "US", "mini_miranda", "sector=medicare")
    call = replace(
        asked("US-TX", facts={"sector": "medicare"}, language="es"),
        parties=(PartyFacts("agent", None, "US-CT"), PartyFacts("customer", "+18135550142", "US-ZZ")),
    )
    rules = replace(law(retention=[unsure], disclosures=[special]), area_codes=AREAS)
    assert [(one["kind"], one["party"]) for one in outcome(call, LAX, rules).answer["notices"]] == [
        ("unsettled_law", "agent"),
        ("location_mismatch", "customer"),
        ("federal_floor", "customer"),
        ("low_confidence", None),
        ("translation_missing", None),
    ]
    assert CONNECTICUT in rules.rules


def test_a_country_with_its_own_rule_is_no_floor():
    rules = law(places=[*PLACES, place_rule("CA", "Canada")])
    assert answer("US-TX", "CA-ON", under=rules)["notices"] == []
