"""A recording as a vCon, the neutral format of the field."""

from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from accounts.api.permissions import signed_in
from accounts.api.problems import problems
from accounts.permissions import Act
from recordings.domain.vcons import vcon
from recordings.models import Recording
from recordings.services.sight import find_recording
from recordings.services.vcon import call_out

MEDIA_TYPE = "application/vcon"


class AsVcon(APIView):
    act = Act.SEE_RECORDING

    @extend_schema(
        operation_id="recordings_vcon",
        responses={(200, MEDIA_TYPE): OpenApiTypes.OBJECT, **problems(401, 403, 404, 410, 503)},
    )
    def get(self, request: Request, recording_id: UUID) -> Response:
        """The recording as a vCon. Its audio stands in it by its address here, which asks for recordings:listen."""
        find_recording(recording_id, signed_in(request))
        parts = Recording.objects.select_related("key", "line_of_business").prefetch_related("parties")
        recording = parts.get(pk=recording_id)
        url = reverse("api:recording-audio", args=[recording_id], request=request)
        return Response(vcon(call_out(recording, signed_in(request), audio_url=url)), content_type=MEDIA_TYPE)
