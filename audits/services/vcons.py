"""What reviews found on a call, for its vCon: scores and answers by key; nobody's name, and no words of a reviewer."""

from uuid import UUID

from django.utils import timezone

from accounts.permissions import Act, lines_of, may
from audits.domain import kinds
from audits.models import Answer, Review
from recordings.domain.vcons import AnalysisOut
from trail.domain.actors import Actor

SCHEMA = "callward/review/1"


def reviews_of(recording_id: UUID, actor: Actor) -> list[AnalysisOut]:
    """One for each final review of the call; none for who may not see reviews."""
    if not may(actor, Act.SEE_AUDITS):
        return []
    reviews = Review.objects.filter(assignment__recording_id=recording_id, final_at__lte=timezone.now())
    lines = lines_of(actor)
    if lines is not None:
        reviews = reviews.filter(assignment__line_of_business__in=lines)
    return [AnalysisOut("review", _body(review), SCHEMA) for review in reviews.select_related("form_version__form")]


def _body(review: Review) -> dict[str, object]:
    score = review.score or {}
    answers = Answer.objects.filter(review=review).exclude(kind=kinds.TEXT).order_by("question")
    return {
        "id": str(review.pk),
        "form": review.form_version.form.code,
        "form_version": review.form_version.number,
        "submitted_at": review.submitted_at.isoformat() if review.submitted_at else None,
        "percent": score.get("percent"),
        "said_everything_critical": review.said_all,
        "answers": {answer.question: answer.value for answer in answers},
    }
