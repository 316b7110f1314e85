"""The law register as values: one immutable state of all rules, with the look-ups that a decision needs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TypeVar

from policies.domain.conditions import Condition

STANDARDS = ("one_party", "notice_required", "basis_required", "all_party")  # by strictness
FORMS = ("none", "implied_by_notice", "express", "written")  # by strictness
SEVERITIES = ("minor", "major", "critical")
CONFIDENCES = ("low", "medium", "high")

# A country's own row is only a floor here: a party whose state is not known takes the strictest rule.
FLOORS = frozenset({"US", "AU", "EU"})
US_REGIMES = frozenset({"US TSR", "US TSR / FCC", "US FCC", "US FDCPA / Reg F", "US CMS", "US CFPB"})
ANYWHERE = frozenset({"BASELINE", "PCI DSS"})


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
    effective_from: date | None = None


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


@dataclass(frozen=True)
class AreaCode:
    area_code: str
    region_code: str
    is_shared: bool
    confidence: str


@dataclass(frozen=True)
class Law:
    """One release. Equal releases have equal digests, so what is derived from one may be kept by its digest."""

    release: int
    digest: str
    jurisdictions: Mapping[str, JurisdictionRule]
    retention: tuple[RetentionRule, ...]
    disclosures: tuple[DisclosureRule, ...]
    area_codes: Mapping[str, AreaCode]
    _covers: dict[str, frozenset[str]] = field(default_factory=dict, compare=False, repr=False)

    def rule_of(self, code: str, day: date) -> JurisdictionRule | None:
        """The row that decides for a party at `code` on that day: its own, else its country's; None: unknown."""
        row = self.jurisdictions.get(code)
        if row is None and "-" in code:
            row = self.jurisdictions.get(code.partition("-")[0])
        if row is None or row.code in FLOORS or (row.effective_from and row.effective_from > day):
            return None
        return self._citing_parent(row)

    def _citing_parent(self, row: JurisdictionRule) -> JurisdictionRule:
        """Where the parent's law makes a place stricter than its own does, both are cited, the parent's first."""
        parent = self.jurisdictions.get(row.parent)
        own = row.consent_rule if row.consent_rule in STANDARDS else row.telephone_rule
        if parent is None or STANDARDS.index(own) >= STANDARDS.index(row.telephone_rule):
            return row
        return replace(row, citation=f"{parent.citation}; {row.citation}")

    def covered_by(self, code: str) -> frozenset[str]:
        """Every place whose rules reach a party at `code`: `US-CA` → US-CA and US, `DE` → DE and EU."""
        if code not in self._covers:
            reach = set()
            step = code
            while step and step not in reach:
                reach.add(step)
                row = self.jurisdictions.get(step)
                step = row.parent if row else step.partition("-")[0] if "-" in step else ""
            self._covers[code] = frozenset(reach)
        return self._covers[code]

    @cached_property
    def _retention_at(self) -> dict[str, tuple[RetentionRule, ...]]:
        return _by_place((rule, rule.applies_when.places or {""}) for rule in self.retention)

    @cached_property
    def _disclosures_at(self) -> dict[str, tuple[DisclosureRule, ...]]:
        return _by_place((rule, {_reach_of(rule)}) for rule in self.disclosures)

    def retention_at(self, places: Iterable[str]) -> list[RetentionRule]:
        """Retention rules of these places and of anywhere, by code, each once."""
        return _each_once(self._retention_at, places)

    def disclosures_at(self, places: Iterable[str]) -> list[DisclosureRule]:
        """Disclosure requirements of these places, their regimes and of anywhere, by code, each once."""
        return _each_once(self._disclosures_at, places)


def _reach_of(rule: DisclosureRule) -> str:
    if rule.place in ANYWHERE:
        return ""
    return "US" if rule.place in US_REGIMES else rule.place


R = TypeVar("R", RetentionRule, DisclosureRule)


def _by_place(pairs: Iterable[tuple[R, Iterable[str]]]) -> dict[str, tuple[R, ...]]:
    found: dict[str, list[R]] = {}
    for rule, places in pairs:
        for place in places:
            found.setdefault(place, []).append(rule)
    return {place: tuple(rules) for place, rules in found.items()}


def _each_once(at: dict[str, tuple[R, ...]], places: Iterable[str]) -> list[R]:
    found = {rule.code: rule for place in {"", *places} for rule in at.get(place, ())}
    return [found[code] for code in sorted(found)]


def stricter(first: str, second: str, order: tuple[str, ...] = STANDARDS) -> str:
    """The stricter of two, in the order of strictness."""
    return first if order.index(first) >= order.index(second) else second
