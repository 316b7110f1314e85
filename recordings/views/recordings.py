"""The list of recordings, the search, and the page of one call."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from accounts.models import LineOfBusiness
from accounts.pages import Page, signed_in
from accounts.permissions import Act, lines_of, may, sees_only_given_calls
from recordings.forms import Filters
from recordings.hold_forms import FROM_THE_LIST
from recordings.models import Recording
from recordings.models.queries import RecordingQuerySet
from recordings.services import search
from recordings.services.listing import matching
from recordings.views.keyset import newest_page
from recordings.views.rows import for_rows, rows_of
from trail.domain.actors import Actor

COUNTED_TO = 10_000
CHIPS = {"state": "state", "line": "line", "direction": "direction", "mark": "audio", "agent": "agent"} | {
    "since": "from",
    "to": "to",
}
HELD_BY = {*FROM_THE_LIST, "since", "to"}  # what a hold can ask for, too
SEARCHED = {"caller": "a number", "person": "a name", "external": "an id of the source"}


class RecordingList(Page):
    """Newest first, filtered by what stands in the address: codes, days, digests; never a number or a name."""

    act = Act.SEE_RECORDING

    def get(self, request: HttpRequest) -> HttpResponse:
        lines = lines_for(request)
        filters = Filters(request.GET, lines=lines)
        given = filters.given()
        if given.get("state") == "destroyed":
            return redirect("recordings:certificates")
        actor = signed_in(request)
        mine = Recording.objects.visible_to(actor)
        joined, fetched = for_rows()
        found = filtered(mine, filters, actor).select_related(*joined).prefetch_related(*fetched)
        page, older = newest_page(found, request.GET.get("cursor", ""))
        context = {
            "rows": rows_of(page, actor),
            "filters": filters,
            "chips": chips(filters, given),
            "is_filtered": bool(given),
            "is_paged": bool(request.GET.get("cursor")),
            "held": _counted(mine) if not given else None,
            "lines": lines,
            "may_hold": may(signed_in(request), Act.PLACE_HOLD),
            "hold_query": urlencode(given) if HELD_BY & given.keys() else "",
            "sees_only_given": sees_only_given_calls(signed_in(request)),
            "older_url": f"?{urlencode(given | {'cursor': older})}" if older else "",
            "newest_url": f"?{urlencode(given)}" if request.GET.get("cursor") else "",
        }
        return render(request, "recordings/list.html", context)


class FindCall(Page):
    """The one search box. It posts, so that what was typed is in no address, log or history."""

    act = Act.SEE_RECORDING

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect("recordings:list")

    def post(self, request: HttpRequest) -> HttpResponse:
        given = Filters(request.POST, lines=lines_for(request)).given()
        for name in SEARCHED:
            given.pop(name, None)
        text = request.POST.get("q", "").strip()
        if text:
            found = search.find(text, actor=signed_in(request))
            if found.recording_id is not None:
                return redirect("recordings:detail", found.recording_id)
            given = given | found.filters
        return HttpResponseRedirect(f"{reverse('recordings:list')}?{urlencode(given)}")


def filtered(recordings: RecordingQuerySet, filters: Filters, actor: Actor) -> RecordingQuerySet:
    """The rows that the filters ask for; what they cannot mean is left out of account and said beside its field."""
    asked = dict(filters.cleaned_data)
    if (asked.get("caller") or asked.get("person")) and not may(actor, Act.SEE_NAMES):
        return recordings.none()
    meant = {
        "line_of_business": asked.get("line"),
        "agent": asked.get("agent"),
        "from": filters.moment_from(),
        "to": filters.moment_to(),
        "external_id": asked.get("external"),
        "number_index": asked.get("caller"),
        "mark": asked.get("mark"),
        "state": asked.get("state") if asked.get("state") != "late" else "",
    }
    found = matching(recordings, {name: value for name, value in meant.items() if value})
    if direction := asked.get("direction"):
        found = found.filter(direction=direction)
    if person := asked.get("person"):
        found = search.with_name(found, bytes.fromhex(person))
    return found.expired(timezone.now()).without_hold() if asked.get("state") == "late" else found


def chips(filters: Filters, given: dict[str, str]) -> list[dict[str, str]]:
    """One removable word for each filter in force."""
    found = []
    for name, value in given.items():
        field = filters.fields[name]
        choices = dict(getattr(field, "choices", ()))
        said = (
            SEARCHED.get(name)
            or f"{CHIPS.get(name, name)} {str(choices.get(value, value)).lower() if choices else value}"
        )
        without = urlencode({other: text for other, text in given.items() if other != name})
        found.append({"said": said, "url": f"{reverse('recordings:list')}?{without}"})
    return found


def lines_for(request: HttpRequest) -> list[LineOfBusiness]:
    """The lines that this person can ask for."""
    reach = lines_of(signed_in(request))
    every = LineOfBusiness.objects.all()
    return list(every if reach is None else every.filter(pk__in=reach))


def _counted(recordings: RecordingQuerySet) -> str:
    """How many there are, as far as counting stays cheap."""
    count = recordings.order_by()[: COUNTED_TO + 1].count()
    return f"more than {COUNTED_TO:,}" if count > COUNTED_TO else f"{count:,}"
