"""Policies in a real browser: the law by place, a version on its way through two people, a call that is tried."""

import pytest
from playwright.sync_api import expect

from policies.domain.documents import CAREFUL_DEFAULT
from policies.models import Decision, PolicyVersion
from policies.services import versions
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def draft(line, officer):
    document = CAREFUL_DEFAULT | {"company": "Harbor & Vale"}
    return versions.draft_version(document=document, code="home-cover", name="Home cover", lines=[line], actor=officer)


def test_the_law_stands_by_place_and_a_tile_opens_its_rule_beside_the_map(as_user, reviewer):
    page = as_user(reviewer)
    page.goto("/policies/")
    expect(page.get_by_role("heading", name="Florida")).to_be_visible()
    page.get_by_role("link", name="Nevada: all parties").click()
    expect(page.get_by_role("heading", name="Nevada")).to_be_visible()
    page.get_by_role("link", name="All rules of Nevada").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nevada")
    expect(page.get_by_text("A research aid, not legal advice").first).to_be_visible()


def test_places_are_found_by_text_and_rule_with_and_without_scripts(as_user, reviewer):
    page = as_user(reviewer)
    page.goto("/policies/")
    page.get_by_label("Place or clause").fill("StGB")
    expect(page.locator("#places")).to_contain_text("Germany")
    expect(page.locator("#places")).not_to_contain_text("Japan")
    plain = as_user(reviewer, java_script_enabled=False)
    plain.goto("/policies/")
    plain.get_by_label("Rule").select_option("all_party")
    plain.get_by_role("button", name="Filter").click()
    expect(plain.locator("#places")).to_contain_text("Germany")
    expect(plain.locator("#places")).not_to_contain_text("Japan")


def test_a_version_goes_through_two_people(as_user, officer, second_officer, line):
    page = as_user(officer)
    page.goto("/policies/versions/draft/")
    page.get_by_label("Name of the policy").fill("Home cover")
    page.get_by_label("Home cover", exact=True).check()
    page.get_by_label("Kept at least").fill("2 years")
    page.get_by_label("Kept at most").fill("1 year")
    page.get_by_role("button", name="Make the draft").click()
    expect(page.get_by_text("ends later than the maximum").first).to_be_visible()
    page.get_by_label("Kept at most").fill("3 years and 6 months")
    page.get_by_role("button", name="Make the draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Home cover, version 1")
    expect(page.get_by_text("2 years at least, 3 years and 6 months at most").first).to_be_visible()
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.get_by_text("You wrote this version. A second person has to approve it.")).to_be_visible()
    expect(page.get_by_role("button", name="Publish version 1")).to_have_count(0)
    other = as_user(second_officer)
    other.goto(page.url)
    other.get_by_role("button", name="Publish version 1").click()
    expect(other.get_by_text("It is in force and never changes.")).to_be_visible()
    expect(other.get_by_text("Version 1 published").first).to_be_visible()
    assert PolicyVersion.objects.get(policy__code="home-cover").document["retention"]["max_period"] == "P3Y6M"


def test_a_version_sent_back_says_why(as_user, officer, second_officer, draft):
    versions.submit_version(version=draft, actor=officer)
    page = as_user(second_officer)
    page.goto(f"/policies/versions/{draft.pk}/")
    page.get_by_text("Send it back").click()
    page.get_by_label("Why?").fill("ninety days are too few.")
    page.get_by_role("button", name="Send back to").click()
    expect(page.get_by_text("ninety days are too few.")).to_be_visible()


def test_an_author_who_posts_past_the_page_is_refused(client, officer, draft):
    versions.submit_version(version=draft, actor=officer)
    client.force_login(officer)
    response = client.post(f"/policies/versions/{draft.pk}/publish/", {"begins": "now"})
    assert response.status_code == 403
    draft.refresh_from_db()
    assert draft.state == "in_review"


@pytest.mark.parametrize("scripts", [True, False])
def test_a_call_is_tried_and_nothing_is_stored(as_user, officer, line, scripts):
    page = as_user(officer, java_script_enabled=scripts)
    page.goto("/policies/try/")
    page.get_by_label("Customer").fill("+1 813-555-0142")
    page.get_by_label("Sector").select_option("debt_collection")
    page.get_by_role("button", name="Decide").click()
    expect(page.locator(".answer")).to_contain_text("Yes, record, once every party was told and stays on the line.")
    expect(page.locator("#result")).to_contain_text("This call is recorded.")
    expect(page.locator("#result")).to_contain_text("by the number, is in Florida: all parties")
    assert "813" not in page.url
    assert not Decision.objects.exists()


def test_a_party_that_is_neither_number_nor_place_is_told_at_its_field(as_user, officer, line):
    page = as_user(officer, java_script_enabled=False)
    page.goto("/policies/try/")
    page.get_by_label("Customer").fill("813-555-0142")
    page.get_by_role("button", name="Decide").click()
    expect(page.locator("#id_customer_error")).to_contain_text("such as +1 813-555-0142")


def test_a_draft_can_be_tried_before_it_is_published(as_user, officer, line, draft):
    page = as_user(officer)
    page.goto(f"/policies/try/?version={draft.pk}")
    page.get_by_label("Customer").fill("US-NY")
    page.get_by_role("button", name="Decide").click()
    expect(page.locator("#result")).to_contain_text("You are speaking with Harbor & Vale.")


def test_another_lines_person_sees_nothing_of_a_policy(client, officer, stranger, draft):
    client.force_login(officer)
    assert client.get(f"/policies/versions/{draft.pk}/").status_code == 200
    assert b"Home cover, version 1" in client.get("/policies/").content
    client.force_login(stranger)
    assert client.get(f"/policies/versions/{draft.pk}/").status_code == 404
    assert b"Home cover, version 1" not in client.get("/policies/").content


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_every_page_of_the_room_can_be_used_by_everybody(
    as_user, axe, screenshot, second_officer, officer, line, draft, theme, width
):
    versions.submit_version(version=draft, actor=officer)
    everybody = UserFactory(username="all", role="officer", all_lines=True, first_name="Mina", last_name="Sato")
    page = as_user(everybody, theme=theme, width=width)
    pages = {
        "policies": "/policies/",
        "jurisdiction": "/policies/law/DE/",
        "version": f"/policies/versions/{draft.pk}/",
        "draft": "/policies/versions/draft/",
        "try": "/policies/try/",
    }
    for name, address in pages.items():
        page.goto(address)
        if name == "try":
            page.get_by_label("Customer").fill("+1 813-555-0142")
            page.get_by_label("Channel").select_option("outbound_sales")
            page.get_by_label("Sector").select_option("telemarketing")
            page.get_by_role("button", name="Decide").click()
            expect(page.locator(".answer")).to_be_visible()
        screenshot(page, f"{name}-{width}-{theme}")
        assert axe(page) == [], name
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, (name, wide)
