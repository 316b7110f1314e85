from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from policies.domain.errors import PeriodUnreadable
from policies.domain.periods import (
    Period,
    a_year_after,
    amounts,
    day_of_clash,
    end_of_period,
    first_moment,
    in_words,
    last_day,
    period,
)

NEW_YORK, BERLIN, UTC_ZONE = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")


def ends(day: str, length: str, zone: str = "UTC") -> str:
    """The last local day that a period from noon of that day covers."""
    here = ZoneInfo(zone)
    start = datetime.combine(date.fromisoformat(day), datetime.min.time().replace(hour=12), here)
    return last_day(end_of_period(start, period(length), here), here).isoformat()


@pytest.mark.parametrize(
    ("day", "length", "last"),
    [
        ("2026-11-24", "P3Y", "2029-11-24"),
        ("2026-11-24", "P1Y6M", "2028-05-24"),
        ("2026-11-24", "P90D", "2027-02-22"),
        ("2026-11-24", "P2W", "2026-12-08"),
        ("2026-11-24", "P0D", "2026-11-24"),
        ("2026-11-24", "P25M", "2028-12-24"),
        ("2024-02-29", "P1Y", "2025-03-01"),
        ("2024-02-29", "P4Y", "2028-02-29"),
        ("2023-02-28", "P1Y", "2024-02-28"),
        ("2026-01-31", "P1M", "2026-03-01"),
        ("2024-01-30", "P1M", "2024-03-01"),
        ("2026-08-31", "P6M", "2027-03-01"),
        ("2026-10-31", "P1M", "2026-12-01"),
        ("2026-12-31", "P1M", "2027-01-31"),
        ("2026-12-31", "P2M", "2027-03-01"),
    ],
)
def test_a_period_ends_with_its_calendar_day_and_never_early(day, length, last):
    assert ends(day, length) == last


def test_the_local_day_counts_not_the_one_of_utc():
    # 02:30 UTC of the 25th is still the 24th in New York
    call_ended = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)
    assert end_of_period(call_ended, period("P1D"), NEW_YORK) == datetime(2026, 11, 26, 5, tzinfo=UTC)
    assert end_of_period(call_ended, period("P1D"), BERLIN) == datetime(2026, 11, 26, 23, tzinfo=UTC)


def test_the_clock_change_moves_the_instant_not_the_day():
    winter = datetime(2026, 1, 15, 12, tzinfo=UTC)
    assert end_of_period(winter, period("P6M"), NEW_YORK) == datetime(2026, 7, 16, 4, tzinfo=UTC)
    assert end_of_period(winter, period("P1Y"), NEW_YORK) == datetime(2027, 1, 16, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "moment"),
    [
        ("America/Sao_Paulo", date(2018, 11, 4), datetime(2018, 11, 4, 3, tzinfo=UTC)),  # midnight was leapt over
        ("America/Havana", date(2025, 11, 2), datetime(2025, 11, 2, 4, tzinfo=UTC)),  # midnight came twice
        ("Pacific/Apia", date(2011, 12, 30), datetime(2011, 12, 30, 10, tzinfo=UTC)),  # the day never was
    ],
)
def test_a_day_begins_with_its_first_moment(zone, day, moment):
    assert first_moment(day, ZoneInfo(zone)) == moment


def test_a_period_in_seconds_ends_to_the_second():
    start = datetime(2026, 11, 24, 15, 0, 1, tzinfo=UTC)
    assert end_of_period(start, period("PT120S"), BERLIN) == datetime(2026, 11, 24, 15, 2, 1, tzinfo=UTC)
    in_berlin = end_of_period(start.astimezone(BERLIN), period("PT120S"), BERLIN)
    assert (in_berlin.isoformat(), in_berlin.tzinfo) == ("2026-11-24T15:02:01+00:00", UTC)
    assert period("PT2M").seconds == period("PT120S").seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "3Y",
        "P3",
        "P1.5Y",
        "P-1Y",
        "P1Y1S",
        "P1DT1H",
        "P201Y",
        "p3y",
        " P3Y",
        "P\N{FULLWIDTH DIGIT THREE}Y",
    ],
)
def test_what_is_no_period_is_told_with_an_example(text):
    with pytest.raises(PeriodUnreadable, match=r"such as|at most"):
        period(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("P3Y", "3 years"),
        ("P1Y6M", "1 year and 6 months"),
        ("P90D", "90 days"),
        ("P5Y30D", "5 years and 30 days"),
        ("P25M", "2 years and 1 month"),
        ("P2W", "14 days"),
        ("PT120S", "2 minutes"),
        ("P0D", "0 days"),
    ],
)
def test_a_period_is_said_as_people_say_it(text, words):
    assert in_words(period(text)) == words


@pytest.mark.parametrize(
    ("minimum", "maximum", "clashes"),
    [
        ("P1Y", "P1Y", False),
        ("P1Y", "P366D", False),
        ("P1Y", "P365D", True),
        ("P1M", "P31D", False),
        ("P1M", "P30D", True),
        ("PT60S", "PT120S", False),
        ("PT180S", "PT120S", True),
        ("P1D", "PT120S", True),
    ],
)
def test_a_minimum_clashes_if_it_ends_later_on_any_day(minimum, maximum, clashes):
    assert bool(day_of_clash(period(minimum), period(maximum))) is clashes


@pytest.mark.parametrize(
    ("minimum", "maximum", "day"),
    [
        ("P1Y", "P365D", date(2024, 1, 1)),  # the year has a 29 February
        ("P1M", "P30D", date(2024, 1, 1)),
        ("P1M1D", "P31D", date(2024, 1, 1)),
        ("P1Y", "P11M30D", date(2024, 1, 1)),
        ("P3Y", "P1096D", None),
        ("P3Y", "P1095D", date(2024, 1, 1)),
        ("P2M", "P61D", date(2024, 7, 1)),
        ("PT61S", "PT60S", date(2024, 1, 1)),
        ("PT60S", "PT60S", None),
        ("P1D", "PT24H", None),
        ("P1D", "PT86399S", date(2024, 1, 1)),
        ("P1M", "PT672H", None),  # 28 days, the shortest month
        ("P1M", "PT671H", date(2024, 1, 1)),
        ("PT25H", "P1D", date(2024, 1, 1)),
        ("PT24H", "P1D", None),
    ],
)
def test_the_first_day_of_a_clash(minimum, maximum, day):
    assert day_of_clash(period(minimum), period(maximum)) == day


@pytest.mark.parametrize(
    ("text", "months", "days", "seconds"),
    [
        ("P3Y", 36, 0, 0),
        ("P1Y6M", 18, 0, 0),
        ("P90D", 0, 90, 0),
        ("P2W", 0, 14, 0),
        ("P1Y2M3W4D", 14, 25, 0),
        ("PT1H2M3S", 0, 0, 3723),
        ("PT120S", 0, 0, 120),
        ("P0D", 0, 0, 0),
        ("P200Y", 2400, 0, 0),
        ("P2400M", 2400, 0, 0),
        ("P67200D", 0, 67200, 0),
    ],
)
def test_a_period_is_months_days_and_seconds(text, months, days, seconds):
    assert period(text) == Period(text, months, days, seconds)
    assert str(period(text)) == text
    assert period(text).in_seconds is (seconds > 0)


@pytest.mark.parametrize("text", ["P201Y", "P2401M", "P200Y1D", "P67201D", "P9601W", "PT99999999S9"])
def test_nothing_is_kept_for_more_than_two_hundred_years(text):
    with pytest.raises(PeriodUnreadable):
        period(text)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("3Y", "'3Y' is not a period. Write years, months or days, such as P3Y, P1Y6M or P90D."),
        ("P1DT1H", "'P1DT1H' mixes days with hours. Write one or the other, such as P90D or PT120S."),
        ("P1MT1S", "'P1MT1S' mixes days with hours. Write one or the other, such as P90D or PT120S."),
        ("P201Y", "'P201Y' is too long. Write at most 200 years."),
    ],
)
def test_what_is_wrong_with_a_period_is_told(text, detail):
    with pytest.raises(PeriodUnreadable) as refused:
        period(text)
    assert str(refused.value) == detail


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("P3Y", [(3, "year")]),
        ("P14M3D", [(1, "year"), (2, "month"), (3, "day")]),
        ("PT3723S", [(1, "hour"), (2, "minute"), (3, "second")]),
        ("P0D", [(0, "day")]),
        ("PT3600S", [(1, "hour")]),
    ],
)
def test_a_period_is_made_of_its_largest_units(text, amount):
    assert amounts(period(text)) == amount


def test_the_longest_and_the_said_forms_of_time():
    assert in_words(period("PT3723S")) == "1 hour, 2 minutes and 3 seconds"
    assert in_words(period("P14M1D")) == "1 year, 2 months and 1 day"


@pytest.mark.parametrize(
    ("day", "later"),
    [
        (date(2026, 11, 24), date(2027, 11, 24)),
        (date(2024, 2, 29), date(2025, 3, 1)),
        (date(2025, 12, 31), date(2026, 12, 31)),
    ],
)
def test_the_same_day_of_the_next_year(day, later):
    assert a_year_after(day) == later


def test_the_last_day_of_a_period_is_the_local_one_before_its_end():
    midnight = datetime(2026, 11, 25, 5, tzinfo=UTC)  # in New York
    assert last_day(midnight, NEW_YORK) == date(2026, 11, 24)
    assert last_day(midnight + timedelta(microseconds=1), NEW_YORK) == date(2026, 11, 25)
    assert last_day(midnight, UTC_ZONE) == date(2026, 11, 25)


def test_the_end_of_a_period_is_told_in_utc():
    ends = end_of_period(datetime(2026, 11, 24, 15, tzinfo=BERLIN), period("PT60S"), BERLIN)
    assert (ends, ends.utcoffset()) == (datetime(2026, 11, 24, 14, 1, tzinfo=UTC), timedelta(0))
    assert first_moment(date(2026, 11, 24), BERLIN).utcoffset() == timedelta(0)
