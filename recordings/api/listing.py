"""Finding recordings over the API."""

from typing import Any, cast

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.api.permissions import signed_in
from accounts.api.problems import problems
from accounts.clients import TokenActor
from accounts.permissions import Act
from recordings.api.disposition_shapes import PAGING, Filters, Listed
from recordings.api.express import document_of
from recordings.models import Certificate, Recording
from recordings.services.certificates import matching_certificates
from recordings.services.listed import page_of

PAGE_PARAMETERS = {"cursor", "limit"}
NOT_ON_A_CERTIFICATE = {"agent", "number"}


class ListRecordings(GenericAPIView[Recording]):
    """The `GET` of the collection."""

    act: Any = {"GET": Act.SEE_RECORDING}
    serializer_class: Any = Listed
    queryset = Recording.objects.none()
    ordering: tuple[str, ...] = ("-started_at", "-id")

    @extend_schema(
        operation_id="recordings_list",
        parameters=[Filters, *PAGING],
        responses={200: Listed(many=True), **problems(401, 403, 422)},
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Recordings, the newest call first. `state=destroyed` lists what stands in their place."""
        filters = asked_filters(request)
        if filters.get("state") == "destroyed":
            return self._destroyed(request, filters)
        after, limit = self.paginator.asked(Recording, request, self)  # type: ignore[union-attr]
        page = page_of(cast(TokenActor, signed_in(request)), filters, after=after, limit=limit)
        return HttpResponse(document_of(page, request._request), content_type="application/json")

    def _destroyed(self, request: Request, filters: dict[str, Any]) -> Response:
        if unkept := NOT_ON_A_CERTIFICATE & filters.keys():
            raise ValidationError(dict.fromkeys(sorted(unkept), "A certificate keeps no such thing. Leave it out."))
        if "external_id" in filters and "source" not in filters:
            raise ValidationError({"source": "To find a destroyed call by its external_id, name its source too."})
        self.ordering = ("-destroyed_at", "-id")
        found = matching_certificates(Certificate.objects.visible_to(signed_in(request)), filters)
        page = self.paginate_queryset(found.select_related("line_of_business")) or []  # type: ignore[arg-type]
        return self.get_paginated_response([_gone(row, request) for row in page])  # type: ignore[arg-type]


def asked_filters(request: Request) -> dict[str, Any]:
    """The filters of the query string. Raises ValidationError: unknown, twice, or not understood."""
    asked = {name: values for name, values in request.query_params.lists() if name not in PAGE_PARAMETERS}
    if twice := [name for name, values in asked.items() if len(values) > 1]:
        raise ValidationError(dict.fromkeys(twice, "Give it once."))
    filters = Filters(data={name: values[0] for name, values in asked.items()})
    filters.is_valid(raise_exception=True)
    return dict(filters.validated_data)


def _gone(certificate: Certificate, request: Request) -> dict[str, Any]:
    content = certificate.content
    return {
        "id": str(certificate.recording_id),
        "state": "destroyed",
        "source": content["source"],
        "line_of_business": certificate.line_of_business.code,
        **content["call"],
        "destroyed_at": certificate.destroyed_at,
        "certificate": reverse("api:certificate", args=[certificate.recording_id], request=request),
    }
