"""Findings in the browser: listed, read, closed with a note."""

import pytest
from django.urls import reverse

from audits.models import Finding
from tests.pages.audits import NOT_SAID, drawn


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_findings_are_open_to_everybody(as_user, axe, screenshot, line, reviewer, supervisor, theme, width):
    made = drawn(line, reviewer, supervisor)
    page = as_user(supervisor, theme=theme, width=width)
    for name, args in (("findings", []), ("finding", [made.findings[0].pk])):
        page.goto(reverse(f"audits:{name}", args=args))
        screenshot(page, f"{name}-{theme}-{width}")
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


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
