"""Results: how well, how sure, how drawn."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import LineOfBusiness
from accounts.pages import Page, signed_in
from accounts.permissions import Act, lines_of, may
from audits.domain.intervals import FEWEST
from audits.services.figures import weeks
from audits.services.results import PlanResult, QuestionResult, results
from audits.views.charts import Scale, scale_of, words
from audits.views.weeks import weeks_chart

TIMES = {"13": ("13 weeks", 13), "4": ("4 weeks", 4), "52": ("A year", 52), "all": ("All time", None)}


@dataclass(frozen=True)
class QuestionShown:
    result: QuestionResult
    rate: str
    low: str
    high: str
    missed: int


@dataclass(frozen=True)
class PlanShown:
    """One plan's figures with their chart and words."""

    result: PlanResult
    rate: str
    low: str
    high: str
    scale: Scale | None
    questions: list[QuestionShown]
    more: int  # calls until there is a rate

    @property
    def worst(self) -> int:
        return max((question.missed for question in self.questions), default=0)


class Results(Page):
    act = Act.SEE_AUDITS

    def get(self, request: HttpRequest) -> HttpResponse:
        user = signed_in(request)
        now = timezone.now()
        reach = lines_of(user)
        lines = list(LineOfBusiness.objects.all() if reach is None else LineOfBusiness.objects.filter(pk__in=reach))
        line = next((one for one in lines if one.code == request.GET.get("line")), None)
        time = request.GET.get("time", "13")
        time = time if time in TIMES else "13"
        reach_back = TIMES[time][1]
        found = results(user, line_id=line.pk if line else None, since=_back(now, reach_back))
        context: dict[str, Any] = {
            "plans": [_shown(one) for one in found],
            "weeks": weeks_chart(weeks(user, now, line_id=line.pk if line else None)),
            "lines": lines,
            "line": line,
            "time": time,
            "times": [(key, label) for key, (label, _) in TIMES.items()],
            "fewest": FEWEST,
            "has_weightless": any(one.is_weightless for one in found),
            "may_plan": may(user, Act.ADMINISTER_PLAN),
            "now": now,
        }
        return render(request, "audits/results.html", context)


def _back(now: datetime, weeks: int | None) -> datetime | None:
    return None if weeks is None else now - timedelta(weeks=weeks)


def _shown(result: PlanResult) -> PlanShown:
    return PlanShown(
        result=result,
        **words(result.calls),
        scale=scale_of(result.calls),
        questions=[
            QuestionShown(one, **words(one.rate), missed=one.rate.n - one.rate.said) for one in result.questions
        ],
        more=max(0, FEWEST - result.calls.n),
    )
