"""The workbench: one call heard and scored on one screen, by keyboard or by mouse, each answer saved at once.

The page works without JavaScript as one form; with it, every answer goes to `SaveAnswer` on its own.
"""

import math
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from rest_framework.exceptions import ParseError

from accounts.api.parsers import strict_json
from accounts.models import User
from accounts.pages import Page, is_part, signed_in, toast
from accounts.permissions import Act
from audits.domain.errors import (
    AnswerRefused,
    AnswerSuperseded,
    AssignmentClosed,
    AssignmentNotFound,
    CallUnavailable,
    NotYourReview,
    Refused,
    ReviewFinal,
    ReviewIncomplete,
    ReviewSubmitted,
)
from audits.models import Answer, Assignment, Review
from audits.services import reviews
from audits.views.bench import bench, hears_too_little, score_words
from recordings.domain.errors import RecordingDestroyed, RecordingNotFound

LONGEST_HEARD = 10_000_000.0  # seconds
CONFLICTS = (AnswerSuperseded, AssignmentClosed, ReviewSubmitted)


class BenchPage(Page):
    """A page or an address of one assignment, for its reviewer alone."""

    act = Act.DO_REVIEW

    def assignment(self, assignment_id: UUID) -> Assignment:
        """Raises AssignmentNotFound: no such one, or somebody else's."""
        mine = Assignment.objects.filter(reviewer=signed_in(self.request))
        found = (
            mine.select_related("sample__plan__form", "line_of_business", "reviewer").filter(pk=assignment_id).first()
        )
        if found is None:
            raise AssignmentNotFound("Go on from your queue.")
        return found

    def review(self, assignment_id: UUID) -> Review:
        """Raises AssignmentNotFound: also where it was not started yet."""
        assignment = self.assignment(assignment_id)
        review = Review.objects.select_related("form_version__form").filter(assignment=assignment).first()
        if review is None:
            raise AssignmentNotFound("Start the review from your queue.")
        review.assignment = assignment
        return review

    @property
    def reviewer(self) -> User:
        return signed_in(self.request)


class Workbench(BenchPage):
    def get(self, request: HttpRequest, assignment_id: UUID) -> HttpResponse:
        assignment = self.assignment(assignment_id)
        review = Review.objects.filter(assignment=assignment).first()
        if not assignment.is_open:
            return render(request, "audits/workbench_closed.html", {"assignment": assignment, "review": review})
        if review is None:
            return render(request, "audits/workbench_start.html", {"assignment": assignment})
        return show(request, self.review(assignment_id))


class SaveAnswer(BenchPage):
    """One answer, with its revision: `{question, value, comment, moment_seconds, revision}`."""

    def post(self, request: HttpRequest, assignment_id: UUID) -> JsonResponse:
        review = self.review(assignment_id)
        try:
            asked = _body(request)
            answer = reviews.save_answer(
                review=review,
                question=str(asked.get("question", "")),
                value="" if asked.get("value") is None else str(asked["value"]),
                comment=str(asked.get("comment") or ""),
                moment_seconds=_seconds(asked.get("moment_seconds")),
                revision=int(asked.get("revision") or 0),
                actor=self.reviewer,
            )
        except AnswerSuperseded as error:
            return JsonResponse({"detail": str(error), "stored": _stored(review, asked)}, status=409)
        except (AssignmentClosed, ReviewSubmitted) as error:
            return JsonResponse({"detail": str(error), "closed": True}, status=409)
        except (AnswerRefused, ValueError, TypeError) as error:
            return JsonResponse({"detail": str(error)}, status=422)
        saved = timezone.localtime(answer.saved_at)
        return JsonResponse(
            {
                "saves": reviews.saves(review),  # counted before the score, which is never older
                "revision": answer.revision,
                "saved": f"{saved:%H:%M:%S}",
                "score": score_words(reviews.live_score(review)),
            }
        )


class MarkMoment(BenchPage):
    """Mark a second of the call: `{at_seconds}`; take the mark away with DELETE, or by a post to its own address."""

    def post(self, request: HttpRequest, assignment_id: UUID, mark_id: int | None = None) -> JsonResponse:
        review = self.review(assignment_id)
        try:
            if mark_id is not None:
                reviews.unmark_moment(review=review, mark_id=mark_id, actor=self.reviewer)
                return JsonResponse({})
            at_seconds = _seconds(_body(request).get("at_seconds"))
            mark = reviews.mark_moment(
                review=review, at_seconds=-1 if at_seconds is None else at_seconds, actor=self.reviewer
            )
        except CONFLICTS as error:
            return JsonResponse({"detail": str(error), "closed": True}, status=409)
        except (AnswerRefused, ValueError, TypeError) as error:
            return JsonResponse({"detail": str(error)}, status=422)
        undo = reverse("audits:unmark", args=[assignment_id, mark.pk])
        return JsonResponse({"id": mark.pk, "at_seconds": mark.at_seconds, "undo": undo})


class Submit(BenchPage):
    """Close the review and bring the next call. Where something is missing, say what and lead there."""

    def post(self, request: HttpRequest, assignment_id: UUID) -> HttpResponse:
        review = self.review(assignment_id)
        heard = _heard(request.POST.get("heard_seconds"))
        try:
            if "autosaved" not in request.POST:
                _save_form(review, request, self.reviewer)
            if lacks := reviews.missing(review):
                return _tell_missing(request, review, lacks)
            if "confirmed" not in request.POST and (share := hears_too_little(review, heard)) is not None:
                return _ask_for_hearing(request, review, share)
            reviews.submit_review(review=review, heard_seconds=heard or 0.0, actor=self.reviewer)
        except (ReviewIncomplete, AnswerRefused) as error:
            return _tell_missing(request, review, reviews.missing(review), str(error))
        score = reviews.live_score(review)
        toast(
            request, f"Submitted: {score.points} of {score.of}.", undo_url=reverse("audits:undo", args=[assignment_id])
        )
        return go(request, next_address(self.reviewer))


class Undo(BenchPage):
    """Back to the review that was submitted less than ten seconds ago."""

    def post(self, request: HttpRequest, assignment_id: UUID) -> HttpResponse:
        try:
            reviews.undo_submit(review=self.review(assignment_id), actor=self.reviewer)
        except ReviewFinal as error:
            toast(request, str(error))
            return redirect(next_address(self.reviewer))
        toast(request, "Not submitted. It is open again.")
        return redirect("audits:workbench", assignment_id)


class Skip(BenchPage):
    """Put the call back with a reason; the next in the draw takes its place."""

    def post(self, request: HttpRequest, assignment_id: UUID) -> HttpResponse:
        assignment = self.assignment(assignment_id)
        try:
            taken = reviews.skip(assignment=assignment, reason=request.POST.get("reason", ""), actor=self.reviewer)
        except Refused as error:
            toast(request, str(error))
            return redirect("audits:workbench", assignment_id)
        toast(
            request,
            "Skipped. The next in the draw takes its place." if taken else "Skipped. The draw has no other call.",
        )
        return redirect(next_address(self.reviewer))


def show(request: HttpRequest, review: Review, *, status: int = 200, **more: Any) -> HttpResponse:
    """The whole workbench, or why its call cannot be heard any more."""
    try:
        context = bench(review, signed_in(request))
    except (RecordingNotFound, RecordingDestroyed, CallUnavailable):
        return render(
            request, "audits/workbench_closed.html", {"assignment": review.assignment, "is_gone": True}, status=410
        )
    return render(request, "audits/workbench.html", context | more, status=status)


def next_address(reviewer: User) -> str:
    """The workbench of the next call, started; or the queue, where nothing is left."""
    for _ in range(5):  # a call that cannot be heard any more is replaced, then the next one is tried
        following = reviews.next_assignment(reviewer)
        if following is None:
            break
        try:
            reviews.start_review(assignment=following, actor=reviewer)
        except (CallUnavailable, AssignmentClosed, NotYourReview):
            continue
        return reverse("audits:workbench", args=[following.pk])
    return reverse("audits:queue")


def go(request: HttpRequest, address: str) -> HttpResponse:
    return JsonResponse({"next": address}) if is_part(request) else redirect(address)


def _tell_missing(request: HttpRequest, review: Review, lacks: list[reviews.Missing], why: str = "") -> HttpResponse:
    if is_part(request):
        named = [
            {"number": one.number, "question": one.question, "text": one.text, "needs": one.needs} for one in lacks
        ]
        return JsonResponse({"missing": named, "detail": why}, status=422)
    return show(request, review, status=422, lacks=lacks, why=why)


def _ask_for_hearing(request: HttpRequest, review: Review, share: float) -> HttpResponse:
    if is_part(request):
        return JsonResponse({"ask": "heard", "share": round(share * 100)}, status=409)
    return show(request, review, status=409, unheard_percent=round(share * 100))


def _save_form(review: Review, request: HttpRequest, reviewer: User) -> None:
    """Without JavaScript the whole form comes at once: what differs from what is stored is saved."""
    stored = {answer.question: answer for answer in review.answers.all()}
    for number, question in enumerate(review.questions, 1):
        key = question["key"]
        before = stored.get(key) or Answer(revision=0)
        value = request.POST.get(f"value-{number}", "").replace("\r\n", "\n")
        comment = request.POST.get(f"comment-{number}", "").replace("\r\n", "\n")
        moment = _moment(request.POST.get(f"moment-{number}"))
        if (value, comment, moment) == (before.value, before.comment, before.moment_seconds):
            continue
        if not (value or comment or before.value or before.comment):
            continue
        reviews.save_answer(
            review=review,
            question=key,
            value=value,
            comment=comment,
            moment_seconds=moment,
            revision=before.revision + 1,
            actor=reviewer,
        )


def _stored(review: Review, asked: dict[str, Any]) -> dict[str, Any]:
    answer = review.answers.filter(question=str(asked.get("question", ""))).first()
    names = ("value", "comment", "moment_seconds", "revision")
    return {name: getattr(answer, name) for name in names} if answer else {}


def _body(request: HttpRequest) -> dict[str, Any]:
    """As strict as the API. Raises ValueError: not a JSON object, or not one that can be stored."""
    try:
        body = strict_json(request.body)
    except RawPostDataException as error:
        raise ValueError("Send the JSON as the body, not as a form.") from error
    except ParseError as error:
        raise ValueError(str(error.detail)) from error
    if not isinstance(body, dict):
        raise ValueError("Send a JSON object.")
    return body


def _seconds(value: object) -> float | None:
    """`83.4` or `1:23`. Raises ValueError: neither seconds nor minutes and seconds."""
    if value is None or value == "":
        return None
    text = str(value).strip()
    minutes, _, seconds = text.rpartition(":")
    found = float(minutes or 0) * 60 + float(seconds)
    if not math.isfinite(found):
        raise ValueError("Write seconds, or minutes and seconds, such as 1:23.")
    return found


def _moment(text: str | None) -> float | None:
    """As `_seconds`, for a field of the form. Raises AnswerRefused."""
    try:
        return _seconds(text)
    except ValueError as error:
        raise AnswerRefused("Write a moment as seconds, or as minutes and seconds, such as 1:23.", []) from error


def _heard(text: str | None) -> float | None:
    """What the player measured; whatever it cannot have measured says nothing."""
    try:
        heard = _seconds(text)
    except ValueError:
        return None
    return heard if heard is not None and 0 <= heard < LONGEST_HEARD else None
