"""Whose law: where a party is, from what we know, how sure that is. A number is a hint, never proof."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

from policies.domain.calls import PartyFacts
from policies.domain.law import AreaCode, Law

COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS) | {"EU"}
US_TERRITORIES_WITHOUT_ROW = frozenset({"US-MP", "US-AS", "US-UM"})
CANADIAN = frozenset(
    f"CA-{province}" for province in ["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"]
)
_CODE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", re.ASCII)
_NANP = re.compile(r"\+1([2-9]\d\d)[2-9]\d{6}", re.ASCII)
_LIBRARY_TERRITORIES = {"PR": "US-PR", "VI": "US-VI", "GU": "US-GU", "MP": "US-MP", "AS": "US-AS"}


@dataclass(frozen=True)
class Place:
    """Where a party is. `jurisdiction` is empty where nothing tells it. Source: explicit, number or unknown."""

    jurisdiction: str
    source: str
    certainty: str  # high, medium, low, none
    mismatch: str = ""  # where the number hints at, when somebody said another place


UNKNOWN = Place("", "unknown", "none")


def place_of(party: PartyFacts, law: Law) -> Place:
    """The first that tells: what was said or is known, then the number, else unknown. Never raises."""
    by_number = place_of_number(party.number or "", law.area_codes)
    if not party.jurisdiction:
        return by_number
    said = party.jurisdiction
    hint = by_number.jurisdiction
    agrees = not hint or said in law.covered_by(hint) or hint in law.covered_by(said)
    return Place(said, "explicit", "high", "" if agrees else hint)


def place_of_number(number: str, area_codes: Mapping[str, AreaCode]) -> Place:
    """`+1 813 555 0142` → US-FL by the area-code table, `+49 30 …` → DE; without a country code: unknown."""
    text = international(number)
    if not text:
        return UNKNOWN
    if text.startswith("+1"):
        shape = _NANP.fullmatch(text)
        found = area_codes.get(shape.group(1)) if shape else None
        if found is None:
            return UNKNOWN
        return Place("CA" if found.is_shared else found.region_code, "number", "low")
    try:
        parsed = phonenumbers.parse(text, None)
    except NumberParseException:
        return UNKNOWN
    region = phonenumbers.region_code_for_number(parsed)
    if not region or region == "001":
        return UNKNOWN
    fixed = phonenumbers.number_type(parsed) == PhoneNumberType.FIXED_LINE
    return Place(_LIBRARY_TERRITORIES.get(region, region), "number", "medium" if fixed else "low")


def international(number: str) -> str:
    """A number as `+` and digits, however it was written; empty where no country code is told."""
    text = number.strip().lower().removeprefix("tel:").removeprefix("sips:").removeprefix("sip:")
    text = text.partition("@")[0].partition(";")[0]
    digits = "".join(character for character in text if character.isascii() and character.isdigit())
    if text.lstrip("( ").startswith("+"):
        return "+" + digits if digits else ""
    return "+" + digits[2:] if digits.startswith("00") and len(digits) > 9 else ""


def is_place(code: str, law: Law) -> bool:
    """Whether this is a place by ISO 3166: a row of the register, a country, or a part of a country."""
    if code in law.jurisdictions or code in COUNTRIES or code in US_TERRITORIES_WITHOUT_ROW or code in CANADIAN:
        return True
    country = code.partition("-")[0]
    return bool(_CODE.fullmatch(code)) and "-" in code and country in COUNTRIES - {"US", "AU", "CA", "EU"}
