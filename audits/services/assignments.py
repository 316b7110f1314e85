"""Assignments: drawn calls that bring a reviewer to work; given in the drawn order, replaced by the next in it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils import timezone

import trail.services as trail
from accounts.domain.errors import NotAllowed
from accounts.models import Role, User
from accounts.permissions import Act, may
from accounts.services import give_call, take_call
from audits.domain import sampling, skipping
from audits.domain.due import due_at
from audits.domain.errors import NobodyToReview, ReassignmentRefused, Refused
from audits.models import Assignment, AuditPlan, Sample
from audits.services.leases import closed, locked, locked_by_its_reviewer
from recordings.models import Recording
from trail.domain.actors import CALLWARD, Actor

CHUNK = 200


def allot(
    *, sample: Sample, count: int, at: datetime, actor: Actor, replaces: Assignment | None = None
) -> list[Assignment]:
    """Give the next `count` calls of the drawn order to reviewers, each with its due date; inside a transaction.

    A call that is no longer there to be heard is passed over; its place stays empty. The caller has locked the sample.
    """
    calls = list(_next_calls(sample, count))
    who = _reviewers_for(sample.plan, [call for _, call in calls], first=replaces.reviewer if replaces else None)
    given = [
        Assignment(
            sample=sample,
            recording_id=call.pk,
            line_of_business=call.line_of_business,
            position=position,
            reviewer=reviewer,
            due_at=_due_at(sample.plan, call, at, replaces),
            replaces=replaces,
        )
        for (position, call), reviewer in zip(calls, who, strict=True)
    ]
    Assignment.objects.bulk_create(given)
    for assignment in given:
        give_call(user=assignment.reviewer, recording_id=assignment.recording_id)
    facts: list[dict[str, object]] = [
        {"position": one.position, "reviewer": str(one.reviewer_id), "due_at": one.due_at.isoformat()} for one in given
    ]
    trail.append_many("assignment.given", actor=actor, subjects=given, facts=facts)
    return given


@transaction.atomic
def skip(*, assignment: Assignment, reason: str, actor: Actor) -> Assignment | None:
    """Put the call back with a reason of `skipping.REASONS`; the next in the draw takes its place. It is returned.

    Raises Refused: no such reason; NotYourReview; AssignmentClosed.
    """
    if reason not in skipping.REASONS:
        raise Refused("Choose one of the reasons.", [{"pointer": "/reason", "detail": "Choose one of the reasons."}])
    return _replace(assignment.pk, reason=reason, actor=actor, state=Assignment.State.REPLACED)


def withdraw_gone(*, limit: int = 500) -> int:
    """Replace open assignments whose call was destroyed or quarantined; how many. Twice or at once is once."""
    open_ones = Assignment.objects.open().exclude(
        recording_id__in=Recording.objects.filter(state=Recording.State.STORED).values("pk")
    )
    replaced = 0
    for assignment_id in list(open_ones.order_by("pk").values_list("pk", flat=True)[:limit]):
        replaced += withdraw_if_gone(assignment_id)
    return replaced


@transaction.atomic
def withdraw_if_gone(assignment_id: UUID) -> bool:
    """Replace this assignment where its call cannot be heard any more; whether it was."""
    assignment = locked(assignment_id)
    state = Recording.objects.filter(pk=assignment.recording_id).values_list("state", flat=True).first()
    if not assignment.is_open or state == Recording.State.STORED:
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


def _next_calls(sample: Sample, count: int) -> Iterator[tuple[int, Recording]]:
    """Places (from 1) and calls that follow in the drawn order and can be heard."""
    order = sampling.drawn_order([(call, key) for call, key in sample.frame], sample.seed)
    start = sample.assignments.aggregate(last=Max("position"))["last"] or 0
    for first in range(start, len(order), CHUNK):
        part = order[first : first + CHUNK]
        there = Recording.objects.select_related("line_of_business").filter(pk__in=part, state=Recording.State.STORED)
        by_id = {str(one.pk): one for one in there}
        for position, call in enumerate(part, first + 1):
            if count == 0:
                return
            if call in by_id:
                count -= 1
                yield position, by_id[call]


def _reviewers_for(plan: AuditPlan, calls: Sequence[Recording], first: User | None) -> list[User]:
    """Whoever takes each call: who sees its line and has the fewest open reviews. `first` goes first where they may."""
    open_ones = Count("assignments", filter=Q(assignments__state__in=["assigned", "in_review"]))
    active = plan.reviewers.filter(is_active=True).annotate(open_ones=open_ones)
    listed: list[User] = list(active.order_by("open_ones", "pk").prefetch_related("lines"))
    if first is not None:
        listed = [first, *(one for one in listed if one != first)]
    may_take = [[one for one in listed if covers(one, call.line_of_business_id)] for call in calls]
    if first is not None:
        return [candidates[0] if candidates else first for candidates in may_take]
    for call, candidates in zip(calls, may_take, strict=True):
        if not candidates:
            raise NobodyToReview(call.line_of_business.name)
    return list(sampling.round_robin(may_take))


def covers(user: User, line_id: UUID) -> bool:
    """Whether this person reviews calls of this line."""
    is_reviewer = user.is_active and user.role == Role.REVIEWER
    return is_reviewer and (user.all_lines or line_id in {line.pk for line in user.lines.all()})


def _due_at(plan: AuditPlan, call: Recording, at: datetime, replaces: Assignment | None) -> datetime:
    """A replacement is due with what it replaces, and never before the end of the next working day."""
    zone = call.line_of_business.zone
    if replaces is not None:
        return max(replaces.due_at, due_at(at, 1, zone))
    return due_at(at, plan.due_working_days, zone)
