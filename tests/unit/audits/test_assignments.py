"""Assignments: skipped, gone, reassigned, overdue."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from accounts.domain.errors import NotAllowed
from accounts.models import CallAccess
from audits.domain.errors import AssignmentClosed, NotYourReview, ReassignmentRefused, Refused
from audits.models import Assignment, Finding, Review
from audits.services.assignments import reassign, skip, withdraw_gone
from audits.services.findings import close_finding
from audits.services.overdue import flag_overdue
from audits.services.reviews import start_review, submit_review
from audits.services.samples import redraw, replaced
from recordings.models import Recording
from trail.models import Event


def verbs(subject):
    return list(Event.objects.about(subject).values_list("verb", flat=True))


def destroyed(*recordings):
    """As the purge leaves it: row, key and parties are gone."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        ids = [one.pk for one in recordings]
        cursor.execute("DELETE FROM recordings_recordingkey WHERE recording_id = ANY(%s)", [ids])
        cursor.execute("DELETE FROM recordings_party WHERE recording_id = ANY(%s)", [ids])
        cursor.execute("DELETE FROM recordings_recording WHERE id = ANY(%s)", [ids])
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def call_of(calls, assignment):
    return next(call for call in calls if call.pk == assignment.recording_id)


def test_a_skipped_call_is_replaced_by_the_next_in_the_draw(draw, calls, reviewer):
    sample = draw(calls, size=2)
    first = sample.assignments.get(position=1)
    given = skip(assignment=first, reason="bad_audio", actor=reviewer)
    assert (given.position, given.reviewer, given.replaces) == (3, reviewer, first)
    first.refresh_from_db()
    assert (first.state, first.replaced_reason) == ("replaced", "bad_audio")
    assert replaced(sample) == {"bad_audio": 1}
    assert redraw(sample).problems == []
    assert verbs(first) == ["assignment.given", "assignment.replaced"]


def test_whoever_skipped_a_call_no_longer_hears_it(assignment, reviewer):
    skip(assignment=assignment, reason="knows_party", actor=reviewer)
    assert not CallAccess.objects.filter(user=reviewer, recording_id=assignment.recording_id).exists()


def test_skipping_wins_no_time(assignment, reviewer):
    Assignment.objects.update(due_at=timezone.now() + timedelta(days=30))
    assert (
        skip(assignment=assignment, reason="bad_audio", actor=reviewer).due_at
        == Assignment.objects.get(pk=assignment.pk).due_at
    )


def test_a_skip_needs_a_reason_of_the_list(assignment, reviewer):
    with pytest.raises(Refused):
        skip(assignment=assignment, reason="too long", actor=reviewer)
    assert Assignment.objects.get().state == "assigned"


def test_nobody_skips_somebody_elses_call(assignment, second_reviewer):
    with pytest.raises(NotYourReview):
        skip(assignment=assignment, reason="bad_audio", actor=second_reviewer)


def test_a_call_is_skipped_once(assignment, reviewer):
    skip(assignment=assignment, reason="bad_audio", actor=reviewer)
    with pytest.raises(AssignmentClosed):
        skip(assignment=assignment, reason="bad_audio", actor=reviewer)


def test_where_the_frame_is_used_up_nothing_replaces(draw, calls, reviewer):
    draw(calls[:1], size=1)
    assert skip(assignment=Assignment.objects.get(), reason="bad_audio", actor=reviewer) is None


def test_a_call_that_was_destroyed_before_its_review_is_replaced(draw, calls):
    sample = draw(calls, size=2)
    first = sample.assignments.get(position=1)
    destroyed(call_of(calls, first))
    assert withdraw_gone() == 1
    assert withdraw_gone() == 0
    first.refresh_from_db()
    assert (first.state, first.replaced_reason) == ("gone", "destroyed")
    assert sample.assignments.get(position=3).replaces == first


def test_a_quarantined_call_is_replaced_and_one_on_the_way_passed_over(draw, calls):
    sample = draw(calls, size=1)
    first = sample.assignments.get()
    second = next(call for call in calls if str(call.pk) == redraw(sample).drawn[0])
    order = [call for call, _ in sample.frame]
    Recording.objects.filter(pk=second.pk).update(state="quarantined", quarantine_reasons=["damaged_audio"])
    assert withdraw_gone() == 1
    first.refresh_from_db()
    assert (first.state, first.replaced_reason) == ("replaced", "quarantined")
    assert len(order) == 6


def test_a_submitted_review_outlives_its_call(review, reviewer, answer, calls):
    answer(review)
    submit_review(review=review, heard_seconds=1, actor=reviewer)
    destroyed(*calls)
    assert withdraw_gone() == 0
    assert Review.objects.get().score["percent"] == 100.0


def test_a_review_is_given_to_somebody_else(assignment, second_reviewer, reviewer, supervisor):
    reassign(assignment=assignment, reviewer=second_reviewer, actor=supervisor)
    assert start_review(assignment=assignment, actor=second_reviewer)
    assert not CallAccess.objects.filter(user=reviewer).exists()
    assert "assignment.reassigned" in verbs(assignment)


def test_a_review_that_somebody_is_at_stays_until_the_lease_is_over(review, second_reviewer, supervisor):
    with pytest.raises(ReassignmentRefused, match="is at this call until"):
        reassign(assignment=review.assignment, reviewer=second_reviewer, actor=supervisor)
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert reassign(assignment=review.assignment, reviewer=second_reviewer, actor=supervisor)


def test_nobody_gets_a_call_of_a_line_that_they_do_not_see(assignment, stranger, supervisor, officer):
    with pytest.raises(ReassignmentRefused, match="does not review"):
        reassign(assignment=assignment, reviewer=stranger, actor=supervisor)
    with pytest.raises(NotAllowed):
        reassign(assignment=assignment, reviewer=stranger, actor=officer)


def test_what_is_overdue_is_flagged_once(draw, calls):
    draw(calls, size=3)
    Assignment.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    at = timezone.now()
    assert [flag_overdue(at, limit=2), flag_overdue(at, limit=2), flag_overdue(at, limit=2)] == [2, 1, 0]
    assert Event.objects.filter(verb="assignment.overdue").count() == 3


def test_what_is_due_just_now_is_not_overdue(assignment):
    at = timezone.now()
    Assignment.objects.update(due_at=at)
    assert flag_overdue(at) == 0
    assert flag_overdue(at + timedelta(microseconds=1)) == 1


def test_what_is_done_is_not_overdue(review, reviewer, answer):
    answer(review)
    submit_review(review=review, heard_seconds=1, actor=reviewer)
    assert flag_overdue(timezone.now() + timedelta(days=99)) == 0


def test_no_finding_is_closed_without_a_note_or_twice(review, reviewer, answer, officer):
    answer(review, recording="no")
    submit_review(review=review, heard_seconds=1, actor=reviewer)
    finding = Finding.objects.get()
    with pytest.raises(Refused):
        close_finding(finding=finding, note="  ", actor=officer)
    with pytest.raises(NotAllowed):
        close_finding(finding=finding, note="Done.", actor=reviewer)
    close_finding(finding=finding, note="Done.", actor=officer)
    with pytest.raises(Exception, match="closed already"):
        close_finding(finding=finding, note="Again.", actor=officer)
    assert verbs(finding) == ["finding.opened", "finding.closed"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_flag_an_assignment_once(assignment):
    Assignment.objects.update(due_at=timezone.now() - timedelta(days=1))
    at = timezone.now()
    assert sorted(at_once(lambda: flag_overdue(at), lambda: flag_overdue(at))) == [0, 1]
    assert Event.objects.filter(verb="assignment.overdue").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_who_start_at_once_are_not_both_at_it(assignment, reviewer, second_reviewer):
    def start(person):
        try:
            return start_review(assignment=assignment, actor=person).pk
        except NotYourReview:
            return "told who has it"

    got = at_once(lambda: start(reviewer), lambda: start(second_reviewer), lambda: start(reviewer))
    review = Review.objects.get()
    assert sorted(map(str, got)) == sorted([str(review.pk), str(review.pk), "told who has it"])
    assert verbs(review) == ["review.started"]


@pytest.mark.django_db(transaction=True)
def test_two_calls_skipped_at_once_get_two_replacements(draw, calls, reviewer):
    sample = draw(calls, size=2)
    first, second = sample.assignments.order_by("position")
    at_once(
        lambda: skip(assignment=first, reason="bad_audio", actor=reviewer),
        lambda: skip(assignment=second, reason="language", actor=reviewer),
    )
    assert list(sample.assignments.order_by("position").values_list("position", flat=True)) == [1, 2, 3, 4]
    assert redraw(sample).problems == []


def at_once(*works):
    """What each piece of work gave, all begun at the same moment in threads of their own."""
    ready, got = threading.Barrier(len(works)), []

    def run(work):
        ready.wait(timeout=10)
        try:
            got.append(work())
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return got


def test_nothing_of_a_skip_that_fails_stays(assignment, reviewer, monkeypatch):
    monkeypatch.setattr("audits.services.assignments.allot", _fail)
    with pytest.raises(RuntimeError), transaction.atomic():
        skip(assignment=assignment, reason="bad_audio", actor=reviewer)
    assert Assignment.objects.get().state == "assigned"
    assert "assignment.replaced" not in verbs(assignment)


def _fail(**_):
    raise RuntimeError("in the middle")
