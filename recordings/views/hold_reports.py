"""The report of a hold: to print, as JSON, as CSV; and of all holds as CSV. Each export is one event."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.pages import Page, signed_in
from accounts.permissions import Act
from recordings.services.holds import reports

PRINTED = 500  # members on the page; the files have all
FORMS = {
    "json": (reports.report_as_json, "application/json"),
    "csv": (reports.report_as_csv, "text/csv; charset=utf-8"),
}


class Report(Page):
    """Matter, people, criteria, members and release on one page, to be printed."""

    act = Act.SEE_HOLDS

    def get(self, request: HttpRequest, hold_id: UUID) -> HttpResponse:
        actor = signed_in(request)
        hold = reports.report_to_print(hold_id, actor=actor)
        told = reports.about(hold, actor=actor)
        context = {
            "hold": hold,
            "told": told,
            "members": reports.first_members(hold, PRINTED, actor=actor),
            "more": max(told["counts"]["recordings"] - PRINTED, 0),
            "made_at": timezone.now(),
        }
        return render(request, "recordings/hold_report.html", context)


class ReportFile(Page):
    """The whole of it, as the form that its address names."""

    act = Act.SEE_HOLDS
    form = "csv"

    def get(self, request: HttpRequest, hold_id: UUID) -> HttpResponseBase:
        export, content_type = FORMS[self.form]
        pieces = export(hold_id, actor=signed_in(request))
        response = StreamingHttpResponse(pieces, content_type=content_type)
        response["Content-Disposition"] = f'attachment; filename="hold-{hold_id}.{self.form}"'
        return response


class AllHoldsFile(Page):
    act = Act.SEE_HOLDS

    def get(self, request: HttpRequest) -> HttpResponseBase:
        lines = reports.all_as_csv(actor=signed_in(request))
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="holds.csv"'
        return response
