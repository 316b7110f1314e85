"""A person tells what a recording's periods count from."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.pages import Page, signed_in, toast
from accounts.permissions import Act
from recordings.domain.errors import TriggerContradicts, TriggerRefused
from recordings.models import TriggerEffect
from recordings.retention_forms import TellTriggerForm
from recordings.services.retention.triggers import tell_trigger
from recordings.services.sight import find_recording
from recordings.views.recording import detail_page

SAID = {
    TriggerEffect.Outcome.LATER: "Counted. It is kept longer now.",
    TriggerEffect.Outcome.SAME: "Counted. Its dates stay as they are.",
    TriggerEffect.Outcome.EARLIER: "Counted. It would leave earlier: a second officer finds it under shortened dates.",
}


class TellTrigger(Page):
    act = {"POST": Act.TELL_TRIGGER}

    def post(self, request: HttpRequest, recording_id: UUID) -> HttpResponse:
        recording = find_recording(recording_id, signed_in(request))
        form = TellTriggerForm(request.POST)
        if not form.is_valid():
            return detail_page(request, recording_id, telling=form, status=422)
        try:
            counted = tell_trigger(
                recording=recording,
                kind=form.cleaned_data["kind"],
                happened_at=form.happened_at(recording.zone),
                replaces=form.cleaned_data["replace"],
                actor=signed_in(request),
            )
        except TriggerRefused as reason:
            form.add_error("on", str(reason))
            return detail_page(request, recording_id, telling=form, status=422)
        except TriggerContradicts:
            form.add_error("replace", "Another day was told before. Say that it was wrong, if it was.")
            return detail_page(request, recording_id, telling=form, status=409)
        toast(request, SAID[TriggerEffect.Outcome(counted.outcome)])
        return redirect("recordings:detail", recording_id)
