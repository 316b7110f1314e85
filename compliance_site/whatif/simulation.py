"""Recordings and decisions under two sets of rules: those in force, and those that would be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from policies.domain.groups import Dates, GroupAnswer, RuleSet
from policies.domain.impact import KINDS, Difference, Kind, Tally, difference
from policies.services.recent import GivenDecisions
from recordings.domain.consent import Evidence, consent_reason
from recordings.services.exposure import Exposed, KnownCircumstances, evidence_of, read_evidence

zone_of = lru_cache(maxsize=1_000)(ZoneInfo)


class Change(NamedTuple):
    """One recording that would change, and the dates that it would have."""

    recording: UUID
    kinds: int  # bits of policies.domain.impact.Kind
    keep_until: datetime
    delete_by: datetime


class _NewDates(NamedTuple):
    """What the calls that ended on one day get; `kinds` are those of conflicts that come and go with their periods."""

    same: bool
    dates: Dates
    kinds: int
    conflicts: tuple[str, ...]
    solved: tuple[str, ...]


@dataclass(frozen=True)
class _Pair:
    """A group's answers before and after. Groups of the same periods share `days`."""

    before: GroupAnswer
    after: GroupAnswer
    difference: Difference
    kinds: int
    days: dict[tuple[str, date], _NewDates]


class _Counted(NamedTuple):
    """Recordings that are counted alike."""

    line: UUID
    pair: int
    kinds: int
    is_held: bool
    keep_until: int  # earlier -1, as it is 0, later 1
    delete_by: int
    is_due: bool
    day: tuple[str, date] | None  # of the call's end, where conflicts hang on it


LATER, EARLIER, NONCOMPLIANT = int(Kind.LATER), int(Kind.EARLIER), int(Kind.NONCOMPLIANT)


@dataclass
class Simulation:
    """Keeps what it computed for a group, so that each further recording of the group costs a look-up."""

    before: RuleSet
    after: RuleSet
    known: KnownCircumstances = field(default_factory=KnownCircumstances)
    _pairs: dict[tuple[int, int, UUID, int, int], _Pair] = field(default_factory=dict)
    _days: dict[Any, dict[tuple[str, date], _NewDates]] = field(default_factory=dict)
    LIMIT = 50_000

    def account(self, rows: Sequence[Exposed], tally: Tally, at: datetime) -> list[Change]:
        """Add these recordings to the tally; those that would change."""
        self.known.learn({row.circumstances for row in rows})
        pairs: dict[int, _Pair] = {}
        counted: dict[_Counted, int] = {}
        looked_at: dict[UUID, int] = {}
        found: list[tuple[Exposed, _Pair, int, datetime, datetime, tuple[str, date] | None]] = []
        for row in rows:
            pair = self._pair(row.line, row.circumstances, row.started_on)
            looked_at[row.line] = looked_at.get(row.line, 0) + 1
            kinds, keep_until, delete_by, day = pair.kinds, row.keep_until, row.delete_by, None
            if not pair.difference.same_periods:
                kinds, keep_until, delete_by, day = self._dated(row, pair)
            if kinds:
                pairs[id(pair)] = pair
                found.append((row, pair, kinds, keep_until, delete_by, day))
        lacking = _lacking([(row, pair) for row, pair, *_ in found if pair.difference.is_stricter])
        changes = []
        for row, pair, kinds, keep_until, delete_by, day in found:
            if row.id in lacking:
                kinds |= NONCOMPLIANT
            keeps = (keep_until > row.keep_until) - (keep_until < row.keep_until)
            goes = (delete_by > row.delete_by) - (delete_by < row.delete_by)
            if goes:
                days = (delete_by - row.delete_by).days
                tally.add(str(row.line), "counts", _BYTE_DAYS[goes], row.size_bytes * abs(days))
            alike = _Counted(row.line, id(pair), kinds, row.is_held, keeps, goes, goes < 0 and delete_by <= at, day)
            counted[alike] = counted.get(alike, 0) + 1
            changes.append(Change(row.id, kinds, keep_until, delete_by))
        for line, number in looked_at.items():
            tally.add(str(line), "counts", "looked_at", number)
        for alike, number in counted.items():
            _add(tally, alike, pairs[alike.pair], number)
        return changes

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
        before, after = self.before, self.after
        key = (
            before.spoken_for[line],
            after.spoken_for[line],
            circumstances,
            before.stretch(circumstances, day, self.known),
            after.stretch(circumstances, day, self.known),
        )
        pair = self._pairs.get(key)
        if pair is None:
            if len(self._pairs) >= self.LIMIT:
                self._pairs.clear()
            pair = self._pairs[key] = self._compared(line, circumstances, day)
        return pair

    def _compared(self, line: UUID, circumstances: UUID, day: date) -> _Pair:
        before = self.before.answer(line, circumstances, day, self.known)
        after = self.after.answer(line, circumstances, day, self.known)
        found = difference(before, after)
        days = self._days.setdefault((before.periods, after.periods), {})
        return _Pair(before, after, found, int(found.kinds), days)

    def _dated(self, row: Exposed, pair: _Pair) -> tuple[int, datetime, datetime, tuple[str, date] | None]:
        """What changes in its dates, where the change of rules is what changes them."""
        key = (row.zone, row.ended_on)
        new = pair.days.get(key)
        if new is None or pair.after.is_to_the_second or pair.before.is_to_the_second:
            new = pair.days[key] = self._new_dates(row, pair)
        if new.same:
            return pair.kinds, row.keep_until, row.delete_by, None
        keep_until, delete_by = new.dates.keep_until or row.ended_at, new.dates.delete_by
        kinds = pair.kinds | new.kinds
        if keep_until > row.keep_until or delete_by > row.delete_by:
            kinds |= LATER
        if keep_until < row.keep_until or delete_by < row.delete_by:
            kinds |= EARLIER
        return kinds, keep_until, delete_by, key if new.kinds else None

    def _new_dates(self, row: Exposed, pair: _Pair) -> _NewDates:
        zone = zone_of(row.zone)
        before = self.before.dates(pair.before, row.ended_at, row.ended_on, zone)
        after = self.after.dates(pair.after, row.ended_at, row.ended_on, zone)
        came, went = after.conflicts - before.conflicts, before.conflicts - after.conflicts
        kinds = (int(Kind.CONFLICT) if came else 0) | (int(Kind.SOLVED) if went else 0)
        return _NewDates(before == after, after, kinds, tuple(sorted(came)), tuple(sorted(went)))


_BYTE_DAYS = {1: "byte_days_more", -1: "byte_days_less"}
_WAYS = {1: "later", -1: "earlier"}
_NAMES = {int(kind): name for name, kind in KINDS.items()}


def _add(tally: Tally, alike: _Counted, pair: _Pair, number: int) -> None:
    """So many recordings that are counted alike."""
    line, found = str(alike.line), pair.difference
    tally.add(line, "counts", "touched", number)
    for bit, name in _NAMES.items():
        if alike.kinds & bit:
            tally.add(line, "counts", name, number)
    if pair.after.version:
        tally.add(line, "versions", pair.after.version, number)
    if found.consent:
        tally.add(line, "consent", found.consent, number)
    of_day = pair.days[alike.day] if alike.day else None
    conflicts = (*found.conflicts, *(of_day.conflicts if of_day else ()))
    solved = (*found.solved, *(of_day.solved if of_day else ()))
    for part, names in (("script", found.script), ("conflicts", conflicts), ("solved", solved)):
        for name in names:
            tally.add(line, part, name, number)
    if alike.is_held:
        tally.add(line, "counts", "held", number)
    for date_name, way in (("keep_until", alike.keep_until), ("delete_by", alike.delete_by)):
        if way:
            tally.add(line, "counts", f"{date_name}_{_WAYS[way]}", number)
    if alike.is_due:
        tally.add(line, "counts", "due_at_once", number)


def _lacking(stricter: list[tuple[Exposed, _Pair]]) -> set[UUID]:
    """Those whose evidence of consent was enough and would not be."""
    evidence = evidence_of([row.id for row, _ in stricter]) if stricter else {}
    judged: dict[tuple[int, str], bool] = {}
    found = set()
    for row, pair in stricter:
        signs = evidence.get(row.id, "")
        key = (id(pair), signs)
        lacks = judged.get(key)
        if lacks is None:
            lacks = judged[key] = _lacks(pair, read_evidence(signs))
        if lacks:
            found.add(row.id)
    return found


def _lacks(pair: _Pair, has: list[Evidence]) -> bool:
    before, after = (
        consent_reason(standard=answer.standard, form=answer.form, roles=answer.roles, evidence=has)
        for answer in (pair.before, pair.after)
    )
    return before is None and after is not None
