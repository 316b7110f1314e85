"""Calls come in over the API: metadata, audio, and what happened on the call."""

import time
from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from accounts.api.authentication import bearer_actor
from accounts.api.parsers import strict_json
from accounts.api.problems import problems
from accounts.clients import TokenActor
from accounts.permissions import Act
from recordings.api.serializers import DeliverCall, TakenShape, delivery_of, taken_answer
from recordings.api.uploads import Body, content_digest, received
from recordings.services.deliverers import find_deliverable
from recordings.services.intake import Taken, store_audio, take_in
from recordings.services.requests import running

LONG_UPLOAD_SECONDS = 1.0
EXAMPLE = {
    "source": "harbor-pbx",
    "external_id": "call-1001",
    "started_at": "2026-11-24T14:02:00Z",
    "duration_s": 184,
    "direction": "inbound",
    "line_of_business": "home-cover",
    "purposes": ["quality_assurance", "training"],
    "agent": {"id": "a-17", "name": "Dana Whitfield"},
    "parties": [
        {"role": "agent", "jurisdiction": "US-TX"},
        {"role": "customer", "number": "+18135550142", "name": "Ada Ekman"},
    ],
    "consent": [{"method": "spoken", "party": "customer", "offset_s": 6.2, "result": "given"}],
}
REQUEST_KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="A key of yours; the same request again is done once."
)
MULTIPART = {
    "type": "object",
    "required": ["metadata", "audio"],
    "properties": {
        "metadata": {"$ref": "#/components/schemas/DeliverCall"},
        "audio": {"type": "string", "format": "binary", "description": "The recording, with a file name."},
    },
}


class TakeInCalls(APIView):
    """The `POST` of the collection."""

    act: Any = {"POST": Act.DELIVER_RECORDING}

    @extend_schema(
        operation_id="recordings_create",
        parameters=[REQUEST_KEY],
        request={"application/json": DeliverCall, "multipart/form-data": MULTIPART},
        responses={201: TakenShape, 200: TakenShape, **problems(400, 401, 403, 409, 410, 413, 415, 422, 503)},
        examples=[OpenApiExample("A call with its consent", EXAMPLE, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """Take a call in: its metadata alone as JSON, or with its audio as multipart. Again is answered with 200."""
        key = _request_key(request)
        actor = caller(request)
        with running(actor.token.client_id, key):
            if (request.content_type or "").lower().startswith("multipart/form-data"):
                began = time.monotonic()
                with received(request._request) as call:
                    if time.monotonic() - began > LONG_UPLOAD_SECONDS:
                        bearer_actor(request._request)  # a token that was revoked meanwhile stores nothing
                    delivery = delivery_of(strict_json(call.metadata))
                    taken = take_in(delivery=delivery, audio=call.audio, actor=actor, request_key=key)
            else:
                taken = take_in(delivery=delivery_of(request.data), actor=actor, request_key=key)
        return _answer(taken, request)


class PutAudio(APIView):
    """The `PUT` of a recording's audio."""

    act: Any = {"PUT": Act.DELIVER_RECORDING}

    @extend_schema(
        operation_id="recordings_put_audio",
        parameters=[
            OpenApiParameter(
                "Content-Digest", str, OpenApiParameter.HEADER, description="RFC 9530: sha-256=:…:, checked."
            )
        ],
        request={"audio/*": OpenApiTypes.BINARY},
        responses={200: TakenShape, **problems(400, 401, 403, 404, 409, 410, 413, 422, 503)},
    )
    def put(self, request: Request, recording_id: UUID) -> Response:
        """Send the audio that the recording awaits, as the body. The same bytes again change nothing."""
        actor = caller(request)
        recording = find_deliverable(recording_id, actor)
        body = Body(request._request, settings.AUDIO_MAX_BYTES)
        stored = store_audio(
            recording=recording,
            chunks=_while_valid(body, request),
            expected_sha256=content_digest(request._request),
            actor=actor,
            declared=request._request.content_type or "",
        )
        return Response(taken_answer(stored))


def caller(request: Request) -> TokenActor:
    """Who calls: the API has no other authentication than tokens."""
    return cast(TokenActor, request.user)


def _while_valid(body: Body, request: Request) -> Iterator[bytes]:
    """The body; after a long one the token is asked for again. Raises TokenRefused: revoked meanwhile."""
    began = time.monotonic()
    yield from body.chunks()
    if time.monotonic() - began > LONG_UPLOAD_SECONDS:
        bearer_actor(request._request)


def _request_key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > 200 or not key.isprintable():
        raise ValidationError({"Idempotency-Key": "Write at most 200 printable characters."})
    return key


def _answer(taken: Taken, request: Request) -> Response:
    where = reverse("api:recording", args=[taken.recording.pk], request=request)
    return Response(taken_answer(taken.recording), status=201 if taken.created else 200, headers={"Location": where})
