"""The JSON Schema (2020-12) of a policy file and its document, made from the constants that the checks read."""

from collections.abc import Mapping, Sequence
from typing import Any

from policies.domain.calls import DIRECTIONS, MEDIA, PURPOSES
from policies.domain.documents import (
    ADDED,
    CAREFUL_DEFAULT,
    HINTS,
    LONGEST_TEXT,
    PAUSES,
    PHONE_KEYS,
    READINGS,
    REFUSALS,
    SECTORS,
)
from policies.domain.files import CODE, LONGEST_CODE, LONGEST_NAME, MOST_LINES
from policies.domain.languages import BY_CODE
from policies.domain.law import FORMS, STANDARDS
from policies.domain.scripts import REQUIRED_SLOTS, SLOTS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PLACE = {"type": "string", "pattern": "^[A-Z]{2}(-[A-Z0-9]{1,3})?$"}
PERIOD_PATTERN = (
    "^P(?=[0-9]|T[0-9])([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+S)?)?$"
)
_PERIOD = "An ISO 8601 period in years, months, weeks or days, such as P3Y or P90D; seconds are for demo lines."


def file_schema() -> dict[str, Any]:
    """Of a whole file: which policy, for which lines of business, and its document."""
    return {
        "$schema": DIALECT,
        "title": "Callward policy file",
        "description": "A company's policy on the recording of calls, as a team keeps it beside its code.",
        **_object(
            {
                "policy": _text("The policy's code.", longest=LONGEST_CODE, pattern=f"^{CODE}$"),
                "name": _text("The policy's name.", longest=LONGEST_NAME, pattern=r"\S"),
                "lines_of_business": {
                    "type": "array",
                    "items": {"type": "string"},
                    "uniqueItems": True,
                    "maxItems": MOST_LINES,
                    "default": [],
                    "description": "Codes of the lines of business it speaks for; none: every line.",
                },
                "document": document_schema(),
            },
            "",
            required=("policy", "name", "document"),
        ),
    }


def document_schema() -> dict[str, Any]:
    """Of the document alone, as `POST decisions/preview/` takes it. What is left out is as in the careful default."""
    return _object(
        {
            "summary": _text("The policy in one or two sentences.", longest=500),
            "company": _text("The company's name as it is said aloud.", longest=120),
            "contact": _object(
                {
                    "opt_out_key": _choice(
                        PHONE_KEYS, "The key that a caller presses to opt out.", "contact/opt_out_key"
                    )
                },
                "How a caller reaches a choice.",
            ),
            "scope": _scope(),
            "consent": _consent(),
            "location": _object(
                {
                    "withheld_default": {
                        "oneOf": [PLACE, {"type": "null"}],
                        "default": None,
                        "description": "Where an inbound caller is of whom nothing is known. Never laxer than unknown.",
                    },
                    "hints": _choice(
                        HINTS, "The most trusted hint of a place, or the strictest of all.", "location/hints"
                    ),
                },
                "Where a party is.",
            ),
            "retention": _retention(),
            "pause": _object(
                {"card_data": _choice(PAUSES, "When the recording pauses for card data.", "pause/card_data")},
                "When the recording pauses.",
            ),
            "purposes": _list(tuple(PURPOSES), "What recordings may be used for.", "purposes") | {"minItems": 1},
            "disclosures": _list(ADDED, "What we announce on top of law and baseline.", "disclosures"),
            "on_refusal": _choice(REFUSALS, "What happens when somebody refuses.", "on_refusal"),
            "language": _choice(tuple(BY_CODE), "Spoken where a call states no language.", "language"),
            "script": _script(),
        },
        "What the company asks on top of law.",
    )


def _scope() -> dict[str, Any]:
    countries = {
        "type": "array",
        "items": PLACE,
        "default": [],
        "description": "Countries, or parts of one; none: any.",
    }
    return _object(
        {
            "direction": _list(DIRECTIONS, "Directions; none: any.", "scope/direction"),
            "medium": _list(MEDIA, "Media; none: any.", "scope/medium"),
            "countries": countries,
            "sectors": _list(SECTORS, "Sectors; none: any.", "scope/sectors"),
        },
        "Which calls the policy speaks for. The most specific policy wins.",
    )


def _consent() -> dict[str, Any]:
    by_place = {
        "type": "object",
        "propertyNames": PLACE,
        "additionalProperties": {"enum": list(READINGS)},
        "default": {},
        "description": "The reading of single places, before `reading`.",
    }
    return _object(
        {
            "standard": _choice(STANDARDS, "At least this standard; law may ask for more.", "consent/standard"),
            "form": _choice(FORMS, "At least this form of agreement.", "consent/form"),
            "reading": _choice(READINGS, "How law that is not settled is read.", "consent/reading"),
            "readings": by_place,
        },
        "Who has to be told and who has to agree.",
    )


def _retention() -> dict[str, Any]:
    return _object(
        {
            "min_period": {
                "oneOf": [{"type": "string", "pattern": PERIOD_PATTERN}, {"type": "null"}],
                "default": None,
                "description": f"Kept at least. {_PERIOD} Null: no minimum of the company's own.",
            },
            "max_period": _text(f"Kept at most. {_PERIOD}", pattern=PERIOD_PATTERN, default_at="retention/max_period"),
            "cooling_period": _text(
                f"Listed before it goes. {_PERIOD}", pattern=PERIOD_PATTERN, default_at="retention/cooling_period"
            ),
            "needs_approval": {
                "type": "boolean",
                "default": _default_at("retention/needs_approval"),
                "description": "Whether a person approves before anything is destroyed.",
            },
        },
        "How long recordings are kept.",
    )


def _script() -> dict[str, Any]:
    words = {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT}
    slots = ", ".join(f"{{{slot}}}" for slot in SLOTS)
    return _object(
        {
            code: {
                "type": "object",
                "properties": {key: words | {"pattern": rf"\{{{slot}\}}"} for key, slot in REQUIRED_SLOTS.items()},
                "additionalProperties": words,
                "default": {},
                "description": f"{language.name}: the company's own words by disclosure key. Slots: {slots}.",
            }
            for code, language in BY_CODE.items()
        },
        "The company's own words; what is not here is said as it ships.",
    )


def _object(properties: Mapping[str, Any], description: str, required: Sequence[str] = ()) -> dict[str, Any]:
    shape: dict[str, Any] = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    if required:
        shape["required"] = list(required)
    return shape | ({"description": description} if description else {})


def _text(description: str, *, longest: int = 0, pattern: str = "", default_at: str = "") -> dict[str, Any]:
    shape: dict[str, Any] = {"type": "string", "description": description}
    if longest:
        shape["maxLength"] = longest
    if pattern:
        shape["pattern"] = pattern
    return shape | ({"default": _default_at(default_at)} if default_at else {})


def _choice(values: Sequence[str], description: str, default_at: str) -> dict[str, Any]:
    return {"enum": list(values), "default": _default_at(default_at), "description": description}


def _list(values: Sequence[str], description: str, default_at: str) -> dict[str, Any]:
    """Left out, `purposes` are all of them and every other list is empty."""
    default = list(values) if default_at == "purposes" else []
    return {"type": "array", "items": {"enum": list(values)}, "default": default, "description": description}


def _default_at(path: str) -> Any:
    value: Any = CAREFUL_DEFAULT
    for key in path.split("/"):
        value = value[key]
    return value
