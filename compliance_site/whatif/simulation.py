"""Recordings and decisions under two sets of rules: those in force, and those that would be."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from policies.domain.groups import GroupAnswer, RuleSet
from policies.domain.impact import Difference, Kind, Tally, difference, moved
from policies.services.recent import GivenDecisions
from recordings.domain.consent import consent_reason
from recordings.services.exposure import Exposed, KnownCircumstances, evidence_of

zone_of = lru_cache(maxsize=1_000)(ZoneInfo)


class Change(NamedTuple):
    """One recording that would change, and the dates that it would have."""

    recording: UUID
    kinds: Kind
    keep_until: datetime
    delete_by: datetime


@dataclass(frozen=True)
class _Pair:
    before: GroupAnswer
    after: GroupAnswer
    difference: Difference


@dataclass
class Simulation:
    """Keeps what it computed for a group, so that each further recording of the group costs a look-up."""

    before: RuleSet
    after: RuleSet
    known: KnownCircumstances = field(default_factory=KnownCircumstances)
    _pairs: dict[tuple[UUID, UUID, int, int], _Pair] = field(default_factory=dict)
    LIMIT = 50_000

    def account(self, rows: Sequence[Exposed], tally: Tally, at: datetime) -> list[Change]:
        """Add these recordings to the tally; those that would change."""
        self.known.learn({row.circumstances for row in rows})
        counted: dict[tuple[UUID, int], int] = {}
        pairs: dict[int, _Pair] = {}
        touched: list[tuple[Exposed, _Pair, Kind, datetime, datetime]] = []
        for row in rows:
            pair = self._pair(row.line, row.circumstances, row.started_on)
            key = (row.line, id(pair))
            counted[key] = counted.get(key, 0) + 1
            pairs[id(pair)] = pair
            kinds, keep_until, delete_by = pair.difference.kinds, row.keep_until, row.delete_by
            if not pair.difference.same_periods:
                kinds, keep_until, delete_by = self._dated(row, pair, tally)
            if kinds:
                touched.append((row, pair, kinds, keep_until, delete_by))
        for (line, number), count in counted.items():
            _add_group(tally, str(line), pairs[number].difference, count)
        return list(_listed(touched, tally, at))

    def account_decisions(self, given: Iterable[GivenDecisions], ids: Sequence[UUID], tally: Tally) -> None:
        """Add these decisions to the tally; `ids` are those of their circumstances, which `known` has."""
        for group, circumstances in zip(given, ids, strict=True):
            found = self._pair(group.line, circumstances, group.on).difference
            line = str(group.line)
            tally.add(line, "decisions", "looked_at", group.number)
            for kind in (Kind.CONSENT, Kind.SCRIPT, Kind.CONFLICT, Kind.SOLVED):
                if kind in found.kinds:
                    tally.add(line, "decisions", str(kind.name).lower(), group.number)

    def _pair(self, line: UUID, circumstances: UUID, day: date) -> _Pair:
        key = (line, circumstances, self.before.stretch(day), self.after.stretch(day))
        pair = self._pairs.get(key)
        if pair is None:
            if len(self._pairs) >= self.LIMIT:
                self._pairs.clear()
            before = self.before.answer(line, circumstances, day, self.known)
            after = self.after.answer(line, circumstances, day, self.known)
            pair = self._pairs[key] = _Pair(before, after, difference(before, after))
        return pair

    def _dated(self, row: Exposed, pair: _Pair, tally: Tally) -> tuple[Kind, datetime, datetime]:
        """What changes in its dates, where the change of rules is what changes them."""
        zone = zone_of(row.zone)
        before = self.before.dates(pair.before, row.ended_at, row.ended_on, zone)
        after = self.after.dates(pair.after, row.ended_at, row.ended_on, zone)
        kinds = pair.difference.kinds
        if before == after:
            return kinds, row.keep_until, row.delete_by
        line = str(row.line)
        for name, kind, found in (
            ("conflicts", Kind.CONFLICT, after.conflicts - before.conflicts),
            ("solved", Kind.SOLVED, before.conflicts - after.conflicts),
        ):
            for conflict in found:
                kinds |= kind
                tally.add(line, name, conflict)
        new = moved(after, row.ended_at, row.keep_until, row.delete_by)
        return kinds | new.kinds, new.keep_until, new.delete_by


def _add_group(tally: Tally, line: str, found: Difference, count: int) -> None:
    tally.add(line, "counts", "looked_at", count)
    if not found.kinds:
        return
    if found.consent:
        tally.add(line, "consent", found.consent, count)
    for part, names in (("script", found.script), ("conflicts", found.conflicts), ("solved", found.solved)):
        for name in names:
            tally.add(line, part, name, count)


def _listed(
    touched: list[tuple[Exposed, _Pair, Kind, datetime, datetime]], tally: Tally, at: datetime
) -> Iterator[Change]:
    """Those that change, with each kind counted once a recording."""
    lacking = _lacking([(row, pair) for row, pair, *_ in touched if pair.difference.is_stricter])
    for row, pair, kinds, keep_until, delete_by in touched:
        line = str(row.line)
        if row.id in lacking:
            kinds |= Kind.NONCOMPLIANT
        tally.add(line, "counts", "touched")
        for kind in kinds:
            tally.add(line, "counts", str(kind.name).lower())
        if pair.after.version:
            tally.add(line, "versions", pair.after.version)
        if row.is_held:
            tally.add(line, "counts", "held")
        if kinds & (Kind.LATER | Kind.EARLIER):
            _add_dates(tally, line, row, keep_until, delete_by, at)
        yield Change(row.id, kinds, keep_until, delete_by)


def _add_dates(tally: Tally, line: str, row: Exposed, keep_until: datetime, delete_by: datetime, at: datetime) -> None:
    """Which of the two dates moves which way; bytes times days more or less; what would be due at once."""
    for name, new, old in (("keep_until", keep_until, row.keep_until), ("delete_by", delete_by, row.delete_by)):
        if new != old:
            tally.add(line, "counts", f"{name}_{'later' if new > old else 'earlier'}")
    days = (delete_by - row.delete_by).days
    tally.add(line, "counts", "byte_days_more" if days > 0 else "byte_days_less", row.size_bytes * abs(days))
    if delete_by < row.delete_by and delete_by <= at:
        tally.add(line, "counts", "due_at_once")


def _lacking(stricter: list[tuple[Exposed, _Pair]]) -> set[UUID]:
    """Those whose evidence of consent was enough and would not be."""
    evidence = evidence_of([row.id for row, _ in stricter]) if stricter else {}
    found = set()
    for row, pair in stricter:
        has, roles = evidence.get(row.id, []), pair.after.roles
        before, after = pair.before, pair.after
        if (
            consent_reason(standard=before.standard, form=before.form, roles=roles, evidence=has) is None
            and consent_reason(standard=after.standard, form=after.form, roles=roles, evidence=has) is not None
        ):
            found.add(row.id)
    return found
