"""The columns of the law register and their values, as the pages say them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from policies.domain.conditions import condition
from policies.domain.errors import ConditionUnreadable, PeriodUnreadable
from policies.domain.periods import in_words, period
from policies.views.words import FORMS, KEYS, LETTERS, WHEN, condition_words

COLUMNS: Mapping[str, str] = {
    "name": "Name",
    "parent": "Lies in",
    "consent_rule": "Rule of the place itself",
    "telephone_rule": "On the telephone",
    "in_person_rule": "In person",
    "cautious_rule": "If careful",
    "notice_required": "Notice",
    "consent_form": "Agreement",
    "applies_to": "Covers",
    "interstate_rule": "Across borders",
    "beep_tone_allowed_as_notice": "Beep tone as notice",
    "citation": "Clause",
    "statute": "Clause",
    "summary": "Summary",
    "authority": "Authority",
    "applies_when": "Only where",
    "record_kind": "Binds",
    "min_period": "Kept at least",
    "max_period": "Kept at most",
    "trigger": "Counted from",
    "storage_requirements": "Storage",
    "must_record": "Has to be recorded",
    "legal_authority_to_record": "Stands in for consent",
    "jurisdiction_or_regime": "Place or regime",
    "requirement_key": "What is said",
    "when": "When it is said",
    "text_example": "Words",
    "satisfies_consent": "Counts as consent",
    "severity": "Severity",
    "effective_from": "In force from",
    "effective_to": "In force until",
    "confidence": "Certainty",
    "verify_note": "Check first",
    "reviewed_on": "Reviewed",
    "next_review_on": "Next review",
    "readings": "Readings",
    "examples": "Example calls",
    "region_code": "Place",
    "expects": "What has to come out",
    "reading": "Reading",
    "standard": "Rule",
    "form": "Agreement",
    "who": "Who reads it so",
    "because": "Why",
}
TABLES: Mapping[str, str] = {
    "jurisdictions": "Consent by place",
    "retention_rules": "How long it is kept",
    "disclosure_requirements": "What has to be said",
    "nanp_area_codes": "Area codes",
    "readings": "Readings of unsettled rules",
    "example_calls": "Example calls",
}
_DAYS = {"day", "effective_from", "effective_to", "reviewed_on", "next_review_on"}
_RULES = {"standard", "consent_rule", "telephone_rule", "in_person_rule", "cautious_rule"}
_PERIODS = {"min_period", "max_period"}


@dataclass(frozen=True)
class Cell:
    """One column of a rule, before and after."""

    label: str
    before: str
    after: str


# What tells of a rule that is new or gone; all columns would be too many.
MAIN_COLUMNS = frozenset(
    {
        "telephone_rule",
        "consent_form",
        "min_period",
        "max_period",
        "must_record",
        "requirement_key",
        "when",
        "text_example",
        "effective_from",
        "effective_to",
        "confidence",
        "summary",
        "region_code",
        "reading",
        "standard",
        "who",
        "expects",
    }
)


def cells(changed: Iterable[tuple[str, object, object]], *, kind: str = "changed") -> list[Cell]:
    """Each column before and after; of a rule that is new or gone, the one side that there is."""
    return [_cell(column, before, after, kind) for column, before, after in changed]


def _cell(column: str, before: object, after: object, kind: str) -> Cell:
    if column == "expects" and kind == "changed":
        before, after = _only_other_claims(str(before), str(after))
    return Cell(
        label_of(column),
        "" if kind == "added" else in_cell(column, before),
        "" if kind == "removed" else in_cell(column, after),
    )


def _only_other_claims(before: str, after: str) -> tuple[str, str]:
    """Of what an example call expects, the claims that are not the same on both sides."""
    was, becomes = before.split(";"), after.split(";")
    return (
        ";".join(claim for claim in was if claim not in becomes),
        ";".join(claim for claim in becomes if claim not in was),
    )


def label_of(column: str) -> str:
    return COLUMNS.get(column, column.replace("_", " ").capitalize())


def table_words(table: str) -> str:
    return TABLES.get(table.removesuffix(".csv"), table)


def in_cell(column: str, value: object) -> str:
    """A cell in words, whether it comes as text or typed; what is empty says what that means."""
    if isinstance(value, bool) or value in ("true", "false"):
        return "yes" if value in (True, "true") else "no"
    if value in (None, ""):
        return {"effective_from": "always", "effective_to": "no end"}.get(column, "nothing")
    if isinstance(value, date) or column in _DAYS:
        day = value if isinstance(value, date) else date.fromisoformat(str(value))
        return f"{day.day} {day:%b %Y}"
    return _said(column, str(value))


CLAIMS: Mapping[str, str] = {
    "standard": "rule",
    "form": "agreement",
    "told": "told",
    "decided_by": "decided by",
    "cautious": "read carefully",
    "cites": "cites",
    "tone": "a tone counts as notice",
    "minimum": "kept at least",
    "maximum": "kept at most",
    "trigger": "counted from",
    "duty": "has to be recorded",
    "ground": "stands in for consent",
    "consent": "counts as consent",
    "says": "the row says",
    "open": "waits for",
    "silent": "does not speak",
}


def claims_in_words(text: str) -> str:
    """`standard=one_party;form=none` → `rule: one party; agreement: none`: what an example call expects."""
    said = (claim.partition("=") for claim in text.split(";") if claim)
    return "; ".join(_claim(name.strip(), value.strip()) for name, _, value in said)


def _claim(name: str, value: str) -> str:
    words = CLAIMS.get(name, name.replace("_", " "))
    if value in ("true", "false"):
        return words if value == "true" else f"not: {words}"
    if name in ("minimum", "maximum"):
        return f"{words} {_period(value)}"
    if name == "cites":
        return f"{words} {value}"
    return f"{words}: {value.replace('_', ' ').replace('/', ', ').replace('|', ' or ')}"


def _said(column: str, text: str) -> str:
    if column == "expects":
        return claims_in_words(text)
    if column in _RULES:
        return LETTERS[text][2] if text in LETTERS else text.replace("_", " ")
    if column in _PERIODS:
        return _period(text)
    if column == "applies_when":
        return _condition(text)
    words = {"consent_form": FORMS, "form": FORMS, "when": WHEN, "requirement_key": KEYS}.get(column, {})
    if column in {"confidence", "severity", "trigger", "record_kind", "applies_to"}:
        return text.replace("_", " ")
    return words.get(text, text)


def _period(text: str) -> str:
    try:
        return in_words(period(text))
    except PeriodUnreadable:
        return text


def _condition(text: str) -> str:
    try:
        return condition_words(condition(text))
    except ConditionUnreadable:
        return text
