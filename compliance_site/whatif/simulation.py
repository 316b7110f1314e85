"""Recordings and decisions under two sets of rules: those in force, and those that would be.

Each group of calls is weighed once under either; the database then settles, for each recording, what becomes of its
dates, and counts those that come out alike.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from compliance_site.whatif.settling import Alike, NewDates, settled
from policies.domain.groups import GroupAnswer, RuleSet
from policies.domain.impact import KINDS, NOTHING, Difference, Kind, Tally, difference
from policies.services.recent import GivenDecisions
from recordings.domain.consent import consent_reason
from recordings.services.exposure import KnownCircumstances, read_evidence
from recordings.services.pieces import Asked, Ended, Group, Piece

zone_of = lru_cache(maxsize=1_000)(ZoneInfo)


_Consent = tuple[str, str, tuple[str, ...]]  # standard, form, and the roles of the parties


class _Kind(NamedTuple):
    """All that groups have in common whose recordings are counted alike, but for their dates."""

    difference: Difference
    version: str  # that would decide
    periods: int | None  # the number of their periods before and after; None: their dates stay
    consent: tuple[_Consent, ...]  # before and after, where after it asks for more


class _Periods(NamedTuple):
    """Two answers whose periods are those of every group of one number, and the dates by the day of a call's end."""

    before: GroupAnswer
    after: GroupAnswer
    days: dict[tuple[str, datetime], NewDates]

    @property
    def is_to_the_second(self) -> bool:
        return self.before.is_to_the_second or self.after.is_to_the_second


@dataclass
class Simulation:
    """Keeps what it computed for a group, so that the group costs a look-up in each further piece."""

    before: RuleSet
    after: RuleSet
    known: KnownCircumstances = field(default_factory=KnownCircumstances)
    _pairs: dict[tuple[int, int, UUID, int, int], int] = field(default_factory=dict)
    _numbers: dict[_Kind, int] = field(default_factory=dict)
    _kinds: list[_Kind] = field(default_factory=list)  # by number
    _numbers_of_periods: dict[object, int] = field(default_factory=dict)
    _periods: list[_Periods] = field(default_factory=list)  # by number
    LIMIT = 50_000

    @property
    def days(self) -> list[date]:
        """What `Piece.laid_out` asks for: where stretches begin before or after, and a day before them all."""
        begin = sorted({*self.before.boundaries, *self.after.boundaries})
        return [begin[0] - timedelta(days=1), *begin]

    def account(self, piece: Piece, report: UUID, tally: Tally, at: datetime) -> None:
        """Add the piece's recordings to the tally, and to the report's list those that would change."""
        self._make_room()
        groups = piece.groups()
        self.known.learn({group.circumstances for group in groups})
        looked_at: dict[UUID, int] = {}
        asked = []
        for group in groups:
            looked_at[group.line] = looked_at.get(group.line, 0) + group.number
            number = self._number(group.line, group.circumstances, group.day)
            if self._kinds[number] != _NOTHING:
                asked.append(self._asked(group, number))
        for line, count in looked_at.items():
            tally.add(str(line), "counts", "looked_at", count)
        if asked:
            self._settle(piece, asked, report, tally, at)
        piece.lift()

    def account_decisions(self, given: Iterable[GivenDecisions], ids: Sequence[UUID], tally: Tally) -> None:
        """Add these decisions to the tally; `ids` are those of their circumstances, which `known` has."""
        self._make_room()
        for group, circumstances in zip(given, ids, strict=True):
            found = self._kinds[self._number(group.line, circumstances, group.on)].difference
            line = str(group.line)
            tally.add(line, "decisions", "looked_at", group.number)
            for kind in (Kind.CONSENT, Kind.SCRIPT, Kind.CONFLICT, Kind.SOLVED):
                if kind in found.kinds:
                    tally.add(line, "decisions", str(kind.name).lower(), group.number)

    def _make_room(self) -> None:
        """Between pieces: within one, numbers stand for what they stood for."""
        if max(len(self._pairs), *(len(one.days) for one in self._periods), 0) >= self.LIMIT:
            for kept in (self._pairs, self._numbers, self._kinds, self._numbers_of_periods, self._periods):
                kept.clear()

    def _number(self, line: UUID, circumstances: UUID, day: date) -> int:
        """The number of the group's kind."""
        before, after = self.before, self.after
        key = (
            before.spoken_for[line],
            after.spoken_for[line],
            circumstances,
            before.stretch(circumstances, day, self.known),
            after.stretch(circumstances, day, self.known),
        )
        number = self._pairs.get(key)
        if number is None:
            kind = self._compared(line, circumstances, day)
            number = self._pairs[key] = self._numbers.setdefault(kind, len(self._kinds))
            if number == len(self._kinds):
                self._kinds.append(kind)
        return number

    def _compared(self, line: UUID, circumstances: UUID, day: date) -> _Kind:
        call = self.known[circumstances]
        before, after = (rules.weigh(rules.lines[line], call, day) for rules in (self.before, self.after))
        found = difference(before, after)
        if found == NOTHING:
            return _NOTHING
        periods = None
        if not found.same_periods:
            key = (before.periods, after.periods)
            periods = self._numbers_of_periods.setdefault(key, len(self._periods))
            if periods == len(self._periods):
                self._periods.append(_Periods(before, after, {}))
        consent = tuple((one.standard, one.form, one.roles) for one in (before, after)) if found.is_stricter else ()
        return _Kind(found, after.version, periods, consent)

    def _asked(self, group: Group, number: int) -> Asked:
        kind = self._kinds[number]
        to_the_second = kind.periods is not None and self._periods[kind.periods].is_to_the_second
        return Asked(group, number, kind.periods, to_the_second, bool(kind.consent))

    def _settle(self, piece: Piece, asked: Sequence[Asked], report: UUID, tally: Tally, at: datetime) -> None:
        piece.ask(asked)
        dates = [self._new_dates(ended) for ended in piece.ends()]
        lacking = [found for found in piece.signs() if _lacks(self._kinds[found[0]], found[1])]
        kinds = {one.kind: int(self._kinds[one.kind].difference.kinds) for one in asked}
        for alike in settled(report, kinds, dates, lacking, at):
            _add(tally, alike, self._kinds[alike.kind], dates[alike.dates] if alike.dates is not None else None)

    def _new_dates(self, ended: Ended) -> NewDates:
        periods = self._periods[ended.dates]
        known = periods.days.get((ended.zone, ended.key))
        if known is None:
            known = periods.days[ended.zone, ended.key] = self._dated(ended, periods)
        return known

    def _dated(self, ended: Ended, periods: _Periods) -> NewDates:
        zone = zone_of(ended.zone)
        before = self.before.dates(periods.before, ended.ended_at, ended.ended_on, zone)
        after = self.after.dates(periods.after, ended.ended_at, ended.ended_on, zone)
        came, went = after.conflicts - before.conflicts, before.conflicts - after.conflicts
        kinds = (Kind.CONFLICT if came else Kind(0)) | (Kind.SOLVED if went else Kind(0))
        return NewDates(
            ended.dates,
            ended.zone,
            ended.key,
            is_same=before == after,
            keep_until=after.keep_until,
            delete_by=after.delete_by,
            kinds=int(kinds),
            conflicts=tuple(sorted(came)),
            solved=tuple(sorted(went)),
        )


_NOTHING = _Kind(NOTHING, "", None, ())
_WAYS = {1: "later", -1: "earlier"}
_BYTE_DAYS = {1: "byte_days_more", -1: "byte_days_less"}


def _add(tally: Tally, alike: Alike, kind: _Kind, dates: NewDates | None) -> None:
    """So many recordings that come out alike; `dates`: where conflicts come or go with their periods."""
    line, found, number = str(alike.line), kind.difference, alike.number
    tally.add(line, "counts", "touched", number)
    for name, bit in KINDS.items():
        if alike.kinds & bit:
            tally.add(line, "counts", name, number)
    if kind.version:
        tally.add(line, "versions", kind.version, number)
    if found.consent:
        tally.add(line, "consent", found.consent, number)
    conflicts = (*found.conflicts, *(dates.conflicts if dates else ()))
    solved = (*found.solved, *(dates.solved if dates else ()))
    for part, names in (("script", found.script), ("conflicts", conflicts), ("solved", solved)):
        for name in names:
            tally.add(line, part, name, number)
    if alike.is_held:
        tally.add(line, "counts", "held", number)
    for date_name, way in (("keep_until", alike.keep_until), ("delete_by", alike.delete_by)):
        if way:
            tally.add(line, "counts", f"{date_name}_{_WAYS[way]}", number)
    if alike.delete_by:
        tally.add(line, "counts", _BYTE_DAYS[alike.delete_by], alike.byte_days)
    if alike.is_due:
        tally.add(line, "counts", "due_at_once", number)


def _lacks(kind: _Kind, signs: str) -> bool:
    """Whether this evidence of consent was enough and would not be."""
    has = read_evidence(signs)
    before, after = (
        consent_reason(standard=standard, form=form, roles=roles, evidence=has)
        for standard, form, roles in kind.consent
    )
    return before is None and after is not None
