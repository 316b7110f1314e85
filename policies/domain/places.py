"""Whose law: where a party is, from what we know, how sure that is. A number is a hint, never proof."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

from policies.domain.calls import PartyFacts
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
_CODE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", re.ASCII)
_NANP = re.compile(r"\+1([2-9]\d\d)[2-9]\d{6}", re.ASCII)


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
    return Place(region, "number", "medium" if fixed else "low")


def international(number: str) -> str:
    """A number as `+` and digits, however it was written; empty where no country code is told."""
    text = number.strip().lower().removeprefix("tel:").removeprefix("sips:").removeprefix("sip:")
    text = text.partition("@")[0].partition(";")[0]
    digits = "".join(character for character in text if character.isascii() and character.isdigit())
    if text.lstrip("( ").startswith("+"):
        return "+" + digits if digits else ""
    return "+" + digits[2:] if digits.startswith("00") and len(digits) > 9 else ""


def is_place(code: str) -> bool:
    """Whether this is a place by ISO 3166: a country (or EU), or a part of one: `US-CA`, `DE-BY`, `KE`."""
    country, dash, part = code.partition("-")
    if not _CODE.fullmatch(code) or country not in COUNTRIES:
        return False
    return not dash or (part in PARTS[country] if country in PARTS else True)
