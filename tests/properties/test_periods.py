"""Periods for any day, zone and length: a longer one never ends earlier, none ends early, all end with a local day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from policies.domain.periods import Period, day_of_clash, end_of_period, first_moment, in_words, last_day, period

ZONES = [
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kathmandu",
]
zones = st.sampled_from([ZoneInfo(name) for name in ZONES])
starts = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2150, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
months, days = st.integers(0, 600), st.integers(0, 4000)


def length(months: int, days: int) -> Period:
    return period(f"P{months}M{days}D")


@given(start=starts, zone=zones, months=months, days=days)
def test_a_longer_period_never_ends_earlier(start, zone, months, days):
    ends = end_of_period(start, length(months, days), zone)
    assert ends <= end_of_period(start, length(months + 1, days), zone)
    assert ends < end_of_period(start, length(months, days + 2), zone)


@given(start=starts, later=st.timedeltas(timedelta(0), timedelta(days=800)), zone=zones, months=months, days=days)
def test_a_later_start_never_ends_earlier(start, later, zone, months, days):
    assert end_of_period(start, length(months, days), zone) <= end_of_period(start + later, length(months, days), zone)


@given(start=starts, zone=zones, months=months, days=days)
def test_it_ends_with_the_first_moment_of_a_local_day_after_the_last_one(start, zone, months, days):
    ends = end_of_period(start, length(months, days), zone)
    assert ends > start
    covered = last_day(ends, zone)
    assert first_moment(covered, zone) <= ends <= first_moment(covered + timedelta(days=1), zone)
    assert ends.astimezone(zone).date() > covered


@given(day=st.dates(date(1990, 1, 1), date(2150, 1, 1)), years=st.integers(0, 150))
def test_years_end_on_the_same_day_or_where_it_is_missing_on_the_first_of_the_next_month(day, years):
    zone = ZoneInfo("UTC")
    start = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    covered = last_day(end_of_period(start, period(f"P{years}Y"), zone), zone)
    assert (covered.month, covered.day) in {(day.month, day.day), (3, 1)}
    assert covered.year == day.year + years


@given(text=st.text(max_size=12) | st.from_regex(r"P[0-9YMWDTHS]{0,8}", fullmatch=True))
def test_any_text_is_a_period_or_is_refused_and_a_period_can_be_said(text):
    try:
        read = period(text)
    except ValueError:
        return
    assert read.text == text
    assert in_words(read)


@given(
    minimum=st.tuples(st.integers(0, 30), st.integers(0, 40)),
    maximum=st.tuples(st.integers(0, 30), st.integers(0, 40)),
    start=starts,
)
def test_a_pair_without_a_clash_never_ends_in_the_wrong_order(minimum, maximum, start):
    shorter, longer = length(*minimum), length(*maximum)
    if day_of_clash(shorter, longer) is None and start.year < 2100:
        zone = ZoneInfo("UTC")
        assert end_of_period(start, shorter, zone) <= end_of_period(start, longer, zone)
