"""Try a call in a real browser: described, answered, nothing stored; what is wrong is told at its field."""

import pytest
from playwright.sync_api import expect

from policies.domain.documents import CAREFUL_DEFAULT
from policies.models import Decision
from policies.services import versions

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_call_is_tried_and_nothing_is_stored(as_user, officer, line, scripts):
    page = as_user(officer, java_script_enabled=scripts)
    page.goto("/policies/try/")
    page.get_by_label("Customer").fill("+1 813-555-0142")
    page.get_by_label("Sector").select_option("debt_collection")
    page.get_by_role("button", name="Decide").click()
    expect(page.locator(".answer")).to_contain_text("Yes, record, once every party was told and stays on the line.")
    result = page.locator("#result")
    expect(result).to_contain_text("This call is recorded.")
    expect(result).to_contain_text("by the number, is in Florida: all parties")
    expect(result).to_contain_text("Careful default, version 1 speaks for this call.")
    expect(result).to_contain_text("If nobody knows where the customer is")
    expect(result).to_contain_text("It takes a yes, a key press or another active step.")
    assert "813" not in page.url
    assert not Decision.objects.exists()


def test_lines_without_words_in_the_language_are_marked_and_told_once(client, officer, line):
    client.force_login(officer)
    told = {"direction": "outbound", "line": "home-cover", "customer": "US-FL", "agent": "US-TX", "language": "es"}
    facts = {"fact_sector": "telemarketing", "fact_channel": "outbound_sales"}
    page = client.post("/policies/try/", told | facts).context
    foreign = [item["key"] for item in page["script"] if item["is_foreign"]]
    assert "nature_of_goods" in foreign
    assert "recording" not in foreign
    assert "translation_missing" not in {notice["kind"] for notice in page["notices"]}


def test_a_party_that_is_neither_number_nor_place_is_told_at_its_field(client, officer, line):
    client.force_login(officer)
    told = {"direction": "outbound", "line": "home-cover", "customer": "813-555-0142", "document": "abc"}
    answer = client.post("/policies/try/", told)
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert "such as +1 813-555-0142" in errors["customer"][0]
    assert "64 hexadecimal digits" in errors["document"][0]


def test_the_request_beside_the_answer_is_the_call_that_was_answered(client, officer, line, bearer):
    client.force_login(officer)
    told = {
        "direction": "inbound",
        "line": "home-cover",
        "customer": "+1 813-555-0142",
        "customer_address": "US-CA",
        "agent": "US-TX",
        "third": "US-CT",
        "language": "es",
        "fact_sector": "insurance",
        "day": "2026-11-24",
    }
    page = client.post("/policies/try/", told).context
    header = {"authorization": bearer("decisions")["Authorization"]}
    again = client.post(
        "/api/v1/decisions/preview/", page["request_body"], content_type="application/json", headers=header
    )
    assert again.status_code == 200, again.content
    assert again.json() == page["answer"]
    assert [other.says for other in page["alternatives"]] == [
        "If the customer is in Florida",
        "If nobody knows where the customer is",
    ]


def test_a_draft_can_be_tried_before_it_is_published(client, officer, line):
    document = CAREFUL_DEFAULT | {"company": "Harbor & Vale", "disclosures": ["agent_and_company_identity"]}
    draft = versions.draft_version(document=document, code="home-cover", name="Home cover", lines=[line], actor=officer)
    client.force_login(officer)
    told = {"direction": "outbound", "line": "home-cover", "customer": "US-NY", "version": str(draft.pk)}
    assert b"You are speaking with Harbor &amp; Vale." in client.post("/policies/try/", told).content


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_an_answer_can_be_read_by_everybody(as_user, axe, screenshot, officer, line, theme, width):
    page = as_user(officer, theme=theme, width=width)
    page.goto("/policies/try/")
    page.get_by_label("Customer").fill("+1 813-555-0142")
    page.get_by_label("Channel").select_option("outbound_sales")
    page.get_by_label("Sector").select_option("telemarketing")
    page.get_by_role("button", name="Decide").click()
    expect(page.locator(".answer")).to_be_visible()
    for folded in page.locator("main details > summary").all():
        folded.click()
    screenshot(page, f"try-{width}-{theme}")
    assert axe(page) == []
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
