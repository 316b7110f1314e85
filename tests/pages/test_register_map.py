"""The law by place in a real browser: a map that keys walk, a list that is found by text, pages of single rules."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_law_stands_by_place_and_a_tile_opens_its_rule_beside_the_map(as_user, reviewer):
    page = as_user(reviewer)
    page.goto("/policies/")
    expect(page.get_by_role("heading", name="Florida")).to_be_visible()
    page.get_by_role("link", name="Nevada: all parties").click()
    expect(page.get_by_role("heading", name="Nevada")).to_be_visible()
    page.get_by_role("link", name="All rules of Nevada").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nevada")
    expect(page.get_by_text("A research aid, not legal advice").first).to_be_visible()


def test_arrow_keys_walk_the_map_and_tab_leaves_it(as_user, reviewer):
    page = as_user(reviewer)
    page.goto("/policies/")
    page.get_by_role("link", name="Florida: all parties").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("link", name="Texas: one party")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("link", name="Oklahoma: one party")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Oklahoma")).to_be_visible()
    page.keyboard.press("Home")
    expect(page.get_by_role("link", name="Alaska: one party")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("[data-tiles] a:focus")).to_have_count(0)


def test_places_are_found_by_text_and_rule_with_and_without_scripts(as_user, reviewer):
    page = as_user(reviewer)
    page.goto("/policies/")
    page.get_by_label("Place or clause").fill("StGB")
    expect(page.locator("#places")).to_contain_text("Germany")
    expect(page.locator("#places")).not_to_contain_text("Japan")
    plain = as_user(reviewer, java_script_enabled=False)
    plain.goto("/policies/")
    plain.locator(".legend").get_by_role("link", name="All parties").click()  # the legend lists what it counts
    expect(plain.locator("#places")).to_contain_text("Germany")
    expect(plain.locator("#places")).not_to_contain_text("Japan")


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_pages_that_few_links_lead_to_can_be_used_by_everybody(as_user, axe, officer, line, theme, width):
    page = as_user(officer, theme=theme, width=width)
    for address in (
        "/policies/law/GB-FCA-SYSC10A/",
        "/policies/law/US-FL/?day=2030-01-01",
        "/policies/overrides/new/?code=US-MI",
    ):
        page.goto(address)
        for folded in page.locator("main details > summary").all():
            folded.click()
        assert axe(page) == [], address
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, (address, wide)
