"""The audio behind the player of a page."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from accounts.pages import Page, signed_in
from accounts.permissions import Act
from recordings.domain.errors import RangeUnsatisfiable
from recordings.playing import audio_response, download_response
from recordings.services.sight import find_recording


class Audio(Page):
    """The same answer as the API gives to a token; with `?download=1` a file, for who may take one away."""

    act = Act.HEAR_RECORDING

    def get(self, request: HttpRequest, recording_id: UUID) -> HttpResponseBase:
        recording = find_recording(recording_id, signed_in(request))
        if request.GET.get("download") and request.method == "GET":
            return download_response(request, recording, signed_in(request))
        try:
            return audio_response(request, recording, signed_in(request))
        except RangeUnsatisfiable as error:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{error.size_bytes}"})

    def head(self, request: HttpRequest, recording_id: UUID) -> HttpResponseBase:
        return self.get(request, recording_id)
