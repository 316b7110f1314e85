"""The weekly letter about rules and policies."""

from datetime import UTC, date, datetime

import pytest
from django.core import mail

from accounts.models import Letter, Role
from accounts.services import send_letters
from compliance_site.weekly import write_weekly_letters
from policies.models import PolicyVersion, RuleFlag
from recordings.services.person_requests import Requester, open_request
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 30, 7, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _mail_is_set(settings):
    settings.MAIL_IS_SET = True


@pytest.fixture
def mara(second_officer):
    second_officer.email = "mara@example.com"
    second_officer.all_lines = True
    second_officer.save()
    return second_officer


def test_an_officer_is_told_once_a_week_which_policies_are_past_their_review(mara):
    PolicyVersion.objects.filter(ships=True).update(next_review_on=date(2026, 11, 1))
    assert write_weekly_letters(MONDAY) == 1
    assert write_weekly_letters(MONDAY.replace(hour=19)) == 0
    assert write_weekly_letters(datetime(2026, 12, 7, 8, tzinfo=UTC)) == 1
    send_letters(MONDAY)
    body = mail.outbox[0].body
    assert "Policies past their review: 1" in body
    assert "Careful default, version 1, due 1 Nov 2026: http" in body
    assert "not legal advice" in body


def test_before_seven_on_monday_nothing_is_written_and_later_in_the_week_it_is_caught_up(mara):
    PolicyVersion.objects.filter(ships=True).update(next_review_on=date(2026, 11, 1))
    assert write_weekly_letters(MONDAY.replace(hour=6, minute=59)) == 0
    assert write_weekly_letters(MONDAY.replace(day=30, hour=7, minute=0)) == 1


def test_a_rule_that_changes_soon_is_named_with_its_day(mara):
    at = datetime(2027, 4, 1, 9, tzinfo=UTC)  # every rule's first review is past by then, or comes soon
    from policies.services.flags import flag_rules

    flag_rules(today=at.date())
    assert RuleFlag.objects.filter(kind="review_past").exists()
    assert write_weekly_letters(at) == 1
    body = Letter.objects.get(to=mara).body
    assert f"Rules past their review: {RuleFlag.objects.filter(kind='review_past').count()}" in body
    assert "more" in body


def test_no_letter_where_nothing_is_due_and_none_to_others(mara):
    UserFactory(role=Role.REVIEWER, email="ines@example.com")
    PolicyVersion.objects.update(next_review_on=date(2027, 12, 1))
    RuleFlag.objects.all().delete()
    assert write_weekly_letters(MONDAY) == 0


def test_an_officer_is_told_how_many_people_wait_and_for_when_and_nobody_is_named(mara):
    request = open_request(
        kind="access",
        requester=Requester(name="Marion Okafor"),
        received_on=date(2026, 10, 1),
        place="DE",
        language="en",
        actor=mara,
    )
    assert write_weekly_letters(MONDAY) == 1
    body = Letter.objects.get(to=mara).body
    assert "Requests of people to answer: 1, late: 1" in body
    assert "due 1 Nov 2026: http" in body
    assert f"/recordings/requests/{request.pk}/" in body
    assert "Marion" not in body
