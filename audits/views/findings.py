"""Findings: what someone must correct by a date, and how it was closed."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode

from accounts.history import history
from accounts.pages import Page, signed_in, toast
from accounts.permissions import Act, may
from audits.domain.errors import FindingClosed, FindingRefused
from audits.forms import CloseForm
from audits.models import Finding
from audits.models.findings import FindingQuerySet
from audits.services.findings import close_finding, find_finding
from recordings.models import Recording
from recordings.views.keyset import newest_page

SHOWN = {"open": "Open", "overdue": "Overdue", "closed": "Closed", "all": "All"}


class Findings(Page):
    act = Act.SEE_AUDITS

    def get(self, request: HttpRequest) -> HttpResponse:
        user = signed_in(request)
        now = timezone.now()
        show = request.GET.get("show", "open")
        show = show if show in SHOWN else "open"
        visible = Finding.objects.standing().visible_to(user)
        found = _shown(visible, show, now).select_related("line_of_business", "review__assignment__sample__plan")
        page, older = newest_page(found, request.GET.get("cursor", ""), field="opened_at")
        context: dict[str, Any] = {
            "findings": [(one, one.is_overdue(now)) for one in page],
            "show": show,
            "shown": SHOWN,
            "open": visible.open().count(),
            "older_url": f"?{urlencode({'show': show, 'cursor': older})}" if older else "",
            "newest_url": f"?{urlencode({'show': show})}" if request.GET.get("cursor") else "",
            "now": now,
        }
        return render(request, "audits/findings.html", context)


class OneFinding(Page):
    act = {"GET": Act.SEE_AUDITS, "POST": Act.CLOSE_FINDING}

    def get(self, request: HttpRequest, finding_id: UUID) -> HttpResponse:
        return self._page(request, find_finding(finding_id, signed_in(request)), CloseForm())

    def post(self, request: HttpRequest, finding_id: UUID) -> HttpResponse:
        finding = find_finding(finding_id, signed_in(request))
        form = CloseForm(request.POST)
        if not form.is_valid():
            return self._page(request, finding, form, status=422)
        try:
            close_finding(finding=finding, note=form.cleaned_data["note"], actor=signed_in(request))
        except FindingRefused as refused:
            form.add_error("note", str(refused))
            return self._page(request, finding, form, status=422)
        except FindingClosed as closed:
            toast(request, str(closed))
        else:
            toast(request, "Finding closed.")
        return redirect("audits:finding", finding.pk)

    def _page(self, request: HttpRequest, finding: Finding, form: CloseForm, status: int = 200) -> HttpResponse:
        user = signed_in(request)
        assignment = finding.review.assignment
        context: dict[str, Any] = {
            "finding": finding,
            "is_overdue": finding.is_overdue(timezone.now()),
            "assignment": assignment,
            "score": finding.review.score,
            "form": form,
            "may_close": finding.state == Finding.State.OPEN and may(user, Act.CLOSE_FINDING, finding),
            "is_there": Recording.objects.visible_to(user).filter(pk=finding.recording_id).exists(),
            "history": history("audits.finding", finding.pk),
        }
        return render(request, "audits/finding.html", context, status=status)


def _shown(found: FindingQuerySet, show: str, now: Any) -> FindingQuerySet:
    if show == "open":
        return found.open()
    if show == "overdue":
        return found.open().filter(due_at__lt=now)
    return found.filter(state=Finding.State.CLOSED) if show == "closed" else found
