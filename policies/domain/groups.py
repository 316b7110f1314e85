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
from policies.domain.retention import MINIMUM, NOTHING_TOLD, Limit, Schedule, retention_schedule
from policies.domain.scopes import Candidate, choose
from policies.domain.stored_calls import read_call, read_places

MIDDAY = time(12)  # a moment of the day that every zone has
REMEMBERED = 50_000  # answers; beyond that they are made anew, so that memory has an end
StoredCalls = Mapping[UUID, Mapping[str, Any]]
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

    def schedule(self, ended_at: datetime, zone: ZoneInfo, starts: Mapping[str, datetime] = NOTHING_TOLD) -> Schedule:
        """The dates of a call that ended then, with every limit that was weighed; `starts`: triggers that are known."""
        return retention_schedule(
            self.limits, counted_from=ended_at, zone=zone, fallback_period=self.fallback, starts=starts
        )

    def dates(self, ended_at: datetime, zone: ZoneInfo, starts: Mapping[str, datetime] = NOTHING_TOLD) -> Dates:
        schedule = self.schedule(ended_at, zone, starts)
        keep_until = schedule.keep_until if self.has_minimum else None
        return Dates(keep_until, schedule.delete_by, frozenset(found.kind for found in schedule.conflicts))


@dataclass(frozen=True)
class RuleSet:
    """A law, and the policy versions that would be in force under it, whatever the day of the call."""

    law: Law
    lines: Mapping[UUID, LineRules]
    _answers: dict[tuple[int, UUID, int], GroupAnswer] = field(default_factory=dict, compare=False, repr=False)
    _positions: dict[date, int] = field(default_factory=dict, compare=False, repr=False)
    _stretches: dict[tuple[UUID, int], int] = field(default_factory=dict, compare=False, repr=False)
    _reaching: dict[tuple[frozenset[str], int], int] = field(default_factory=dict, compare=False, repr=False)
    _numbers: dict[Any, int] = field(default_factory=dict, compare=False, repr=False)
    _dates: dict[tuple[Any, str, date], Dates] = field(default_factory=dict, compare=False, repr=False)
    _equal: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)  # kept once, however many have it

    @once
    def spoken_for(self) -> dict[UUID, int]:
        """Lines by number: those for which the same versions speak have the same one, so they share their answers."""
        numbers: dict[frozenset[tuple[str, bool]], int] = {}
        return {
            pk: numbers.setdefault(frozenset((one.version, one.has_line) for one in line.candidates), len(numbers))
            for pk, line in self.lines.items()
        }

    @once
    def boundaries(self) -> tuple[date, ...]:
        """The days, in order, on each of which other rules may begin to reach calls."""
        return tuple(sorted({*self.law.change_days, *_BOUNDARIES}))

    @once
    def _defaults(self) -> frozenset[str]:
        """Where policies put a caller of whom nothing is known."""
        each = (one.document.withheld_default for line in self.lines.values() for one in line.candidates)
        return frozenset(code for code in each if code)

    def stretch(self, circumstances: UUID, day: date, stored: StoredCalls) -> int:
        """A number for the rules that reach these circumstances on that day: equal rules, equal numbers."""
        position = self._positions.get(day)
        if position is None:
            position = self._positions[day] = bisect_right(self.boundaries, day)
        key = (circumstances, position)
        known = self._stretches.get(key)
        if known is None:
            if len(self._stretches) >= 4 * REMEMBERED:
                self._stretches.clear()
            known = self._stretches[key] = self._number_of(stored[circumstances], day, position)
        return known

    def _number_of(self, call: Mapping[str, Any], day: date, position: int) -> int:
        if call.get("consent_document"):
            return -day.toordinal()  # a document counts from the day on which it was signed
        named = [party["jurisdiction"] for party in call["parties"]]
        named += [hint for party in call["parties"] for hint in party.get("hints", ())]
        named += [*call["facts"].get("jurisdiction", ()), *self._defaults]
        reach = frozenset().union(*map(self.law.covered_by, named))
        known = self._reaching.get((reach, position))
        if known is None:
            if len(self._reaching) >= REMEMBERED:
                self._reaching.clear()
            state = self.law.at(day)
            rules = (
                *(id(rule) for rule in state.retention_at(reach)),
                *(id(rule) for rule in state.disclosures_at(reach)),
                *(id(state.rules.get(code)) for code in sorted(reach)),
                bisect_right(_BOUNDARIES, day),
            )
            numbers = self._numbers
            known = self._reaching[(reach, position)] = numbers.setdefault((reach, rules), len(numbers))
        return known

    def answer(self, line: UUID, circumstances: UUID, day: date, stored: StoredCalls) -> GroupAnswer:
        """The answer for calls of that line on that day; `stored` has the circumstances by their ids.

        Raises KeyError: no such line, or circumstances that `stored` has not.
        """
        key = (self.spoken_for[line], circumstances, self.stretch(circumstances, day, stored))
        known = self._answers.get(key)
        if known is None:
            if len(self._answers) >= REMEMBERED:
                self._answers.clear()
            known = self._answers[key] = self.weigh(self.lines[line], stored[circumstances], day)
        return known

    def dates(
        self,
        answer: GroupAnswer,
        ended_at: datetime,
        day: date,
        zone: ZoneInfo,
        starts: Mapping[str, datetime] = NOTHING_TOLD,
    ) -> Dates:
        """As `answer.dates`, made once for each local day on which calls of which nothing more is known ended."""
        if starts or answer.is_to_the_second:
            return answer.dates(ended_at, zone, starts)
        key = (answer.periods, zone.key, day)
        known = self._dates.get(key)
        if known is None:
            if len(self._dates) >= REMEMBERED:
                self._dates.clear()
            known = self._dates[key] = answer.dates(ended_at, zone)
        return known

    def weigh(self, line: LineRules, stored: Mapping[str, Any], day: date) -> GroupAnswer:
        """Choose the policy, and weigh it with the law of that day. Nothing is remembered but what answers share."""
        if len(self._equal) >= REMEMBERED:
            self._equal.clear()
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
        limits = tuple(replace(each, until=None, decides=False, outranked_by="") for each in outcome.schedule.limits)
        return GroupAnswer(
            version=winner.version if winner else "",
            standard=outcome.consent.standard,
            form=outcome.consent.form,
            script=self._script(outcome.answer["script"]),
            conflicts=frozenset(found["kind"] for found in outcome.answer["conflicts"]) - of_periods,
            limits=self._equal.setdefault(limits, limits),
            fallback=inputs.document.max_period.text,
            roles=tuple(party.role for party in call.parties),
            law_release=self.law.release,
        )

    def _script(self, lines: Sequence[Mapping[str, str]]) -> Mapping[str, tuple[str, ...]]:
        text = tuple((line["key"], line["say"]) for line in lines)
        if text not in self._equal:
            said: dict[str, tuple[str, ...]] = {}
            for key, say in text:
                said[key] = (*said.get(key, ()), say)
            self._equal[text] = said
        known: Mapping[str, tuple[str, ...]] = self._equal[text]
        return known


def _with_default(places: tuple[Place, ...], default: str, direction: str, parties: Sequence[Any]) -> tuple[Place, ...]:
    """A caller's place that only the company's choice gave, by its present choice; the others as they were known."""
    if direction != "inbound":
        return places
    chosen = Place(default, "default", "none") if default else Place("", "unknown", "none")
    return tuple(
        chosen if place.source == "default" and party.role != "agent" else place
        for party, place in zip(parties, places, strict=True)
    )
