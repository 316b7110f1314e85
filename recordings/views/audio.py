"""The audio behind the player of a page."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.pages import Page, signed_in, toast
from accounts.permissions import Act
from recordings.domain.errors import RangeUnsatisfiable
from recordings.models import Recording
from recordings.playing import audio_response, download_response
from recordings.services.authenticity import check
from recordings.services.playback import purposes_for
from recordings.services.sight import find_recording


class Audio(Page):
    """The same answer as the API gives to a token; with `?download=1` a file, for who may take one away.

    With `?playable` in a form that every browser plays, where the call's own is another.
    """

    act = Act.HEAR_RECORDING

    def get(self, request: HttpRequest, recording_id: UUID) -> HttpResponseBase:
        recording = find_recording(recording_id, signed_in(request))
        if request.GET.get("download") and request.method == "GET":
            return download_response(request, recording, signed_in(request))
        try:
            return audio_response(request, recording, signed_in(request), playable="playable" in request.GET)
        except RangeUnsatisfiable as error:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{error.size_bytes}"})

    def head(self, request: HttpRequest, recording_id: UUID) -> HttpResponseBase:
        return self.get(request, recording_id)


class CheckAuthentic(Page):
    """Compare all bytes with what was stored, before or while the call is heard."""

    act = Act.HEAR_RECORDING

    def post(self, request: HttpRequest, recording_id: UUID) -> HttpResponse:
        recording = find_recording(recording_id, signed_in(request))
        purposes_for(recording, signed_in(request))  # who may not hear it starts no reading of it
        found = check(Recording.objects.select_related("key").get(pk=recording.pk), at=timezone.now())
        if request.headers.get("HX-Request"):
            context = {"standing": found, "recording_id": recording.pk}
            return render(request, "components/standing.html", context)
        toast(request, f"{found.word}. {found.said}")
        return redirect("recordings:detail", recording_id)
