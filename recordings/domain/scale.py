"""The dates of a recording on a graduated line: kept until, deleted by, held, today. Instants in, SVG numbers out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

WIDTH = 640
_ROOM = 0.975  # the end of the line stays free, for a hold's arrow
_DAY = 86_400


@dataclass(frozen=True)
class Bar:
    x: float
    width: float


@dataclass(frozen=True)
class Label:
    x: float
    text: str


@dataclass(frozen=True)
class Scale:
    """`held` reaches the arrow where a hold is still in force."""

    ticks: str
    labels: tuple[Label, ...]
    kept: Bar | None
    open: Bar | None
    held: Bar | None
    is_held_on: bool
    now: float

    @property
    def now_is_right(self) -> bool:
        """There is more room on its left, so its words stand there."""
        return self.now > WIDTH / 2

    @property
    def now_words(self) -> float:
        return self.now - 8 if self.now_is_right else self.now + 8


def scale(
    *,
    began: datetime,
    keep_until: datetime,
    delete_by: datetime,
    now: datetime,
    zone: ZoneInfo,
    holds: Sequence[tuple[datetime, datetime | None]] = (),
) -> Scale:
    """The line from the call to its end, or to now where that is later. A hold without an end is in force."""
    last = max([delete_by, now, *(end for _, end in holds if end)])
    total = max((last - began).total_seconds(), 60.0) / _ROOM

    def x_of(at: datetime) -> float:
        return round(min(max((at - began).total_seconds() / total, 0.0), 1.0) * WIDTH, 1)

    def bar(start: datetime, end: datetime) -> Bar | None:
        width = round(x_of(end) - x_of(start), 1)
        return Bar(x_of(start), width) if width > 0 else None

    held_on = any(end is None for _, end in holds)
    held_from = min((start for start, _ in holds), default=None)
    held_to = max((end for _, end in holds if end), default=now)
    ticks = list(_ticks(began, began + timedelta(seconds=total), zone))
    return Scale(
        ticks="".join(f"M{x_of(at):g} 92v{(5, 9, 14)[rank]}" for at, rank, _ in ticks),
        labels=_labels([(x_of(at), rank, text) for at, rank, text in ticks]),
        kept=bar(began, keep_until),
        open=bar(max(keep_until, began), delete_by),
        held=None
        if held_from is None
        else Bar(x_of(held_from), round((626 if held_on else x_of(held_to)) - x_of(held_from), 1)),
        is_held_on=held_on,
        now=x_of(now),
    )


def _ticks(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, int, str]]:
    """Graduations with their rank 0…2 and the word of the high ones, as fine as the line is short."""
    days = (end - start).total_seconds() / _DAY
    first, last = start.astimezone(zone), end.astimezone(zone)
    if days > 300:
        yield from _months(first, last)
    elif days > 2:
        yield from _days(first, last, every=1 if days <= 130 else 7)
    else:
        yield from _minutes(first, last, step=_step(days * 1440))


def _months(first: datetime, last: datetime) -> Iterator[tuple[datetime, int, str]]:
    years = (last - first).days / 365
    for month in range(first.year * 12 + first.month, last.year * 12 + last.month + 1):
        at = first.replace(year=month // 12, month=month % 12 + 1, day=1, hour=0, minute=0, second=0, microsecond=0)
        if at > last:
            return
        if years < 2:
            yield at, 1 if at.month % 3 == 1 else 0, f"{at:%b %Y}" if at.month % 3 == 1 else ""
        elif years < 14 or at.month == 1:
            yield at, 2 if at.month == 1 else int(at.month % 3 == 1), str(at.year) if at.month == 1 else ""


def _days(first: datetime, last: datetime, *, every: int) -> Iterator[tuple[datetime, int, str]]:
    at = first.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    while at <= last:
        opens_month = at.day == 1
        if every == 1 or at.weekday() == 0 or opens_month:
            yield (
                at,
                2 if opens_month else int(at.weekday() == 0),
                f"{at.day} {at:%b}" if opens_month or at.weekday() == 0 else "",
            )
        at += timedelta(days=1)


def _minutes(first: datetime, last: datetime, *, step: int) -> Iterator[tuple[datetime, int, str]]:
    at = first.replace(minute=first.minute - first.minute % step if step < 60 else 0, second=0, microsecond=0)
    worded = 1 if (last - first) / timedelta(minutes=step) < 8 else 5
    count = 0
    while at <= last:
        if at >= first:
            yield at, 1 if count % 5 == 0 else 0, f"{at:%H:%M}" if count % worded == 0 else ""
        at += timedelta(minutes=step)
        count += 1


def _step(minutes: float) -> int:
    return next((step for step in (1, 5, 10, 30, 60) if minutes / step <= 60), 60)


def _labels(found: Sequence[tuple[float, int, str]]) -> tuple[Label, ...]:
    """The words that fit: none nearer than 90 units to the one before, none over the edge; months before weeks."""
    highest = max((rank for _, rank, text in found if text), default=0)
    worded = [(x, text) for x, rank, text in found if text and x < WIDTH - 60 and (rank == highest or len(found) < 60)]
    shown: list[Label] = []
    for x, text in worded:
        if not shown or x - shown[-1].x >= 85:
            shown.append(Label(x + 5, text))
    return tuple(shown)
