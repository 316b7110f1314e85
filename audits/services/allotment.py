"""Who gets which drawn call: the next of the drawn order that can be heard, to whoever has the fewest open reviews."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

import trail.services as trail
from accounts.models import Role, User
from accounts.services import give_call
from audits.domain import sampling
from audits.domain.due import due_at
from audits.domain.errors import NobodyToReview
from audits.models import Assignment, AuditPlan, Sample
from recordings.models import Recording
from trail.domain.actors import Actor

CHUNK = 200  # calls that are looked at in one question

Waiting = list[tuple[int, str]]  # places (from 1) and calls, in the drawn order


def allot(
    *, sample: Sample, count: int, at: datetime, actor: Actor, replaces: Assignment | None = None
) -> list[Assignment]:
    """Give the next `count` calls of the drawn order to reviewers, each with its due date; inside a transaction.

    Of a stratified sample so many of each stratum, and in place of `replaces` one of its own. A call that is no
    longer there to be heard is passed over; its place stays empty. The caller has locked the sample.
    """
    calls = _next_calls(sample, count, replaces)
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


def frame_in(sample: Sample) -> list[sampling.Entry]:
    """The frame as it was committed."""
    return [(entry[0], entry[1], *entry[2:]) for entry in sample.frame]


def _next_calls(sample: Sample, count: int, replaces: Assignment | None) -> list[tuple[int, Recording]]:
    """Places and calls that follow in the drawn order and can be heard, up to `count` of each stratum."""
    queues = _queues(sample, replaces)
    wanted = dict.fromkeys(queues, count)
    found: dict[str, int] = {}
    while queues:
        parts = {name: queue[: max(wanted[name], CHUNK // len(queues))] for name, queue in queues.items()}
        there = _stored({call for part in parts.values() for _, call in part})
        for name, part in parts.items():
            taken = [(position, call) for position, call in part if call in there][: wanted[name]]
            found |= {call: position for position, call in taken}
            wanted[name] -= len(taken)
            queues[name] = queues[name][len(part) :]
        queues = {name: queue for name, queue in queues.items() if queue and wanted[name]}
    calls = Recording.objects.select_related("line_of_business").filter(pk__in=list(found))
    return sorted(((found[str(call.pk)], call) for call in calls), key=lambda one: one[0])


def _queues(sample: Sample, replaces: Assignment | None) -> dict[str | None, Waiting]:
    """By stratum what follows its last call that was given; one stratum only where a call of it is replaced."""
    frame = frame_in(sample)
    order = sampling.drawn_order(frame, sample.seed)
    stratum = {entry[0]: sampling.stratum_of(entry) for entry in frame}
    last: dict[str | None, int] = {}
    for position in sample.assignments.order_by("position").values_list("position", flat=True):
        if position <= len(order):
            last[stratum[order[position - 1]]] = position
    only = stratum.get(str(replaces.recording_id)) if replaces else None
    queues: dict[str | None, Waiting] = {}
    for position, call in enumerate(order, 1):
        if position > last.get(stratum[call], 0) and (replaces is None or stratum[call] == only):
            queues.setdefault(stratum[call], []).append((position, call))
    return queues


def _stored(calls: Collection[str]) -> set[str]:
    stored = Recording.objects.filter(pk__in=calls, state=Recording.State.STORED, restricted_at=None)
    return {str(call) for call in stored.values_list("pk", flat=True)}


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
