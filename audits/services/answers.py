"""Answers and marks, saved one at a time while the review is open."""

import math
from typing import Any

from django.db import transaction
from django.utils import timezone

import trail.services as trail
from audits.domain import kinds
from audits.domain.errors import AnswerRefused, AnswerSuperseded
from audits.models import Answer, Mark, Review
from audits.services.leases import open_review
from trail.domain.actors import Actor

COMMENT_LENGTH = 4000
MOST_REVISIONS = 1_000_000
WRITTEN = "written"  # what the trail says of a text: that there is one


@transaction.atomic
def save_answer(
    *,
    review: Review,
    question: str,
    value: str,
    comment: str,
    moment_seconds: float | None,
    revision: int,
    actor: Actor,
) -> Answer:
    """Save one question's answer. `revision` counts its saves from 1, so that a late retry cannot undo a newer one.

    The same revision with the same content again is no change. A comment and a moment may be missing until the review
    is submitted. Raises AnswerRefused: no such question, or a value that it does not take; AnswerSuperseded: a newer
    revision is stored, or this one with other content; ReviewSubmitted; AssignmentClosed; NotYourReview.
    """
    assignment, review = open_review(review, actor)
    asked = _asked(review, question)
    value = _read(asked, value)
    _check(comment, moment_seconds, revision)
    stored = Answer.objects.filter(review=review, question=question).first()
    content = {"value": value, "comment": comment, "moment_seconds": moment_seconds}
    if stored is not None and stored.revision >= revision:
        if stored.revision == revision and content == {name: getattr(stored, name) for name in content}:
            return stored
        raise AnswerSuperseded(stored.revision)
    answer, _ = Answer.objects.update_or_create(
        review=review,
        question=question,
        defaults=content | {"kind": kinds.kind_of(asked), "revision": revision, "saved_at": timezone.now()},
    )
    trail.append(
        "answer.saved",
        actor=actor,
        subject=review,
        line_of_business_id=assignment.line_of_business_id,
        question=question,
        value=WRITTEN if value and answer.kind == kinds.TEXT else value,
        revision=revision,
    )
    return answer


@transaction.atomic
def mark_moment(*, review: Review, at_seconds: float, actor: Actor) -> Mark:
    """Mark a moment of the call; the same moment twice is one mark. Raises as `save_answer` does."""
    assignment, review = open_review(review, actor)
    if not _is_moment(at_seconds):
        raise _refused("at_seconds", "Write the position in the call in seconds, from 0.")
    mark, is_new = Mark.objects.get_or_create(review=review, at_seconds=round(at_seconds, 1))
    if is_new:
        trail.append(
            "moment.marked",
            actor=actor,
            subject=review,
            line_of_business_id=assignment.line_of_business_id,
            at_seconds=mark.at_seconds,
        )
    return mark


@transaction.atomic
def unmark_moment(*, review: Review, mark_id: int, actor: Actor) -> None:
    """Take a mark away. One that is not there changes nothing."""
    assignment, review = open_review(review, actor)
    mark = Mark.objects.filter(review=review, pk=mark_id).first()
    if mark is None:
        return
    trail.append(
        "moment.unmarked",
        actor=actor,
        subject=review,
        line_of_business_id=assignment.line_of_business_id,
        at_seconds=mark.at_seconds,
    )
    mark.delete()


def _asked(review: Review, question: str) -> dict[str, Any]:
    asked: dict[str, Any] | None = next((one for one in review.questions if one["key"] == question), None)
    if asked is None:
        raise _refused("question", "This review has no such question.")
    return asked


def _read(asked: dict[str, Any], given: str) -> str:
    """The answer as its question's kind stores it. Raises AnswerRefused."""
    try:
        value = kinds.read(asked, given)
    except ValueError as error:
        raise _refused("value", str(error)) from error
    if value != kinds.NOT_APPLICABLE or asked["may_be_na"] or kinds.kind_of(asked) == kinds.TEXT:
        return value
    if kinds.kind_of(asked) == kinds.YES_NO:
        raise _refused("value", "This was due on the call, so it always applies. Answer yes, no or cannot tell.")
    raise _refused("value", "This question applies to every call. Answer it, or leave it open.")


def _check(comment: str, moment_seconds: float | None, revision: int) -> None:
    if len(comment) > COMMENT_LENGTH:
        raise _refused("comment", f"Write at most {COMMENT_LENGTH:,} characters.")
    if moment_seconds is not None and not _is_moment(moment_seconds):
        raise _refused("moment_seconds", "Write the position in the call in seconds, from 0.")
    if not 1 <= revision <= MOST_REVISIONS:
        raise _refused("revision", "Count this question's saves from 1.")


def _is_moment(seconds: float) -> bool:
    return math.isfinite(seconds) and 0 <= seconds < 10_000_000


def _refused(field: str, detail: str) -> AnswerRefused:
    return AnswerRefused(detail, [{"pointer": f"/{field}", "detail": detail}])
