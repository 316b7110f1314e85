"""One party's consent, the strictest of several, and a signed consent: with places written here, not shipped ones."""

from datetime import date

import pytest

from policies.domain.calls import ConsentDocument
from policies.domain.consent import (
    Consent,
    PartyConsent,
    lacks_document,
    party_consent,
    readings_of,
    strictest_consent,
    strictest_hint,
    with_authority,
)
from policies.domain.places import UNKNOWN, Place
from tests.unit.policies.laws import place_rule

HERE = Place("US-XX", "explicit", "high")


def consent(medium="phone", reading="best", *, asks=False, place=HERE, **rule):
    found = party_consent(place, place_rule(**rule), medium=medium, reading=reading, asks_consent=asks)
    return found.standard, found.form


@pytest.mark.parametrize(
    ("rule", "asked", "demanded"),
    [
        ({"telephone_rule": "one_party", "consent_form": "implied_by_notice"}, {}, ("one_party", "none")),
        ({"telephone_rule": "notice_required", "consent_form": "none"}, {}, ("notice_required", "none")),
        ({"telephone_rule": "basis_required", "consent_form": "none"}, {}, ("basis_required", "none")),
        ({"telephone_rule": "basis_required", "consent_form": "none"}, {"asks": True}, ("basis_required", "express")),
        (
            {"telephone_rule": "basis_required", "consent_form": "written"},
            {"asks": True},
            ("basis_required", "written"),
        ),
        ({"telephone_rule": "notice_required", "consent_form": "none"}, {"asks": True}, ("notice_required", "none")),
        ({"telephone_rule": "all_party", "consent_form": "none"}, {}, ("all_party", "implied_by_notice")),
        ({"telephone_rule": "all_party", "consent_form": "express"}, {}, ("all_party", "express")),
        ({"telephone_rule": "all_party", "consent_form": "written"}, {}, ("all_party", "written")),
        (
            {"telephone_rule": "one_party", "cautious_rule": "all_party", "consent_form": "none"},
            {"reading": "cautious"},
            ("all_party", "implied_by_notice"),
        ),
        (
            {"telephone_rule": "one_party", "cautious_rule": "notice_required", "consent_form": "none"},
            {"reading": "cautious"},
            ("notice_required", "implied_by_notice"),
        ),
        (
            {"telephone_rule": "basis_required", "cautious_rule": "all_party", "consent_form": "none"},
            {"reading": "cautious", "asks": True},
            ("all_party", "express"),
        ),
        (
            {"telephone_rule": "one_party", "cautious_rule": "basis_required", "consent_form": "none"},
            {"reading": "cautious", "asks": True},
            ("basis_required", "express"),
        ),
        (  # the cautious reading never loosens
            {"telephone_rule": "all_party", "cautious_rule": "one_party", "consent_form": "express"},
            {"reading": "cautious"},
            ("all_party", "express"),
        ),
        (  # a row that nobody verified is read cautiously
            {"telephone_rule": "one_party", "cautious_rule": "all_party", "confidence": "low"},
            {},
            ("all_party", "implied_by_notice"),
        ),
        (
            {"telephone_rule": "one_party", "cautious_rule": "all_party", "confidence": "medium"},
            {},
            ("one_party", "none"),
        ),
        ({"telephone_rule": "one_party", "in_person_rule": "all_party"}, {"medium": "phone"}, ("one_party", "none")),
        (
            {"telephone_rule": "one_party", "in_person_rule": "notice_required"},
            {"medium": "in_person"},
            ("notice_required", "none"),
        ),
        (
            {"telephone_rule": "all_party", "in_person_rule": "one_party"},
            {"medium": "in_person"},
            ("one_party", "none"),
        ),
        (
            {"telephone_rule": "all_party", "in_person_rule": "one_party"},
            {"medium": "video"},
            ("all_party", "implied_by_notice"),
        ),
        (
            {"telephone_rule": "one_party", "in_person_rule": "basis_required"},
            {"medium": "video"},
            ("basis_required", "none"),
        ),
    ],
)
def test_what_a_place_demands(rule, asked, demanded):
    assert consent(**asked, **{"consent_form": "none", **rule}) == demanded


def test_a_party_consent_names_its_place_reading_and_reason():
    rule = place_rule(telephone_rule="one_party", cautious_rule="all_party", consent_form="none")
    found = party_consent(HERE, rule, medium="phone", reading="cautious")
    assert (found.place, found.rule, found.code, found.reading) == (HERE, rule, "US-XX", "cautious")
    assert found.because == "Exland: every party has to agree"
    assert found.authority == ""
    assert party_consent(HERE, rule, medium="phone").reading == "best"
    assert party_consent(HERE, rule, medium="phone").because == "Exland: one party's consent is enough"


@pytest.mark.parametrize(
    ("place", "because"),
    [
        (UNKNOWN, "The place is not known, so the strictest rule counts: every party has to agree"),
        (
            Place("US-MP", "explicit", "high"),
            "US-MP: the state is not known or has no rule, so the strictest rule counts",
        ),
        (Place("AU", "number", "low"), "AU: the state is not known or has no rule, so the strictest rule counts"),
        (Place("KE", "explicit", "high"), "KE: the register has no rule of this place, so the strictest rule counts"),
    ],
)
def test_an_unknown_law_is_the_strictest_and_says_why(place, because):
    found = party_consent(place, None, medium="phone")
    assert (found.standard, found.form, found.code, found.because) == ("all_party", "express", "unknown", because)


@pytest.mark.parametrize(("form", "demanded"), [("none", "express"), ("express", "express"), ("written", "written")])
def test_an_assumed_place_is_never_laxer_than_an_unknown_one(form, demanded):
    assumed = Place("US-XX", "default", "none")
    found = party_consent(assumed, place_rule(telephone_rule="one_party", consent_form=form), medium="phone")
    assert (found.standard, found.form, found.rule) == ("all_party", demanded, None)
    assert found.because == (
        "The number is withheld; the company takes Exland for such calls, and the strictest rule still counts"
    )


@pytest.mark.parametrize(
    ("medium", "readings"),
    [
        ("phone", ("notice_required", "all_party")),
        ("in_person", ("one_party", "all_party")),
        ("video", ("notice_required", "all_party")),
    ],
)
def test_the_two_readings_of_a_rule_by_medium(medium, readings):
    rule = place_rule(telephone_rule="notice_required", in_person_rule="one_party", cautious_rule="all_party")
    assert readings_of(rule, medium) == readings


def test_the_careful_reading_is_at_least_the_best_one():
    assert readings_of(place_rule(telephone_rule="all_party", cautious_rule="one_party"), "phone") == (
        "all_party",
        "all_party",
    )


@pytest.mark.parametrize(
    ("standard", "becomes"),
    [
        ("all_party", ("basis_required", "none")),
        ("basis_required", ("basis_required", "none")),
        ("notice_required", ("notice_required", "none")),
    ],
)
def test_a_duty_that_is_the_ground_stands_in_for_consent(standard, becomes):
    rule = place_rule()
    found = with_authority(PartyConsent(standard, "express", HERE, rule, "x", reading="cautious"), "Act 5")
    assert (found.standard, found.form) == becomes
    assert (found.authority, found.rule, found.place, found.reading) == ("Act 5", rule, HERE, "cautious")
    assert found.because == "Exland: Act 5 is the legal ground for recording; every party has to be told"


def test_a_duty_changes_nothing_where_one_party_is_enough_or_the_place_is_unknown():
    for unchanged in (
        PartyConsent("one_party", "none", HERE, place_rule(), "x"),
        PartyConsent("all_party", "express", UNKNOWN, None, "x"),
    ):
        assert with_authority(unchanged, "Act 5") is unchanged


def party(standard, form, because="", **kept):
    return PartyConsent(standard, form, HERE, place_rule(), because, **kept)


@pytest.mark.parametrize(
    ("parties", "weighed"),
    [
        ([], Consent("all_party", "express", -1)),
        ([("one_party", "none")], Consent("one_party", "none", 0)),
        ([("one_party", "none"), ("notice_required", "none")], Consent("notice_required", "none", 1)),
        ([("all_party", "implied_by_notice"), ("one_party", "none")], Consent("all_party", "implied_by_notice", 0)),
        ([("basis_required", "express"), ("all_party", "implied_by_notice")], Consent("all_party", "express", 1)),
        ([("all_party", "implied_by_notice"), ("all_party", "express")], Consent("all_party", "express", 1)),
        ([("all_party", "express"), ("all_party", "express")], Consent("all_party", "express", 0)),
        ([("basis_required", "written"), ("all_party", "express")], Consent("all_party", "written", 1)),
    ],
)
def test_the_strictest_standard_and_the_strictest_form_of_all_parties(parties, weighed):
    assert strictest_consent([party(*demanded) for demanded in parties]) == weighed


def test_of_two_that_ask_the_same_the_first_place_decides_whatever_the_order():
    florida, california = Place("US-FL", "explicit", "high"), Place("US-CA", "explicit", "high")
    both = [PartyConsent("all_party", "express", place, place_rule(), "") for place in (florida, california, florida)]
    assert strictest_consent(both).decided_by == 1
    assert strictest_consent(both[::-1]).decided_by == 1
    assert strictest_consent([both[0], both[2]]).decided_by == 0


def test_what_follows_from_a_weighed_consent():
    assert not Consent("one_party", "none", 0).everybody_is_told
    assert all(Consent(standard, "none", 0).everybody_is_told for standard in ("notice_required", "basis_required"))
    forms = ("none", "implied_by_notice", "express", "written")
    assert [Consent("all_party", form, 0).is_asked for form in forms] == [False, False, True, True]
    assert [Consent("basis_required", form, 0).strictness for form in forms] == [(2, 0), (2, 1), (2, 2), (2, 3)]
    assert party("notice_required", "express").strictness == (1, 2)


def test_of_everywhere_that_a_party_may_be_the_strictest_counts():
    here, there = party("one_party", "none", "here"), party("all_party", "implied_by_notice", "there")
    assert strictest_hint([here, there]) is there
    assert strictest_hint([there, party("all_party", "implied_by_notice", "later")]) is there
    mixed = strictest_hint(
        [
            party("basis_required", "express"),
            party("all_party", "implied_by_notice", "b", authority="a", reading="cautious"),
        ]
    )
    assert (mixed.standard, mixed.form, mixed.because, mixed.authority) == ("all_party", "express", "b", "a")
    assert (mixed.place, mixed.rule, mixed.reading) == (HERE, place_rule(), "cautious")


DAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("document", "lack"),
    [
        (None, "A signed consent is needed. Attach it with its SHA-256, the day of signature and its purposes."),
        (ConsentDocument("ab", DAY), ""),
        (
            ConsentDocument("ab", DAY, ("training",)),
            "The signed consent does not speak for regulatory. Attach one that does.",
        ),
        (ConsentDocument("ab", DAY, ("training", "regulatory")), ""),
        (
            ConsentDocument("ab", date(2026, 11, 25)),
            "The consent was signed on 2026-11-25, after the call's day. Attach one signed before.",
        ),
        (
            ConsentDocument("ab", DAY, ("contract_evidence",)),
            "The signed consent does not speak for training and regulatory. Attach one that does.",
        ),
    ],
)
def test_a_signed_consent_serves_from_its_day_for_its_purposes(document, lack):
    assert lacks_document(document, purposes=("training", "regulatory"), day=DAY) == lack
