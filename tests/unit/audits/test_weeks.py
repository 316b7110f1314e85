"""The rate week by week: which week a call counts in, and what is drawn of it."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from audits.domain.intervals import rate_of
from audits.services.figures import Week, weeks
from audits.views.weeks import weeks_chart
from tests.pages import audits

MONDAY = date(2026, 9, 7)


def thirteen(*counts: tuple[int, int]) -> list[Week]:
    """Weeks of (said, n); those that are not given have no calls."""
    given = [*counts, *[(0, 0)] * (13 - len(counts))]
    return [Week(MONDAY + timedelta(weeks=place), rate_of(*one)) for place, one in enumerate(given)]


def test_where_no_call_was_reviewed_there_is_no_chart():
    assert weeks_chart(thirteen()) is None


def test_a_week_of_few_calls_has_a_band_and_no_rate():
    chart = weeks_chart(thirteen((9, 10), (29, 29)))
    assert len(chart.bands) == 1
    assert chart.line == ""
    assert [point.rate for point in chart.points[:2]] == ["", ""]
    assert chart.points[0].interval == "59.6 to 98.2"
    assert "none has enough of them for a rate" in chart.sentence


def test_weeks_without_calls_part_band_and_line():
    chart = weeks_chart(thirteen((45, 47), (46, 47), (0, 0), (44, 47)))
    assert len(chart.bands) == 2
    assert chart.line.count("M") == 2
    assert chart.n == 141
    assert "The latest rate is 93.6\N{NO-BREAK SPACE}%, from 28 Sep on." in chart.sentence


@pytest.mark.parametrize(("said", "n", "floor"), [(500, 500, "80\N{NO-BREAK SPACE}%"), (0, 40, "0\N{NO-BREAK SPACE}%")])
def test_the_scale_begins_where_the_lowest_interval_needs_it(said, n, floor):
    assert weeks_chart(thirteen((said, n))).grid[0][1] == floor


def test_a_call_counts_in_the_week_that_it_was_drawn_from(line, reviewer, supervisor, django_assert_num_queries):
    audits.drawn(line, reviewer, supervisor, done=3, failed=1)
    with django_assert_num_queries(2):  # the lines of the supervisor, the weeks
        found = weeks(supervisor, timezone.now())
    assert [(week.rate.said, week.rate.n) for week in found] == [(0, 0)] * 12 + [(2, 3)]
    assert weeks(supervisor, timezone.now(), line_id=line.pk) == found
