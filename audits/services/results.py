"""How well, how sure, how drawn: rates of random calls with their intervals, by plan and by question."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from accounts.permissions import lines_of
from audits.domain import checklist
from audits.domain.forms import FormQuestion, form_of
from audits.domain.intervals import Rate, counted, rate_of
from audits.domain.kinds import NOT_APPLICABLE, YES, YES_NO
from audits.models import Answer, Assignment, AuditPlan, FormVersion, Per, Review, Sample
from audits.models.plans import AssignmentQuerySet
from trail.domain.actors import Actor


@dataclass(frozen=True)
class QuestionResult:
    """Of the calls to which the question applied, on how many it was a yes."""

    key: str
    text: str
    is_critical: bool
    rate: Rate


@dataclass(frozen=True)
class PlanResult:
    """One plan's figures. `calls` counts those that said every critical thing that was due on them.

    Where calls of a stratified draw are among them the counts are of the draw: without weights there is no rate.
    """

    plan: AuditPlan
    reviewed: int
    still_open: int
    replaced: int
    gone: int
    calls: Rate
    questions: list[QuestionResult]
    samples: list[Sample]
    is_weightless: bool = False  # has calls that were drawn per agent or place


def results(
    actor: Actor, *, line_id: UUID | None = None, since: datetime | None = None, until: datetime | None = None
) -> list[PlanResult]:
    """Figures of every plan that the actor sees, over the calls of their lines; six queries however many plans.

    `line_id` narrows to a line, `since` and `until` to when the reviews were submitted.
    """
    plans = list(AuditPlan.objects.visible_to(actor).select_related("form").prefetch_related("lines"))
    assignments = _assignments(actor, line_id)
    reviewed = Review.objects.filter(assignment__in=assignments, submitted_at__isnull=False)
    if since:
        reviewed = reviewed.filter(submitted_at__gte=since)
    if until:
        reviewed = reviewed.filter(submitted_at__lt=until)
    said = _said(reviewed)
    states = _states(assignments)
    answers = _answers(reviewed)
    samples = _samples(plans)
    worded = _worded()
    return [
        _of_plan(plan, said.get(plan.pk, {}), states.get(plan.pk, {}), answers.get(plan.pk, []), samples, worded)
        for plan in plans
    ]


def _of_plan(
    plan: AuditPlan,
    said: dict[str, int],
    states: dict[str, int],
    answers: Sequence[tuple[str, int, int]],
    samples: dict[UUID, list[Sample]],
    worded: dict[str, FormQuestion],
) -> PlanResult:
    is_weightless = bool(said.get("stratified"))
    rate = counted if is_weightless else rate_of
    questions = [
        QuestionResult(key, _text(key, worded), key in worded and worded[key].is_critical, rate(yes, n))
        for key, yes, n in answers
        if n
    ]
    return PlanResult(
        plan=plan,
        reviewed=said.get("reviewed", 0),
        still_open=states.get("assigned", 0) + states.get("in_review", 0),
        replaced=states.get("replaced", 0),
        gone=states.get("gone", 0),
        calls=rate(said.get("said", 0), said.get("counted", 0)),
        questions=sorted(questions, key=lambda one: (one.rate.said / one.rate.n, -one.rate.n, one.key)),
        samples=samples.get(plan.pk, []),
        is_weightless=is_weightless,
    )


def _assignments(actor: Actor, line_id: UUID | None) -> AssignmentQuerySet:
    """Assignments of calls of the actor's lines, or of one line."""
    lines = lines_of(actor)
    found = Assignment.objects.all() if lines is None else Assignment.objects.filter(line_of_business__in=lines)
    return found.filter(line_of_business=line_id) if line_id else found


def _said(reviewed: QuerySet[Review]) -> dict[UUID, dict[str, int]]:
    rows = reviewed.values_list("assignment__sample__plan").annotate(
        reviewed=Count("pk"),
        said=Count("pk", filter=Q(said_all=True)),
        counted=Count("pk", filter=Q(said_all__isnull=False)),
        stratified=Count("pk", filter=~Q(assignment__sample__per=Per.DRAW)),
    )
    names = ("reviewed", "said", "counted", "stratified")
    return {plan: dict(zip(names, counts, strict=True)) for plan, *counts in rows}


def _states(assignments: AssignmentQuerySet) -> dict[UUID, dict[str, int]]:
    found: dict[UUID, dict[str, int]] = {}
    rows = assignments.order_by().values_list("sample__plan", "state").annotate(Count("pk"))
    for plan, state, count in rows:
        found.setdefault(plan, {})[state] = count
    return found


def _answers(reviewed: QuerySet[Review]) -> dict[UUID, list[tuple[str, int, int]]]:
    """Per plan: (question, yes, applied). Of the questions of yes and no: nothing else can be said or missed."""
    rows = (
        Answer.objects.filter(review__in=reviewed, kind=YES_NO)
        .order_by()
        .values_list("review__assignment__sample__plan", "question")
        .annotate(yes=Count("pk", filter=Q(value=YES)), applied=Count("pk", filter=~Q(value__in=[NOT_APPLICABLE, ""])))
    )
    found: dict[UUID, list[tuple[str, int, int]]] = {}
    for plan, question, yes, applied in rows:
        found.setdefault(plan, []).append((question, yes, applied))
    return found


def _samples(plans: Sequence[AuditPlan]) -> dict[UUID, list[Sample]]:
    """Drawn samples by plan, the newest first; without their frames, which are large."""
    found: dict[UUID, list[Sample]] = {}
    for sample in Sample.objects.filter(plan__in=plans).exclude(seed="").defer("frame", "drawn"):
        found.setdefault(sample.plan_id, []).append(sample)
    return found


def _worded() -> dict[str, FormQuestion]:
    """Every question that a form asked or asks, as its newest version words it."""
    found: dict[str, FormQuestion] = {}
    for version in FormVersion.objects.exclude(state=FormVersion.State.DRAFT).order_by("number"):
        found |= {one.key: one for one in form_of(version.document).questions}
    return found


def _text(key: str, worded: dict[str, FormQuestion]) -> str:
    return worded[key].text if key in worded else checklist.words(key)
