"""Due dates and the days of draws."""

from datetime import UTC, date, datetime

import pytest

from audits.domain.due import due_at, next_draw_at, working_day_after


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 11, 24), 3, date(2026, 11, 27)),  # Tuesday to Friday
        (date(2026, 11, 27), 1, date(2026, 11, 30)),  # Friday to Monday
        (date(2026, 11, 28), 0, date(2026, 11, 30)),  # Saturday itself is no working day
        (date(2026, 11, 28), 1, date(2026, 11, 30)),
        (date(2028, 2, 28), 1, date(2028, 2, 29)),  # a leap day that is a Tuesday
        (date(2026, 11, 20), 10, date(2026, 12, 4)),
    ],
)
def test_a_weekend_does_not_count(day, count, expected):
    assert working_day_after(day, count) == expected


def test_a_review_is_due_at_the_end_of_work_where_the_line_is():
    # given a draw on Monday evening in Berlin, which is still Monday there
    drawn = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
    # then one working day ends on Tuesday at 17:00 Berlin time; in Sydney it was Tuesday already
    assert due_at(drawn, 1, "Europe/Berlin") == datetime(2026, 11, 24, 16, tzinfo=UTC)
    assert due_at(drawn, 1, "Australia/Sydney") == datetime(2026, 11, 25, 6, tzinfo=UTC)


def test_the_clock_change_moves_no_due_hour():
    assert due_at(datetime(2026, 3, 27, 12, tzinfo=UTC), 1, "Europe/Berlin") == datetime(2026, 3, 30, 15, tzinfo=UTC)


def test_the_next_draw_is_at_six_so_many_days_on():
    after = datetime(2026, 11, 24, 20, tzinfo=UTC)
    assert next_draw_at(after, 7, "America/New_York") == datetime(2026, 12, 1, 11, tzinfo=UTC)
