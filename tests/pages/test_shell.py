"""What every page has: the navigation by role, toasts with their way back, the API's own page under our policy."""

import pytest

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_navigation_offers_what_the_person_may_use(as_user, reviewer, officer, auditor, supervisor):
    expected = {
        reviewer: ["Today", "Recordings", "Quarantine", "My queue", "Policies", "Try a call", "Forms"],
        auditor: ["Holds", "Disposition", "Reviews", "Plans", "Findings", "Results", "Certificates"],
        supervisor: ["Quarantine", "People and admin"],
    }
    hidden = {
        reviewer: ["Holds", "Disposition", "Plans", "Certificates", "People and admin"],
        auditor: ["My queue", "Try a call", "People and admin"],
        supervisor: ["My queue"],
    }
    expected[reviewer].remove("Quarantine")
    for person, words in expected.items():
        page = as_user(person)
        page.goto("/accounts/settings/")
        links = [link.split("\n")[0] for link in page.locator(".nav-group a").all_inner_texts()]
        assert set(words) <= set(links), person.role
        assert not set(hidden[person]) & set(links), person.role


def test_saving_says_so_in_a_toast(as_user, axe, supervisor):
    page = as_user(supervisor)
    page.goto("/accounts/settings/")
    page.get_by_label("First name").fill("Ruth")
    page.get_by_role("button", name="Save").click()
    assert page.get_by_role("status").filter(has_text="Your settings are saved.").is_visible()
    assert axe(page) == []


def test_times_are_shown_in_the_zone_of_the_settings_and_it_is_named(as_user, supervisor):
    page = as_user(supervisor)
    page.goto("/accounts/settings/")
    page.get_by_label("Time zone").select_option("America/New_York")
    page.get_by_role("button", name="Save").click()
    assert "Times are in America/New_York" in page.locator(".zone").inner_text()


def test_the_find_key_goes_to_the_search(as_user, supervisor):
    page = as_user(supervisor)
    page.goto("/accounts/settings/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"


def test_where_it_is_narrow_the_find_key_opens_the_menu(as_user, supervisor):
    page = as_user(supervisor, width=360)
    page.goto("/accounts/settings/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Menu").press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#menu') !== null")


def test_the_skip_link_leads_past_the_navigation(as_user, supervisor):
    page = as_user(supervisor)
    page.goto("/accounts/settings/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_apis_own_page_works_under_the_strict_policy(as_user):
    page = as_user(None)
    page.goto("/api/docs/")
    page.get_by_text("/api/v1/decisions/", exact=True).first.wait_for()


def test_signing_out_ends_the_session(as_user, supervisor):
    page = as_user(supervisor)
    page.goto("/accounts/settings/")
    page.get_by_role("button", name="Sign out").click()
    page.goto("/accounts/settings/")
    assert "/accounts/login/" in page.url
