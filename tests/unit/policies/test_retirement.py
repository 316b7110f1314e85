from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from django.utils import timezone

from accounts.domain.errors import NotAllowed
from accounts.permissions import Act, may
from policies.domain.errors import SecondPersonNeeded, VersionNotMovable
from policies.models import PolicyVersion
from policies.services import versions
from policies.services.decisions import decide
from policies.services.retirement import (
    approve_retirement,
    confirm_unchanged,
    refuse_retirement,
    request_retirement,
)
from tests.unit.policies.laws import call
from trail.models import Event

pytestmark = pytest.mark.django_db


def published_version(line, officer, second_officer, months, *, policy=None, begins=None):
    document = {"retention": {"max_period": f"P{months}M"}}
    start = {"policy": policy} if policy else {"code": "home-cover", "name": "Home cover", "lines": [line]}
    version = versions.draft_version(document=document, actor=officer, **start)
    versions.submit_version(version=version, actor=officer)
    return versions.publish_version(version=version, actor=second_officer, effective_from=begins)


@pytest.fixture
def published(line, officer, second_officer):
    return published_version(line, officer, second_officer, 1)


@pytest.fixture
def later(published, line, officer, second_officer):
    """(another version of the policy that begins in so many days) for a number of months."""

    def publish(months, days):
        begins = timezone.now() + timedelta(days=days)
        return published_version(line, officer, second_officer, months, policy=published.policy, begins=begins)

    return publish


def months_in(line, days):
    at = timezone.now() + timedelta(days=days)
    answer = decide(call("US-TX", "US-TX", line_of_business=line.code, started_at=at)).answer
    return answer["retention"]["max_period"]


def verbs_of(version):
    return list(Event.objects.about(version).values_list("verb", flat=True))


def test_two_people_retire_a_version_and_its_line_falls_to_the_default(published, line, officer, second_officer):
    request_retirement(version=published, reason="The product ends.", actor=officer)
    assert months_in(line, 0) == "P1M"
    retired = approve_retirement(version=published, actor=second_officer)
    assert months_in(line, 0) == "P90D"
    assert (retired.standing(timezone.now()), retired.retired_by, retired.retirement_reason) == (
        "retired",
        second_officer,
        "The product ends.",
    )
    assert verbs_of(published)[-2:] == ["version.retirement_asked", "version.retired"]
    assert "product" not in str(list(Event.objects.about(published).values_list("facts", flat=True)))


def test_who_asks_cannot_approve_not_even_around_the_service(published, officer):
    request_retirement(version=published, reason="Over.", actor=officer)
    published.refresh_from_db()
    assert not may(officer, Act.APPROVE_RETIREMENT, published)
    with pytest.raises(SecondPersonNeeded, match="A second person has to approve it"):
        approve_retirement(version=published, actor=officer)
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyVersion.objects.filter(pk=published.pk).update(retired_by=officer)


def test_nobody_retires_what_nobody_asked_for(published, second_officer):
    with pytest.raises(VersionNotMovable, match="Nobody asks"):
        approve_retirement(version=published, actor=second_officer)
    with pytest.raises(VersionNotMovable, match="Nobody asks"):
        refuse_retirement(version=published, actor=second_officer)
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyVersion.objects.filter(pk=published.pk).update(retired_by=second_officer)


def test_a_refused_retirement_can_be_asked_for_again(published, line, officer, second_officer):
    request_retirement(version=published, reason="Over.", actor=officer)
    with pytest.raises(VersionNotMovable, match="asked for already"):
        request_retirement(version=published, reason="Again.", actor=second_officer)
    refused = refuse_retirement(version=published, actor=second_officer)
    assert (refused.retirement_asked_by, refused.retirement_asked_at, refused.retirement_reason) == (None, None, "")
    assert months_in(line, 0) == "P1M"
    assert request_retirement(version=published, reason="Over.", actor=second_officer).retirement_asked_by == (
        second_officer
    )
    assert verbs_of(published)[-2:] == ["version.retirement_refused", "version.retirement_asked"]


def test_the_careful_default_is_never_retired(officer, second_officer):
    officer.all_lines = True
    officer.save()
    default = PolicyVersion.objects.get(ships=True)
    with pytest.raises(VersionNotMovable, match="stands behind every policy"):
        request_retirement(version=default, reason="Over.", actor=officer)


def test_a_draft_or_an_ended_version_is_not_retired(published, line, officer, second_officer):
    draft = versions.draft_version(policy=published.policy, document={}, actor=officer)
    with pytest.raises(VersionNotMovable, match="The version is draft"):
        request_retirement(version=draft, reason="Over.", actor=officer)
    request_retirement(version=published, reason="Over.", actor=officer)
    approve_retirement(version=published, actor=second_officer)
    with pytest.raises(VersionNotMovable, match="The version is retired"):
        request_retirement(version=published, reason="Over.", actor=officer)


def test_who_is_no_officer_or_of_another_line_retires_nothing(published, reviewer, supervisor, auditor, stranger):
    for person in (reviewer, supervisor, auditor, stranger):
        with pytest.raises(NotAllowed):
            request_retirement(version=published, reason="Over.", actor=person)


def test_several_versions_wait_in_order_of_their_beginning(published, line, later):
    later(3, days=30)
    later(2, days=20)
    assert [months_in(line, days) for days in (0, 19, 21, 29, 31)] == ["P1M", "P1M", "P2M", "P2M", "P3M"]
    now = timezone.now()
    assert [version.standing(now) for version in published.policy.versions.order_by("number")] == [
        "in_force",
        "scheduled",
        "scheduled",
    ]


def test_two_versions_do_not_begin_at_one_moment(published, line, officer, second_officer):
    begins = timezone.now() + timedelta(days=3)
    published_version(line, officer, second_officer, 2, policy=published.policy, begins=begins)
    with pytest.raises(VersionNotMovable, match="Version 2 begins at that moment"):
        published_version(line, officer, second_officer, 3, policy=published.policy, begins=begins)


def test_a_version_published_now_leaves_those_to_come(published, line, officer, second_officer, later):
    later(3, days=30)
    published_version(line, officer, second_officer, 2, policy=published.policy)
    assert [months_in(line, days) for days in (0, 29, 31)] == ["P2M", "P2M", "P3M"]


def test_a_version_retired_before_it_begins_never_governs_and_the_one_before_goes_on(
    published, line, officer, second_officer, later
):
    scheduled = later(3, days=30)
    request_retirement(version=scheduled, reason="Too long.", actor=officer)
    approve_retirement(version=scheduled, actor=second_officer)
    assert [months_in(line, days) for days in (0, 29, 31)] == ["P1M", "P1M", "P1M"]
    published.refresh_from_db()
    assert (published.state, published.retired_at) == ("published", None)


def test_the_version_in_force_may_end_before_the_next_begins(published, line, officer, second_officer, later):
    later(3, days=30)
    request_retirement(version=published, reason="Over.", actor=officer)
    approve_retirement(version=published, actor=second_officer)
    assert [months_in(line, days) for days in (0, 29, 31)] == ["P90D", "P90D", "P3M"]


def test_an_end_that_has_come_stays_not_even_around_the_orm(published, officer, second_officer):
    request_retirement(version=published, reason="Over.", actor=officer)
    approve_retirement(version=published, actor=second_officer)
    for change in ("retired_at = NULL", "retired_at = now() + interval '1 day'", "state = 'published'"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE policies_policyversion SET {change} WHERE id = %s", [published.pk])  # noqa: S608


def test_what_the_approver_saw_never_changes(published):
    with pytest.raises(ProgrammingError), transaction.atomic():
        PolicyVersion.objects.filter(pk=published.pk).update(approval={"warnings": []})


def test_a_version_that_stays_as_it_is_gets_a_new_day_of_review(published, second_officer):
    day = timezone.localdate() + timedelta(days=1)
    assert confirm_unchanged(version=published, next_review_on=day, actor=second_officer).next_review_on == day
    published.refresh_from_db()
    assert (published.next_review_on, published.document) == (day, {"retention": {"max_period": "P1M"}})
    event = Event.objects.about(published).last()
    assert (event.verb, event.facts["next_review_on"]) == ("version.confirmed", day.isoformat())


def test_a_review_is_due_on_a_later_day_and_of_a_living_version(published, officer, second_officer):
    with pytest.raises(VersionNotMovable, match="Choose a later day"):
        confirm_unchanged(version=published, next_review_on=timezone.localdate(), actor=officer)
    request_retirement(version=published, reason="Over.", actor=officer)
    approve_retirement(version=published, actor=second_officer)
    with pytest.raises(VersionNotMovable):
        confirm_unchanged(version=published, next_review_on=timezone.localdate() + timedelta(days=9), actor=officer)


def test_who_may_not_change_a_policy_does_not_confirm_it(published, supervisor, stranger):
    for person in (supervisor, stranger):
        with pytest.raises(NotAllowed):
            confirm_unchanged(version=published, next_review_on=timezone.localdate() + timedelta(days=9), actor=person)
