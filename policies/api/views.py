"""`POST decisions/` and `POST decisions/preview/`."""

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.permissions import signed_in
from accounts.permissions import Act
from policies.api.answers import GivenDecision, Preview
from policies.api.shapes import CallToDecide, CallToTry, asked_of, call_of
from policies.services import decisions, giving

CALL = {
    "direction": "inbound",
    "line_of_business": "home-cover",
    "purposes": ["quality_assurance"],
    "facts": {"sector": "insurance"},
    "parties": [
        {"role": "agent", "jurisdiction": "US-TX"},
        {"role": "customer", "number": "+18135550142"},
    ],
}


class DecisionsView(APIView):
    act = Act.DECIDE_CALL

    @extend_schema(
        request=CallToDecide,
        responses={201: GivenDecision},
        operation_id="decide_call",
        examples=[OpenApiExample("A caller in Florida, an agent in Texas", CALL, request_only=True)],
    )
    def post(self, request: Request) -> HttpResponse:
        """May this call be recorded, what has to be said, how long is it kept? Stored, without any number."""
        given = giving.give(call_of(asked_of(request.data)), actor=signed_in(request))
        return HttpResponse(given.body, status=201, content_type="application/json")


class PreviewView(APIView):
    act = Act.DECIDE_CALL

    @extend_schema(
        request=CallToTry,
        responses={200: Preview},
        operation_id="preview_decision",
        examples=[
            OpenApiExample("The same call on another day", CALL | {"day": "2026-03-02"}, request_only=True),
            OpenApiExample(
                "The same call under a policy that keeps it for a month",
                CALL | {"policy": {"company": "Harbor & Vale", "retention": {"max_period": "P1M"}}},
                request_only=True,
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """The same for another policy or another day. Nothing is stored."""
        asked = CallToTry(data=request.data)
        asked.is_valid(raise_exception=True)
        document = asked.validated_data.get("policy")
        outcome = decisions.preview(call_of(asked.validated_data), document=document, actor=signed_in(request))
        return Response(outcome.answer)
