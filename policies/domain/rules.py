"""One row of the law register as a value, in effect from one day to another. Certainty and review stand with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from policies.domain.conditions import Condition

STANDARDS = ("one_party", "notice_required", "basis_required", "all_party")  # by strictness
FORMS = ("none", "implied_by_notice", "express", "written")  # by strictness
SEVERITIES = ("minor", "major", "critical")
CONFIDENCES = ("low", "medium", "high")
READINGS = ("best", "cautious", "other")

# A country's own row is only a floor here: a party whose state is not known takes the strictest rule.
FLOORS = frozenset({"US", "AU", "EU"})
US_REGIMES = frozenset({"US TSR", "US TSR / FCC", "US FCC", "US FDCPA / Reg F", "US CMS", "US CFPB"})
ANYWHERE = frozenset({"BASELINE", "PCI DSS"})


@dataclass(frozen=True)
class Reading:
    """One way to read an unsettled rule of a place, and who reads it so."""

    reading: str  # best, cautious or other
    standard: str
    form: str
    who: str
    because: str


@dataclass(frozen=True)
class JurisdictionRule:
    code: str
    name: str
    parent: str
    citation: str
    confidence: str
    verify_note: str
    consent_rule: str  # of this place by itself; the three others include its parent's
    telephone_rule: str
    in_person_rule: str
    cautious_rule: str
    consent_form: str
    summary: str
    effective_from: date | None = None  # None: always
    effective_to: date | None = None  # the first day on which it no longer counts
    reviewed_on: date | None = None
    next_review_on: date | None = None
    beep_tone_allowed_as_notice: bool = False
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True)
class RetentionRule:
    code: str
    citation: str
    confidence: str
    verify_note: str
    applies_when: Condition
    record_kind: str
    min_period: str
    max_period: str
    trigger: str
    must_record: bool
    legal_authority_to_record: bool
    summary: str
    effective_from: date | None = None
    effective_to: date | None = None
    reviewed_on: date | None = None
    next_review_on: date | None = None

    def __hash__(self) -> int:
        return hash(self.code)


@dataclass(frozen=True)
class DisclosureRule:
    code: str
    place: str  # a jurisdiction or a regime
    key: str
    when: str
    text_example: str
    satisfies_consent: bool
    severity: str
    citation: str
    confidence: str
    verify_note: str
    applies_when: Condition
    effective_from: date | None = None
    effective_to: date | None = None
    reviewed_on: date | None = None
    next_review_on: date | None = None

    def __hash__(self) -> int:
        return hash(self.code)


@dataclass(frozen=True)
class AreaCode:
    area_code: str
    region_code: str
    is_shared: bool
    confidence: str


AnyRule = JurisdictionRule | RetentionRule | DisclosureRule


def in_effect(rule: AnyRule, day: date) -> bool:
    """From its first day on, until the day before `effective_to`."""
    return (rule.effective_from is None or rule.effective_from <= day) and (
        rule.effective_to is None or day < rule.effective_to
    )


def change_days(rules: Iterable[AnyRule]) -> tuple[date, ...]:
    """The days on which any rule begins or ends, in order, each once."""
    days = {day for rule in rules for day in (rule.effective_from, rule.effective_to) if day}
    return tuple(sorted(days))


def reach_of(rule: DisclosureRule) -> str:
    """The place whose parties bring a disclosure requirement: `US` for its regimes, empty for anywhere."""
    if rule.place in ANYWHERE:
        return ""
    return "US" if rule.place in US_REGIMES else rule.place


def stricter(first: str, second: str, order: tuple[str, ...] = STANDARDS) -> str:
    """The stricter of two, in the order of strictness."""
    return first if order.index(first) >= order.index(second) else second


def citing_parent(row: JurisdictionRule, rows: Mapping[str, JurisdictionRule]) -> str:
    """The row's citation. Where the parent's law makes a place stricter than its own does, the parent's comes first."""
    parent = rows.get(row.parent)
    own = row.consent_rule if row.consent_rule in STANDARDS else row.telephone_rule
    if parent is None or STANDARDS.index(own) >= STANDARDS.index(row.telephone_rule):
        return row.citation
    return f"{parent.citation}; {row.citation}"
