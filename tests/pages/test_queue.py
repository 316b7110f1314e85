"""Reviews in the browser: a reviewer's queue and a supervisor's list."""

from django.urls import reverse

from accounts.models import Role
from audits.models import Assignment
from tests.factories import UserFactory
from tests.pages.audits import drawn, faults


def test_queue_and_reviews_are_open_to_everybody(as_user, axe, screenshot, line, reviewer, supervisor):
    drawn(line, reviewer, supervisor)
    address = reverse("audits:queue")
    assert faults(as_user, axe, screenshot, reviewer, {"queue": address}) == []
    assert faults(as_user, axe, screenshot, supervisor, {"reviews": address}) == []


def test_the_first_call_of_the_queue_is_started_by_its_button(as_user, line, reviewer, supervisor):
    drawn(line, reviewer, supervisor, done=0)
    page = as_user(reviewer)
    page.goto(reverse("audits:queue"))
    page.get_by_role("button", name="Start the next review").click()
    page.wait_for_url("**/reviews/*-*/")
    started = Assignment.objects.get(state="in_review")
    assert started.position == 1
    assert str(started.pk) in page.url


def test_an_empty_queue_says_what_comes_next(as_user, axe, screenshot, line, reviewer, supervisor):
    drawn(line, reviewer, supervisor, calls=2, done=2)
    page = as_user(reviewer)
    page.goto(reverse("audits:queue"))
    screenshot(page, "queue-empty")
    assert page.get_by_role("heading", name="All done. 2 reviewed this week.").is_visible()
    assert page.get_by_text("The next sample is drawn").is_visible()
    assert axe(page) == []


def test_an_overdue_review_is_found_and_given_to_somebody_else(as_user, line, reviewer, supervisor):
    made = drawn(line, reviewer, supervisor)
    tomas = UserFactory(first_name="Tomas", last_name="Lind", role=Role.REVIEWER, lines=[line])
    page = as_user(supervisor)
    page.goto(reverse("audits:queue"))
    page.get_by_role("link", name="Look at 1 overdue").click()
    row = page.locator("tbody tr")
    assert row.count() == 1
    row.get_by_role("combobox").select_option("Tomas Lind")
    row.get_by_role("button", name="Give").click()
    page.get_by_text("Given to Tomas Lind.").wait_for()
    assert "show=overdue" in page.url
    assert made.sample.assignments.get(reviewer=tomas).state == "assigned"
