"""The law register as values: one immutable state of all rules, with the look-ups that a decision needs, by day."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TypeVar

from policies.domain.rules import (
    ANYWHERE,
    CONFIDENCES,
    FLOORS,
    FORMS,
    READINGS,
    SEVERITIES,
    STANDARDS,
    US_REGIMES,
    AnyRule,
    AreaCode,
    DisclosureRule,
    JurisdictionRule,
    Reading,
    RetentionRule,
    change_days,
    citing_parent,
    in_effect,
    reach_of,
    stricter,
)

__all__ = [
    "ANYWHERE",
    "CONFIDENCES",
    "FLOORS",
    "FORMS",
    "READINGS",
    "SEVERITIES",
    "STANDARDS",
    "US_REGIMES",
    "AnyRule",
    "AreaCode",
    "DisclosureRule",
    "JurisdictionRule",
    "Law",
    "LawOfDay",
    "Reading",
    "RetentionRule",
    "stricter",
]

_REMEMBERED = 4096  # places and sets of places come from outside, so what is derived from them has a limit


@dataclass(frozen=True)
class Law:
    """One release. Equal releases have equal digests, so what is derived from one may be kept by its digest.

    A code may stand several times, its rows never in effect on the same day. Between two days on which any rule begins
    or ends the law is the same: `at(day)` gives that state, made once.
    """

    release: int
    digest: str
    rules: tuple[JurisdictionRule, ...]
    retention: tuple[RetentionRule, ...]
    disclosures: tuple[DisclosureRule, ...]
    area_codes: Mapping[str, AreaCode]
    _covers: dict[str, frozenset[str]] = field(init=False, default_factory=dict, compare=False, repr=False)
    _states: dict[int, "LawOfDay"] = field(init=False, default_factory=dict, compare=False, repr=False)

    @cached_property
    def jurisdictions(self) -> Mapping[str, JurisdictionRule]:
        """Every place with its newest row, whether in effect or still to come. For what counts on a day: `at`."""
        rows = sorted(self.rules, key=lambda row: row.effective_from or date.min)
        newest = {row.code: row for row in rows}
        return {code: newest[code] for code in sorted(newest)}

    @cached_property
    def change_days(self) -> tuple[date, ...]:
        """The days on which any rule begins or ends."""
        return change_days((*self.rules, *self.retention, *self.disclosures))

    def at(self, day: date) -> "LawOfDay":
        """What is in effect on that day."""
        epoch = bisect_right(self.change_days, day)
        state = self._states.get(epoch)
        if state is None:
            state = self._states[epoch] = LawOfDay.of(self, day)
        return state

    def only(self, day: date) -> "Law":
        """The same release reduced to the rows in effect on that day."""
        state = self.at(day)
        return replace(
            self, rules=tuple(state.rules.values()), retention=state.retention, disclosures=state.disclosures
        )

    def rule_of(self, code: str, day: date) -> JurisdictionRule | None:
        """The row that decides for a party at `code` on that day: its own, else its country's; None: unknown."""
        return self.at(day).rule_of(code)

    def rules_over(self, code: str, day: date) -> tuple[JurisdictionRule, ...]:
        """The row of the place and those of its parents, on that day, floors included: US-CA → its own, then US."""
        rows = self.at(day).rules
        found: list[JurisdictionRule] = []
        row = rows.get(code) or rows.get(code.partition("-")[0])
        while row is not None and row not in found:
            found.append(row)
            row = rows.get(row.parent)
        return tuple(found)

    def covered_by(self, code: str) -> frozenset[str]:
        """Every place whose rules reach a party at `code`: `US-CA` → US-CA and US, `DE` → DE and EU."""
        covered = self._covers.get(code)
        if covered is None:
            reach = set()
            step = code
            while step and step not in reach:
                reach.add(step)
                row = self.jurisdictions.get(step)
                step = row.parent if row else step.partition("-")[0]
            covered = _remember(self._covers, code, frozenset(reach))
        return covered

    def retention_at(self, places: Iterable[str], day: date | None = None) -> tuple[RetentionRule, ...]:
        """Retention rules of these places and of anywhere, by code; with a day: only those in effect on it."""
        if day is not None:
            return self.at(day).retention_at(frozenset(places))
        reach = frozenset(places)
        return tuple(rule for rule in _in_order(self.retention) if _reaches(rule, reach))

    def disclosures_at(self, places: Iterable[str], day: date | None = None) -> tuple[DisclosureRule, ...]:
        """Disclosure requirements of these places, their regimes and of anywhere, by code; with a day: of that day."""
        if day is not None:
            return self.at(day).disclosures_at(frozenset(places))
        reach = frozenset({"", *places})
        return tuple(rule for rule in _in_order(self.disclosures) if reach_of(rule) in reach)


def _reaches(rule: RetentionRule, reach: frozenset[str]) -> bool:
    return not rule.applies_when.places or not rule.applies_when.places.isdisjoint(reach)


@dataclass(frozen=True, eq=False)  # made once for each stretch of days, so that it can be a key
class LawOfDay:
    """The rows in effect on a day, each code once, in order of code. Equal for every day of the same stretch."""

    rules: Mapping[str, JurisdictionRule]
    retention: tuple[RetentionRule, ...]
    disclosures: tuple[DisclosureRule, ...]
    _decides: dict[str, JurisdictionRule | None] = field(init=False, default_factory=dict, compare=False, repr=False)
    _retention: dict[frozenset[str], tuple[RetentionRule, ...]] = field(
        init=False, default_factory=dict, compare=False, repr=False
    )
    _disclosures: dict[frozenset[str], tuple[DisclosureRule, ...]] = field(
        init=False, default_factory=dict, compare=False, repr=False
    )
    _known: frozenset[str] = frozenset()  # codes with any row, in effect or not

    @classmethod
    def of(cls, law: Law, day: date) -> "LawOfDay":
        return cls(
            rules={row.code: row for row in _in_order(law.rules) if in_effect(row, day)},
            retention=tuple(row for row in _in_order(law.retention) if in_effect(row, day)),
            disclosures=tuple(row for row in _in_order(law.disclosures) if in_effect(row, day)),
            _known=frozenset(row.code for row in law.rules),
        )

    def rule_of(self, code: str) -> JurisdictionRule | None:
        """As Law.rule_of. A place whose only rows begin later or ended is unknown; it does not fall back."""
        if code in self._decides:
            return self._decides[code]
        row = self.rules.get(code)
        if row is None and code not in self._known:
            row = self.rules.get(code.partition("-")[0])
        if row is not None and row.code in FLOORS:
            row = None
        return _remember(
            self._decides, code, replace(row, citation=citing_parent(row, self.rules)) if row is not None else None
        )

    def retention_at(self, places: frozenset[str]) -> tuple[RetentionRule, ...]:
        found = self._retention.get(places)
        if found is None:
            rows = tuple(rule for rule in self.retention if _reaches(rule, places))
            found = _remember(self._retention, places, rows)
        return found

    def disclosures_at(self, places: frozenset[str]) -> tuple[DisclosureRule, ...]:
        found = self._disclosures.get(places)
        if found is None:
            rows = tuple(rule for rule in self.disclosures if reach_of(rule) in places or not reach_of(rule))
            found = _remember(self._disclosures, places, rows)
        return found


R = TypeVar("R", JurisdictionRule, RetentionRule, DisclosureRule)
Key = TypeVar("Key")
Value = TypeVar("Value")


def _in_order(rules: Iterable[R]) -> list[R]:
    return sorted(rules, key=lambda rule: (rule.code, rule.effective_from or date.min))


def _remember(kept: dict[Key, Value], key: Key, value: Value) -> Value:
    if len(kept) >= _REMEMBERED:
        kept.clear()
    kept[key] = value
    return value
