"""How the pages of this room say what the rules answered: letters, places, sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from policies.domain.conditions import Condition
from policies.domain.law import FLOORS, JurisdictionRule, Law
from policies.domain.periods import in_words, last_day, period

# standard: (strictness of ui tokens, letter, word)
LETTERS: Mapping[str, tuple[int, str, str]] = {
    "one_party": (1, "1", "One party"),
    "notice_required": (2, "N", "Told"),
    "basis_required": (3, "B", "Lawful basis and told"),
    "all_party": (4, "A", "All parties"),
}
FORMS = {
    "none": "No agreement is needed",
    "implied_by_notice": "Staying on the line after a clear notice",
    "express": "A yes, a key press or another active step",
    "written": "A signed document",
}
REFUSALS = {
    "stop_recording": "Stop recording, keep nothing from then on",
    "delete": "Stop recording and delete what there is",
    "keep_reason_only": "Stop recording and keep the reason alone",
}
KEYS = {
    "recording": "That the call is recorded",
    "purpose": "How the recording is used",
    "retention": "How long it is kept",
    "storage": "How it is stored",
    "refusal": "That they may refuse",
    "consent": "The question for consent",
    "agent_and_company_identity": "Who is speaking",
    "call_purpose": "Why you are calling",
    "controller_identity": "Who is responsible for the data",
    "rights_notice": "Which rights they have",
}
WHEN = {
    "start": "first words",
    "before_recording": "before recording",
    "before_payment": "before payment",
    "any": "at any time",
    "end": "at the end",
}

# The map of the United States: column and row of each state's tile.
_MAP = (
    "AK:1,1 ME:11,1 VT:10,2 NH:11,2 WA:1,3 ID:2,3 MT:3,3 ND:4,3 MN:5,3 IL:6,3 WI:7,3 MI:8,3 NY:9,3 RI:10,3 MA:11,3"
    " OR:1,4 NV:2,4 WY:3,4 SD:4,4 IA:5,4 IN:6,4 OH:7,4 PA:8,4 NJ:9,4 CT:10,4 CA:1,5 UT:2,5 CO:3,5 NE:4,5 MO:5,5"
    " KY:6,5 WV:7,5 VA:8,5 MD:9,5 DE:10,5 AZ:2,6 NM:3,6 KS:4,6 AR:5,6 TN:6,6 NC:7,6 SC:8,6 DC:9,6 OK:4,7 LA:5,7"
    " MS:6,7 AL:7,7 GA:8,7 HI:1,8 TX:4,8 FL:9,8 PR:11,8"
)
TILES = {f"US-{state}": tuple(at.split(",")) for state, at in (tile.split(":") for tile in _MAP.split())}


@dataclass(frozen=True)
class Lettered:
    """A standard as the pages show it: strictness 1 to 4, its letter, its word."""

    law: int
    letter: str
    word: str


def condition_words(condition: Condition) -> str:
    """`sector=bank|insurance;party=consumer` → sector is bank or insurance, and party is consumer."""
    clauses = [(key.replace("_", " "), sorted(values)) for key, values in condition.clauses]
    return ", and ".join(
        f"{key} is {' or '.join(value.replace('_', ' ') for value in values)}" for key, values in clauses
    )


def lettered(standard: str) -> Lettered:
    return Lettered(*LETTERS[standard])


@dataclass(frozen=True)
class PlaceRow:
    """One place of the register."""

    code: str
    name: str
    rule: Lettered
    careful: Lettered
    in_person: Lettered
    form: str
    citation: str
    certainty: str
    verify: str
    summary: str
    effective_from: date | None
    is_floor: bool
    column: str = ""
    row: str = ""

    @property
    def is_unsure(self) -> bool:
        return self.careful != self.rule or self.certainty == "low"

    @property
    def short(self) -> str:
        return self.code.partition("-")[2]


def place_row(rule: JurisdictionRule) -> PlaceRow:
    column, row = TILES.get(rule.code, ("", ""))
    return PlaceRow(
        code=rule.code,
        name=rule.name,
        rule=lettered(rule.telephone_rule),
        careful=lettered(rule.cautious_rule),
        in_person=lettered(rule.in_person_rule),
        form=FORMS[rule.consent_form],
        citation=rule.citation,
        certainty=rule.confidence,
        verify=rule.verify_note,
        summary=rule.summary,
        effective_from=rule.effective_from,
        is_floor=rule.code in FLOORS,
        column=column,
        row=row,
    )


def place_name(code: str | None, law: Law) -> str:
    """`US-FL` → Florida; a place without a row by its code."""
    if not code:
        return "a place that is not known"
    row = law.jurisdictions.get(code)
    return row.name if row else code


def who_is(role: str) -> str:
    """A party for a sentence: `the customer`."""
    return {"agent": "the agent", "customer": "the customer", "third_party": "the third party"}.get(role, "a party")


def in_short(document: Mapping[str, Any]) -> str:
    """A policy in one line: `all parties; kept 3 years, at most 5 years`."""
    consent, kept = document.get("consent", {}), document.get("retention", {})
    asks = {
        "one_party": "asks no more than law",
        "notice_required": "all parties told",
        "basis_required": "all parties told, on a lawful basis",
        "all_party": "all parties told and asked",
    }[consent.get("standard", "notice_required")]
    most = in_words(period(kept.get("max_period") or "P90D"))
    least = kept.get("min_period")
    return f"{asks}; {in_words(period(least))} at least, {most} at most" if least else f"{asks}; {most} at most"


# where a version stands at a moment: (data-state, symbol, word)
STANDINGS: Mapping[str, tuple[str, str, str]] = {
    "draft": ("awaiting_audio", "waiting", "Draft"),
    "in_review": ("due", "clock", "Waits for approval"),
    "scheduled": ("listed", "calendar", "Begins later"),
    "in_force": ("met", "check", "In force"),
    "retired": ("destroyed", "stored", "Ended"),
}


def headline(answer: Mapping[str, Any], zone: str) -> str:
    """The answer in two sentences."""
    if not answer["may_record"]:
        return f"No, do not record. {answer['conflicts'][0]['detail']}"
    consent = answer["consent"]
    if consent["form"] in {"express", "written"}:
        said = "Yes, record, once every party has said yes."
    elif consent["standard"] == "all_party":
        said = "Yes, record, once every party was told and stays on the line."
    elif consent["told"]:
        said = "Yes, record, and tell every party at the start."
    else:
        said = "Yes, record."
    return f"{said} {kept(answer, zone)}"


def kept(answer: Mapping[str, Any], zone: str) -> str:
    """`Keep it until the end of 24 November 2029.`"""
    retention = answer["retention"]
    if answer["conflicts"]:
        return "Two rules clash about how long it is kept: a person decides."
    if retention["min_period"]:
        return f"Keep it until the end of {_day(retention['keep_until'], zone)}."
    return f"Delete it by the end of {_day(retention['delete_by'], zone)}."


def _day(instant: str, zone: str) -> str:
    day = last_day(datetime.fromisoformat(instant), ZoneInfo(zone))
    return f"{day.day} {day:%B %Y}"
