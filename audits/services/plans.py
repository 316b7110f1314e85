"""Plans: made and changed by supervisors for their lines; drawn when they are due."""

import logging
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

import trail.services as trail
from accounts.domain.errors import NotAllowed
from accounts.models import LineOfBusiness, Role, User
from accounts.permissions import Act, lines_of, may
from audits.domain.due import next_draw_at
from audits.domain.errors import NobodyToReview, NothingToDraw, PeriodDrawn, PlanRefused
from audits.models import AuditPlan, EvaluationForm, Per, Sample
from audits.services import samples
from recordings.models import Recording
from trail.domain.actors import CALLWARD, Actor

logger = logging.getLogger(__name__)
LARGEST = 10_000


@transaction.atomic
def create_plan(
    *,
    name: str,
    form: EvaluationForm,
    lines: Collection[LineOfBusiness],
    reviewers: Collection[User],
    size: int,
    period_days: int = 7,
    due_working_days: int = 5,
    direction: str = "",
    per: str = Per.DRAW,
    next_draw: datetime | None = None,
    actor: Actor,
) -> AuditPlan:
    """A plan that draws for the first time at `next_draw`, else tomorrow at 06:00 in its first line's zone.

    Raises NotAllowed; PlanRefused, whose `fields` say what to mend.
    """
    _assert_may(actor, lines)
    plan = AuditPlan(
        name=name.strip(),
        form=form,
        direction=direction,
        size=size,
        per=per,
        period_days=period_days,
        due_working_days=due_working_days,
        next_draw_at=next_draw or next_draw_at(timezone.now(), 1, _zone(lines)),
    )
    _check(plan, lines, reviewers)
    plan.save()
    plan.lines.set(lines)
    plan.reviewers.set(reviewers)
    trail.append("plan.created", actor=actor, subject=plan, **_facts(plan, lines, reviewers))
    return plan


@transaction.atomic
def update_plan(
    *,
    plan: AuditPlan,
    name: str,
    form: EvaluationForm,
    lines: Collection[LineOfBusiness],
    reviewers: Collection[User],
    size: int,
    period_days: int,
    due_working_days: int,
    direction: str = "",
    per: str = Per.DRAW,
    is_active: bool = True,
    actor: Actor,
) -> AuditPlan:
    """Change what the plan does from its next draw on; samples that are drawn stand. No change leaves no event.

    Raises NotAllowed; PlanRefused, whose `fields` say what to mend.
    """
    plan = AuditPlan.objects.select_for_update(no_key=True).get(pk=plan.pk)
    before_lines, before_reviewers = list(plan.lines.all()), list(plan.reviewers.all())
    _assert_may(actor, [*before_lines, *lines])
    before = _facts(plan, before_lines, before_reviewers)
    plan.name, plan.form, plan.direction, plan.is_active = name.strip(), form, direction, is_active
    plan.size, plan.per, plan.period_days, plan.due_working_days = size, per, period_days, due_working_days
    _check(plan, lines, reviewers)
    after = _facts(plan, lines, reviewers)
    changed = sorted(fact for fact in after if after[fact] != before[fact])
    if not changed:
        return plan
    plan.save()
    plan.lines.set(lines)
    plan.reviewers.set(reviewers)
    trail.append(
        "plan.changed",
        actor=actor,
        subject=plan,
        changed=", ".join(name.replace("_", " ") for name in changed),
        before={fact: before[fact] for fact in changed},
        after={fact: after[fact] for fact in changed},
    )
    return plan


def draw_due(at: datetime) -> int:
    """Finish draws that stopped between their two commits, then draw the plans that are due at `at`; how many drew.

    Each plan in its own transactions. Days that were missed are made up by one draw that covers them all.
    """
    drawn = 0
    for sample_id in list(Sample.objects.undrawn().values_list("pk", flat=True)):
        try:
            drawn += samples.finish_draw(sample_id=sample_id, actor=CALLWARD, at=at) is not None
        except NobodyToReview:
            logger.warning("a sample waits for a reviewer", extra={"sample": str(sample_id)})
    for plan in list(AuditPlan.objects.due(at)):
        try:
            drawn += samples.draw_sample(plan=plan, actor=CALLWARD, at=at, only_if_due=True) is not None
        except (NothingToDraw, PeriodDrawn):
            _postpone(plan, at)
        except NobodyToReview:
            logger.warning("a plan waits for a reviewer", extra={"plan": str(plan.pk)})
    if drawn:
        logger.info("samples drawn", extra={"drawn": drawn, "as_of": at.isoformat()})
    return drawn


@transaction.atomic
def _postpone(plan: AuditPlan, at: datetime) -> None:
    """Nothing to draw from: the next draw will cover this period too."""
    plan = AuditPlan.objects.select_for_update(no_key=True).get(pk=plan.pk)
    if plan.next_draw_at is None or plan.next_draw_at > at:
        return
    plan.next_draw_at = next_draw_at(at, plan.period_days, _zone(plan.lines.all()))
    plan.save(update_fields=["next_draw_at"])
    trail.append("plan.postponed", actor=CALLWARD, subject=plan, next_draw_at=plan.next_draw_at.isoformat())


def _assert_may(actor: Actor, lines: Collection[LineOfBusiness]) -> None:
    reach = lines_of(actor)
    if not may(actor, Act.ADMINISTER_PLAN) or (reach is not None and not {line.pk for line in lines} <= reach):
        raise NotAllowed("A supervisor of all the plan's lines makes and changes it.")


def _check(plan: AuditPlan, lines: Collection[LineOfBusiness], reviewers: Collection[User]) -> None:
    found = [(field, detail) for field, detail in _problems(plan, lines, reviewers)]
    if found:
        fields = [{"pointer": f"/{field}", "detail": detail} for field, detail in found]
        raise PlanRefused("Mend the fields named in errors.", fields)


def _problems(plan: AuditPlan, lines: Collection[LineOfBusiness], reviewers: Collection[User]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if not plan.name or len(plan.name) > 120:
        found.append(("name", "Write a name of up to 120 characters."))
    elif AuditPlan.objects.filter(name=plan.name).exclude(pk=plan.pk).exists():
        found.append(("name", "Another plan has this name. Choose one of its own."))
    if not 1 <= plan.size <= LARGEST:
        found.append(("size", f"Write a number of calls from 1 to {LARGEST:,}."))
    if plan.per not in Per.values:
        found.append(("per", "Choose each draw, each agent, or each place of a customer."))
    if not 1 <= plan.period_days <= 366:
        found.append(("period_days", "Write a number of days from 1 to 366."))
    if not 1 <= plan.due_working_days <= 60:
        found.append(("due_working_days", "Write a number of working days from 1 to 60."))
    if plan.direction not in {"", *Recording.Direction.values}:
        found.append(("direction", "Choose inbound, outbound, internal, or leave it open."))
    if not lines:
        found.append(("lines", "Choose at least one line of business."))
    if not reviewers:
        found.append(("reviewers", "Choose at least one reviewer."))
    if not plan.form.versions.filter(state="published").exists():
        found.append(("form", "No version of this form is published. Publish one, or choose another form."))
    return [*found, *_uncovered(lines, reviewers)]


def _uncovered(lines: Collection[LineOfBusiness], reviewers: Collection[User]) -> list[tuple[str, str]]:
    """Lines whose calls none of these reviewers may hear, and people who are no reviewers."""
    sees = {person: {line.pk for line in person.lines.all()} for person in reviewers}
    found = [
        ("reviewers", f"{person} is no reviewer. Choose people with that role.")
        for person in reviewers
        if person.role != Role.REVIEWER or not person.is_active
    ]
    found += [
        ("reviewers", f"None of them reviews {line}. Add somebody who sees that line.")
        for line in lines
        if reviewers and not any(person.all_lines or line.pk in sees[person] for person in reviewers)
    ]
    return found


def _facts(plan: AuditPlan, lines: Collection[LineOfBusiness], reviewers: Collection[User]) -> dict[str, Any]:
    return {
        "name": plan.name,
        "form": plan.form.code,
        "direction": plan.direction,
        "size": plan.size,
        "per": plan.per,
        "period_days": plan.period_days,
        "due_working_days": plan.due_working_days,
        "is_active": plan.is_active,
        "lines": sorted(line.code for line in lines),
        "reviewers": sorted(str(person.pk) for person in reviewers),
    }


def _zone(lines: Collection[LineOfBusiness]) -> str:
    return min(lines, key=lambda line: line.code).zone if lines else "UTC"
