"""Results in the browser: the rate on its line, the table behind it."""

import pytest
from django.urls import reverse

from tests.pages.audits import drawn


@pytest.fixture
def measured(line, reviewer, supervisor):
    return drawn(line, reviewer, supervisor, calls=31, done=31, failed=2)


def test_results_are_open_to_everybody(as_user, axe, screenshot, measured, supervisor):
    for theme in ("light", "dark"):
        for width in (1280, 360):
            page = as_user(supervisor, theme=theme, width=width)
            page.goto(reverse("audits:results"))
            screenshot(page, f"results-{theme}-{width}")
            assert axe(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_rate_never_stands_without_its_interval(as_user, measured, supervisor):
    page = as_user(supervisor)
    page.goto(reverse("audits:results"))
    assert page.get_by_text("93.5\N{NO-BREAK SPACE}% of calls said what they must").is_visible()
    chart = page.get_by_role("img", name="Rate 93.5 %, 95 % interval 79.3 to 98.2 %, 29 of 31 calls")
    assert chart.is_visible()
    row = page.get_by_role("row", name="Says that the call is recorded")
    assert "29 of 31" in row.inner_text()


def test_few_reviews_give_no_rate(as_user, axe, screenshot, line, reviewer, supervisor):
    drawn(line, reviewer, supervisor)
    page = as_user(supervisor)
    page.goto(reverse("audits:results"))
    screenshot(page, "results-few")
    assert page.get_by_text("too few for a rate").is_visible()
    assert axe(page) == []
