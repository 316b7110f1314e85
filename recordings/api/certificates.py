"""Certificates of destruction over the API."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import signed_in
from accounts.api.problems import problems
from accounts.permissions import Act
from recordings import keys
from recordings.api.disposition_shapes import PAGING, CertificateFilters, Certified
from recordings.models import Certificate
from recordings.services.certificates import documents, find_certificate

PAGE_PARAMETERS = {"cursor", "limit"}


class CertificatesView(GenericAPIView[Certificate]):
    act = Act.SEE_CERTIFICATE
    serializer_class = Certified
    queryset = Certificate.objects.none()
    ordering = ("-destroyed_at", "-id")

    @extend_schema(
        operation_id="certificates_list",
        parameters=[CertificateFilters, *PAGING],
        responses={200: Certified(many=True), **problems(401, 403, 422)},
    )
    def get(self, request: Request) -> Response:
        """Certificates, the newest first."""
        asked = {name: value for name, value in request.query_params.items() if name not in PAGE_PARAMETERS}
        filters = CertificateFilters(data=asked)
        filters.is_valid(raise_exception=True)
        found = Certificate.objects.visible_to(signed_in(request)).filter(**_lookups(filters.validated_data))
        page = self.paginate_queryset(found.select_related("batch"))
        return self.get_paginated_response(documents(page or []))


class CertificateView(GenericAPIView[Certificate]):
    act = Act.SEE_CERTIFICATE
    serializer_class = Certified
    queryset = Certificate.objects.none()

    @extend_schema(operation_id="certificates_retrieve", responses={200: Certified, **problems(401, 403, 404)})
    def get(self, request: Request, recording_id: UUID) -> Response:
        """The certificate of one recording, with all that verifies it and the public key."""
        certificate = find_certificate(recording_id, signed_in(request))
        return Response(documents([certificate])[0] | {"public_key": keys.public_key()})


def _lookups(given: dict[str, Any]) -> dict[str, Any]:
    names = {
        "line_of_business": "line_of_business__code",
        "from": "destroyed_at__gte",
        "to": "destroyed_at__lt",
    }
    return {names[name]: value for name, value in given.items()}
