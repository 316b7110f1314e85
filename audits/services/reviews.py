"""Reviews: started on a lease, answered one by one, submitted with a score, open to undo for ten seconds."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

import trail.services as trail
from accounts.models import User
from audits.domain import checklist, kinds, scoring
from audits.domain.errors import CallUnavailable, ReviewFinal, ReviewIncomplete
from audits.domain.forms import form_of
from audits.domain.scoring import Score
from audits.models import Answer, Assignment, Review
from audits.services.answers import mark_moment, save_answer, unmark_moment
from audits.services.assignments import skip
from audits.services.findings import open_findings, withdraw_findings
from audits.services.forms import published_version
from audits.services.leases import closed, lease, locked_by_its_reviewer
from recordings.models import Recording
from trail.domain.actors import Actor

__all__ = [
    "Missing",
    "live_score",
    "mark_moment",
    "missing",
    "next_assignment",
    "save_answer",
    "saves",
    "skip",
    "start_review",
    "submit_review",
    "undo_submit",
    "unmark_moment",
]

UNDO = timedelta(seconds=10)
WANTED = {
    "answer": "an answer",
    "comment": "a comment with its critical no",
    "moment": "the moment of its critical no",
}


@dataclass(frozen=True)
class Missing:
    """What a review still needs: `needs` is answer, comment or moment."""

    question: str
    number: int
    text: str
    needs: str


@transaction.atomic
def start_review(*, assignment: Assignment, actor: Actor) -> Review:
    """The review of this assignment, made on the first start with the checklist of its call; takes or renews the lease.

    Raises NotYourReview: it names who has it; AssignmentClosed; CallUnavailable: destroyed or quarantined by now.
    """
    assignment = locked_by_its_reviewer(assignment.pk, actor)
    if not assignment.is_open:
        raise closed(assignment)
    now = timezone.now()
    review = Review.objects.filter(assignment=assignment).first() or _begin(assignment, actor, now)
    lease(assignment, now)
    return review


def missing(review: Review) -> list[Missing]:
    """What stands between the review and its submission, in the order of its questions."""
    answers = {answer.question: answer for answer in review.answers.all()}
    return [
        Missing(question["key"], number, question["text"], needs)
        for number, question in enumerate(review.questions, 1)
        for needs in _needs(question, answers.get(question["key"]))
    ]


def live_score(review: Review) -> Score:
    """The score of what is answered so far."""
    return scoring.score(review.questions, {answer.question: answer.value for answer in review.answers.all()})


def saves(review: Review) -> int:
    """How often an answer of the review was saved: it only grows, so it tells an older score from a newer one."""
    return int(review.answers.aggregate(saves=Sum("revision"))["saves"] or 0)


@transaction.atomic
def submit_review(*, review: Review, heard_seconds: float, actor: Actor) -> Review:
    """Close the answers, store the score, open a finding for each critical no. Final in ten seconds; twice is once.

    Raises NotYourReview; AssignmentClosed; ReviewIncomplete, whose `fields` name the questions.
    """
    assignment = locked_by_its_reviewer(review.assignment_id, actor)
    review = Review.objects.get(pk=review.pk)
    if review.submitted_at is not None:
        return review
    if not assignment.is_open:
        raise closed(assignment)
    if lacks := missing(review):
        raise _incomplete(lacks)
    score = live_score(review)
    _close(assignment, review, score, heard_seconds)
    trail.append(
        "review.submitted",
        actor=actor,
        subject=review,
        line_of_business_id=assignment.line_of_business_id,
        assignment=str(assignment.pk),
        points=score.points,
        of=score.of,
        percent=score.percent,
        failed=score.failed,
        arithmetic=score.arithmetic,
    )
    open_findings(review=review, assignment=assignment, questions=score.critical, actor=actor)
    return review


@transaction.atomic
def undo_submit(*, review: Review, actor: Actor) -> Review:
    """Open a submitted review again within ten seconds; its findings are withdrawn. Raises ReviewFinal after that."""
    assignment = locked_by_its_reviewer(review.assignment_id, actor)
    review = Review.objects.get(pk=review.pk)
    now = timezone.now()
    if review.submitted_at is None:
        return review
    if review.final_at is None or review.final_at <= now:
        raise ReviewFinal
    review.submitted_at = review.final_at = review.score = review.said_all = None
    review.save(update_fields=["submitted_at", "final_at", "score", "said_all"])
    lease(assignment, now)
    trail.append("review.reopened", actor=actor, subject=review, line_of_business_id=assignment.line_of_business_id)
    withdraw_findings(review=review, actor=actor)
    return review


def next_assignment(user: User) -> Assignment | None:
    """What this reviewer does next: the earliest due, in the drawn order."""
    mine = Assignment.objects.open().filter(reviewer=user)
    return mine.in_drawn_order().select_related("sample__plan", "line_of_business").first()


def _begin(assignment: Assignment, actor: Actor, now: datetime) -> Review:
    recording = Recording.objects.filter(pk=assignment.recording_id, state=Recording.State.STORED).first()
    if recording is None:
        raise CallUnavailable(assignment.recording_id)
    version = published_version(assignment.sample.plan.form)
    form = form_of(version.document)
    questions = checklist.questions_of(form, checklist.due_of(form, recording.decided, _happened(recording)))
    review = Review.objects.create(
        assignment=assignment, form_version=version, questions=questions, started_at=now, call=_call(recording)
    )
    trail.append(
        "review.started",
        actor=actor,
        subject=review,
        line_of_business_id=assignment.line_of_business_id,
        assignment=str(assignment.pk),
        form_version=str(version.pk),
        questions=len(questions),
    )
    return review


def _happened(recording: Recording) -> set[str]:
    """Which of the disclosures that are due only if something happens were due on this call."""
    kinds = set(recording.call_events.values_list("kind", flat=True))
    return {
        *({"recording_resumed_notice"} if "resumed" in kinds else ()),
        *({"notice_to_late_joiner"} if recording.parties.count() > 2 else ()),
    }


def _call(recording: Recording) -> dict[str, Any]:
    """What results are told apart by when the recording is gone: ids, codes and lengths, no names and no numbers."""
    return {
        "agent_id": recording.agent_id,
        "direction": recording.direction,
        "started_at": recording.started_at.isoformat(),
        "duration_s": recording.length_seconds,
        "places": sorted({place for place in recording.parties.values_list("jurisdiction", flat=True) if place}),
        "policy_version": str(recording.policy_version_id) if recording.policy_version_id else None,
        "law_release": recording.law_release,
    }


def _close(assignment: Assignment, review: Review, score: Score, heard_seconds: float) -> None:
    review.submitted_at = timezone.now()
    review.final_at = review.submitted_at + UNDO
    review.score, review.said_all, review.heard_seconds = score.as_json(), score.said_all, heard_seconds
    review.save(update_fields=["submitted_at", "final_at", "score", "said_all", "heard_seconds"])
    assignment.state, assignment.leased_until = Assignment.State.SUBMITTED, None
    assignment.save(update_fields=["state", "leased_until"])


def _needs(question: dict[str, Any], answer: Answer | None) -> list[str]:
    if answer is None or not answer.value:
        return ["answer"] if kinds.is_required(question) else []
    if answer.value != Answer.Value.NO or not question["critical"]:
        return []
    lacks = {"comment": not answer.comment.strip(), "moment": answer.moment_seconds is None}
    return [needs for needs, is_lacking in lacks.items() if is_lacking]


def _incomplete(lacks: list[Missing]) -> ReviewIncomplete:
    count = len({one.question for one in lacks})
    return ReviewIncomplete(
        "One answer is missing or not complete." if count == 1 else f"{count} answers are missing or not complete.",
        [{"pointer": f"/{one.question}", "detail": f"{one.number} needs {WANTED[one.needs]}."} for one in lacks],
    )
