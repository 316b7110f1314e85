"""Whose law: where a party is, from what we know, how sure that is. A number is a hint, never proof."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

from policies.domain.calls import Call, PartyFacts
from policies.domain.law import AreaCode, Law

COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS) | {"EU"}
# Where a state decides, only a state that exists is a place; elsewhere the shape of ISO 3166-2 is enough.
PARTS: Mapping[str, frozenset[str]] = {
    country: frozenset(parts.split())
    for country, parts in {
        "US": "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND"
        " OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC PR GU VI AS MP UM",
        "CA": "AB BC MB NB NL NS NT NU ON PE QC SK YT",
        "AU": "ACT NSW NT QLD SA TAS VIC WA",
        "EU": "",
    }.items()
}
# Places that have a code of their own and one as a part of another: the register knows the one to the right.
ONE_NAME: Mapping[str, str] = {
    **{code: f"US-{code}" for code in ("PR", "GU", "VI", "AS", "MP", "UM")},
    **{f"CN-{code}": code for code in ("HK", "MO", "TW")},
}
# What phone systems send instead of a number that is withheld.
WITHHELD = frozenset({"anonymous", "blocked", "private", "restricted", "unavailable", "unknown", "withheld"})
_CODE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", re.ASCII)
FEWEST_DIGITS, MOST_DIGITS = 5, 15  # of an international number: ITU-T E.164 has 15 at most
_E164 = re.compile(r"\+[0-9]+")
_NANP = re.compile(r"\+1([2-9]\d\d)[2-9]\d{6}", re.ASCII)


# Numbers that belong to no place, by the North American plan: toll-free, personal, Canadian, premium, carriers.
NOT_GEOGRAPHIC = frozenset(
    {"800", "833", "844", "855", "866", "877", "888", "500", "521", "522", "523", "524", "525", "526", "527", "528"}
    | {"529", "532", "533", "544", "566", "577", "588", "600", "622", "633", "700", "710", "900"}
)


@dataclass(frozen=True)
class Place:
    """Where a party is. `jurisdiction` is empty where nothing tells it.

    Source: explicit, address, number, default (the company's choice for withheld numbers), hint or unknown.
    """

    jurisdiction: str
    source: str
    certainty: str  # high, medium, low, none
    mismatch: str = ""  # where a weaker source points, when it names another place
    hints: tuple[str, ...] = ()  # every other place that a weaker source names
    unlisted_area_code: str = ""  # of a North American number whose area code the register does not have


UNKNOWN = Place("", "unknown", "none")
_CERTAINTY = {"explicit": "high", "address": "medium"}


def places_of(call: Call, law: Law, *, withheld_default: str = "") -> tuple[Place, ...]:
    """Where each party is. `withheld_default`: the company's, for callers whose number is withheld; not for agents."""
    return tuple(
        place_of(party, law, withheld_default if call.direction == "inbound" and party.role != "agent" else "")
        for party in call.parties
    )


def place_of(party: PartyFacts, law: Law, withheld_default: str = "") -> Place:
    """The first that tells: what was said or is known, the address of record, the number, the default for withheld
    numbers, else unknown. Never raises.
    """
    by_number = place_of_number(party.number or "", law.area_codes)
    explicit, address = (ONE_NAME.get(code or "", code) for code in (party.jurisdiction, party.address))
    told = {"explicit": explicit, "address": address, "number": by_number.jurisdiction}
    named = [(source, code) for source, code in told.items() if code]
    if not named and withheld_default and not international(party.number or ""):
        return Place(withheld_default, "default", "none")
    if not named or named[0][0] == "number":
        return by_number
    source, code = named[0]
    hints = tuple(dict.fromkeys(other for _, other in named[1:] if not _agree(code, other, law)))
    return Place(code, source, _CERTAINTY[source], hints[0] if hints else "", hints, by_number.unlisted_area_code)


def _agree(one: str, other: str, law: Law) -> bool:
    """Whether one place lies in the other: US-FL and US, Nova Scotia and Canada."""
    return one in law.covered_by(other) or other in law.covered_by(one)


def place_of_number(number: str, area_codes: Mapping[str, AreaCode]) -> Place:
    """`+1 813 555 0142` → US-FL by the area-code table, `+49 30 …` → DE; without a country code: unknown."""
    text = international(number)
    if not text:
        return UNKNOWN
    if text.startswith("+1"):
        return _north_american(text, area_codes)
    try:
        parsed = phonenumbers.parse(text, None)
    except NumberParseException:
        return UNKNOWN
    region = phonenumbers.region_code_for_number(parsed)
    if not region or region == "001":
        return UNKNOWN
    fixed = phonenumbers.number_type(parsed) == PhoneNumberType.FIXED_LINE
    return Place(region, "number", "medium" if fixed else "low")


def _north_american(text: str, area_codes: Mapping[str, AreaCode]) -> Place:
    """Numbers move with their people, so the area code is of low certainty; a code that is not listed tells nothing."""
    shape = _NANP.fullmatch(text)
    if shape is None:
        return UNKNOWN
    code = shape.group(1)
    found = area_codes.get(code)
    if found is not None:
        return Place("CA" if found.is_shared else found.region_code, "number", "low")
    return UNKNOWN if code in NOT_GEOGRAPHIC else Place("", "unknown", "none", unlisted_area_code=code)


def international(number: str) -> str:
    """A number as `+` and digits, however it was written; empty where no country code is told."""
    if _E164.fullmatch(number):  # as most are
        return number
    text = number.strip().lower().removeprefix("tel:").removeprefix("sips:").removeprefix("sip:")
    text = text.partition("@")[0].partition(";")[0]
    digits = "".join(character for character in text if character.isascii() and character.isdigit())
    if text.lstrip("( ").startswith("+"):
        return "+" + digits if digits else ""
    return "+" + digits[2:] if digits.startswith("00") and len(digits) > 9 else ""


def wrong_number(number: str) -> str:
    """What is wrong with a number that can be none; empty: it may be one, or says that it is withheld."""
    if text := international(number):
        if FEWEST_DIGITS < len(text) <= MOST_DIGITS + 1:  # and the plus
            return ""
        return (
            f"Write {FEWEST_DIGITS} to {MOST_DIGITS} digits after the +, country code first, such as +18135550142."
            " Leave it out where it is not known."
        )
    has_digit = any(character.isascii() and character.isdigit() for character in number)
    if has_digit or "@" in number or number.strip().lower() in {"", *WITHHELD}:
        return ""
    return (
        "This is no number. Write it with its country code, such as +18135550142; where it is withheld, leave it out"
        f" or use one of: {', '.join(sorted(WITHHELD))}."
    )


def is_place(code: str) -> bool:
    """Whether this is a place by ISO 3166: a country (or EU), or a part of one: `US-CA`, `DE-BY`, `KE`."""
    country, dash, part = code.partition("-")
    if not _CODE.fullmatch(code) or country not in COUNTRIES:
        return False
    return not dash or (part in PARTS[country] if country in PARTS else True)
