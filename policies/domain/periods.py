"""Calendar periods: `P3Y`, `P1Y6M`, `P90D`, and `PT120S` for demo lines. They end with a day, never early."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from policies.domain.errors import PeriodUnreadable

LONGEST_YEARS = 200
_SHAPE = re.compile(
    r"P(?=\d|T\d)(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,5})M)?(?:(?P<weeks>\d{1,5})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,9})S)?)?",
    re.ASCII,
)


@dataclass(frozen=True)
class Period:
    """Months, days and seconds; seconds stand alone and are for demo lines."""

    text: str
    months: int = 0
    days: int = 0
    seconds: int = 0

    @property
    def in_seconds(self) -> bool:
        return self.seconds > 0

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=4096)
def period(text: str) -> Period:
    """`P1Y6M` → 18 months. Raises PeriodUnreadable: another shape, seconds beside days, or over 200 years."""
    found = _SHAPE.fullmatch(text)
    if not found:
        raise PeriodUnreadable(f"{text!r} is not a period. Write years, months or days, such as P3Y, P1Y6M or P90D.")
    part = {name: int(number or 0) for name, number in found.groupdict().items()}
    seconds = part["hours"] * 3600 + part["minutes"] * 60 + part["seconds"]
    months = part["years"] * 12 + part["months"]
    days = part["weeks"] * 7 + part["days"]
    if seconds and (months or days):
        raise PeriodUnreadable(f"{text!r} mixes days with hours. Write one or the other, such as P90D or PT120S.")
    if months + days / 28 + seconds / (28 * 86400) > LONGEST_YEARS * 12:
        raise PeriodUnreadable(f"{text!r} is too long. Write at most {LONGEST_YEARS} years.")
    return Period(text, months, days, seconds)


def end_of_period(start: datetime, length: Period, zone: ZoneInfo) -> datetime:
    """The first moment after the period's last local day, in UTC. `start` is aware.

    A missing day becomes the 1st of the next month: P1Y from 29 Feb 2024 ends with 1 Mar 2025. `P0D` ends with the
    day itself. A period in seconds ends to the second.
    """
    if length.in_seconds:
        return start.astimezone(UTC) + timedelta(seconds=length.seconds)
    return first_moment(_last(start.astimezone(zone).date(), length) + timedelta(days=1), zone)


@lru_cache(maxsize=4096)
def first_moment(day: date, zone: ZoneInfo) -> datetime:
    """When the local day begins, in UTC. Where the clock leaps over midnight it is the moment of the leap.

    Where it goes back over midnight the day before comes once more, so the day begins after that: St. John's on
    7 November 2010 at 03:30 UTC, not at 02:30.
    """
    midnight = datetime.combine(day, time(), zone)
    first, again = midnight.astimezone(UTC), midnight.replace(fold=1).astimezone(UTC)
    comes_again = again > first and (again - timedelta(microseconds=1)).astimezone(zone).date() < day
    return again if comes_again else first


def last_day(until: datetime, zone: ZoneInfo) -> date:
    """The local day that a period ending at `until` still covers."""
    return (until - timedelta(microseconds=1)).astimezone(zone).date()


@lru_cache(maxsize=256)
def day_of_clash(minimum: Period, maximum: Period) -> date | None:
    """A day of the call on which the minimum would end after the maximum; None: on no day of the four-year calendar."""
    if minimum.in_seconds or maximum.in_seconds:
        return date(2024, 1, 1) if _seconds(minimum) > _seconds(maximum) else None
    for start in (date(2024, 1, 1) + timedelta(days=offset) for offset in range(4 * 365 + 1)):
        if _last(start, minimum) > _last(start, maximum):
            return start
    return None


def _last(start: date, length: Period) -> date:
    return _later(start, length.months) + timedelta(days=length.days)


def _seconds(length: Period) -> int:
    return length.seconds + 86400 * (length.days + 28 * length.months)


def a_year_after(day: date) -> date:
    """The same day of the next year; 1 March after 29 February."""
    return _later(day, 12)


def _later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if day.day <= calendar.monthrange(year, month + 1)[1]:
        return date(year, month + 1, day.day)
    return date(year, month + 2, 1)  # December has every day, so the next month is of the same year


def amounts(length: Period) -> list[tuple[int, str]]:
    """What a period is made of, the largest unit first: `P1Y6M` → 1 year, 6 months; `P0D` → 0 days."""
    if length.in_seconds:
        hours, rest = divmod(length.seconds, 3600)
        minutes, seconds = divmod(rest, 60)
        found = [(hours, "hour"), (minutes, "minute"), (seconds, "second")]
    else:
        years, months = divmod(length.months, 12)
        found = [(years, "year"), (months, "month"), (length.days, "day")]
    return [(number, unit) for number, unit in found if number] or [(0, "day")]


@lru_cache(maxsize=1024)
def in_words(length: Period) -> str:
    """As it is said aloud: `P1Y6M` → "1 year and 6 months", `PT120S` → "2 minutes"."""
    said = [f"{number} {unit}{'' if number == 1 else 's'}" for number, unit in amounts(length)]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
