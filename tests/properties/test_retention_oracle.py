"""Dates in every zone against an oracle that shares no code with the product: none early, none late."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bench.bench_retention import compare
from policies.domain.periods import first_moment


def test_no_date_comes_early_in_any_zone():
    found = compare(cases=2_400, seed=7)
    assert found["zones"] > 500
    assert (found["early"], found["late"]) == (0, 0)


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        ("America/St_Johns", date(2010, 11, 7), datetime(2010, 11, 7, 3, 30, tzinfo=UTC)),  # the day before comes twice
        ("America/Havana", date(1992, 10, 11), datetime(1992, 10, 11, 4, tzinfo=UTC)),  # midnight comes twice
        ("America/Sao_Paulo", date(2018, 11, 4), datetime(2018, 11, 4, 3, tzinfo=UTC)),  # there is no midnight
        ("Pacific/Apia", date(2011, 12, 30), datetime(2011, 12, 30, 10, tzinfo=UTC)),  # there is no such day
    ],
)
def test_a_day_begins_once_the_day_before_cannot_come_again(zone, day, begins):
    assert first_moment(day, ZoneInfo(zone)) == begins
