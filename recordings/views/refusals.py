"""What was done where somebody refused to be recorded, and the reasons that stay in the calls' stead."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.pages import Page, signed_in
from accounts.permissions import Act
from recordings.models import Recording, RefusedCall
from recordings.verbs import FOLLOWED, KEPT_BY
from recordings.views.rows import Row, for_rows, rows_of
from trail.domain.actors import Actor

AT_ONCE = 100
SHOWN = {  # of a refused call: (data-state, symbol, word)
    RefusedCall.State.STAYS: ("quarantined", "quarantined", "Kept apart"),
    RefusedCall.State.KEPT: ("restricted", "mask", "To be destroyed"),
    RefusedCall.State.DESTROYED: ("destroyed", "destroyed", "Destroyed"),
    RefusedCall.State.WITHDRAWN: ("stored", "stored", "Taken back"),
}


class Refusals(Page):
    """The newest first, of the lines that the reader sees."""

    act = Act.SEE_DISPOSITION

    def get(self, request: HttpRequest) -> HttpResponse:
        calls = RefusedCall.objects.visible_to(signed_in(request)).select_related("line_of_business")
        state = request.GET.get("state", "")
        if state in RefusedCall.State.values:
            calls = calls.filter(state=state)
        page = list(calls[:AT_ONCE])
        there = _there(page, signed_in(request))
        rows = [
            (
                call,
                there.get(call.recording_id),
                SHOWN[RefusedCall.State(call.state)],
                FOLLOWED.get(call.follow, call.follow),
                KEPT_BY.get(call.kept_by),
            )
            for call in page
        ]
        context = {"rows": rows, "states": RefusedCall.State.choices, "state": state, "at_once": AT_ONCE}
        return render(request, "recordings/refusals.html", context)


def _there(calls: list[RefusedCall], actor: Actor) -> dict[UUID, Row]:
    """The rows of those whose recording is there, by its id."""
    joined, fetched = for_rows()
    found = Recording.objects.visible_to(actor).filter(pk__in=[call.recording_id for call in calls])
    return {row.recording.pk: row for row in rows_of(found.select_related(*joined).prefetch_related(*fetched), actor)}
