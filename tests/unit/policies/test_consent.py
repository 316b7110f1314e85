from datetime import date

import pytest

from policies.domain.law import FORMS, STANDARDS
from tests.unit.policies.laws import answer, shipped_law


def law_of(*places, **changed):
    consent = answer(*places, **changed)["law"]["consent"]
    return consent["standard"], consent["form"]


@pytest.mark.parametrize("code", sorted(set(shipped_law().jurisdictions) - {"US", "AU", "EU"}))
def test_each_place_decides_by_its_telephone_rule_or_the_cautious_one_where_it_is_not_verified(code):
    row = shipped_law().at(date(2026, 11, 24)).rules[code]
    expected = row.telephone_rule
    if row.confidence == "low":
        expected = max(row.telephone_rule, row.cautious_rule, key=STANDARDS.index)
    standard, form = law_of(code, code)
    assert standard == expected
    assert expected == "one_party" or FORMS.index(form) >= FORMS.index(row.consent_form)
    assert expected != "one_party" or form == "none"


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        (("US-TX", "US-FL"), ("all_party", "implied_by_notice")),
        (("US-TX", "US-NY"), ("one_party", "none")),
        (("US-TX", "US-MT"), ("notice_required", "implied_by_notice")),
        (("US-TX", "DE"), ("all_party", "express")),
        (("US-TX", "GB"), ("basis_required", "none")),
        (("US-TX", "CA-ON"), ("basis_required", "implied_by_notice")),  # falls back to the row of Canada
        (("US-TX", "US-DE"), ("one_party", "none")),
        (("US-TX", ""), ("all_party", "express")),
        (("US-TX", "US"), ("all_party", "express")),
        (("US-TX", "AU"), ("all_party", "express")),
        (("US-TX", "+61291234567"), ("all_party", "express")),  # Australia, but which state?
        (("US-TX", "US-MP"), ("all_party", "express")),
        (("US-TX", "EU"), ("all_party", "express")),
        (("US-TX", "KE"), ("all_party", "express")),
        (("US-TX", "+18005550100"), ("all_party", "express")),
    ],
)
def test_the_strictest_place_decides_and_unknown_is_the_strictest(places, expected):
    assert law_of(*places) == expected


def test_the_answer_names_the_party_that_caused_it():
    cause = answer("US-TX", "US-NY", "US-FL")["consent"]["because_of"]
    assert (cause["party"], cause["jurisdiction"], cause["certainty"]) == ("2", "US-FL", "high")
    assert cause["citation"].startswith("Fla. Stat.")


@pytest.mark.parametrize(
    ("medium", "expected"), [("phone", "one_party"), ("in_person", "notice_required"), ("video", "notice_required")]
)
def test_oregon_asks_more_face_to_face_and_on_video(medium, expected):
    assert law_of("US-OR", "US-OR", medium=medium)[0] == expected


def test_a_video_call_is_never_looser_than_a_telephone_call():
    assert law_of("US-NV", "US-NV", medium="in_person")[0] == "one_party"
    assert law_of("US-NV", "US-NV", medium="video")[0] == "all_party"


def test_a_company_may_read_unsettled_law_cautiously():
    cautious = {"consent": {"standard": "one_party", "form": "none", "reading": "cautious"}, "disclosures": []}
    consent = answer("US-TX", "US-DE", document=cautious)["consent"]
    assert (consent["standard"], consent["form"], consent["told"]) == (
        "all_party",
        "implied_by_notice",
        ["agent", "customer"],
    )
    assert answer("US-TX", "US-DE", document=cautious)["law"]["consent"]["standard"] == "one_party"


def test_the_cautious_reading_never_asks_for_a_looser_form():
    basis = {"legal_basis": "consent"}
    for reading in ("best", "cautious"):
        document = {"consent": {"standard": "one_party", "form": "none", "reading": reading}}
        assert answer("LU", "LU", facts=basis, document=document)["consent"]["form"] == "express"


def test_a_company_may_be_stricter_than_law_but_never_laxer():
    lax = {"consent": {"standard": "one_party", "form": "none"}}
    strict = {"consent": {"standard": "all_party", "form": "express"}}
    assert answer("US-TX", "US-FL", document=lax)["consent"]["standard"] == "all_party"
    strict_answer = answer("US-TX", "US-NY", document=strict)
    assert (strict_answer["consent"]["standard"], strict_answer["consent"]["form"]) == ("all_party", "express")
    assert strict_answer["law"]["consent"] == {"standard": "one_party", "form": "none", "told": []}
    assert strict_answer["consent"]["because_of"]["company_is_stricter"]


def test_consent_as_the_lawful_basis_has_to_be_express():
    assert law_of("GB", "GB", facts={"legal_basis": "consent"}) == ("basis_required", "express")


def test_a_duty_to_record_that_is_its_own_ground_needs_notice_but_no_consent():
    orders = {"sector": "securities", "activity": "client_order"}
    with_duty = answer("DE", "DE", facts=orders)
    assert with_duty["must_record"]
    assert with_duty["law"]["consent"] == {"standard": "basis_required", "form": "none", "told": ["agent", "customer"]}
    assert law_of("DE", "DE") == ("all_party", "express")
    # and it lifts nothing for a party elsewhere
    assert law_of("DE", "US-CA", facts=orders)[0] == "all_party"


def test_a_duty_of_the_united_states_does_not_stand_in_for_consent():
    facts = {"sector": "telecom", "product": "carrier_change"}
    given = answer("US-TX", "US-CA", facts=facts)
    assert given["must_record"]
    assert given["law"]["consent"]["standard"] == "all_party"


def test_low_certainty_and_what_to_verify_travel_with_the_rule():
    reason = next(item for item in answer("US-TX", "US-PR")["because"] if item["rule"] == "US-PR")
    assert reason["certainty"] == "low"
    assert reason["verify"]


@pytest.mark.parametrize("reading", ["best", "cautious"])
@pytest.mark.parametrize("medium", ["phone", "video", "in_person"])
def test_in_no_place_is_a_reading_laxer_than_law(medium, reading):
    document = {"consent": {"standard": "one_party", "form": "none", "reading": reading}}
    orders = {"sector": "securities", "activity": "client_order"}
    for code in [*shipped_law().jurisdictions, "", "KE", "US-MP"]:
        for facts in ({}, {"legal_basis": "consent"}, orders, orders | {"legal_basis": "consent"}):
            given = answer(code, code, facts=facts, medium=medium, document=document)
            asked, law = given["consent"], given["law"]["consent"]
            assert STANDARDS.index(asked["standard"]) >= STANDARDS.index(law["standard"]), (code, facts)
            assert FORMS.index(asked["form"]) >= FORMS.index(law["form"]), (code, facts)
