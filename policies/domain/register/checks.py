"""A law release checked: each cell by its column, each row in itself, and rows against each other."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from itertools import pairwise

from policies.domain.conditions import BINDING_KINDS, SEPARATE_KINDS, condition
from policies.domain.disclosures import WHEN
from policies.domain.errors import ConditionUnreadable, PeriodUnreadable
from policies.domain.law import ANYWHERE, CONFIDENCES, FORMS, READINGS, SEVERITIES, STANDARDS, US_REGIMES
from policies.domain.periods import period
from policies.domain.places import is_place
from policies.domain.register import files
from policies.domain.register.build import day_of
from policies.domain.register.files import (
    AREA_CODES,
    COLUMNS,
    DISCLOSURES,
    JURISDICTIONS,
    MOST_PROBLEMS,
    RETENTION,
    RULES,
    Register,
    Row,
    WrongCell,
)

_CODE = re.compile(r"[A-Z0-9-]{2,64}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_AREA = re.compile(r"[2-9]\d\d", re.ASCII)
LONGEST = 10_000  # characters of a cell
_DAY_COLUMNS = ("effective_from", "effective_to")

TRIGGERS = frozenset(
    [
        "recording_created",
        "contract_signed",
        "contract_end",
        "contract_period_end",
        "transaction_end",
        "complaint_closed",
        "claim_closed",
        "fault_closed",
        "file_closed",
        "last_use",
        "last_contact",
        "last_collection_activity",
        "last_in_effect",
        "consent_given",
        "consent_last_used",
        "offer_made",
        "payment_authorized",
        "purpose_fulfilled",
        "limitation_end",
        "erasure_request",
        "hold_released",
        "action_notified",
        "disclosure_made",
        "advice_given",
        "document_created",
        "fiscal_year_end",
    ]
)


def register_of(texts: Mapping[str, str]) -> tuple[Register, list[WrongCell]]:
    """Read the files; what is wrong is told completely, not only its first cell."""
    register, wrong = Register(), []
    for file in COLUMNS:
        register.rows[file], problems = files.read(file, texts[file])
        wrong += problems
    if not wrong:
        wrong += checked(register)
    return register, wrong[:MOST_PROBLEMS]


def checked(register: Register) -> list[WrongCell]:
    """What is wrong with rows that were read."""
    wrong = list(_cells(register))
    if any(cell.column in _DAY_COLUMNS for cell in wrong):
        return wrong
    wrong += _standing_once(register)
    if not wrong:
        wrong += [*_in_themselves(register), *_readings(register), *_examples(register)]
        wrong += _laxer_than_above(register)
    order = list(COLUMNS)
    return sorted(wrong, key=lambda cell: (order.index(cell.file), cell.line))


def _cells(register: Register) -> Iterator[WrongCell]:
    for file, checks in _checks(register.places).items():
        for line, row in register.rows[file]:
            for column, text in row.items():
                if len(text) > LONGEST:
                    yield WrongCell(file, line, column, f"At most {LONGEST} characters.")
                elif "\x00" in text:
                    yield WrongCell(file, line, column, "A NUL character is no text.")
                elif column in checks and (detail := checks[column](text)):
                    yield WrongCell(file, line, column, detail)


def _standing_once(register: Register) -> Iterator[WrongCell]:
    """A code stands several times only for days that do not overlap, and in one file."""
    owner: dict[str, str] = {}
    for file in RULES:
        rows: dict[str, list[tuple[date, date, int]]] = {}
        for line, row in register.rows[file]:
            if owner.setdefault(row["code"], file) != file:
                yield WrongCell(file, line, "code", f"{row['code']} is a code of {owner[row['code']]} already.")
            begins, ends = day_of(row["effective_from"]) or date.min, day_of(row["effective_to"]) or date.max
            if begins >= ends:
                yield WrongCell(file, line, "effective_to", "It has to be later than effective_from, or empty.")
            rows.setdefault(row["code"], []).append((begins, ends, line))
        for code, stretches in rows.items():
            for before, after in pairwise(sorted(stretches)):
                if after[0] < before[1]:
                    line = max(before[2], after[2])
                    yield WrongCell(file, line, "code", f"{code!r} stands twice for the same days.")
    seen: set[str] = set()
    for line, row in register.rows[AREA_CODES]:
        if row["area_code"] in seen:
            yield WrongCell(AREA_CODES, line, "area_code", f"{row['area_code']!r} has to stand once.")
        seen.add(row["area_code"])


def _in_themselves(register: Register) -> Iterator[WrongCell]:
    for file in RULES:
        for line, row in register.rows[file]:
            reviewed, again = day_of(row["reviewed_on"]), day_of(row["next_review_on"])
            if reviewed and again and again <= reviewed:
                yield WrongCell(file, line, "next_review_on", "It has to be later than reviewed_on.")
    for line, row in register.rows[JURISDICTIONS]:
        if STANDARDS.index(row["cautious_rule"]) < STANDARDS.index(row["telephone_rule"]):
            yield WrongCell(JURISDICTIONS, line, "cautious_rule", "It cannot be laxer than telephone_rule.")
    parents = {row["code"]: row["parent"] for row in register.of(JURISDICTIONS)}
    for line, row in register.rows[JURISDICTIONS]:
        step, steps = row["parent"], 0
        while step and steps <= len(parents):
            step, steps = parents[step], steps + 1
        if step:
            yield WrongCell(JURISDICTIONS, line, "parent", "A place cannot stand above itself.")


def _laxer_than_above(register: Register) -> Iterator[WrongCell]:
    """A row has the law above its place in it: where that asks for more, on any day of both, so does the row."""
    above: dict[str, list[Row]] = {}
    for row in register.of(JURISDICTIONS):
        above.setdefault(row["code"], []).append(row)
    for line, row in register.rows[JURISDICTIONS]:
        for parent in above.get(row["parent"], ()):
            asked = max((parent[name] for name in ("consent_rule", "telephone_rule")), key=_strictness)
            if _strictness(row["telephone_rule"]) < _strictness(asked) and _share_a_day(row, parent):
                detail = f"{row['code']} cannot be laxer than {parent['code']} above it, which asks for {asked}."
                yield WrongCell(JURISDICTIONS, line, "telephone_rule", detail)


def _strictness(standard: str) -> int:
    """`mixed` is no answer, so it asks for nothing by itself."""
    return STANDARDS.index(standard) if standard in STANDARDS else -1


def _share_a_day(one: Row, other: Row) -> bool:
    first = max(day_of(row["effective_from"]) or date.min for row in (one, other))
    return first < min(day_of(row["effective_to"]) or date.max for row in (one, other))


def _readings(register: Register) -> Iterator[WrongCell]:
    """A rule that is read in two ways names both."""
    named: dict[str, set[str]] = {}
    for line, row in register.rows[files.READINGS]:
        known = named.setdefault(row["code"], set())
        if row["reading"] in known and row["reading"] != "other":
            detail = f"{row['code']} has a {row['reading']} reading already."
            yield WrongCell(files.READINGS, line, "reading", detail)
        known.add(row["reading"])
    for line, row in register.rows[JURISDICTIONS]:
        if row["telephone_rule"] != row["cautious_rule"] and not {"best", "cautious"} <= named.get(row["code"], set()):
            detail = (
                f"It differs from telephone_rule, so {files.READINGS} has to say who reads it so, best and cautious."
            )
            yield WrongCell(JURISDICTIONS, line, "cautious_rule", detail)


def _examples(register: Register) -> Iterator[WrongCell]:
    codes = {row["code"] for file in RULES for row in register.of(file)}
    seen: set[tuple[str, str]] = set()
    for line, row in register.rows[files.EXAMPLES]:
        if row["rule"] not in codes:
            yield WrongCell(files.EXAMPLES, line, "rule", f"{row['rule']!r} is no code of a rule.")
        if (row["rule"], row["name"]) in seen:
            yield WrongCell(files.EXAMPLES, line, "name", f"{row['rule']} has an example of this name already.")
        seen.add((row["rule"], row["name"]))


Check = Callable[[str], str]


def _checks(places: set[str]) -> dict[str, dict[str, Check]]:
    standard, boolean = one_of(*STANDARDS), one_of("true", "false")
    rule: dict[str, Check] = {
        "confidence": one_of(*CONFIDENCES),
        "effective_from": a_day,
        "effective_to": a_day,
        "reviewed_on": a_needed_day,
        "next_review_on": a_needed_day,
    }
    when = _a_condition(places)
    return {
        JURISDICTIONS: {
            **rule,
            "code": lambda text: "" if is_place(text) else f"{text!r} is no place by ISO 3166, such as DE or US-CA.",
            "name": _short,
            "parent": lambda text: "" if not text or text in places else f"{text!r} is no code of this file.",
            "consent_rule": one_of(*STANDARDS, "mixed"),
            "telephone_rule": standard,
            "in_person_rule": standard,
            "cautious_rule": standard,
            "notice_required": boolean,
            "beep_tone_allowed_as_notice": boolean,
            "consent_form": one_of(*FORMS),
            "applies_to": one_of("both", "telephone", "in_person"),
            "statute": a_text,
        },
        RETENTION: {
            **rule,
            "code": a_code,
            "citation": a_text,
            "applies_when": when,
            "record_kind": one_of(*BINDING_KINDS, *SEPARATE_KINDS, "storage_format"),
            "min_period": _a_period,
            "max_period": _a_period,
            "trigger": one_of("", *sorted(TRIGGERS)),
            "must_record": boolean,
            "legal_authority_to_record": boolean,
        },
        DISCLOSURES: {
            **rule,
            "code": a_code,
            "jurisdiction_or_regime": one_of(*sorted(ANYWHERE | US_REGIMES), *sorted(places)),
            "requirement_key": lambda text: (
                "" if re.fullmatch(r"[a-z_]{2,64}", text) else "Write a key such as recording_notice."
            ),
            "when": one_of(*WHEN),
            "text_example": a_text,
            "satisfies_consent": boolean,
            "severity": one_of(*SEVERITIES),
            "citation": a_text,
            "applies_when": when,
        },
        AREA_CODES: {
            "area_code": lambda text: "" if _AREA.fullmatch(text) else "An area code has three digits, such as 813.",
            "region_code": lambda text: "" if is_place(text) else f"{text!r} is in no known country.",
            "confidence": one_of(*CONFIDENCES),
        },
        files.READINGS: {
            "code": lambda text: "" if text in places else f"{text!r} is no code of {JURISDICTIONS}.",
            "reading": one_of(*READINGS),
            "standard": standard,
            "form": one_of(*FORMS),
            "who": a_text,
            "because": a_text,
        },
        files.EXAMPLES: {"name": _short, "expects": a_text, "parties": a_text, "day": a_needed_day},
    }


def one_of(*allowed: str) -> Check:
    shown = ", ".join(value for value in allowed if value)
    return lambda text: "" if text in allowed else f"{text!r} is not allowed. Use one of: {shown}."


def a_code(text: str) -> str:
    return "" if _CODE.fullmatch(text) else f"{text!r} is no code: capitals, digits and dashes, at most 64."


def a_text(text: str) -> str:
    return "" if text.strip() else "Write something here."


def _short(text: str) -> str:
    return a_text(text) or ("" if len(text) <= 120 else "Write at most 120 characters.")


def a_needed_day(text: str) -> str:
    return a_day(text) if text else "Write a day, such as 2026-11-24."


def a_day(text: str) -> str:
    try:
        if text and not _DAY.fullmatch(text):
            raise ValueError(text)
        if text:
            date.fromisoformat(text)
    except ValueError:
        return f"{text!r} is not a day. Write it as 2026-11-24, or leave it empty for always."
    return ""


def _a_period(text: str) -> str:
    try:
        if len(text) > 16:
            return "Write at most 16 characters, such as P3Y."
        return "Periods of law are days, months or years." if text and period(text).in_seconds else ""
    except PeriodUnreadable as error:
        return str(error)


def _a_condition(places: set[str]) -> Check:
    def check(text: str) -> str:
        try:
            read = condition(text)
        except ConditionUnreadable as error:
            return str(error)
        strange = [code for code in read.places if code not in places and code.partition("-")[0] not in places]
        return f"{', '.join(sorted(strange))} is no place of {JURISDICTIONS}." if strange else ""

    return check
