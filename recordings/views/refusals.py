"""What was done where somebody refused to be recorded, and the reasons that stay in the calls' stead."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.pages import Page, signed_in
from accounts.permissions import Act
from recordings.models import RefusedCall
from recordings.verbs import FOLLOWED, KEPT_BY

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
        rows = [
            (
                call,
                SHOWN[RefusedCall.State(call.state)],
                FOLLOWED.get(call.follow, call.follow),
                KEPT_BY.get(call.kept_by),
            )
            for call in calls[:AT_ONCE]
        ]
        context = {"rows": rows, "states": RefusedCall.State.choices, "state": state, "at_once": AT_ONCE}
        return render(request, "recordings/refusals.html", context)
