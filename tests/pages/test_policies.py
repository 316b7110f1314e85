"""Policies in a real browser: a version on its way through two people."""

import pytest
from playwright.sync_api import expect

from policies.domain.documents import CAREFUL_DEFAULT
from policies.models import PolicyVersion
from policies.services import versions

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def draft(line, officer):
    document = CAREFUL_DEFAULT | {"company": "Harbor & Vale"}
    return versions.draft_version(document=document, code="home-cover", name="Home cover", lines=[line], actor=officer)


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


def test_another_lines_person_sees_nothing_of_a_policy(client, officer, stranger, draft):
    client.force_login(officer)
    assert client.get(f"/policies/versions/{draft.pk}/").status_code == 200
    assert b"Home cover, version 1" in client.get("/policies/").content
    client.force_login(stranger)
    assert client.get(f"/policies/versions/{draft.pk}/").status_code == 404
    assert b"Home cover, version 1" not in client.get("/policies/").content
