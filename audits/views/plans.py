"""Plans, their samples, and the draw that anybody can repeat."""

from typing import Any
from uuid import UUID

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.history import history
from accounts.pages import Page, signed_in, toast
from accounts.permissions import Act, may
from audits.domain import skipping
from audits.domain.errors import NobodyToReview, NothingToDraw, PeriodDrawn, PlanNotFound, Refused
from audits.forms import PlanForm, plan_values
from audits.models import AuditPlan, Per, Sample
from audits.services.plans import create_plan, update_plan
from audits.services.samples import draw_sample, find_sample, next_period, redraw, replaced, strata_of
from audits.views.queue import rows_of
from recordings.words import place_names

SAMPLES_SHOWN = 12
LISTED = 200


class Plans(Page):
    act = Act.SEE_AUDITS

    def get(self, request: HttpRequest) -> HttpResponse:
        user = signed_in(request)
        plans = AuditPlan.objects.visible_to(user).select_related("form").prefetch_related("lines", "reviewers")
        context = {
            "plans": list(plans.annotate(draws=Count("samples", distinct=True))),
            "may_plan": may(user, Act.ADMINISTER_PLAN),
        }
        return render(request, "audits/plans.html", context)


class NewPlan(Page):
    act = Act.ADMINISTER_PLAN

    def get(self, request: HttpRequest) -> HttpResponse:
        initial = {"size": 30, "period_days": 7, "due_working_days": 5, "is_active": True}
        return self._page(request, PlanForm(initial=initial, actor=signed_in(request)))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = PlanForm(request.POST, actor=signed_in(request))
        if form.is_valid():
            try:
                plan = create_plan(**_new(form.cleaned_data), actor=signed_in(request))
            except Refused as refused:
                form.refuse(refused)
            else:
                toast(request, f"Plan made. It draws {plan.size:,} calls {plan.of_each or 'at a time'}.")
                return redirect("audits:plan", plan.pk)
        return self._page(request, form, status=422)

    def _page(self, request: HttpRequest, form: PlanForm, status: int = 200) -> HttpResponse:
        return render(request, "audits/plan_form.html", {"form": form, "plan": None}, status=status)


class Plan(Page):
    """One plan: what it does, its draws, and the button that draws now."""

    act = Act.SEE_AUDITS

    def get(self, request: HttpRequest, plan_id: UUID) -> HttpResponse:
        user = signed_in(request)
        plan = find_plan(plan_id, request)
        now = timezone.now()
        samples = plan.samples.defer("frame", "drawn").annotate(given=Count("assignments"))
        context: dict[str, Any] = {
            "plan": plan,
            "samples": list(samples[:SAMPLES_SHOWN]),
            "period": next_period(plan, now),
            "may_plan": may(user, Act.ADMINISTER_PLAN),
            "history": history("audits.auditplan", plan.pk),
        }
        return render(request, "audits/plan.html", context)


class EditPlan(Page):
    act = Act.ADMINISTER_PLAN

    def get(self, request: HttpRequest, plan_id: UUID) -> HttpResponse:
        plan = find_plan(plan_id, request)
        return self._page(request, plan, PlanForm(initial=plan_values(plan), actor=signed_in(request)))

    def post(self, request: HttpRequest, plan_id: UUID) -> HttpResponse:
        plan = find_plan(plan_id, request)
        form = PlanForm(request.POST, actor=signed_in(request))
        if form.is_valid():
            try:
                update_plan(plan=plan, **form.cleaned_data, actor=signed_in(request))
            except Refused as refused:
                form.refuse(refused)
            else:
                toast(request, "Plan saved. It holds from the next draw on.")
                return redirect("audits:plan", plan.pk)
        return self._page(request, plan, form, status=422)

    def _page(self, request: HttpRequest, plan: AuditPlan, form: PlanForm, status: int = 200) -> HttpResponse:
        return render(request, "audits/plan_form.html", {"form": form, "plan": plan}, status=status)


class Draw(Page):
    """Draws the plan's next sample now."""

    act = Act.ADMINISTER_PLAN

    def post(self, request: HttpRequest, plan_id: UUID) -> HttpResponse:
        plan = find_plan(plan_id, request)
        try:
            sample = draw_sample(plan=plan, actor=signed_in(request))
        except (NobodyToReview, NothingToDraw, PeriodDrawn) as nothing:
            toast(request, str(nothing))
            return redirect("audits:plan", plan.pk)
        if sample is None:
            toast(request, "Somebody else has just drawn it.")
            return redirect("audits:plan", plan.pk)
        toast(request, f"{len(sample.drawn):,} calls drawn from {sample.frame_size:,}.")
        return redirect("audits:sample", sample.pk)


class SamplePage(Page):
    """One draw with its proof: frame, digest, seed, calls; drawn again at every look."""

    act = Act.SEE_AUDITS

    def get(self, request: HttpRequest, sample_id: UUID) -> HttpResponse:
        user = signed_in(request)
        sample = find_sample(sample_id, user)
        assignments = sample.assignments.visible_to(user).select_related("reviewer", "line_of_business", "review")
        listed = list(assignments.order_by("position")[:LISTED])
        context = {
            "sample": sample,
            "again": redraw(sample),
            "strata": [(_named(sample, one.name), one) for one in strata_of(sample)],
            "rows": rows_of(listed, timezone.now()),
            "replaced": [(skipping.WORDS.get(why, why), count) for why, count in sorted(replaced(sample).items())],
            "history": history("audits.sample", sample.pk),
        }
        return render(request, "audits/sample.html", context)


def find_plan(plan_id: UUID, request: HttpRequest) -> AuditPlan:
    """Raises PlanNotFound: wrong, or without a line of this person."""
    visible = AuditPlan.objects.visible_to(signed_in(request)).select_related("form")
    found = visible.prefetch_related("lines", "reviewers").filter(pk=plan_id).first()
    if found is None:
        raise PlanNotFound
    return found


def _named(sample: Sample, stratum: str) -> str:
    """An agent by the id of the phone system, a place by its name."""
    if not stratum:
        return "not known"
    return place_names().get(stratum, stratum) if sample.per == Per.PLACE else stratum


def _new(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "is_active"}
