"""A review from its start to the moment when nothing changes any more."""

from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audits.domain.errors import (
    AnswerRefused,
    AnswerSuperseded,
    AssignmentClosed,
    CallUnavailable,
    NotYourReview,
    ReviewFinal,
    ReviewIncomplete,
    ReviewSubmitted,
)
from audits.models import Answer, Assignment, Finding, FormVersion, Review
from audits.services.reviews import (
    live_score,
    mark_moment,
    missing,
    next_assignment,
    save_answer,
    start_review,
    submit_review,
    undo_submit,
)
from recordings.models import Recording
from trail.models import Event


def save(review, reviewer, question="recording", **more):
    content = {"value": "yes", "comment": "", "moment_seconds": None, "revision": 1} | more
    return save_answer(review=review, question=question, actor=reviewer, **content)


def verbs(subject):
    return list(Event.objects.about(subject).values_list("verb", flat=True))


def test_a_review_asks_what_was_due_on_its_call(review):
    asked = {question["key"]: question for question in review.questions}
    assert list(asked)[:2] == ["recording", "retention"]
    assert asked["recording"]["citation"] == "Fla. Stat. 934.03"
    assert "purpose" not in asked


def test_starting_twice_is_starting_once_and_renews_the_lease(assignment, reviewer):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        first = start_review(assignment=assignment, actor=reviewer)
        clock.shift(timedelta(minutes=10))
        assert start_review(assignment=assignment, actor=reviewer) == first
        assignment.refresh_from_db()
        assert assignment.leased_until == timezone.now() + timedelta(minutes=15)
    assert verbs(first) == ["review.started"]


def test_whoever_comes_second_is_told_who_has_the_call(review, second_reviewer):
    with pytest.raises(NotYourReview, match="has this call until"):
        start_review(assignment=review.assignment, actor=second_reviewer)


def test_a_supervisor_gives_no_answers(review, supervisor):
    with pytest.raises(NotYourReview):
        save(review, supervisor)


def test_each_save_renews_the_lease(review, reviewer):
    later = timezone.now() + timedelta(minutes=14)
    with time_machine.travel(later, tick=False):
        save(review, reviewer)
        assert Assignment.objects.get().leased_until == later + timedelta(minutes=15)


def test_a_late_retry_cannot_undo_a_newer_answer(review, reviewer):
    save(review, reviewer, value="no", revision=1)
    save(review, reviewer, value="yes", revision=2)
    with pytest.raises(AnswerSuperseded, match="revision 2"):
        save(review, reviewer, value="no", revision=1)
    assert Answer.objects.get().value == "yes"


def test_the_same_save_twice_is_one_change(review, reviewer):
    save(review, reviewer)
    save(review, reviewer)
    assert verbs(review) == ["review.started", "answer.saved"]


def test_another_answer_under_the_same_revision_is_a_second_tab(review, reviewer):
    save(review, reviewer, value="yes")
    with pytest.raises(AnswerSuperseded):
        save(review, reviewer, value="no")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"question": "no_such"}, "/question"),
        ({"value": "maybe"}, "/value"),
        ({"value": "na"}, "/value"),
        ({"moment_seconds": -1.0}, "/moment_seconds"),
        ({"moment_seconds": float("nan")}, "/moment_seconds"),
        ({"comment": "x" * 4001}, "/comment"),
        ({"revision": 0}, "/revision"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_by_its_field(review, reviewer, wrong, field):
    with pytest.raises(AnswerRefused) as refused:
        save(review, reviewer, **wrong)
    assert [one["pointer"] for one in refused.value.fields] == [field]
    assert not Answer.objects.exists()


def test_no_words_of_a_comment_reach_the_trail(review, reviewer):
    save(review, reviewer, comment="Mrs. Alvarez was not told.")
    assert "Alvarez" not in str(list(Event.objects.values_list("facts", flat=True)))


def test_what_is_missing_is_named_in_the_order_of_the_questions(review, reviewer, answer):
    answer(review, but=["recording", "language"])
    save(review, reviewer, "recording", value="no")
    assert [(one.question, one.needs) for one in missing(review)] == [
        ("recording", "comment"),
        ("recording", "moment"),
        ("language", "answer"),
    ]
    with pytest.raises(ReviewIncomplete, match="2 answers are missing") as refused:
        submit_review(review=review, heard_seconds=10, actor=reviewer)
    assert refused.value.fields[0]["pointer"] == "/recording"
    assert Review.objects.get().submitted_at is None


def test_a_submitted_review_keeps_its_score_with_the_arithmetic(review, reviewer, answer):
    answer(review, retention="no", questions="na")
    submitted = submit_review(review=review, heard_seconds=200.5, actor=reviewer)
    assert submitted.score["arithmetic"] == "10 + 0 + 10 + 5 = 25 of 30"
    assert (submitted.score["percent"], submitted.said_all, submitted.heard_seconds) == (83.3, True, 200.5)
    assert Assignment.objects.get().state == Assignment.State.SUBMITTED
    assert not Finding.objects.exists()


def test_submitting_twice_is_submitting_once(review, reviewer, answer):
    answer(review, recording="no")
    submit_review(review=review, heard_seconds=1, actor=reviewer)
    submit_review(review=review, heard_seconds=1, actor=reviewer)
    assert verbs(review).count("review.submitted") == 1
    assert Finding.objects.count() == 1


def test_a_critical_no_opens_a_finding_with_the_submission(review, reviewer, answer):
    answer(review, recording="no", retention="no")
    submit_review(review=review, heard_seconds=1, actor=reviewer)
    finding = Finding.objects.get()
    assert (finding.question, finding.citation, finding.agent_id) == ("recording", "Fla. Stat. 934.03", "a-7")
    assert (finding.comment, finding.moment_seconds) == ("Not said before the matter began.", 4.2)
    assert verbs(finding) == ["finding.opened"]


def test_within_ten_seconds_a_submission_is_undone_with_its_findings(review, reviewer, answer):
    answer(review, recording="no")
    submit_review(review=review, heard_seconds=1, actor=reviewer)
    undo_submit(review=review, actor=reviewer)
    assert Finding.objects.get().state == Finding.State.WITHDRAWN
    assert Assignment.objects.get().state == Assignment.State.IN_REVIEW
    # and submitted again, there is still one finding
    save(review, reviewer, "retention", value="no", revision=2)
    submit_review(review=review, heard_seconds=1, actor=reviewer)
    finding = Finding.objects.get()
    assert finding.state == Finding.State.OPEN
    assert verbs(finding) == ["finding.opened", "finding.withdrawn", "finding.opened"]


def test_a_finding_is_withdrawn_for_good_where_the_answer_was_mended(review, reviewer, answer):
    answer(review, recording="no")
    submit_review(review=review, heard_seconds=1, actor=reviewer)
    undo_submit(review=review, actor=reviewer)
    save(review, reviewer, "recording", value="yes", revision=2)
    submit_review(review=review, heard_seconds=1, actor=reviewer)
    assert not Finding.objects.standing().exists()


def test_after_ten_seconds_nothing_is_undone(review, reviewer, answer):
    answer(review)
    submit_review(review=review, heard_seconds=1, actor=reviewer)
    with time_machine.travel(timezone.now() + timedelta(seconds=11)), pytest.raises(ReviewFinal):
        undo_submit(review=review, actor=reviewer)


def test_a_submitted_review_takes_no_answer(review, reviewer, answer):
    answer(review)
    submit_review(review=review, heard_seconds=1, actor=reviewer)
    with pytest.raises(ReviewSubmitted):
        save(review, reviewer, revision=2)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audits_answer SET value = 'no'",
        "DELETE FROM audits_answer",
        "INSERT INTO audits_answer (review_id, question, value, comment, revision, saved_at)"
        " SELECT id, 'extra', 'yes', '', 1, now() FROM audits_review",
        "INSERT INTO audits_mark (review_id, at_seconds) SELECT id, 3 FROM audits_review",
        "TRUNCATE audits_answer",
        "TRUNCATE audits_review CASCADE",
        "UPDATE audits_review SET score = NULL",
    ],
)
def test_no_way_round_the_services_changes_a_submitted_review(review, reviewer, answer, statement):
    answer(review)
    submit_review(review=review, heard_seconds=1, actor=reviewer)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("statement", ["UPDATE audits_review SET heard_seconds = 9", "DELETE FROM audits_review"])
def test_no_way_round_the_services_changes_a_final_review(review, reviewer, answer, statement):
    answer(review)
    with time_machine.travel(timezone.now() - timedelta(seconds=11)):
        submit_review(review=review, heard_seconds=1, actor=reviewer)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_started_review_keeps_its_form_version(review, reviewer, answer):
    version = FormVersion.objects.get(pk=review.form_version_id)
    with pytest.raises(DatabaseError), transaction.atomic():
        FormVersion.objects.filter(pk=version.pk).update(document={})
    FormVersion.objects.filter(pk=version.pk).update(state=FormVersion.State.RETIRED)
    FormVersion.objects.create(
        form=version.form, number=2, state="published", document=version.document | {"title": "2"}
    )
    answer(review)
    assert submit_review(review=review, heard_seconds=1, actor=reviewer).form_version.number == 1


def test_a_call_that_is_no_longer_there_cannot_be_started(assignment, reviewer):
    Recording.objects.filter(pk=assignment.recording_id).update(
        state="quarantined", quarantine_reasons=["damaged_audio"]
    )
    with pytest.raises(CallUnavailable):
        start_review(assignment=assignment, actor=reviewer)


def test_a_closed_assignment_is_not_started_again(review, reviewer, answer):
    answer(review)
    submit_review(review=review, heard_seconds=1, actor=reviewer)
    with pytest.raises(AssignmentClosed, match="submitted"):
        start_review(assignment=review.assignment, actor=reviewer)


def test_marks_are_kept_in_the_order_of_the_call(review, reviewer):
    for at in (9.04, 3.0, 9.04):
        mark_moment(review=review, at_seconds=at, actor=reviewer)
    assert list(review.marks.values_list("at_seconds", flat=True)) == [3.0, 9.0]
    assert verbs(review).count("moment.marked") == 2


def test_the_live_score_counts_what_is_answered(review, reviewer):
    save(review, reviewer)
    assert live_score(review).arithmetic == "10 = 10 of 35"


def test_the_queue_gives_calls_in_the_drawn_order(draw, calls, reviewer):
    sample = draw(calls, size=3)
    order = []
    while (current := next_assignment(reviewer)) is not None:
        order.append(str(current.recording_id))
        Assignment.objects.filter(pk=current.pk).update(state="submitted")
    assert order == sample.drawn


def test_the_review_keeps_what_results_need_once_the_call_is_gone(review):
    assert review.call["agent_id"] == "a-7"
    assert review.call["places"] == ["US-IL"]
    assert "+13125550142" not in str(review.call)
