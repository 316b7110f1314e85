"""`GET policies/schema.json`: the JSON Schema of a policy file, for editors and for a team's own CI."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.permissions import Act
from policies.domain.schema import file_schema

SCHEMA: dict[str, Any] = file_schema()


class PolicySchemaView(APIView):
    act = Act.DECIDE_CALL

    @extend_schema(responses={200: OpenApiTypes.OBJECT}, operation_id="policy_schema")
    def get(self, _: Request) -> Response:
        """The JSON Schema (2020-12) of a policy file; its `document` is what a preview takes as `policy`."""
        return Response(SCHEMA)
