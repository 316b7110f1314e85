from dataclasses import replace
from datetime import UTC, datetime

import pytest

from policies.domain.calls import Call, PartyFacts
from policies.domain.places import (
    UNKNOWN,
    Place,
    international,
    is_place,
    place_of,
    place_of_number,
    places_of,
    wrong_number,
)
from tests.unit.policies.laws import shipped_law


def by_number(number):
    return place_of_number(number, shipped_law().area_codes).jurisdiction


@pytest.mark.parametrize(
    ("number", "place"),
    [
        ("+1 212 555 0123", "US-NY"),
        ("+18135550142", "US-FL"),
        ("+1 (415) 555-0199", "US-CA"),
        ("tel:+1-604-555-0100", "CA-BC"),
        ("sip:+4930123456@pbx.example;user=phone", "DE"),
        ("0049 30 1234567", "DE"),
        ("+49 30 1234567", "DE"),
        ("+33 6 39 98 01 23", "FR"),
        ("+44 20 7946 0123", "GB"),
        ("+44 7911 123456", "GG"),
        ("+1 787 555 0100", "US-PR"),
        ("+1 684 555 0100", "US-AS"),
        ("+1 902 555 0100", "CA"),  # Nova Scotia or Prince Edward Island
        ("+1 729 555 0100", "US-TN"),  # the library does not know it yet
        ("+1 800 555 0100", ""),
        ("+1 600 555 0100", ""),
        ("+1 242 555 0100", ""),
        ("+1 999 555 0100", ""),
        ("+1 212 555", ""),
        ("+800 1234 5678", ""),
        ("212 555 0123", ""),  # without a country code a number tells nothing
        ("anonymous", ""),
        ("", ""),
        ("+", ""),
        ("+999999999999999999999", ""),
        ("\N{ARABIC-INDIC DIGIT ONE}212", ""),
    ],
)
def test_a_number_tells_a_place_or_nothing_and_never_fails(number, place):
    assert by_number(number) == place


def placed(number=None, said=None, address=None, default=""):
    return place_of(PartyFacts("customer", number, said, address), shipped_law(), default)


@pytest.mark.parametrize(
    ("known", "place"),
    [
        ({"number": "+18135550142", "said": "US-TX"}, Place("US-TX", "explicit", "high", "US-FL", ("US-FL",))),
        ({"number": "+18135550142", "said": "US-FL"}, Place("US-FL", "explicit", "high")),
        ({"number": "+19025550100", "said": "CA-NS"}, Place("CA-NS", "explicit", "high")),  # the number says Canada
        ({"number": "+18135550142", "said": "US"}, Place("US", "explicit", "high")),
        ({"said": "DE", "address": "EU"}, Place("DE", "explicit", "high")),
        ({"address": "US-NY"}, Place("US-NY", "address", "medium")),
        ({"number": "+18135550142", "address": "US-NY"}, Place("US-NY", "address", "medium", "US-FL", ("US-FL",))),
        (
            {"number": "+18135550142", "said": "US-TX", "address": "US-NY"},
            Place("US-TX", "explicit", "high", "US-NY", ("US-NY", "US-FL")),
        ),
        (
            {"number": "+18135550142", "said": "US-TX", "address": "US-FL"},
            Place("US-TX", "explicit", "high", "US-FL", ("US-FL",)),
        ),
        ({"number": "+18135550142"}, Place("US-FL", "number", "low")),
        ({"number": "+49301234567"}, Place("DE", "number", "medium")),
        ({"number": "+4915112345678"}, Place("DE", "number", "low")),
        ({"number": "+12635550100"}, Place("CA-QC", "number", "low")),
        ({"number": "+12425550100"}, Place("", "unknown", "none", unlisted_area_code="242")),
        ({"number": "+12425550100", "said": "DE"}, Place("DE", "explicit", "high", unlisted_area_code="242")),
        ({"number": "+18005550100"}, Place("", "unknown", "none")),
        ({"number": "+15215550100"}, Place("", "unknown", "none")),
        ({"number": "+1999555"}, Place("", "unknown", "none")),
        ({}, Place("", "unknown", "none")),
        ({"default": "US-CA"}, Place("US-CA", "default", "none")),
        ({"number": "anonymous", "default": "US-CA"}, Place("US-CA", "default", "none")),
        ({"number": "+18005550100", "default": "US-CA"}, Place("", "unknown", "none")),  # a number that tells nothing
        ({"number": "+18135550142", "default": "US-CA"}, Place("US-FL", "number", "low")),
        ({"said": "DE", "default": "US-CA"}, Place("DE", "explicit", "high")),
    ],
)
def test_the_first_source_that_tells_a_place_decides_and_every_other_place_is_kept(known, place):
    assert placed(**known) == place


@pytest.mark.parametrize("code", ["800", "833", "844", "855", "866", "877", "888", "500", "533", "600", "700", "900"])
def test_numbers_of_no_place_are_no_gap_of_the_register(code):
    assert placed(f"+1{code}5550100").unlisted_area_code == ""


def test_only_whoever_calls_in_with_a_withheld_number_is_where_the_company_assumes():
    asked = Call("inbound", "phone", "x", (), {}, (PartyFacts("agent"), PartyFacts("customer")), datetime.now(UTC))
    sources = [place.source for place in places_of(asked, shipped_law(), withheld_default="GB")]
    assert sources == ["unknown", "default"]
    for direction in ("outbound", "internal"):
        found = places_of(replace(asked, direction=direction), shipped_law(), withheld_default="GB")
        assert [place.source for place in found] == ["unknown", "unknown"]
    assert places_of(asked, shipped_law()) == (UNKNOWN, UNKNOWN)
    assert place_of(PartyFacts("customer"), shipped_law()) == UNKNOWN


def test_an_area_code_is_of_low_certainty_because_numbers_move():
    assert place_of_number("+18135550142", shipped_law().area_codes).certainty == "low"
    assert place_of_number("+49301234567", shipped_law().area_codes).certainty == "medium"


@pytest.mark.parametrize("code", ["US", "US-CA", "US-MP", "CA-ON", "DE", "DE-BY", "AU-VIC", "KE", "EU"])
def test_places_of_the_world_are_places(code):
    assert is_place(code)


@pytest.mark.parametrize(
    "code", ["", "us-ca", "US-XX", "ZZ", "AU-XYZ", "CA-ZZ", "DE-", "DE-ABCD", "EU-1", "USA", "US-CA ", "DÉ"]
)
def test_what_is_no_place_is_none(code):
    assert not is_place(code)


@pytest.mark.parametrize(
    ("written", "spelt"),
    [
        (" +1 (813) 555-0142 ", "+18135550142"),
        ("(+1) 813 555 0142", "+18135550142"),
        ("0018135550142", "+18135550142"),
        ("TEL:+1-813-555-0142", "+18135550142"),
        ("sips:+18135550142@pbx.example;user=phone", "+18135550142"),
        ("sip:+18135550142;tag=7@pbx.example", "+18135550142"),
        ("sip:+18135550142@192.0.2.7", "+18135550142"),  # the host's digits are not the number's
        ("0049301234567", "+49301234567"),
        ("001234567", ""),  # too short for an international number with 00
        ("0012345678", "+12345678"),
        ("813 555 0142", ""),
        ("+", ""),
        ("", ""),
    ],
)
def test_a_number_is_brought_to_one_spelling(written, spelt):
    assert international(written) == spelt


@pytest.mark.parametrize(
    ("told", "known"),
    [("PR", "US-PR"), ("GU", "US-GU"), ("VI", "US-VI"), ("AS", "US-AS"), ("MP", "US-MP"), ("CN-HK", "HK")],
)
def test_a_place_with_two_codes_is_the_one_that_the_register_has(told, known):
    for party in (PartyFacts("customer", jurisdiction=told), PartyFacts("customer", address=told)):
        assert place_of(party, shipped_law()).jurisdiction == known
    # the number of a Puerto Rican agrees with the address
    both = PartyFacts("customer", address="PR", number="+17875550100")
    assert place_of(both, shipped_law()).mismatch == ""


@pytest.mark.parametrize(
    ("number", "is_one"),
    [
        ("+18135550142", True),
        ("+1 (813) 555-0142", True),
        ("0049 30 1234567", True),
        ("813 555 0142", True),  # of an unknown country
        ("101", True),  # an extension
        ("+12345", True),
        ("+1234", False),
        ("+123456789012345", True),
        ("+1234567890123456", False),
        ("anonymous", True),
        ("Restricted", True),
        ("", True),
        ("sip:alice@pbx.example", True),
        ("abc", False),
        ("+", False),
        ("\N{ARABIC-INDIC DIGIT ONE}212", True),
        ("\N{ARABIC-INDIC DIGIT ONE}\N{ARABIC-INDIC DIGIT TWO}", False),
    ],
)
def test_what_can_be_no_number_is_told_with_what_is_allowed(number, is_one):
    problem = wrong_number(number)
    assert (problem == "") is is_one
    assert is_one or "+18135550142" in problem
