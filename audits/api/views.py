"""Results and findings over the API."""

from typing import cast
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.problems import problems
from accounts.clients import TokenActor
from accounts.models import LineOfBusiness
from accounts.permissions import Act, lines_of
from audits.api.shapes import FindingFilters, FindingShape, ResultsFilters, ResultsShape, result_document
from audits.models import Finding
from audits.services.results import results

PAGE_PARAMETERS = {"cursor", "limit"}


class ResultsView(APIView):
    act = Act.SEE_AUDITS

    @extend_schema(
        operation_id="audits_results",
        parameters=[ResultsFilters],
        responses={200: ResultsShape} | problems(401, 403, 422),
    )
    def get(self, request: Request) -> Response:
        """Rates with their intervals, by plan and by question."""
        filters = ResultsFilters(data=dict(request.query_params.items()))
        filters.is_valid(raise_exception=True)
        asked = filters.validated_data
        line = _line(request, asked.get("line_of_business"))
        found = results(_actor(request), line_id=line, since=asked.get("since"), until=asked.get("until"))
        document = {
            "as_of": timezone.now(),
            "interval": "Wilson score interval, 95 %",
            "results": [result_document(one) for one in found],
        }
        return Response(ResultsShape(document).data)


class FindingsView(GenericAPIView[Finding]):
    act = Act.SEE_AUDITS
    serializer_class = FindingShape
    queryset = Finding.objects.none()
    ordering = ("-opened_at", "-id")

    @extend_schema(
        operation_id="findings_list",
        parameters=[FindingFilters],
        responses={200: FindingShape(many=True)} | problems(401, 403, 422),
    )
    def get(self, request: Request) -> Response:
        """Findings, the newest first."""
        filters = FindingFilters(
            data={name: value for name, value in request.query_params.items() if name not in PAGE_PARAMETERS}
        )
        filters.is_valid(raise_exception=True)
        names = {"line_of_business": "line_of_business__code", "recording": "recording_id", "state": "state"}
        asked = {names[name]: value for name, value in filters.validated_data.items()}
        found = Finding.objects.standing().visible_to(_actor(request)).filter(**asked)
        page = self.paginate_queryset(found.select_related("line_of_business"))
        return self.get_paginated_response(FindingShape(page, many=True).data)


def _line(request: Request, code: str | None) -> UUID | None:
    """The line's id. Raises ValidationError: no such line that the token sees."""
    if code is None:
        return None
    reach = lines_of(_actor(request))
    visible = LineOfBusiness.objects.filter(code=code)
    line = (visible if reach is None else visible.filter(pk__in=reach)).first()
    if line is None:
        raise ValidationError({"line_of_business": ["Name a line of business that this token sees."]})
    return line.pk


def _actor(request: Request) -> TokenActor:
    """Whoever holds the request's token; the scope was checked before."""
    return cast(TokenActor, request.user)
