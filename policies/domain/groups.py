"""One answer for many calls: all of one line and the same circumstances, on days on which the same rules are in effect.

What differs from call to call is when it ended; `GroupAnswer.dates` and `GroupAnswer.schedule` take that.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from policies.domain.conditions import FACTS
from policies.domain.decision import decided
from policies.domain.inputs import CompanyPolicy, Inputs
from policies.domain.law import Law
from policies.domain.once import once
from policies.domain.places import Place
from policies.domain.retention import MINIMUM, Limit, Schedule, retention_schedule
from policies.domain.scopes import Candidate, choose
from policies.domain.stored_calls import read_call, read_places

MIDDAY = time(12)  # a moment of the day that every zone has
REMEMBERED = 50_000  # answers; beyond that they are made anew, so that memory has an end
_BOUNDARIES = tuple(sorted({date.fromisoformat(value.partition("_")[2]) for value in FACTS["call_date"]}))


@dataclass(frozen=True)
class LineRules:
    """A line of business, and the versions that would speak for its calls."""

    code: str
    zone: ZoneInfo
    is_demo: bool
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Dates:
    """`keep_until` is empty where no minimum stands: nothing keeps the recording beyond the call's own end."""

    keep_until: datetime | None
    delete_by: datetime
    conflicts: frozenset[str]


@dataclass(frozen=True)
class GroupAnswer:
    """What is answered to each call of a group."""

    version: str  # of the policy that decides; empty: none speaks for the call
    standard: str
    form: str
    script: Mapping[str, tuple[str, ...]]  # key → what is said, in the policy's own language
    conflicts: frozenset[str]  # kinds, but for those of periods
    limits: tuple[Limit, ...]
    fallback: str
    roles: tuple[str, ...]
    law_release: int

    @once
    def periods(self) -> tuple[Any, ...]:
        """All that dates depend on: groups with the same have the same dates."""
        return (self.fallback, *sorted((limit.kind, limit.period, limit.is_law) for limit in self.limits))

    @once
    def has_minimum(self) -> bool:
        return any(limit.kind == MINIMUM and limit.period for limit in self.limits)

    @once
    def is_to_the_second(self) -> bool:
        """Whether a period counts seconds, so that the day alone does not give the dates."""
        return "T" in self.fallback or any("T" in limit.period for limit in self.limits)

    def schedule(self, ended_at: datetime, zone: ZoneInfo) -> Schedule:
        """The dates of a call that ended then, with every limit that was weighed."""
        return retention_schedule(self.limits, counted_from=ended_at, zone=zone, fallback_period=self.fallback)

    def dates(self, ended_at: datetime, zone: ZoneInfo) -> Dates:
        schedule = self.schedule(ended_at, zone)
        keep_until = schedule.keep_until if self.has_minimum else None
        return Dates(keep_until, schedule.delete_by, frozenset(found.kind for found in schedule.conflicts))


@dataclass(frozen=True)
class RuleSet:
    """A law, and the policy versions that would be in force under it, whatever the day of the call."""

    law: Law
    lines: Mapping[UUID, LineRules]
    _answers: dict[tuple[UUID, UUID, int], GroupAnswer] = field(default_factory=dict, compare=False, repr=False)
    _dates: dict[tuple[Any, str, date], Dates] = field(default_factory=dict, compare=False, repr=False)

    @once
    def _stretches(self) -> tuple[date, ...]:
        return tuple(sorted({*self.law.change_days, *_BOUNDARIES}))

    @once
    def _stretch_of(self) -> dict[date, int]:
        return {}

    def stretch(self, day: date) -> int:
        """Which of the stretches of days with equal rules the day is in."""
        known = self._stretch_of.get(day)
        if known is None:
            known = self._stretch_of[day] = bisect_right(self._stretches, day)
        return known

    def answer(
        self, line: UUID, circumstances: UUID, day: date, stored: Mapping[UUID, Mapping[str, Any]]
    ) -> GroupAnswer:
        """The answer for calls of that line on that day; `stored` has the circumstances by their ids.

        Raises KeyError: no such line, or circumstances that `stored` has not.
        """
        key = (line, circumstances, self.stretch(day))
        known = self._answers.get(key)
        if known is None:
            if len(self._answers) >= REMEMBERED:
                self._answers.clear()
            known = self._answers[key] = self.weigh(self.lines[line], stored[circumstances], day)
        return known

    def dates(self, answer: GroupAnswer, ended_at: datetime, day: date, zone: ZoneInfo) -> Dates:
        """As `answer.dates`, made once for each local day on which calls ended."""
        if answer.is_to_the_second:
            return answer.dates(ended_at, zone)
        key = (answer.periods, zone.key, day)
        known = self._dates.get(key)
        if known is None:
            if len(self._dates) >= REMEMBERED:
                self._dates.clear()
            known = self._dates[key] = answer.dates(ended_at, zone)
        return known

    def weigh(self, line: LineRules, stored: Mapping[str, Any], day: date) -> GroupAnswer:
        """Choose the policy, and weigh it with the law of that day."""
        at = datetime.combine(day, MIDDAY, line.zone)
        call = read_call(stored, line_of_business=line.code, started_at=at, ended_at=at)
        places = read_places(stored)
        winner = choose(line.candidates, call, places, call.facts, reach=self.law.covered_by).winner
        policy = None
        if winner is not None:
            policy = CompanyPolicy(winner.version, winner.name, winner.document, winner.number)
            places = _with_default(places, winner.document.withheld_default or "", call.direction, call.parties)
        inputs = Inputs(self.law, policy, call, places, line.zone)
        outcome = decided(inputs)
        of_periods = {found.kind for found in outcome.schedule.conflicts}
        return GroupAnswer(
            version=winner.version if winner else "",
            standard=outcome.consent.standard,
            form=outcome.consent.form,
            script=_by_key(outcome.answer["script"]),
            conflicts=frozenset(found["kind"] for found in outcome.answer["conflicts"]) - of_periods,
            limits=tuple(replace(each, until=None, decides=False, outranked_by="") for each in outcome.schedule.limits),
            fallback=inputs.document.max_period.text,
            roles=tuple(party.role for party in call.parties),
            law_release=self.law.release,
        )


def _with_default(places: tuple[Place, ...], default: str, direction: str, parties: Sequence[Any]) -> tuple[Place, ...]:
    """A caller's place that only the company's choice gave, by its present choice; the others as they were known."""
    if direction != "inbound":
        return places
    chosen = Place(default, "default", "none") if default else Place("", "unknown", "none")
    return tuple(
        chosen if place.source == "default" and party.role != "agent" else place
        for party, place in zip(parties, places, strict=True)
    )


def _by_key(script: Sequence[Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    said: dict[str, tuple[str, ...]] = {}
    for line in script:
        said[line["key"]] = (*said.get(line["key"], ()), line["say"])
    return said
