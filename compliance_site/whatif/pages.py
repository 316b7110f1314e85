"""What-if reports as pages: asked for, watched, cancelled, read, and the recordings behind each number."""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.models import User
from accounts.pages import Page, is_part, signed_in, toast
from accounts.permissions import Act, may
from compliance_site.whatif.follow_up import follow_up
from compliance_site.whatif.reports import Changed, changed_recordings, start_impact
from policies.domain.impact import KIND_WORDS, KINDS
from policies.models import ImpactReport, PolicyVersion
from policies.services import impact
from policies.services.impact import Subject
from policies.services.versions import may_change
from policies.views.impact import details, of_report, subject_seen
from recordings.models import Recording
from recordings.views.rows import Moment, Row, for_rows, last_moment, rows_of
from recordings.views.shortening import least

PAGES = {"version": "policies:version", "release": "policies:release", "override": "policies:override"}


class StartWhatIf(Page):
    act = {"POST": Act.DRAFT_POLICY}

    def post(self, request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
        report = start_impact(subject_seen(kind, subject_id, signed_in(request)), signed_in(request))
        return redirect("what-if", report.pk)


class CancelWhatIf(Page):
    act = {"POST": Act.DRAFT_POLICY}

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        report, _ = report_seen(pk, signed_in(request))
        impact.cancel_impact(report, signed_in(request))
        toast(request, "The what-if is cancelled. Nothing was changed.")
        return redirect("what-if", pk)


class WhatIfPage(Page):
    """The report; while it runs, how far it is: htmx asks for that part, and the page is loaded anew at its end."""

    act = Act.SEE_POLICY

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        user = signed_in(request)
        report, subject = report_seen(pk, user)
        reported = of_report(report, subject, user)
        context = {"report": report, "reported": reported, "may_ask": may_ask(subject, user)}
        if not is_part(request):
            context |= {"subject_url": page_of(report), "is_open": is_open(subject)} | details(reported)
            context["tasks"] = follow_up(reported, subject, user, timezone.now())
            return render(request, "policies/impact.html", context)
        if reported.is_running:
            return render(request, "policies/_impact_job.html", context)
        response = HttpResponse(status=200)
        response["HX-Refresh"] = "true"
        return response


@dataclass(frozen=True)
class Listed:
    """One recording that a report counts: its dates as they are, and as they would be."""

    row: Row
    keep_until_before: str
    keep_until: str
    delete_by: Moment
    is_later: bool
    is_earlier: bool


class WhatIfList(Page):
    """The recordings behind one number, those that the reader may see, in the order of their arrival."""

    act = {"GET": Act.SEE_RECORDING}

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        user = signed_in(request)
        report, subject = report_seen(pk, user)
        kind = request.GET.get("kind", "")
        if kind not in KINDS or report.state != ImpactReport.State.DONE:
            return redirect("what-if", pk)
        reported = of_report(report, subject, user)
        changed, after = changed_recordings(report, kind, _cursor(request), user)
        context = {
            "report": report,
            "reported": reported,
            "words": KIND_WORDS[kind],
            "count": reported.counts.get(kind, 0),
            "listed": listed_of(changed, user),
            "more_url": f"?{urlencode({'kind': kind, 'cursor': after})}" if after else "",
        }
        return render(request, "policies/impact_list.html", context)


def listed_of(changed: list[Changed], user: User) -> list[Listed]:
    new = {one.recording.pk: one for one in changed}
    joined, fetched = for_rows()
    rows = Recording.objects.filter(pk__in=new).select_related(*joined).prefetch_related(*fetched).order_by("pk")
    return [_listed(row, new[row.recording.pk]) for row in rows_of(rows, user)]


def _listed(row: Row, new: Changed) -> Listed:
    zone, before = row.recording.zone, row.recording.delete_by
    return Listed(
        row,
        keep_until_before=least(row.recording, row.recording.keep_until),
        keep_until=least(row.recording, new.keep_until),
        delete_by=last_moment(new.delete_by, zone),
        is_later=new.delete_by > before,
        is_earlier=new.delete_by < before,
    )


def _cursor(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("cursor", ""))
    except ValueError:
        return None


def report_seen(pk: UUID, user: User) -> tuple[ImpactReport, Subject]:
    """Raises Http404: none, or about what this person does not see."""
    report = ImpactReport.objects.filter(pk=pk).first()
    if report is None:
        raise Http404
    return report, subject_seen(report.kind, report.subject_id, user)


def may_ask(subject: Subject, user: User) -> bool:
    """Whether this person may run a what-if of it, or stop one."""
    if isinstance(subject, PolicyVersion):
        return may_change(user, subject.policy)
    return may(user, Act.DRAFT_LAW)


def is_open(subject: Subject) -> bool:
    """Whether it still waits to be approved."""
    return subject.state in {"draft", "in_review", "candidate", "proposed"}


def page_of(report: ImpactReport) -> str:
    try:
        return reverse(PAGES[report.kind], args=[report.subject_id])
    except NoReverseMatch:
        return ""
