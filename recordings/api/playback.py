"""Hearing a recording over the API."""

from typing import Any
from uuid import UUID

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.permissions import signed_in
from accounts.api.problems import problems
from accounts.permissions import Act
from recordings.domain.errors import RangeUnsatisfiable
from recordings.playing import audio_response
from recordings.services.sight import find_recording


class HearRecording(APIView):
    """The `GET` and `HEAD` of a recording's audio."""

    act: Any = {"GET": Act.HEAR_RECORDING, "HEAD": Act.HEAR_RECORDING}

    @extend_schema(
        operation_id="recordings_audio",
        parameters=[
            OpenApiParameter("purpose", str, required=True, description="A purpose that was announced on the call."),
            OpenApiParameter("Range", str, OpenApiParameter.HEADER, description="One range: bytes=0-99."),
        ],
        responses={
            (200, "audio/*"): OpenApiTypes.BINARY,
            (206, "audio/*"): OpenApiTypes.BINARY,
            **problems(401, 403, 404, 409, 410, 416, 422),
        },
    )
    def get(self, request: Request, recording_id: UUID) -> HttpResponseBase:
        """The audio, or one range of it. Leaves one playback event for each listening session."""
        recording = find_recording(recording_id, signed_in(request))
        return audio_response(request._request, recording, signed_in(request))

    def head(self, request: Request, recording_id: UUID) -> HttpResponseBase:
        """What `GET` would answer, without the audio and without an event."""
        return self.get(request, recording_id)

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        if isinstance(exc, RangeUnsatisfiable):
            response["Content-Range"] = f"bytes */{exc.size_bytes}"
        return response
