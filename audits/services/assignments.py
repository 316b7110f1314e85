"""Assignments: drawn calls that bring a reviewer to work; replaced by the next in the drawn order, given to others."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

import trail.services as trail
from accounts.domain.errors import NotAllowed
from accounts.models import User
from accounts.permissions import Act, may
from accounts.services import give_call, take_call
from audits.domain import skipping
from audits.domain.errors import ReassignmentRefused, Refused
from audits.models import Assignment, Sample
from audits.services.allotment import allot, covers
from audits.services.leases import closed, locked, locked_by_its_reviewer
from recordings.models import Recording
from trail.domain.actors import CALLWARD, Actor


@transaction.atomic
def skip(*, assignment: Assignment, reason: str, actor: Actor) -> Assignment | None:
    """Put the call back with a reason of `skipping.REASONS`; the next in the draw takes its place. It is returned.

    Raises Refused: no such reason; NotYourReview; AssignmentClosed.
    """
    if reason not in skipping.REASONS:
        raise Refused("Choose one of the reasons.", [{"pointer": "/reason", "detail": "Choose one of the reasons."}])
    return _replace(assignment.pk, reason=reason, actor=actor, state=Assignment.State.REPLACED)


def withdraw_gone(*, limit: int = 500) -> int:
    """Replace open assignments whose call was destroyed or set apart; how many. Twice or at once is once."""
    open_ones = Assignment.objects.open().exclude(
        recording_id__in=Recording.objects.filter(state=Recording.State.STORED, restricted_at=None).values("pk")
    )
    replaced = 0
    for assignment_id in list(open_ones.order_by("pk").values_list("pk", flat=True)[:limit]):
        replaced += withdraw_if_gone(assignment_id)
    return replaced


@transaction.atomic
def withdraw_if_gone(assignment_id: UUID) -> bool:
    """Replace this assignment where its call cannot be heard any more; whether it was."""
    assignment = locked(assignment_id)
    call = Recording.objects.filter(pk=assignment.recording_id)
    state, is_restricted = call.values_list("state", "restricted_at").first() or (None, None)
    if not assignment.is_open or (state == Recording.State.STORED and is_restricted is None):
        return False
    _replace(
        assignment_id,
        reason="destroyed" if state is None else "quarantined",
        actor=CALLWARD,
        state=Assignment.State.GONE if state is None else Assignment.State.REPLACED,
    )
    return True


@transaction.atomic
def reassign(*, assignment: Assignment, reviewer: User, actor: Actor) -> Assignment:
    """Give an open assignment to another reviewer; answers that are there already stay.

    Raises NotAllowed; AssignmentClosed; ReassignmentRefused: somebody is at it now, or the person lacks the line.
    """
    assignment = locked(assignment.pk)
    if not may(actor, Act.ADMINISTER_PLAN, assignment):
        raise NotAllowed("Only a supervisor of this line gives its reviews to somebody else.")
    if not assignment.is_open:
        raise closed(assignment)
    if assignment.is_leased(timezone.now()):
        raise ReassignmentRefused(f"{assignment.reviewer} is at this call until {assignment.leased_until:%H:%M} UTC.")
    if not covers(reviewer, assignment.line_of_business_id):
        raise ReassignmentRefused(
            f"{reviewer} does not review {assignment.line_of_business}. Choose somebody who does."
        )
    if reviewer == assignment.reviewer:
        return assignment
    before, assignment.reviewer = assignment.reviewer, reviewer
    assignment.leased_until = None
    assignment.save(update_fields=["reviewer", "leased_until"])
    _take_back(before, assignment)
    give_call(user=reviewer, recording_id=assignment.recording_id)
    trail.append(
        "assignment.reassigned",
        actor=actor,
        subject=assignment,
        reviewer=str(reviewer.pk),
        before=str(before.pk),
    )
    return assignment


def _replace(assignment_id: UUID, *, reason: str, actor: Actor, state: str) -> Assignment | None:
    """Close the assignment and give the next in the draw instead. None: the frame is used up."""
    Sample.objects.select_for_update(no_key=True).get(assignments=assignment_id)  # replacements of a sample one by one
    assignment = locked_by_its_reviewer(assignment_id, actor)
    if not assignment.is_open:
        raise closed(assignment)
    assignment.state, assignment.replaced_reason, assignment.leased_until = state, reason, None
    assignment.save(update_fields=["state", "replaced_reason", "leased_until"])
    _take_back(assignment.reviewer, assignment)
    trail.append("assignment.replaced", actor=actor, subject=assignment, reason=reason, position=assignment.position)
    given = allot(sample=assignment.sample, count=1, at=timezone.now(), actor=actor, replaces=assignment)
    return given[0] if given else None


def _take_back(user: User, assignment: Assignment) -> None:
    """The person no longer hears the call, unless another assignment of theirs is about it."""
    others = Assignment.objects.filter(reviewer=user, recording_id=assignment.recording_id).exclude(pk=assignment.pk)
    if not others.exclude(state__in=[Assignment.State.REPLACED, Assignment.State.GONE]).exists():
        take_call(user=user, recording_id=assignment.recording_id)
