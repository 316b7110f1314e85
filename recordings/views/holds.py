"""Matters: what they keep, who placed them, and who releases them."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.history import history
from accounts.pages import Page, signed_in, toast
from accounts.permissions import Act, may
from accounts.services import names_of
from recordings.disposition_forms import PlaceHoldForm, ReleaseHoldForm
from recordings.domain.errors import RecordingsUnavailable, SecondPersonNeeded
from recordings.models import LegalHold, Recording
from recordings.services.holds import find_hold, place_hold, release_hold
from recordings.views.keyset import newest_page
from recordings.views.rows import for_rows, rows_of

QUERY_WORDS = {
    "source": "from this source",
    "external_id": "with this id of the source",
    "agent": "of this agent",
    "line_of_business": "of this line",
    "from": "since this moment",
    "to": "before this moment",
    "delete_before": "leaving before this moment",
}


class Holds(Page):
    """All matters, and the form that places a hold on one."""

    act = {"GET": Act.SEE_HOLDS, "POST": Act.PLACE_HOLD}

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, PlaceHoldForm(initial={"recordings": request.GET.get("recording", "")}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = PlaceHoldForm(request.POST)
        if not form.is_valid():
            return self._page(request, form, status=422)
        given = form.cleaned_data
        try:
            hold = place_hold(
                matter=given["matter"],
                reason=given["reason"],
                recording_ids=given["recordings"],
                query={"number": given["number"]} if given["number"] else None,
                actor=signed_in(request),
            )
        except RecordingsUnavailable as unavailable:
            for field in unavailable.fields:
                form.add_error("recordings", field["detail"])
            return self._page(request, form, status=409)
        held = hold.members.count()
        toast(request, f"Hold placed. It keeps {held:,} recording{'' if held == 1 else 's'} now.")
        return redirect("recordings:hold", hold.pk)

    def _page(self, request: HttpRequest, form: PlaceHoldForm, *, status: int = 200) -> HttpResponse:
        actor = signed_in(request)
        counted = LegalHold.objects.visible_to(actor).counted_for(actor)
        page, older = newest_page(counted, request.GET.get("cursor", ""), field="placed_at")
        names = names_of({row.placed_by_id for row in page} | {row.released_by_id for row in page} - {""})
        context: dict[str, Any] = {
            "holds": [(row, names.get(row.placed_by_id, ""), names.get(row.released_by_id, "")) for row in page],
            "in_force": LegalHold.objects.visible_to(actor).in_force().count(),
            "kept": Recording.objects.visible_to(actor).filter(hold_count__gt=0).count(),
            "older_url": f"?cursor={older}" if older else "",
            "form": form,
            "may_place": may(actor, Act.PLACE_HOLD),
            "opened": form.is_bound or bool(request.GET.get("recording")),
        }
        return render(request, "recordings/holds.html", context, status=status)


class Hold(Page):
    """One matter: what it keeps, its reason, and its release by a second person."""

    act = {"GET": Act.SEE_HOLDS, "POST": Act.RELEASE_HOLD}

    def get(self, request: HttpRequest, hold_id: UUID) -> HttpResponse:
        return self._page(request, hold_id, ReleaseHoldForm())

    def post(self, request: HttpRequest, hold_id: UUID) -> HttpResponse:
        find_hold(hold_id, signed_in(request))
        form = ReleaseHoldForm(request.POST)
        if not form.is_valid():
            return self._page(request, hold_id, form, status=422)
        try:
            release_hold(hold_id=hold_id, reason=form.cleaned_data["reason"], actor=signed_in(request))
        except SecondPersonNeeded as needed:
            form.add_error(None, str(needed))
            return self._page(request, hold_id, form, status=403)
        toast(request, "Hold released. What no other hold keeps goes back to its schedule.")
        return redirect("recordings:hold", hold_id)

    def _page(self, request: HttpRequest, hold_id: UUID, form: ReleaseHoldForm, *, status: int = 200) -> HttpResponse:
        actor = signed_in(request)
        hold = find_hold(hold_id, actor)
        counted: Any = LegalHold.objects.filter(pk=hold.pk).counted_for(actor).get()
        joined, fetched = for_rows()
        kept = Recording.objects.visible_to(actor).filter(holds__hold=hold, holds__released_at=None)
        page, older = newest_page(
            kept.select_related(*joined).prefetch_related(*fetched), request.GET.get("cursor", "")
        )
        names = names_of([hold.placed_by_id, hold.released_by_id])
        context: dict[str, Any] = {
            "hold": hold,
            "rows": rows_of(page, actor),
            "held": counted.held,
            "older_url": f"?cursor={older}" if older else "",
            "placed_by": names.get(hold.placed_by_id, "somebody who is gone"),
            "released_by": names.get(hold.released_by_id, ""),
            "follows": _follows(hold),
            "form": form,
            "may_release": hold.is_in_force and may(actor, Act.RELEASE_HOLD, hold),
            "placed_it": hold.is_in_force and may(actor, Act.RELEASE_HOLD) and not may(actor, Act.RELEASE_HOLD, hold),
            "history": history("recordings.legalhold", hold.pk),
        }
        return render(request, "recordings/hold.html", context, status=status)


def _follows(hold: LegalHold) -> list[str]:
    """What later calls have to match to join, in words; a number is known by its digest alone."""
    query = dict(hold.query or {})
    words = ["with one telephone number"] if query.pop("number_index", None) else []
    return words + [f"{QUERY_WORDS[name]}: {value}" for name, value in query.items() if name in QUERY_WORDS]
