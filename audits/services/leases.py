"""Whose review it is, and for how long: a lease of 15 minutes that every save renews. It ends by itself."""

from datetime import datetime
from uuid import UUID

from django.utils import timezone

from accounts.permissions import Act, may
from audits.domain.errors import AssignmentClosed, NotYourReview, ReviewSubmitted
from audits.models import Assignment, Review
from audits.models.plans import LEASE
from trail.domain.actors import Actor


def locked(assignment_id: UUID) -> Assignment:
    """The assignment with its row locked, so that what is done to it happens one after the other."""
    return (
        Assignment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("sample__plan__form", "reviewer", "line_of_business")
        .get(pk=assignment_id)
    )


def locked_by_its_reviewer(assignment_id: UUID, actor: Actor) -> Assignment:
    """As `locked`. Raises NotYourReview, which names who has it."""
    assignment = locked(assignment_id)
    if not may(actor, Act.DO_REVIEW, assignment):
        raise NotYourReview(str(assignment.reviewer), assignment.leased_until)
    return assignment


def closed(assignment: Assignment) -> AssignmentClosed:
    return AssignmentClosed(assignment.get_state_display().lower())


def open_review(review: Review, actor: Actor) -> tuple[Assignment, Review]:
    """Both rows as they are now, the assignment's locked, the lease renewed.

    Raises NotYourReview; ReviewSubmitted; AssignmentClosed.
    """
    assignment = locked_by_its_reviewer(review.assignment_id, actor)
    review = Review.objects.get(pk=review.pk)
    if review.submitted_at is not None:
        raise ReviewSubmitted
    if not assignment.is_open:
        raise closed(assignment)
    lease(assignment, timezone.now())
    return assignment, review


def lease(assignment: Assignment, now: datetime) -> None:
    """The call stays with its reviewer for another 15 minutes."""
    assignment.state, assignment.leased_until = Assignment.State.IN_REVIEW, now + LEASE
    assignment.save(update_fields=["state", "leased_until"])
