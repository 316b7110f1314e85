"""The release of a hold in two steps: the second person sees exactly what it lets go and when, then says why."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.domain.errors import NotAllowed
from accounts.pages import Page, signed_in, toast
from accounts.permissions import Act
from recordings.domain.errors import HoldReleased, HoldStillFills, ReleaseChanged, SecondPersonNeeded
from recordings.hold_forms import ReleaseHoldForm
from recordings.models import LegalHold
from recordings.services.holds import Preview, find_hold, preview_release, release_hold
from recordings.services.holds.preview import members_of
from recordings.services.holds.reports import preview_as_csv, waits_for
from recordings.views.keyset import soonest_page
from recordings.views.rows import for_rows, rows_of

DAYS_SHOWN = 31
NOT_NOW = (SecondPersonNeeded, NotAllowed, HoldStillFills, HoldReleased)
NOT_THIS_PERSON = (SecondPersonNeeded, NotAllowed)


class Release(Page):
    """What the release lets go, by day and call by call, and the form that ends the hold."""

    act = Act.RELEASE_HOLD

    def get(self, request: HttpRequest, hold_id: UUID) -> HttpResponse:
        return self._page(request, hold_id, None)

    def post(self, request: HttpRequest, hold_id: UUID) -> HttpResponse:
        find_hold(hold_id, signed_in(request))
        form = ReleaseHoldForm(request.POST)
        if not form.is_valid():
            return self._page(request, hold_id, form, status=422)
        given = form.cleaned_data
        try:
            release_hold(hold_id=hold_id, reason=given["reason"], seen=given["preview"], actor=signed_in(request))
        except ReleaseChanged as changed:
            form.add_error(None, str(changed))
            return self._page(request, hold_id, form, status=409)
        except NOT_NOW:
            return self._page(request, hold_id, form)
        toast(request, "Hold released. What no other hold keeps goes back to its schedule.")
        return redirect("recordings:hold", hold_id)

    def _page(
        self, request: HttpRequest, hold_id: UUID, form: ReleaseHoldForm | None, *, status: int = 200
    ) -> HttpResponse:
        actor, at = signed_in(request), timezone.now()
        try:
            hold, shown = preview_release(hold_id, actor=actor, at=at)
        except NOT_NOW as refused:
            context: dict[str, Any] = {"hold": find_hold(hold_id, actor), "refused": str(refused)}
            answer = 403 if isinstance(refused, NOT_THIS_PERSON) else 409
            if request.method == "GET":
                answer = 200
            return render(request, "recordings/hold_release.html", context, status=answer)
        if form is not None and form.is_bound:  # what is sent next is what is shown now
            form.data = {**request.POST.dict(), "preview": shown.digest}
        joined, fetched = for_rows()
        kept = members_of(hold, at).select_related(*joined).prefetch_related(*fetched)
        page, later = soonest_page(kept, request.GET.get("cursor", ""))
        days = list(shown.by_day.items())
        context = {
            "hold": hold,
            "shown": shown,
            "days": days[:DAYS_SHOWN],
            "later_count": sum(count for _, count in days[DAYS_SHOWN:]),
            "most": max(shown.by_day.values(), default=0),
            "rows": [(row, recording.leaves_at, waits_for(recording)) for row, recording in _paired(page, actor)],
            "older_url": f"?cursor={later}" if later else "",
            "form": form or ReleaseHoldForm(initial={"preview": shown.digest}),
        }
        return render(request, "recordings/hold_release.html", context, status=status)


class ReleaseFile(Page):
    """The whole list of the preview, as CSV."""

    act = Act.RELEASE_HOLD

    def get(self, request: HttpRequest, hold_id: UUID) -> HttpResponseBase:
        actor = signed_in(request)
        try:
            hold, shown = preview_release(hold_id, actor=actor, at=timezone.now())
        except NOT_NOW:
            return redirect("recordings:hold-release", hold_id)
        return _csv(hold, shown, request)


def _csv(hold: LegalHold, shown: Preview, request: HttpRequest) -> StreamingHttpResponse:
    lines = preview_as_csv(hold, shown, actor=signed_in(request))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="release-{hold.pk}.csv"'
    return response


def _paired(page: list[Any], actor: Any) -> list[tuple[Any, Any]]:
    return list(zip(rows_of(page, actor), page, strict=True))
