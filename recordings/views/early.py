"""Early disposals: asked for with a reason, decided by a second person, with the number that they type."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.history import history
from accounts.pages import Page, signed_in, toast
from accounts.permissions import Act, may
from accounts.services import names_of
from recordings.disposition_forms import ApproveForm, EarlyForm, RefuseShorteningForm
from recordings.domain.errors import CountChanged, EarlyDisposalRefused, RecordingNotFound, SecondPersonNeeded
from recordings.models import EarlyDisposal, EarlyDisposalItem, Recording
from recordings.services.disposition import early
from recordings.services.doorbell import ring
from recordings.views.rows import Row, for_rows, rows_of

TASK = "recordings.tasks.dispose_due"
SHOWN = 200
State = EarlyDisposal.State
STATES = {  # of a disposal: (data-state, symbol, word)
    State.ASKED: ("due", "clock", "Waits for a second person"),
    State.APPROVED: ("listed", "listed", "Approved"),
    State.DONE: ("met", "check", "Done"),
    State.REFUSED: ("destroyed", "cross", "Laid aside"),
}


@dataclass(frozen=True)
class Listed:
    item: EarlyDisposalItem
    row: Row | None  # None: it is gone
    goes_sooner: bool  # than its keep-until


class EarlyDisposals(Page):
    """All of them, and a form to ask for one."""

    act = {"GET": Act.SEE_DISPOSITION, "POST": Act.ASK_EARLY_DISPOSAL}

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, EarlyForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        if "recordings" not in request.POST:  # chosen on the list of disposition: only the reason is missing
            return self._page(request, EarlyForm(initial={"recordings": "\n".join(request.POST.getlist("chosen"))}))
        form = EarlyForm(request.POST)
        if not form.is_valid():
            return self._page(request, form, status=422)
        try:
            asked = early.ask_early_disposal(
                recording_ids=form.cleaned_data["recordings"],
                reason=form.cleaned_data["reason"],
                actor=signed_in(request),
            )
        except (EarlyDisposalRefused, RecordingNotFound) as error:
            form.add_error("recordings", str(error))
            return self._page(request, form, status=409)
        toast(request, "Asked for. An officer other than you decides; nothing goes before.")
        return redirect("recordings:early-disposal", asked.pk)

    def _page(self, request: HttpRequest, form: EarlyForm, *, status: int = 200) -> HttpResponse:
        actor = signed_in(request)
        found = list(EarlyDisposal.objects.visible_to(actor)[:SHOWN])
        names = names_of({each.asked_by_id for each in found})
        rows = [(each, STATES[State(each.state)], names.get(each.asked_by_id, "")) for each in found]
        context = {"rows": rows, "form": form, "may_ask": may(actor, Act.ASK_EARLY_DISPOSAL)}
        return render(request, "recordings/early_disposals.html", context, status=status)


class OneEarlyDisposal(Page):
    act = {"GET": Act.SEE_DISPOSITION, "POST": Act.ASK_EARLY_DISPOSAL}

    def get(self, request: HttpRequest, disposal_id: UUID) -> HttpResponse:
        return disposal_page(request, disposal_id, ApproveForm(), RefuseShorteningForm())

    def post(self, request: HttpRequest, disposal_id: UUID) -> HttpResponse:
        actor, refuses = signed_in(request), request.POST.get("step") == "refuse"
        form = ApproveForm() if refuses else ApproveForm(request.POST)
        refusal = RefuseShorteningForm(request.POST) if refuses else RefuseShorteningForm()
        early.find_early_disposal(disposal_id, actor)
        bound = refusal if refuses else form
        if not bound.is_valid():
            return disposal_page(request, disposal_id, form, refusal, status=422)
        try:
            if refuses:
                because = refusal.cleaned_data["because"]
                early.refuse_early_disposal(disposal_id=disposal_id, because=because, actor=actor)
                toast(request, "Laid aside. They stay until their day.")
            else:
                confirmed = form.cleaned_data["confirmed"]
                early.approve_early_disposal(disposal_id=disposal_id, confirmed=confirmed, actor=actor)
                ring(TASK)
                toast(request, "Approved. They go now, each with a certificate that names you both.")
        except (CountChanged, EarlyDisposalRefused, SecondPersonNeeded) as error:
            bound.add_error(None, str(error))
            return disposal_page(request, disposal_id, form, refusal, status=409)
        return redirect("recordings:early-disposal", disposal_id)


def disposal_page(
    request: HttpRequest, disposal_id: UUID, form: ApproveForm, refusal: RefuseShorteningForm, *, status: int = 200
) -> HttpResponse:
    actor = signed_in(request)
    disposal = early.find_early_disposal(disposal_id, actor)
    names = names_of({disposal.asked_by_id, disposal.settled_by_id} - {""})
    is_asker = (disposal.asked_by_kind, disposal.asked_by_id) == (actor.actor_kind, actor.actor_id)
    context: dict[str, Any] = {
        "disposal": disposal,
        "state": STATES[State(disposal.state)],
        "listed": _listed(disposal, actor),
        "asker": names.get(disposal.asked_by_id, "somebody who is gone"),
        "settler": names.get(disposal.settled_by_id, ""),
        "is_asker": is_asker,
        "may_approve": disposal.state == State.ASKED and may(actor, Act.APPROVE_EARLY_DISPOSAL, disposal),
        "may_refuse": disposal.state == State.ASKED and may(actor, Act.ASK_EARLY_DISPOSAL),
        "form": form,
        "refusal": refusal,
        "history": history("recordings.earlydisposal", disposal.pk),
    }
    return render(request, "recordings/early_disposal.html", context, status=status)


def _listed(disposal: EarlyDisposal, actor: Any) -> list[Listed]:
    items = list(disposal.items.visible_to(actor).order_by("pk")[:SHOWN])
    joined, fetched = for_rows()
    there = Recording.objects.visible_to(actor).filter(pk__in=[item.recording_id for item in items])
    rows = {row.recording.pk: row for row in rows_of(there.select_related(*joined).prefetch_related(*fetched), actor)}
    now = timezone.now()
    found = [(item, rows.get(item.recording_id)) for item in items]
    return [Listed(item, row, bool(row and row.recording.keep_until > now)) for item, row in found]
