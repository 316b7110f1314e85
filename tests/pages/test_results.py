"""Results in the browser: the rate on its line, the table behind it."""

from django.urls import reverse

from tests.pages.audits import drawn, faults


def test_a_rate_never_stands_without_its_interval(as_user, axe, screenshot, line, reviewer, supervisor):
    # given thirty-one reviewed calls, two of them without the notice
    drawn(line, reviewer, supervisor, calls=31, done=31, failed=2)
    page = as_user(supervisor)
    # when a supervisor opens the results
    page.goto(reverse("audits:results"))
    # then the rate, its interval and n stand together, as a chart and in the table
    assert page.get_by_text("93.5\N{NO-BREAK SPACE}% of calls said what they must").is_visible()
    chart = page.get_by_role("img", name="Rate 93.5 %, 95 % interval 79.3 to 98.2 %, 29 of 31 calls")
    assert chart.is_visible()
    row = page.get_by_role("row", name="Says that the call is recorded")
    assert "29 of 31" in row.inner_text()
    assert faults(as_user, axe, screenshot, supervisor, {"results": reverse("audits:results")}) == []


def test_few_reviews_give_no_rate(as_user, axe, screenshot, line, reviewer, supervisor):
    drawn(line, reviewer, supervisor)
    page = as_user(supervisor)
    page.goto(reverse("audits:results"))
    screenshot(page, "results-few")
    assert page.get_by_text("too few for a rate").is_visible()
    assert axe(page) == []
