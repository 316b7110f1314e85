"""Example calls: what a rule has to bring, written as a call and its expected answer. A release passes them all.

A row names its rule, the call's facts (`direction=outbound;sector=securities`, as in `applies_when`, and `medium`,
`purposes`, `record_kind`), the parties (`agent=US-TX customer=+18135550142 customer=?`), the day, and what to expect:

  for a place's consent rule   standard, form, told (everybody, nobody), decided_by (a party), cautious (standard/form
                               where the company reads unsettled law cautiously), cites (in the citation), tone,
                               says (the row by itself: telephone/in_person/cautious/form)
  for a retention rule         minimum, maximum (a period, or none where the rule has no number), trigger, duty, ground
  for a disclosure             place, key, when, severity, consent (whether saying it is enough)
  for either of these          open (the facts that it waits for), silent (it does not speak on this call)

Only law answers: the company of an example asks for nothing of its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from policies.domain.calls import DIRECTIONS, MEDIA, PURPOSES, ROLES, Call, PartyFacts
from policies.domain.conditions import BINDING_KINDS, FACTS, SEPARATE_KINDS
from policies.domain.decision import decided
from policies.domain.documents import policy_document
from policies.domain.errors import ExampleUnreadable
from policies.domain.inputs import CompanyPolicy, Inputs
from policies.domain.law import (
    FORMS,
    SEVERITIES,
    STANDARDS,
    AnyRule,
    DisclosureRule,
    JurisdictionRule,
    Law,
    RetentionRule,
)
from policies.domain.places import is_place, place_of
from policies.domain.register.build import day_of, law_of_register
from policies.domain.register.files import EXAMPLES, RULES, Register, Row, WrongCell

Claims = Mapping[str, str]
_YES_NO = frozenset({"true", "false"})
_ALLOWED: Mapping[str, frozenset[str] | None] = {  # claim → the closed set of its values; None: free text
    "standard": frozenset(STANDARDS),
    "form": frozenset(FORMS),
    "told": frozenset({"everybody", "nobody"}),
    "decided_by": None,
    "cautious": frozenset(f"{standard}/{form}" for standard in STANDARDS for form in FORMS),
    "cites": None,
    "tone": _YES_NO,
    "says": None,
    "minimum": None,
    "maximum": None,
    "trigger": None,
    "duty": _YES_NO,
    "ground": _YES_NO,
    "place": None,
    "key": None,
    "when": None,
    "severity": frozenset(SEVERITIES),
    "consent": _YES_NO,
    "open": None,
    "silent": frozenset({"true"}),
}
_FACTS: Mapping[str, frozenset[str]] = {
    **FACTS,
    "direction": frozenset(DIRECTIONS),
    "medium": frozenset(MEDIA),
    "purposes": frozenset(PURPOSES),
    "record_kind": frozenset((*BINDING_KINDS, *SEPARATE_KINDS)),
}
_LIMITS = ("minimum", "maximum")
_OF_THE_CALL = ("direction", "medium", "purposes")


@dataclass(frozen=True)
class Example:
    rule: str
    call: Call
    claims: Claims
    key: tuple[str, str, str]  # examples of the same key have the same call


def wrong_examples(
    register: Register, begins: date = date.min, ends: date = date.max, *, rule: str = ""
) -> list[WrongCell]:
    """Every example that cannot be read or that its rule does not meet, and every rule that has none.

    From a passed register that differs on the days from `begins` until before `ends` alone, only calls of these days
    can fail. With a `rule`, its own examples are judged alone: where an override reads that place otherwise, another
    rule's example of a call from there is no longer about that other rule.
    """
    answers = Answers(law_of_register(register, 0, ""))
    wrong = list(_without_example(register))
    for line, row in register.rows[EXAMPLES]:
        if (rule and row["rule"] != rule) or not begins <= (day_of(row["day"]) or begins) <= ends:
            continue
        try:
            found = unmet(example_of(row), answers)
        except ExampleUnreadable as error:
            wrong += [WrongCell(EXAMPLES, line, problem["pointer"], problem["detail"]) for problem in error.fields]
        else:
            wrong += [WrongCell(EXAMPLES, line, "expects", f"{row['rule']}, {row['name']}: {text}") for text in found]
    return wrong


def _without_example(register: Register) -> Iterator[WrongCell]:
    shown = {row["rule"] for row in register.of(EXAMPLES)}
    for file in RULES:
        for line, row in register.rows[file]:
            if row["code"] not in shown:
                shown.add(row["code"])
                yield WrongCell(file, line, "code", f"{row['code']} has no example call. Add one to {EXAMPLES}.")


def example_of(row: Row) -> Example:
    """Read one row. Raises ExampleUnreadable; its fields name the column."""
    facts = {key: tuple(values.split("|")) for key, values in _pairs("call", row["call"])}
    for key, values in facts.items():
        if key not in _FACTS:
            raise _unreadable("call", f"{key!r} is not a key. Use one of: {', '.join(sorted(_FACTS))}.")
        if strange := sorted(set(values) - _FACTS[key]):
            allowed = ", ".join(sorted(_FACTS[key]))
            raise _unreadable("call", f"{', '.join(strange)} is not a value of {key}. Use one of: {allowed}.")
    claims = dict(_pairs("expects", row["expects"]))
    for name, value in claims.items():
        if name not in _ALLOWED:
            raise _unreadable("expects", f"{name!r} is nothing to expect. Use one of: {', '.join(_ALLOWED)}.")
        allowed_values = _ALLOWED[name]
        if allowed_values is not None and value not in allowed_values:
            raise _unreadable("expects", f"{name} is one of: {', '.join(sorted(allowed_values))}.")
    day = day_of(row["day"])
    if day is None:
        raise _unreadable("day", "Write a day, such as 2026-11-24.")
    call = Call(
        direction=facts.get("direction", ("inbound",))[0],
        medium=facts.get("medium", ("phone",))[0],
        line_of_business="example",
        purposes=facts.get("purposes", ()),
        facts={key: values for key, values in facts.items() if key not in _OF_THE_CALL},
        parties=tuple(_parties(row["parties"])),
        started_at=datetime.combine(day, time(12), UTC),
    )
    return Example(row["rule"], call, claims, (row["call"], row["parties"], row["day"]))


def _pairs(column: str, text: str) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for clause in filter(None, text.split(";")):
        key, equals, value = clause.partition("=")
        if not equals or not value or key in dict(pairs):
            raise _unreadable(column, f"{clause!r} is not key=value with a key that occurs once.")
        pairs.append((key, value))
    return pairs


def _parties(text: str) -> Iterator[PartyFacts]:
    for part in text.split():
        role, equals, at = part.partition("=")
        if role not in ROLES or not equals:
            raise _unreadable("parties", f"{part!r} is not role=place; a role is one of: {', '.join(ROLES)}.")
        if at == "?":
            yield PartyFacts(role)
        elif at.startswith("+"):
            yield PartyFacts(role, number=at)
        elif is_place(at):
            yield PartyFacts(role, jurisdiction=at)
        else:
            raise _unreadable("parties", f"{at!r} is neither a place such as US-CA, nor a number, nor ? for unknown.")


def _unreadable(column: str, detail: str) -> ExampleUnreadable:
    return ExampleUnreadable(detail, [{"pointer": column, "detail": detail}])


class Answers:
    """What one law says to calls; a call that several examples share is decided once."""

    def __init__(self, law: Law) -> None:
        self.law = law
        self._given: dict[tuple[object, ...], Mapping[str, Any]] = {}

    def of(self, example: Example, reading: str = "best") -> Mapping[str, Any]:
        key = (*example.key, reading)
        if key not in self._given:
            call = example.call
            places = tuple(place_of(party, self.law) for party in call.parties)
            self._given[key] = decided(Inputs(self.law, _company(reading), call, places, ZoneInfo("UTC"))).answer
        return self._given[key]


def unmet(example: Example, answers: Answers) -> list[str]:
    """What the law answers otherwise than the example expects, in words; empty: it meets the example."""
    answer = answers.of(example)
    row = _row(example, answers.law)
    is_place = example.rule in answers.law.jurisdictions
    if isinstance(row, JurisdictionRule) or (row is None and is_place):
        found = _of_place(example, answers, row if isinstance(row, JurisdictionRule) else None)
    elif isinstance(row, DisclosureRule):
        found = _of_disclosure(row, answer)
    else:
        found = _of_retention(example.rule, row, answer)
    found |= _speaking(example.rule, answer, is_place_rule=is_place)
    needed = _needed(example.claims)
    otherwise = [
        f"expected {name}={value}, and it is {found.get(name, 'not there')}"
        for name, value in needed.items()
        if not _agrees(name, value, found.get(name))
    ]
    if any(name in needed for name in _LIMITS):  # whoever names one limit names every one that the rule has
        otherwise += [
            f"it has {name}={found[name]} besides" for name in _LIMITS if name in found and name not in needed
        ]
    return otherwise


def _needed(claims: Claims) -> Claims:
    """An example that does not say that its rule is silent or open expects it to speak."""
    speaks = {} if "silent" in claims or "open" in claims else {"silent": "false"}
    return {**speaks, **claims}


def _agrees(name: str, value: str, found: str | None) -> bool:
    if name == "cites":
        return found is not None and all(part in found for part in value.split("|"))
    return found == value


def _row(example: Example, law: Law) -> AnyRule | None:
    state = law.at(example.call.started_at.date())
    if example.rule in state.rules:
        return state.rules[example.rule]
    rules: tuple[AnyRule, ...] = (*state.retention, *state.disclosures)
    return next((rule for rule in rules if rule.code == example.rule), None)


@cache
def _company(reading: str) -> CompanyPolicy:
    document = {
        "consent": {"standard": "one_party", "form": "none", "reading": reading},
        "retention": {"max_period": "P200Y"},
        "disclosures": [],
    }
    return CompanyPolicy("example", "Example", policy_document(document))


def _of_place(example: Example, answers: Answers, row: JurisdictionRule | None) -> dict[str, str]:
    answer = answers.of(example)
    consent, cause = answer["law"]["consent"], answer["consent"]["because_of"] or {}
    found = {
        "standard": consent["standard"],
        "form": consent["form"],
        "told": "everybody" if consent["told"] else "nobody",
        "decided_by": cause.get("party", ""),
        "cites": cause.get("citation", ""),
        "tone": _yes_no(row is not None and row.beep_tone_allowed_as_notice),
    }
    if row is not None:
        said = (row.telephone_rule, row.in_person_rule, row.cautious_rule, row.consent_form)
        found["says"] = "/".join(said)
    if "cautious" in example.claims:
        read = answers.of(example, "cautious")["consent"]
        found["cautious"] = f"{read['standard']}/{read['form']}"
    return found


def _of_retention(code: str, row: RetentionRule | None, answer: Mapping[str, Any]) -> dict[str, str]:
    limits = [limit for limit in answer["retention"]["explanation"] if limit["rule"] == code]
    is_duty = any(reason["about"] == "duty" and reason["rule"] == code for reason in answer["because"])
    found = {limit["kind"]: limit["period"] or "none" for limit in limits}
    if limits:
        found["trigger"] = limits[0]["trigger"]
    return found | {
        "duty": _yes_no(is_duty),
        "ground": _yes_no(is_duty and row is not None and row.legal_authority_to_record),
    }


def _of_disclosure(row: DisclosureRule, answer: Mapping[str, Any]) -> dict[str, str]:
    said = next((item for item in _said(answer) if row.code in item["rules"]), None)
    found = {
        "place": row.place,
        "key": row.key,
        "when": row.when,
        "severity": row.severity,
        "consent": _yes_no(row.satisfies_consent),
    }
    return found if said else {}


def _speaking(code: str, answer: Mapping[str, Any], *, is_place_rule: bool) -> dict[str, str]:
    waits = next((item["waits_for"] for item in answer["open"] if item["rule"] == code), None)
    if waits is not None:
        return {"silent": "true", "open": "|".join(waits)}
    speaks = (
        is_place_rule
        or any(code in item["rules"] for item in _said(answer))
        or any(reason["rule"] == code for reason in answer["because"])
        or any(limit["rule"] == code for limit in answer["retention"]["explanation"])
    )
    return {"silent": _yes_no(not speaks)}


def _said(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*answer["disclosures"], *answer["if_it_happens"]]


def _yes_no(value: bool) -> str:  # noqa: FBT001  it words the one value
    return "true" if value else "false"
