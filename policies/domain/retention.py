"""How long a recording is kept: the longest minimum and the shortest maximum, with everything that spoke for either."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from policies.domain.conflicts import Conflict
from policies.domain.periods import end_of_period, period

MINIMUM, MAXIMUM = "minimum", "maximum"
FROM_THE_CALL = "recording_created"
NOTHING_TOLD: Mapping[str, datetime] = MappingProxyType({})


@dataclass(frozen=True)
class Limit:
    """One period that binds the recording. `period` is empty where the rule has no number."""

    rule: str
    citation: str
    kind: str  # minimum or maximum
    period: str
    because: str
    certainty: str
    trigger: str = FROM_THE_CALL
    is_law: bool = True
    verify: str = ""
    place: str = ""  # whose law it is; empty for the company's own and for rules of anywhere
    until: datetime | None = None
    decides: bool = False
    outranked_by: str = ""
    counted_from: datetime | None = None  # when its trigger happened, where that is known

    @property
    def waits(self) -> bool:
        """Whether it counts from something else than the call, of which nobody told yet."""
        return self.trigger != FROM_THE_CALL and self.counted_from is None


@dataclass(frozen=True)
class Schedule:
    """Both instants are first moments after a local day, in UTC. The limits are in order: minimums, then maximums."""

    keep_until: datetime
    delete_by: datetime
    min_period: str
    max_period: str
    limits: tuple[Limit, ...]
    conflicts: tuple[Conflict, ...]
    said_period: str  # what the caller is told

    @property
    def waits_for(self) -> tuple[str, ...]:
        """Triggers that are not known yet; their periods are counted from the call's end, which is never later."""
        return tuple(sorted({limit.trigger for limit in self.limits if limit.period and limit.waits}))

    @property
    def may_last_longer(self) -> bool:
        """Whether a minimum counts from a trigger that is not known yet, so that it may end after `keep_until`."""
        return any(limit.kind == MINIMUM and limit.period and limit.waits for limit in self.limits)


def retention_schedule(
    limits: Sequence[Limit],
    *,
    counted_from: datetime,
    zone: ZoneInfo,
    fallback_period: str,
    starts: Mapping[str, datetime] = NOTHING_TOLD,
) -> Schedule:
    """Weigh all limits. Law outranks the company: a law's minimum lifts a shorter company maximum.

    A minimum of law, or of the company, later than a maximum of law is a conflict: nothing goes before the minimum.
    `fallback_period` is the maximum where nobody sets one. `starts`: when each trigger that is known happened; a period
    whose trigger is not among them counts from the call's end.
    """
    dated = [_dated(limit, counted_from, zone, starts) for limit in limits]
    minimums = _in_order([limit for limit in dated if limit.kind == MINIMUM], longest_first=True)
    maximums = _in_order([limit for limit in dated if limit.kind == MAXIMUM], longest_first=False)
    lowest, highest = _leader(minimums), _leader(maximums)
    keep_until = lowest.until if lowest and lowest.until else counted_from
    if starts:  # what a period counts from may lie before the call
        keep_until = max(keep_until, counted_from)
    if highest is None or highest.until is None:
        delete_by = max(keep_until, end_of_period(counted_from, period(fallback_period), zone))
    else:
        delete_by = max(keep_until, highest.until)
    conflicts = _conflicts(minimums, maximums)
    lifted = bool(lowest and highest and highest.until and keep_until > highest.until)
    said = lowest.period if lowest and (lifted or highest is None) else highest.period if highest else fallback_period
    decided = (*_weighed(minimums, lowest), *_weighed(maximums, highest, lifted_by=lowest if lifted else None))
    return Schedule(
        keep_until=keep_until,
        delete_by=delete_by,
        min_period=lowest.period if lowest else "",
        max_period=highest.period if highest else "",
        limits=decided,
        conflicts=conflicts,
        said_period=said,
    )


def _dated(limit: Limit, counted_from: datetime, zone: ZoneInfo, starts: Mapping[str, datetime]) -> Limit:
    if not limit.period:
        return limit
    known = starts.get(limit.trigger) if starts else None
    if known is None:
        return _changed(limit, until=end_of_period(counted_from, period(limit.period), zone))
    return _changed(limit, until=end_of_period(known, period(limit.period), zone), counted_from=known)


def _changed(limit: Limit, **changed: Any) -> Limit:
    """As dataclasses.replace, without its checks: every decision weighs several limits."""
    other = object.__new__(Limit)
    other.__dict__.update(limit.__dict__, **changed)
    return other


def _in_order(limits: list[Limit], *, longest_first: bool) -> list[Limit]:
    """The one that decides first; those without a number last; of two alike, law before company, then by code."""
    with_number = sorted((limit for limit in limits if limit.until), key=lambda limit: (not limit.is_law, limit.rule))
    with_number.sort(key=_until, reverse=longest_first)  # stable, also in reverse
    return with_number + sorted((limit for limit in limits if not limit.until), key=lambda limit: limit.rule)


def _until(limit: Limit) -> datetime:
    if limit.until is None:
        raise ValueError(f"{limit.rule} has no number")
    return limit.until


def _leader(limits: list[Limit]) -> Limit | None:
    return limits[0] if limits and limits[0].until else None


def _weighed(limits: list[Limit], leader: Limit | None, *, lifted_by: Limit | None = None) -> list[Limit]:
    weighed = []
    for limit in limits:
        if limit is leader and lifted_by is None:
            weighed.append(_changed(limit, decides=True))
        elif limit.until is None:
            weighed.append(limit)
        else:
            by = lifted_by or leader
            weighed.append(_changed(limit, outranked_by=by.rule if by and by.rule != limit.rule else ""))
    return weighed


def _conflicts(minimums: list[Limit], maximums: list[Limit]) -> tuple[Conflict, ...]:
    """Every maximum of law that ends before the longest minimum. A company's own maximum just gives way to law."""
    lowest = _leader(minimums)
    if lowest is None or lowest.until is None:
        return ()
    return tuple(
        Conflict(
            "minimum_after_maximum" if lowest.is_law else "company_minimum_after_maximum",
            (lowest.rule, highest.rule),
            f"{lowest.rule} asks to keep the recording for {lowest.period} at least, {highest.rule} for"
            f" {highest.period} at most. It is kept until a person decides.",
        )
        for highest in maximums
        if highest.until and highest.is_law and highest.until < lowest.until
    )
