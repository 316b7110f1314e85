"""Today: what needs this person, and the figures, each of which opens the list that it counts."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import User
from accounts.pages import Page
from accounts.permissions import Act, may
from audits.services.figures import figures as audit_figures
from audits.services.figures import weeks
from audits.views.charts import scale_of
from audits.views.weeks import weeks_chart
from compliance_site.attention import attention, reasons_in_words
from compliance_site.desk import desk
from compliance_site.machine import machine
from compliance_site.tour import tour
from recordings.services.figures import figures as recording_figures


class Today(Page):
    """For everybody who is signed in; a reviewer finds their desk, the others what needs them."""

    def is_open(self, request: HttpRequest) -> bool:
        return True

    def get(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        assert isinstance(user, User)  # noqa: S101  the page lets nobody else in
        now = timezone.now()
        shared: dict[str, Any] = {"now": now, "local_hour": timezone.localtime(now).hour, "tour": tour(user)}
        if may(user, Act.DO_REVIEW):
            return render(request, "today/reviewer.html", shared | {"desk": desk(user, now)})
        if not may(user, Act.SEE_RECORDING):
            return render(request, "today/closed.html", shared)
        calls, reviews, parts = recording_figures(user, now), audit_figures(user, now), machine(now)
        return render(
            request,
            "today/overview.html",
            shared
            | {
                "calls": calls,
                "reviews": reviews,
                "machine": parts,
                "scale": scale_of(reviews.rate),
                "weeks": weeks_chart(weeks(user, now)),
                "needs": attention(user, calls, reviews, parts),
                "quarantined_because": reasons_in_words(calls.quarantined_by_reason),
                "is_new": not calls.recordings and not calls.destroyed_7_days,
            },
        )
