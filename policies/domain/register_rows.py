"""A law release row by row: read from text, checked, told by file, line and column what is wrong."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from policies.domain.conditions import BINDING_KINDS, SEPARATE_KINDS, condition
from policies.domain.disclosures import WHEN
from policies.domain.errors import ConditionUnreadable, PeriodUnreadable
from policies.domain.law import ANYWHERE, CONFIDENCES, FORMS, SEVERITIES, STANDARDS, US_REGIMES
from policies.domain.periods import period
from policies.domain.places import is_place

Row = dict[str, str]
_CODE = re.compile(r"[A-Z0-9-]{2,64}", re.ASCII)

JURISDICTIONS, RETENTION, DISCLOSURES, AREA_CODES = (
    "jurisdictions.csv",
    "retention_rules.csv",
    "disclosure_requirements.csv",
    "nanp_area_codes.csv",
)
COLUMNS: Mapping[str, tuple[str, ...]] = {
    JURISDICTIONS: (
        "code",
        "name",
        "parent",
        "consent_rule",
        "notice_required",
        "consent_form",
        "applies_to",
        "interstate_rule",
        "beep_tone_allowed_as_notice",
        "statute",
        "summary",
        "effective_from",
        "confidence",
        "verify_note",
        "telephone_rule",
        "in_person_rule",
        "cautious_rule",
    ),
    RETENTION: (
        "code",
        "authority",
        "citation",
        "applies_when",
        "record_kind",
        "min_period",
        "max_period",
        "trigger",
        "storage_requirements",
        "must_record",
        "summary",
        "confidence",
        "verify_note",
        "effective_from",
        "legal_authority_to_record",
    ),
    DISCLOSURES: (
        "code",
        "jurisdiction_or_regime",
        "requirement_key",
        "when",
        "text_example",
        "satisfies_consent",
        "severity",
        "citation",
        "verify_note",
        "applies_when",
        "confidence",
    ),
    AREA_CODES: ("area_code", "region_code", "note", "confidence"),
}
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


@dataclass(frozen=True)
class WrongCell:
    file: str
    line: int
    column: str
    detail: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}, column {self.column}: {self.detail}"


@dataclass
class Register:
    """The rows of all four files, each with the line on which it begins."""

    rows: dict[str, list[tuple[int, Row]]] = field(default_factory=dict)

    @property
    def places(self) -> set[str]:
        return {row["code"] for _, row in self.rows[JURISDICTIONS]}


def register_of(texts: Mapping[str, str]) -> tuple[Register, list[WrongCell]]:
    """Read the four files; what is wrong is told completely, not only its first cell."""
    register, wrong = Register(), []
    for file in COLUMNS:
        register.rows[file], problems = _rows(file, texts[file])
        wrong += problems
    if not wrong:
        wrong += _checked(register)
    return register, wrong


def _rows(file: str, text: str) -> tuple[list[tuple[int, Row]], list[WrongCell]]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    rows: list[tuple[int, Row]] = []
    wrong = []
    try:
        if set(reader.fieldnames or ()) != set(COLUMNS[file]):
            return [], [WrongCell(file, 1, "header", f"The columns are {', '.join(COLUMNS[file])}.")]
        begins = reader.line_num + 1
        for row in reader:
            if None in row or None in row.values():
                wrong.append(WrongCell(file, begins, "row", f"The row has not {len(COLUMNS[file])} cells."))
            else:
                rows.append((begins, row))
            begins = reader.line_num + 1
    except csv.Error as error:
        wrong.append(WrongCell(file, reader.line_num, "row", f"The row is not CSV: {error}."))
    return rows, wrong


def _checked(register: Register) -> Iterator[WrongCell]:
    places = register.places
    for file, checks in _checks(places).items():
        seen: set[str] = set()
        key = "area_code" if file == AREA_CODES else "code"
        for line, row in register.rows[file]:
            if not row[key] or row[key] in seen:
                yield WrongCell(file, line, key, f"{row[key]!r} has to stand once, and not empty.")
            seen.add(row[key])
            for column, check in checks.items():
                if detail := check(row[column]):
                    yield WrongCell(file, line, column, detail)


Check = Callable[[str], str]


def _checks(places: set[str]) -> dict[str, dict[str, Check]]:
    standard, boolean, day = _one_of(*STANDARDS), _one_of("true", "false"), _a_day
    confidence, when = _one_of(*CONFIDENCES), _a_condition(places)
    return {
        JURISDICTIONS: {
            "code": lambda text: "" if is_place(text) else f"{text!r} is no place by ISO 3166, such as DE or US-CA.",
            "name": _text,
            "parent": lambda text: "" if not text or text in places else f"{text!r} is no code of this file.",
            "consent_rule": _one_of(*STANDARDS, "mixed"),
            "telephone_rule": standard,
            "in_person_rule": standard,
            "cautious_rule": standard,
            "notice_required": boolean,
            "beep_tone_allowed_as_notice": boolean,
            "consent_form": _one_of(*FORMS),
            "applies_to": _one_of("both", "telephone", "in_person"),
            "statute": _text,
            "effective_from": day,
            "confidence": confidence,
        },
        RETENTION: {
            "code": _a_code,
            "citation": _text,
            "applies_when": when,
            "record_kind": _one_of(*BINDING_KINDS, *SEPARATE_KINDS, "storage_format"),
            "min_period": _a_period,
            "max_period": _a_period,
            "trigger": _one_of("", *sorted(TRIGGERS)),
            "must_record": boolean,
            "legal_authority_to_record": boolean,
            "effective_from": day,
            "confidence": confidence,
        },
        DISCLOSURES: {
            "code": _a_code,
            "jurisdiction_or_regime": _one_of(*sorted(ANYWHERE | US_REGIMES), *sorted(places)),
            "requirement_key": lambda text: (
                "" if re.fullmatch(r"[a-z_]{2,64}", text) else "Write a key such as recording_notice."
            ),
            "when": _one_of(*WHEN),
            "text_example": _text,
            "satisfies_consent": boolean,
            "severity": _one_of(*SEVERITIES),
            "citation": _text,
            "applies_when": when,
            "confidence": confidence,
        },
        AREA_CODES: {
            "area_code": lambda text: "" if len(text) == 3 and text.isdigit() else "An area code has three digits.",
            "region_code": lambda text: "" if text.partition("-")[0] in places else f"{text!r} is in no known country.",
            "confidence": confidence,
        },
    }


def _one_of(*allowed: str) -> Check:
    shown = ", ".join(value for value in allowed if value)
    return lambda text: "" if text in allowed else f"{text!r} is not allowed. Use one of: {shown}."


def _a_code(text: str) -> str:
    return "" if _CODE.fullmatch(text) else f"{text!r} is no code: capitals, digits and dashes, at most 64."


def _text(text: str) -> str:
    return "" if text.strip() else "Write something here."


def _a_day(text: str) -> str:
    try:
        if text:
            date.fromisoformat(text)
    except ValueError:
        return f"{text!r} is not a day. Write it as 2026-11-24, or leave it empty for always."
    return ""


def _a_period(text: str) -> str:
    try:
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
