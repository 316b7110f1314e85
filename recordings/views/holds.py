"""Matters: what they keep, who placed them, and the form that places one."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.history import history
from accounts.pages import Page, signed_in, toast
from accounts.permissions import Act, may
from accounts.services import names_of
from recordings.domain.errors import HoldUnclear, RecordingsUnavailable
from recordings.forms import Filters
from recordings.hold_forms import ListedSearch, PlaceHoldForm, asked_of_the_list
from recordings.models import HoldMember, LegalHold, Recording
from recordings.services.holds import find_hold, place_hold
from recordings.services.holds.criteria import criteria_of, reached_by
from recordings.services.holds.words import in_words
from recordings.views.keyset import newest_page
from recordings.views.recordings import lines_for
from recordings.views.rows import for_rows, rows_of
from trail.domain.actors import Actor

COUNTED_TO = 100_000
OF_THE_LIST_ALONE = {"state", "mark"}  # filters that no hold follows


class Holds(Page):
    """All matters, and the form that places a hold on one: on calls, on people, on what the list was searched for."""

    act = {"GET": Act.SEE_HOLDS, "POST": Act.PLACE_HOLD}

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = Filters(request.GET, lines=lines_for(request)).given()
        left_out = OF_THE_LIST_ALONE & asked.keys()
        search = _search({f"of-{name}": value for name, value in asked.items() if name not in left_out}, request)
        form = PlaceHoldForm(initial={"recordings": request.GET.get("recording", ""), "later_calls": True})
        return self._page(request, form, search, left_out=bool(left_out))

    def post(self, request: HttpRequest) -> HttpResponse:
        form, search = PlaceHoldForm(request.POST), _search(request.POST, request)
        query = asked_of_the_list(search)
        if not form.is_valid() or not form.asks_for_something(query):
            return self._page(request, form, search, status=422)
        given = form.cleaned_data
        try:
            hold = place_hold(
                matter=given["matter"],
                reference=given["reference"],
                reason=given["reason"],
                recording_ids=given["recordings"],
                query=query,
                custodians=form.custodians(),
                later_calls=given["later_calls"],
                actor=signed_in(request),
            )
        except RecordingsUnavailable as unavailable:
            for field in unavailable.fields:
                form.add_error("recordings", field["detail"])
            return self._page(request, form, search, status=409)
        except HoldUnclear as unclear:
            for field in unclear.fields:
                form.add_error(None, field["detail"])
            return self._page(request, form, search, status=422)
        toast(request, _placed(hold))
        return redirect("recordings:hold", hold.pk)

    def _page(
        self, request: HttpRequest, form: PlaceHoldForm, search: Filters, *, status: int = 200, left_out: bool = False
    ) -> HttpResponse:
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
            "search": search,
            "found": _found(search, actor),
            "is_left_out": left_out,
        }
        return render(request, "recordings/holds.html", context, status=status)


class Hold(Page):
    """One matter: what it keeps, whom it concerns, its reason, and the way to its release."""

    act = Act.SEE_HOLDS

    def get(self, request: HttpRequest, hold_id: UUID) -> HttpResponse:
        actor = signed_in(request)
        hold = find_hold(hold_id, actor)
        counted: Any = LegalHold.objects.filter(pk=hold.pk).counted_for(actor).get()
        joined, fetched = for_rows()
        kept = Recording.objects.visible_to(actor).filter(holds__hold=hold, holds__released_at=None)
        page, older = newest_page(
            kept.select_related(*joined).prefetch_related(*fetched), request.GET.get("cursor", "")
        )
        names = names_of([hold.placed_by_id, hold.released_by_id])
        criteria = list(hold.criteria.all())
        told = list(zip(criteria, in_words(criteria), strict=True))
        may_release = hold.is_in_force and may(actor, Act.RELEASE_HOLD, hold)
        context: dict[str, Any] = {
            "hold": hold,
            "rows": rows_of(page, actor, under=hold.pk),
            "held": counted.held,
            "joined_later": HoldMember.objects.filter(hold=hold, how=HoldMember.How.LATER).count(),
            "older_url": f"?cursor={older}" if older else "",
            "placed_by": names.get(hold.placed_by_id, "somebody who is gone"),
            "released_by": names.get(hold.released_by_id, ""),
            "custodians": [words for row, words in told if row.is_custodian],
            "criteria": [words for row, words in told if not row.is_custodian],
            "follows": any(row.follows for row in criteria),
            "may_release": may_release,
            "placed_it": hold.is_in_force and may(actor, Act.RELEASE_HOLD) and not may_release,
            "history": history("recordings.legalhold", hold.pk),
        }
        return render(request, "recordings/hold.html", context)


def _search(given: Any, request: HttpRequest) -> ListedSearch:
    return ListedSearch(given, lines=lines_for(request))


def _found(search: Filters, actor: Actor) -> dict[str, Any] | None:
    """What the search of the list means for a hold, in words, and how many calls it finds now; None: there is none."""
    query = asked_of_the_list(search)
    if not query:
        return None
    criteria = criteria_of(LegalHold(), query=query, custodians=(), follows=True, actor=actor)
    count = Recording.objects.filter(reached_by(criteria)).order_by()[: COUNTED_TO + 1].count()
    return {"words": in_words(criteria), "count": count, "is_more": count > COUNTED_TO}


def _placed(hold: LegalHold) -> str:
    held = hold.members.count()
    now = f"Hold placed. It keeps {held:,} recording{'' if held == 1 else 's'} now."
    return now if hold.is_settled else f"{now} All others that it reaches are protected too, and are being counted."
