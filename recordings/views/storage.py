"""The storage page: what lies in the store, whose it is, whether it is still what was stored, and what waits."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.pages import Page, signed_in, toast
from accounts.permissions import Act, may
from recordings.models import IntegrityIncident, Recording
from recordings.services.storekeeping.health import store_health
from recordings.services.storekeeping.orphans import let_go

SHOWN = 50  # incidents on the page


class Storage(Page):
    act = {"GET": Act.SEE_DISPOSITION, "POST": Act.APPROVE_DISPOSITION}

    def get(self, request: HttpRequest) -> HttpResponse:
        return _page(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Let go what nothing owns; the number of objects has to be typed, so that somebody looked."""
        aside = store_health(timezone.now()).aside
        if request.POST.get("confirmed", "").strip().replace(",", "") != str(aside):
            return _page(request, wrong=True, status=422)
        count = let_go(actor=signed_in(request), at=timezone.now())
        toast(request, f"{count:,} let go. They are removed within a minute.")
        return redirect("recordings:storage")


def _page(request: HttpRequest, *, wrong: bool = False, status: int = 200) -> HttpResponse:
    actor = signed_in(request)
    incidents = list(IntegrityIncident.objects.visible_to(actor).open()[: SHOWN + 1])
    ids = [incident.recording_id for incident in incidents]
    there = set(Recording.objects.visible_to(actor).filter(pk__in=ids).values_list("pk", flat=True))
    context = {
        "now": timezone.now(),
        "health": store_health(timezone.now()),
        "incidents": incidents[:SHOWN],
        "has_more": len(incidents) > SHOWN,
        "shown": SHOWN,
        "there": there,
        "may_let_go": may(actor, Act.APPROVE_DISPOSITION),
        "wrong": wrong,
    }
    return render(request, "recordings/storage.html", context, status=status)
