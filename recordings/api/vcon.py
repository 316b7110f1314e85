"""A recording as a vCon, the neutral format of the field."""

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from accounts.api.permissions import signed_in
from accounts.api.problems import problems
from accounts.permissions import Act
from recordings import keys
from recordings.domain.signed_json import public_jwk
from recordings.domain.vcons import vcon
from recordings.models import Recording
from recordings.services.sight import find_recording
from recordings.services.vcon import call_out, signed_vcon

MEDIA_TYPE = "application/vcon"


SIGNED = OpenApiParameter("signed", bool, description="Whether it comes signed: JWS, general JSON serialization.")


class KeyShape(serializers.Serializer[dict[str, str]]):
    """An Ed25519 public key (RFC 8037)."""

    kty = serializers.CharField(help_text="OKP.")
    crv = serializers.CharField(help_text="Ed25519.")
    use = serializers.CharField(help_text="sig.")
    alg = serializers.CharField(help_text="EdDSA.")
    kid = serializers.CharField(help_text="As it stands in what was signed.")
    x = serializers.CharField(help_text="The key, in base64url.")


class KeysShape(serializers.Serializer[dict[str, Any]]):
    keys = KeyShape(many=True)


class AsVcon(APIView):
    act = Act.SEE_RECORDING

    @extend_schema(
        operation_id="recordings_vcon",
        parameters=[SIGNED],
        responses={(200, MEDIA_TYPE): OpenApiTypes.OBJECT, **problems(401, 403, 404, 410, 422, 503)},
    )
    def get(self, request: Request, recording_id: UUID) -> Response:
        """The recording as a vCon with its consent, its retention, its reviews; with `signed=true` as a JWS.

        Its audio stands in it by its address here, which asks for recordings:listen. The key that signs is published
        under `keys/`.
        """
        is_signed = _asked_signed(request)
        find_recording(recording_id, signed_in(request))
        parts = Recording.objects.select_related("key", "line_of_business").prefetch_related("parties")
        recording = parts.get(pk=recording_id)
        url = reverse("api:recording-audio", args=[recording_id], request=request)
        call = call_out(recording, signed_in(request), audio_url=url)
        return Response(signed_vcon(call) if is_signed else vcon(call), content_type=MEDIA_TYPE)


class SigningKeys(APIView):
    authentication_classes: Any = ()
    permission_classes: Any = (AllowAny,)  # a public key is for everybody

    @extend_schema(operation_id="keys_list", auth=[], responses={200: KeysShape})
    def get(self, request: Request) -> Response:
        """The public keys that verify what this copy signed, as a JWK Set (RFC 7517); the current one first."""
        found = [public_jwk(key_id=key_id, public=public) for key_id, public in keys.public_keys().items()]
        return Response({"keys": found})


def _asked_signed(request: Request) -> bool:
    """Raises ValidationError: neither true nor false."""
    asked = request.query_params.get("signed", "false")
    if asked not in {"true", "false"}:
        raise ValidationError({"signed": "Write true or false."})
    return asked == "true"
