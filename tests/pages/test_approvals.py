"""A policy on its way through two people in a real browser: looked at while written, judged with its what-if."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from compliance_site.whatif.job import run_reports
from policies.models import PolicyVersion
from policies.services import versions
from recordings.services import shortening
from tests.pages.approvals import SHORTER, published, submitted
from tests.pages.calls import delivered

pytestmark = pytest.mark.django_db(transaction=True)


def judged(page, axe, screenshot, name):
    """The page can be used by everybody, and nothing on it is wider than it is."""
    screenshot(page, name)
    assert axe(page) == [], name
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, name


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_the_words_change_while_they_are_written_and_a_wrong_slot_is_told_at_once(
    as_user, axe, screenshot, officer, line, theme, width
):
    draft = versions.draft_version(document=SHORTER, code="home", name="Home", lines=[line], actor=officer)
    page = as_user(officer, theme=theme, width=width)
    page.goto(f"/policies/versions/{draft.pk}/change/")
    said = page.locator("#preview")
    expect(said).to_contain_text("We keep the recording for 30 days")
    page.get_by_label("Kept at most").fill("2 years")
    expect(said).to_contain_text("We keep the recording for 2 years")
    page.get_by_label("That the call is recorded").nth(1).press_sequentially("We record {peroid}.")
    expect(said.get_by_role("status")).to_contain_text("peroid is no slot")
    page.get_by_label("In", exact=True).select_option("es")
    expect(said).to_contain_text("Conservamos la grabación durante 2 años")
    judged(page, axe, screenshot, f"editor-{width}-{theme}")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("alert")).to_contain_text("peroid is no slot")


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_a_version_is_published_with_what_it_changes_and_what_leaves_earlier_needs_a_typed_number(
    as_user, axe, screenshot, officer, second_officer, line, theme, width
):
    delivered(line, drawn=False)
    submitted(line, officer)
    page = as_user(second_officer, theme=theme, width=width)
    page.goto("/approvals/")
    judged(page, axe, screenshot, f"approvals-{width}-{theme}")
    page.get_by_role("link", name="Read: Version 1 of Home cover").click()
    page.get_by_role("button", name="Run the what-if").first.click()
    expect(page.get_by_text("Waits for a worker")).to_be_visible()
    judged(page, axe, screenshot, f"what-if-running-{width}-{theme}")
    run_reports()
    page.get_by_role("link", name="Would go earlier 1").click()
    judged(page, axe, screenshot, f"what-if-list-{width}-{theme}")
    page.go_back()
    judged(page, axe, screenshot, f"what-if-{width}-{theme}")
    page.get_by_role("link", name="Back to Home cover, version 1").click()
    judged(page, axe, screenshot, f"version-in-review-{width}-{theme}")
    page.get_by_role("button", name="Publish version 1").click()
    expect(page.get_by_text("It is in force and never changes.")).to_be_visible()
    # stored dates stay, until a list of them was read and its number typed by somebody else
    page.get_by_text("Let stored calls leave earlier").click()
    page.get_by_role("button", name="Count what would leave earlier").click()
    expect(page.get_by_text("Counting what would leave earlier")).to_be_visible()


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_what_leaves_earlier_takes_another_officer_and_its_number_typed(
    as_user, axe, screenshot, officer, second_officer, line, theme, width
):
    delivered(line, drawn=False)
    version = published(submitted(line, officer), second_officer)
    shortening.propose_shortening(PolicyVersion.objects.get(pk=version.pk), officer)
    while shortening.shorten_due(at=timezone.now()):
        pass
    page = as_user(second_officer, theme=theme, width=width)
    page.goto("/approvals/")
    page.get_by_role("link", name="Read: 1 recording would leave earlier").click()
    button = page.get_by_role("button", name="Let 1 leave earlier")
    expect(button).to_be_disabled()
    judged(page, axe, screenshot, f"shortening-{width}-{theme}")
    page.get_by_label("Type the number of recordings").fill("1")
    button.click()
    expect(page.get_by_text("1 approved.")).to_be_visible()
    while shortening.shorten_due(at=timezone.now()):
        pass
    expect(page.get_by_role("heading", level=1)).to_have_text("1 recording leaves earlier now")
