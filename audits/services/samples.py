"""Draws, in two commits: first the frame with its digest, then the seed with the calls, so that nobody can choose."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

import trail.services as trail
from accounts.domain.errors import NotAllowed
from accounts.models import LineOfBusiness
from accounts.permissions import Act, lines_of, may
from audits.domain import sampling
from audits.domain.due import next_draw_at
from audits.domain.errors import NobodyToReview, NothingToDraw, PeriodDrawn, SampleNotFound
from audits.models import Assignment, AuditPlan, Per, Sample
from audits.services.allotment import allot, covers, frame_in
from recordings.services.frames import frame, frame_by
from trail.domain.actors import Actor


@dataclass(frozen=True)
class StratumCount:
    """One stratum of a sample: its calls in the frame, those drawn, those given to reviewers with replacements."""

    name: str  # an agent's id or a place's code; empty: not known
    frame: int
    drawn: int
    given: int


@dataclass(frozen=True)
class Redrawn:
    """A draw done again from its frame and seed. `problems` is empty where everything agrees."""

    sample: Sample
    digest: str
    drawn: list[str]
    assigned: list[tuple[int, str]]
    problems: list[str]


def draw_sample(
    *,
    plan: AuditPlan,
    actor: Actor,
    period: tuple[datetime, datetime] | None = None,
    at: datetime | None = None,
    only_if_due: bool = False,
) -> Sample | None:
    """Draw the plan's next sample and give its calls to the reviewers. None: somebody else drew it meanwhile.

    `period` is by default what followed since the last draw. A crash between the two commits is made up by `draw_due`.
    Raises NotAllowed; NobodyToReview; NothingToDraw: no call in the period; PeriodDrawn.
    """
    at = at or timezone.now()
    framed = commit_frame(plan=plan, period=period, actor=actor, at=at, only_if_due=only_if_due)
    return finish_draw(sample_id=framed.pk, actor=actor, at=at) if framed else None


@transaction.atomic(durable=True)
def commit_frame(
    *,
    plan: AuditPlan,
    period: tuple[datetime, datetime] | None,
    actor: Actor,
    at: datetime,
    only_if_due: bool = False,
) -> Sample | None:
    """First commit: the calls that could be drawn, their digest, and when the plan draws again."""
    plan = AuditPlan.objects.select_for_update(no_key=True).get(pk=plan.pk)
    _assert_may(actor, plan)
    if only_if_due and (plan.next_draw_at is None or plan.next_draw_at > at or not plan.is_active):
        return None
    start, end = period or next_period(plan, at)
    if Sample.objects.filter(plan=plan, period_from=start).exists():
        raise PeriodDrawn(start)
    lines = list(plan.lines.order_by("code"))
    _assert_reviewed(plan, lines)
    ids = [line.pk for line in lines]
    calls = _calls(plan, ids, start, end)
    if not calls:
        raise NothingToDraw(start, end)
    sample = Sample.objects.create(
        plan=plan,
        period_from=start,
        period_to=end,
        filters=_filters(plan, [line.code for line in lines]),
        per=plan.per,
        algorithm=sampling.ALGORITHM if plan.per == Per.DRAW else sampling.STRATIFIED,
        frame=[list(entry) for entry in calls],
        frame_size=len(calls),
        frame_digest=sampling.frame_digest(calls),
        frame_committed_at=timezone.now(),
    )
    plan.next_draw_at = next_draw_at(at, plan.period_days, lines[0].zone)
    plan.save(update_fields=["next_draw_at"])
    trail.append(
        "sample.framed",
        actor=actor,
        subject=sample,
        plan=str(plan.pk),
        frame_size=sample.frame_size,
        frame_digest=sample.frame_digest,
        algorithm=sample.algorithm,
    )
    return sample


@transaction.atomic(durable=True)
def finish_draw(*, sample_id: UUID, actor: Actor, at: datetime) -> Sample | None:
    """Second commit: the seed, the drawn calls, their assignments. None: it is drawn already, or being drawn now."""
    undrawn = Sample.objects.undrawn().select_for_update(skip_locked=True, of=("self",), no_key=True)
    sample = undrawn.select_related("plan").filter(pk=sample_id).first()
    if sample is None:
        return None
    sample.seed = secrets.token_hex(32)
    size = int(sample.filters["size"])
    sample.drawn = sampling.draw(frame_in(sample), sample.seed, size)
    sample.drawn_at = timezone.now()
    sample.save(update_fields=["seed", "drawn", "drawn_at"])
    trail.append("sample.drawn", actor=actor, subject=sample, seed=sample.seed, drawn=len(sample.drawn))
    allot(sample=sample, count=size, at=at, actor=actor)
    return sample


def redraw(sample: Sample) -> Redrawn:
    """Draw again from the stored frame and seed, and compare with what was drawn and given to reviewers."""
    calls = frame_in(sample)
    digest = sampling.frame_digest(calls)
    order = sampling.drawn_order(calls, sample.seed) if sample.seed else []
    drawn = order[: len(sample.drawn)]
    assigned = list(sample.assignments.order_by("position").values_list("position", "recording_id"))
    given = [(position, str(call)) for position, call in assigned]
    return Redrawn(sample, digest, drawn, given, _disagreements(sample, digest, order, given))


def find_sample(sample_id: UUID, actor: Actor) -> Sample:
    """Raises SampleNotFound: wrong, or of a plan without a line of this actor."""
    lines = lines_of(actor)
    visible = Sample.objects.select_related("plan__form")
    if lines is not None:
        visible = visible.filter(plan__lines__in=lines).distinct()
    if not may(actor, Act.SEE_AUDITS) or (sample := visible.filter(pk=sample_id).first()) is None:
        raise SampleNotFound
    return sample


def next_period(plan: AuditPlan, at: datetime) -> tuple[datetime, datetime]:
    """From where the last draw ended, else `period_days` back, until `at`."""
    last = plan.samples.order_by("-period_to").values_list("period_to", flat=True).first()
    return last or at - timedelta(days=plan.period_days), at


def strata_of(sample: Sample) -> list[StratumCount]:
    """What each stratum gave, by name; nothing for a sample that is not stratified."""
    if sample.per == Per.DRAW:
        return []
    drawn = set(sample.drawn)
    given = {str(call) for call in sample.assignments.values_list("recording_id", flat=True)}
    return [
        StratumCount(name or "", len(calls), *(sum(entry[0] in of for entry in calls) for of in (drawn, given)))
        for name, calls in sampling.strata(frame_in(sample)).items()
    ]


def replaced(sample: Sample) -> dict[str, int]:
    """How many calls of the draw were replaced, by reason."""
    counts: dict[str, int] = {}
    closed = sample.assignments.filter(state__in=[Assignment.State.REPLACED, Assignment.State.GONE])
    for reason in closed.values_list("replaced_reason", flat=True):
        counts[reason] = counts.get(reason, 0) + 1
    return counts


def _disagreements(sample: Sample, digest: str, order: Sequence[str], given: Sequence[tuple[int, str]]) -> list[str]:
    found = []
    if digest != sample.frame_digest:
        found.append("The frame's digest differs from the one that was committed.")
    if order[: len(sample.drawn)] != sample.drawn:
        found.append("Frame and seed give other calls than those that are listed as drawn.")
    found += [
        f"Place {position} of the draw was given to a reviewer with another call."
        for position, call in given
        if not 1 <= position <= len(order) or order[position - 1] != call
    ]
    return found


def _calls(plan: AuditPlan, lines: list[UUID], start: datetime, end: datetime) -> list[sampling.Entry]:
    if plan.per == Per.DRAW:
        return sampling.frame_of(frame(lines=lines, direction=plan.direction, period_from=start, period_to=end))
    calls = frame_by(plan.per, lines=lines, direction=plan.direction, period_from=start, period_to=end)
    return sampling.frame_of(calls)


def _filters(plan: AuditPlan, lines: list[str]) -> dict[str, Any]:
    return {
        "lines": lines,
        "direction": plan.direction,
        "state": "stored",
        "size": plan.size,
        "per": plan.per,
        "due_working_days": plan.due_working_days,
        "form": plan.form.code,
    }


def _assert_reviewed(plan: AuditPlan, lines: Sequence[LineOfBusiness]) -> None:
    people = list(plan.reviewers.prefetch_related("lines"))
    for line in lines:
        if not any(covers(person, line.pk) for person in people):
            raise NobodyToReview(line.name)


def _assert_may(actor: Actor, plan: AuditPlan) -> None:
    reach = lines_of(actor)
    lines = set(plan.lines.values_list("pk", flat=True))
    if not may(actor, Act.ADMINISTER_PLAN) or (reach is not None and not lines <= reach):
        raise NotAllowed("A supervisor of all the plan's lines draws its samples.")
