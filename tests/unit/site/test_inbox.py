"""Approvals: whose move it is, and what stands there for whom."""

import pytest

from compliance_site.inbox import Whose, waiting_for, yours
from policies.domain.documents import CAREFUL_DEFAULT
from policies.services import versions

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(line, officer):
    document = CAREFUL_DEFAULT | {"company": "Harbor & Vale"}
    return versions.draft_version(document=document, code="home-cover", name="Home cover", lines=[line], actor=officer)


def moves(user):
    return {item.title: item.whose for item in waiting_for(user)}


def test_a_version_moves_from_its_author_to_another_officer_and_back(draft, officer, second_officer):
    title = "Version 1 of Home cover"
    assert moves(officer) == {title: Whose.TO_WRITE}
    assert moves(second_officer) == {}
    versions.submit_version(version=draft, actor=officer)
    assert moves(officer) == {title: Whose.OTHERS}
    assert moves(second_officer) == {title: Whose.YOURS}
    versions.send_back(version=draft, reason="ninety days are too few.", actor=second_officer)
    assert moves(officer) == {title: Whose.TO_WRITE}
    assert "because ninety days are too few." in waiting_for(officer)[0].text
    assert moves(second_officer) == {}


def test_another_lines_officer_and_who_may_not_approve_see_nothing_of_it(draft, officer, stranger, supervisor):
    versions.submit_version(version=draft, actor=officer)
    assert moves(stranger) == {}
    assert yours(supervisor) == []


def test_the_page_names_the_one_thing_to_do_and_is_shut_to_others(client, draft, officer, second_officer, supervisor):
    versions.submit_version(version=draft, actor=officer)
    client.force_login(second_officer)
    page = client.get("/approvals/").content.decode()
    assert "Read the oldest" in page
    assert f'href="/policies/versions/{draft.pk}/"' in page
    client.force_login(officer)
    assert "You wait for nobody" not in client.get("/approvals/").content.decode()
    assert "Nothing waits for you" in client.get("/approvals/").content.decode()
    client.force_login(supervisor)
    assert client.get("/approvals/").status_code == 404
