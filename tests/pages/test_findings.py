"""Findings in the browser: listed, read, closed with a note."""

from django.urls import reverse

from audits.models import Finding
from tests.pages.audits import NOT_SAID, drawn, faults


def test_findings_are_open_to_everybody(as_user, axe, screenshot, line, reviewer, supervisor):
    made = drawn(line, reviewer, supervisor)
    pages = {"findings": reverse("audits:findings"), "finding": reverse("audits:finding", args=[made.findings[0].pk])}
    assert faults(as_user, axe, screenshot, supervisor, pages) == []


def test_a_finding_is_read_and_closed(as_user, line, reviewer, supervisor, officer):
    drawn(line, reviewer, supervisor)
    page = as_user(officer)
    page.goto(reverse("audits:findings"))
    page.get_by_role("link", name="Says that the call is recorded").click()
    assert page.get_by_text(NOT_SAID).is_visible()
    page.get_by_label("What was done about it").fill("The script says it first now.")
    page.get_by_role("button", name="Close the finding").click()
    page.get_by_text("Finding closed.").first.wait_for()
    assert Finding.objects.get().closed_by == officer
    page.goto(reverse("audits:findings"))
    assert page.get_by_role("heading", name="No finding is open").is_visible()
