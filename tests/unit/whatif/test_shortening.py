"""Dates that come earlier: a list, a count, a brake, a second person; and nothing else makes them so."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.domain.errors import NotAllowed
from recordings.domain.brakes import asks_for_number
from recordings.domain.errors import BrakeHolds, CountChanged, SecondPersonNeeded, ShorteningNotMovable
from recordings.models import Recording, RetentionChange, ShorteningItem, ShorteningJob
from recordings.services.holds import place_hold
from recordings.services.shortening import (
    approve_shortening,
    propose_shortening,
    refuse_shortening,
    shorten_due,
    shortening_list,
)
from tests.rules import arrived, document, in_force, in_review, last_days, reported
from trail.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def calls(line, officer, second_officer):
    """Four calls of the first version, which keeps thirty days."""
    in_force(line, officer, second_officer, always=True)
    return [arrived(line, days_ago=day) for day in (2, 3, 4, 20)]


@pytest.fixture
def shorter(calls, line, officer, second_officer):
    """The version that keeps ten days, in force."""
    return in_force(line, officer, second_officer, document("P10D"))


@pytest.fixture
def job(shorter, officer):
    proposed = propose_shortening(shorter, officer)
    settle()
    proposed.refresh_from_db()
    return proposed


def settle(limit=2):
    while shorten_due(at=timezone.now(), limit=limit):
        pass


def test_the_list_is_counted_and_waits_for_a_second_person(job, calls, line):
    assert (job.state, job.count, job.of, job.past_count) == ("proposed", 4, 4, 1)
    assert job.lines == [line.pk]
    assert not RetentionChange.objects.exists()


def test_two_people_shorten_dates_each_with_its_reason_and_event(job, calls, shorter, officer, second_officer):
    before = {one.pk: last_days(one)[1] for one in calls}
    approve_shortening(job, 4, second_officer)
    settle()
    job.refresh_from_db()
    assert (job.state, job.done_count, job.passed_over_count) == ("done", 4, 0)
    for one in calls:
        assert last_days(one)[1] == before[one.pk] - timedelta(days=20)
        [change] = RetentionChange.objects.of(one.pk)
        assert (change.cause, change.job_id, change.policy_version_id) == ("shortening", job.pk, shorter.pk)
        assert any(limit["period"] == "P10D" and limit["standing"] == "decides" for limit in change.explanation)
        assert Event.objects.about(one).filter(verb="recording.shortened").count() == 1
    happened = [event.verb for event in Event.objects.about(job)]
    assert happened == ["shortening.proposed", "shortening.counted", "shortening.approved", "shortening.done"]
    assert Recording.objects.count() == 4  # what is past its date is listed and cools like any other


def test_whoever_proposed_it_cannot_approve_it(job, officer):
    with pytest.raises(SecondPersonNeeded):
        approve_shortening(job, 4, officer)


def test_the_database_refuses_a_job_that_one_person_made_run(job, officer):
    with pytest.raises(IntegrityError), transaction.atomic():
        ShorteningJob.objects.filter(pk=job.pk).update(
            state="running", settled_by_kind="user", settled_by_id=officer.actor_id
        )


def test_the_brake_asks_for_the_number_and_takes_no_other(job, second_officer):
    with pytest.raises(BrakeHolds, match="Type 4"):
        approve_shortening(job, None, second_officer)
    with pytest.raises(CountChanged):
        approve_shortening(job, 3, second_officer)
    assert approve_shortening(job, 4, second_officer).typed_count == 4


@pytest.mark.parametrize(
    ("count", "of", "asks"),
    [(0, 0, False), (5, 100, False), (6, 100, True), (1_000, 1_000_000, False), (1_001, 1_000_000, True), (1, 1, True)],
)
def test_the_brake_holds_above_a_thousand_or_a_twentieth(count, of, asks):
    assert asks_for_number(count, of) is asks


def test_people_of_other_lines_and_of_other_roles_neither_propose_nor_approve(
    job, shorter, stranger, reviewer, supervisor
):
    for person in (stranger, reviewer, supervisor):
        with pytest.raises(NotAllowed):
            approve_shortening(job, 4, person)
        with pytest.raises(NotAllowed):
            propose_shortening(shorter, person)


def test_a_version_that_is_not_in_force_shortens_nothing(calls, line, officer):
    version = in_review(line, officer, document("P10D"))
    with pytest.raises(ShorteningNotMovable, match="not in force"):
        propose_shortening(version, officer)
    with pytest.raises(ShorteningNotMovable, match="not in force"):
        propose_shortening(reported(version, officer), officer)


def test_one_shortening_of_a_version_is_under_way_at_a_time(job, shorter, officer, second_officer):
    with pytest.raises(ShorteningNotMovable, match="under way"):
        propose_shortening(shorter, officer)
    refuse_shortening(job, "We keep them after all.", second_officer)
    assert propose_shortening(shorter, officer).pk != job.pk


def test_what_is_held_meanwhile_or_changed_meanwhile_is_passed_over(job, calls, line, officer, second_officer):
    held, changed = calls[0], calls[1]
    place_hold(matter="A v. B", reason="Asked for.", recording_ids=[held.pk], actor=officer)
    later = changed.delete_by + timedelta(days=1)
    Recording.objects.filter(pk=changed.pk).update(delete_by=later)
    before = last_days(held)
    approve_shortening(job, 4, second_officer)
    settle()
    job.refresh_from_db()
    assert (job.done_count, job.passed_over_count) == (2, 2)
    assert last_days(held) == before
    assert last_days(changed)[1] == later
    states = dict(ShorteningItem.objects.values_list("recording_id", "state"))
    assert (states[held.pk], states[changed.pk]) == ("held", "changed")


def test_what_is_on_hold_is_not_even_listed(shorter, calls, officer):
    place_hold(matter="A v. B", reason="Asked for.", recording_ids=[calls[0].pk], actor=officer)
    job = propose_shortening(shorter, officer)
    settle()
    job.refresh_from_db()
    assert job.count == 3


def test_rules_that_changed_after_the_proposal_end_it(job, calls, line, officer, second_officer):
    in_force(line, officer, second_officer, document("P25D"))
    with pytest.raises(ShorteningNotMovable):
        approve_shortening(job, 4, second_officer)


def test_rules_that_change_while_it_runs_leave_the_rest_as_it_is(job, calls, line, officer, second_officer):
    approve_shortening(job, 4, second_officer)
    shorten_due(at=timezone.now(), limit=2)
    in_force(line, officer, second_officer, document("P25D"))
    settle()
    job.refresh_from_db()
    assert (job.state, job.done_count, job.passed_over_count) == ("done", 2, 2)


def test_a_version_that_shortens_nothing_ends_with_that_word(calls, line, officer, second_officer):
    version = in_force(line, officer, second_officer, document("P60D"))
    job = propose_shortening(version, officer)
    settle()
    job.refresh_from_db()
    assert (job.state, job.refused_because) == ("refused", "No recording would leave earlier.")


def test_a_refusal_says_why_and_leaves_all_as_it_was(job, calls, officer, second_officer):
    before = [last_days(one) for one in calls]
    with pytest.raises(ShorteningNotMovable, match="10 characters"):
        refuse_shortening(job, "No.", officer)
    refuse_shortening(job, "We keep them after all.", officer)
    settle()
    assert [last_days(one) for one in calls] == before
    with pytest.raises(ShorteningNotMovable):
        approve_shortening(job, 4, second_officer)


def test_the_list_is_closed_once_it_was_proposed(job, calls):
    at = timezone.now()
    with pytest.raises(IntegrityError, match="closed"), transaction.atomic():
        ShorteningItem.objects.create(
            job=job, recording_id=START_ID, keep_until_before=at, keep_until=at, delete_by_before=at, delete_by=at
        )


START_ID = "00000000-0000-0000-0000-000000000000"


def test_a_running_job_lets_a_date_come_no_earlier_than_its_list_says(job, calls, second_officer):
    approve_shortening(job, 4, second_officer)
    item = ShorteningItem.objects.get(recording_id=calls[0].pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Recording.objects.filter(pk=calls[0].pk).update(delete_by=item.delete_by - timedelta(seconds=1))
    Recording.objects.filter(pk=calls[0].pk).update(delete_by=item.delete_by)


def test_readers_page_through_the_calls_of_their_lines(job, calls, officer, stranger):
    page, cursor = shortening_list(job, None, officer, limit=3)
    rest, end = shortening_list(job, cursor, officer, limit=3)
    assert {one.recording.pk for one in [*page, *rest]} == {one.pk for one in calls}
    assert (len(page), end) == (3, None)
    assert shortening_list(job, None, stranger) == ([], None)
    assert not ShorteningJob.objects.visible_to(stranger).exists()
    assert ShorteningJob.objects.visible_to(officer).waiting().get() == job
