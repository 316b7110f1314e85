"""Approvals: whose move it is, and what stands there for whom."""

from datetime import date

import pytest
from django.utils import timezone

from compliance_site.inbox import Whose, waiting_for, yours
from policies.domain.documents import CAREFUL_DEFAULT
from policies.models import LawOverride
from policies.services import versions
from policies.services.retirement import request_retirement
from recordings.models import ShorteningJob
from recordings.services import person_requests as requests
from tests.factories import RecordingFactory

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
    page = client.get("/approvals/").content.decode()
    assert "Nothing waits for you" in page
    assert "You wrote it; another officer has to approve it." in page
    client.force_login(supervisor)
    assert client.get("/approvals/").status_code == 404


def test_an_end_that_was_asked_for_waits_for_another_officer(draft, officer, second_officer):
    versions.submit_version(version=draft, actor=officer)
    versions.publish_version(version=draft, actor=second_officer)
    assert moves(officer) == moves(second_officer) == {}
    request_retirement(version=draft, reason="The line closes.", actor=second_officer)
    assert moves(officer) == {"Version 1 of Home cover": Whose.YOURS}
    assert moves(second_officer) == {"Version 1 of Home cover": Whose.OTHERS}
    assert "because The line closes." in waiting_for(officer)[0].text


@pytest.mark.usefixtures("law_officers")
def test_an_override_that_was_proposed_waits_for_another_officer(officer, second_officer):
    LawOverride.objects.create(
        table="jurisdiction",
        code="US-NV",
        changes={"telephone_rule": "all_party"},
        reason="Counsel reads it so.",
        opinion_by="Ada Lin",
        document_sha256="0" * 64,
        effective_from=date(2026, 12, 1),
        expires_on=date(2027, 12, 1),
        author=officer,
    )
    assert moves(officer) == {"Override of US-NV": Whose.OTHERS}
    assert moves(second_officer) == {"Override of US-NV": Whose.YOURS}


def test_a_list_of_dates_that_would_come_earlier_waits_for_an_officer_who_sees_all_of_its_lines(
    line, other_line, officer, second_officer, stranger
):
    ShorteningJob.objects.create(
        state="proposed",
        subject_kind="version",
        subject_id="1",
        subject_name="Home cover, version 2",
        law_release=1,
        lines=[line.pk],
        count=1204,
        of=9000,
        proposed_at=timezone.now(),
        proposed_by_kind=officer.actor_kind,
        proposed_by_id=officer.actor_id,
    )
    title = "1,204 recordings would leave earlier"
    assert moves(officer) == {title: Whose.OTHERS}
    assert moves(second_officer) == {title: Whose.YOURS}
    assert moves(stranger) == {}
    ShorteningJob.objects.update(lines=[line.pk, other_line.pk])
    assert moves(second_officer) == moves(stranger) == {}


def test_an_erasure_waits_for_another_officer_than_the_one_who_asked(line, officer, second_officer, supervisor):
    RecordingFactory(line_of_business=line)
    request = requests.open_request(
        kind="erasure",
        requester=requests.Requester(number="+13125550142"),
        received_on=timezone.localdate(),
        place="DE",
        language="en",
        actor=officer,
    )
    requests.check_identity(request_id=request.pk, how="document", actor=officer)
    theirs = {item.pk: ("theirs", "") for item in request.items.all()}
    requests.choose_calls(request_id=request.pk, choices=theirs, actor=officer)
    requests.ask_erasure(request_id=request.pk, actor=officer)
    title = "1 call of a person would be erased"
    assert moves(officer)[title] == Whose.OTHERS
    assert moves(second_officer)[title] == Whose.YOURS
    assert title not in moves(supervisor)
