import pytest

from policies.domain.calls import PartyFacts
from policies.domain.places import Place, international, is_place, place_of, place_of_number
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


def test_what_was_said_outweighs_the_number_and_the_mismatch_is_kept():
    law = shipped_law()
    assert place_of(PartyFacts("customer", "+18135550142", "US-TX"), law) == Place("US-TX", "explicit", "high", "US-FL")
    assert place_of(PartyFacts("customer", "+18135550142", "US-FL"), law).mismatch == ""
    assert place_of(PartyFacts("customer", "+19025550100", "CA-NS"), law).mismatch == ""
    assert place_of(PartyFacts("customer"), law) == Place("", "unknown", "none")


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


def test_a_number_is_brought_to_one_spelling():
    assert international(" +1 (813) 555-0142 ") == international("0018135550142") == "+18135550142"
