"""The address for phone systems' own webhooks. No token: each proves itself by its vendor's scheme."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.problems import problems
from recordings.domain.errors import DeliveryTooLarge, DeliveryUnproven, DeliveryUnreadable, UploadCutShort
from recordings.intake import ADAPTERS
from recordings.intake.port import LIMIT_BYTES, Sent
from recordings.services.inbound import CHALLENGE, Received, note_refusal, receive
from recordings.services.sources import adapter_of

MOST_HEADERS_BYTES = 16_384


class ReceivedShape(serializers.Serializer[Received]):
    """What becomes of a delivery."""

    state = serializers.CharField(help_text="accepted, duplicate or ignored; a challenge is answered with its answer.")
    delivery_id = serializers.UUIDField(allow_null=True, help_text="The entry in the intake log.")
    reason = serializers.CharField(help_text="Why it is ignored: not_finished, no_recording, not_a_call.")


class FromVendor(APIView):
    """`POST intake/{source}/`."""

    authentication_classes: Any = ()
    permission_classes: Any = (AllowAny,)

    @extend_schema(
        operation_id="intake_receive",
        auth=[],
        parameters=[
            OpenApiParameter("source", str, OpenApiParameter.PATH, enum=sorted(ADAPTERS), description="The adapter.")
        ],
        request={"*/*": OpenApiTypes.BINARY},
        responses={200: ReceivedShape, **problems(400, 401, 404, 410, 413, 503)},
    )
    def post(self, request: Request, source: str) -> Response:
        """Take in a phone system's own webhook, proven by its vendor's signature. Stored first, worked later, once."""
        adapter = adapter_of(source)
        try:
            body = whole_body(request._request, getattr(adapter, "LIMIT_BYTES", LIMIT_BYTES))
            received = receive(source=source, sent=sent_of(request._request, body))
        except (DeliveryUnproven, DeliveryUnreadable, DeliveryTooLarge) as error:
            note_refusal(source=source, reason=error.reason_code, at=timezone.now())
            raise _telling(error, adapter, request._request) from error
        if received.state == CHALLENGE:
            return Response(received.answer)
        return Response(ReceivedShape(received).data)

    @extend_schema(exclude=True)
    def get(self, request: Request, source: str) -> Response:
        """As `POST`, for vendors that can be set to send their callback as a query."""
        if not getattr(adapter_of(source), "TAKES_GET", False):
            raise MethodNotAllowed("GET")
        return self.post(request, source)

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        if isinstance(exc, DeliveryUnproven):
            response["WWW-Authenticate"] = (
                'Basic realm="callward"' if exc.reason_code == "no_credentials" else "Signature"
            )
        return response


def whole_body(request: HttpRequest, limit: int) -> bytes:
    """The body byte for byte, before anything parses it. Raises DeliveryTooLarge, UploadCutShort."""
    text = request.META.get("CONTENT_LENGTH") or ""
    length = int(text) if text.isascii() and text.isdigit() else None
    if length is not None and length > limit:
        raise DeliveryTooLarge(limit)
    is_chunked = length is None and request.META.get("wsgi.input_terminated")
    stream = request.META["wsgi.input"] if is_chunked else request
    body: bytes = stream.read(limit + 1)
    while len(body) <= limit and (more := stream.read(limit + 1 - len(body))):
        body += more
    if len(body) > limit:
        raise DeliveryTooLarge(limit)
    if length is not None and len(body) < length:
        raise UploadCutShort
    return body


def sent_of(request: HttpRequest, body: bytes) -> Sent:
    """The request as its sender saw it: a proxy may have changed scheme and host, PUBLIC_URL has not."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    method = "GET" if request.method in {"GET", "HEAD"} else "POST"
    return Sent(public_address(request), _short(headers), body, timezone.now(), method)


def public_address(request: HttpRequest) -> str:
    query = request.META.get("QUERY_STRING", "")
    return settings.PUBLIC_URL.rstrip("/") + request.path + (f"?{query}" if query else "")


def _short(headers: dict[str, str]) -> dict[str, str]:
    """Cookies and what is absurdly long prove nothing."""
    return {name: value for name, value in headers.items() if name != "cookie" and len(value) <= MOST_HEADERS_BYTES}


def _telling(error: Exception, adapter: Any, request: HttpRequest) -> Exception:
    """Where the address is signed too, the one that we verified with is told: a proxy makes it another one."""
    if isinstance(error, DeliveryUnproven) and getattr(adapter, "SIGNS_ADDRESS", False):
        parts = urlsplit(public_address(request))
        address = f"{parts.scheme}://{parts.netloc}{parts.path}"
        return DeliveryUnproven(error.reason_code, f"{error} It was verified for {address} (PUBLIC_URL) and its query.")
    return error
