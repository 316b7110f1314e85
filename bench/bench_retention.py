"""Retention arithmetic in every zone against an oracle of its own: no date may come early.

    .venv/bin/python bench/bench_retention.py [--cases 1000000] [--seed 1]

The oracle knows nothing of the product's code: it walks the calendar with day numbers (Howard Hinnant's algorithm),
looks for the first moment of a local day by bisecting UTC minutes, and compares instants. A case is a random moment
between 1975 and 2060, a period, a zone, and for every third a trigger of its own moment.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from policies.domain.retention import MAXIMUM, MINIMUM, Limit, retention_schedule

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TRIGGER = "contract_end"
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
MOMENTS = (157_766_400, 2_840_140_800)  # 1975 … 2060, seconds since 1970


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--cases", type=int, default=1_000_000)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    began = time.perf_counter()
    found = compare(given.cases, given.seed)
    took = time.perf_counter() - began
    print(json.dumps(found | {"seconds": round(took, 1), "a_case_us": round(took * 1e6 / given.cases, 1)}))
    raise SystemExit(1 if found["early"] or found["late"] else 0)


def compare(cases: int, seed: int) -> dict[str, int]:
    """How many of the product's dates came before the oracle's, how many after, over how many zones."""
    draw, counts, zones = random.Random(seed), Counter[str](), sorted(available_timezones())  # noqa: S311  no secret
    for number in range(cases):
        zone = zones[number % len(zones)]
        ended = EPOCH + timedelta(seconds=draw.randrange(*MOMENTS))
        told = EPOCH + timedelta(seconds=draw.randrange(*MOMENTS)) if number % 3 == 0 else None
        years, months, days = draw.randrange(0, 13), draw.randrange(0, 24), draw.randrange(0, 400)
        least = f"P{years}Y{months}M{days}D"
        most = f"P{draw.randrange(0, 40)}Y{draw.randrange(0, 12)}M"
        limits = [
            Limit("XX-1", "XX 1", MINIMUM, least, "", "high", TRIGGER if told else "recording_created"),
            Limit("ours", "ours", MAXIMUM, most, "", "high", is_law=False),
        ]
        schedule = retention_schedule(
            limits,
            counted_from=ended,
            zone=ZoneInfo(zone),
            fallback_period="P90D",
            starts={TRIGGER: told} if told else {},
        )
        keep_until = max(oracle(told or ended, least, zone), ended)
        for ours, theirs in (
            (schedule.keep_until, keep_until),
            (schedule.delete_by, max(keep_until, oracle(ended, most, zone))),
        ):
            counts["early"] += ours < theirs
            counts["late"] += ours > theirs
    return {"cases": cases, "zones": len(zones), "early": counts["early"], "late": counts["late"]}


# --- the oracle


def oracle(start: datetime, period: str, zone: str) -> datetime:
    """The first moment after the last local day of the period."""
    years, _, rest = period[1:].partition("Y")
    months, _, rest = rest.partition("M")
    days = int(rest.removesuffix("D") or 0)
    year, month, day = _date(_local_day(start, zone))
    total = year * 12 + month - 1 + int(years) * 12 + int(months or 0)
    year, month = total // 12, total % 12 + 1
    if day > _length(year, month):  # a missing day becomes the 1st of the next month
        year, month, day = (year, month + 1, 1) if month < 12 else (year + 1, 1, 1)
    return _first_moment(_number(year, month, day) + days + 1, zone)


def _local_day(at: datetime, zone: str) -> int:
    """Days since 1970-01-01 on the wall calendar of the zone."""
    return int(((at - EPOCH) + _offset(at, zone)) // timedelta(days=1))


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _first_moment(day: int, zone: str) -> datetime:
    """The second, in UTC, from which on no local day before `day` comes any more. No wall time is ever built.

    Where the clock goes back over midnight the day before comes twice: its second end counts.
    """
    at = EPOCH + timedelta(days=day) - _offset(EPOCH + timedelta(days=day), zone)
    if not (_local_day(at - SECOND, zone) < day <= _local_day(at, zone)):
        at = _halved(day, zone)
    if _offset(at, zone) == _offset(at + 3 * HOUR, zone):
        return at
    again = [at + minutes * MINUTE for minutes in range(180) if _local_day(at + minutes * MINUTE, zone) < day]
    return again[-1] + MINUTE if again else at


def _halved(day: int, zone: str) -> datetime:
    low, high = (day - 2) * 86_400, (day + 2) * 86_400
    while low < high:
        middle = (low + high) // 2
        if _local_day(EPOCH + middle * SECOND, zone) >= day:
            high = middle
        else:
            low = middle + 1
    return EPOCH + low * SECOND


def _offset(at: datetime, zone: str) -> timedelta:
    return at.astimezone(_zone(zone)).utcoffset() or timedelta()


def _number(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 (days_from_civil)."""
    year -= month <= 2
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def _date(number: int) -> tuple[int, int, int]:
    """The inverse (civil_from_days)."""
    number += 719_468
    era = number // 146_097
    of_era = number - era * 146_097
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + (3 if shifted < 10 else -9)
    return year + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1


def _length(year: int, month: int) -> int:
    after = _number(year + 1, 1, 1) if month == 12 else _number(year, month + 1, 1)
    return after - _number(year, month, 1)


if __name__ == "__main__":
    main()
