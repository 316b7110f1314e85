"""`decisions/`: given, looked up again, tried; and what became of them."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, PolymorphicProxySerializer, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.permissions import signed_in
from accounts.api.problems import problems
from accounts.permissions import Act
from policies.api.answers import GivenDecision, GivenDecisions, Preview, Previews, StoredDecision, ToldOutcome
from policies.api.express import body_of
from policies.api.shapes import (
    CallsToDecide,
    CallsToTry,
    CallToDecide,
    CallToTry,
    TellOutcome,
    asked_of,
    call_of,
    is_list,
    told_of,
)
from policies.domain.errors import LawRefused
from policies.models import DecisionOutcome
from policies.services import decisions, giving, outcomes

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
OTHER = CALL | {
    "direction": "outbound",
    "language": "es",
    "parties": [
        {"role": "agent", "jurisdiction": "US-TX"},
        {"role": "customer", "number": "+13055550142", "address": "US-FL"},
    ],
}


def _either(name: str, *shapes: Any) -> PolymorphicProxySerializer:
    return PolymorphicProxySerializer(component_name=name, serializers=shapes, resource_type_field_name=None)


class DecisionsView(APIView):
    act = Act.DECIDE_CALL

    @extend_schema(
        request=_either("CallOrCalls", CallToDecide, CallsToDecide),
        responses={201: _either("DecisionOrDecisions", GivenDecision, GivenDecisions)},
        operation_id="decide_call",
        examples=[
            OpenApiExample("A caller in Florida, an agent in Texas", CALL, request_only=True),
            OpenApiExample("Two calls at once", {"calls": [CALL, OTHER]}, request_only=True),
        ],
    )
    def post(self, request: Request) -> HttpResponse:
        """May this call be recorded, what has to be said, how long is it kept? Stored, without any number.

        Up to 100 calls are decided at once, all or none, under `calls`.
        """
        asked, in_list, actor = asked_of(request.data), is_list(request.data), signed_in(request)
        calls = [call_of(call) for call in asked["calls"]] if in_list else [call_of(asked)]
        given = giving.give_many(calls, actor=actor, in_list=in_list)
        return HttpResponse(body_of(given, in_list=in_list), status=201, content_type="application/json")


class DecisionView(APIView):
    act = Act.DECIDE_CALL

    @extend_schema(responses={200: StoredDecision, **problems(404)}, operation_id="decision_read")
    def get(self, request: Request, decision_id: UUID) -> Response:
        """A decision as it was given, with what it was computed from and what became of it."""
        decision = outcomes.given_decision(decision_id, signed_in(request))
        outcome = getattr(decision, "outcome", None)
        return Response(
            {
                "id": str(decision.pk),
                "decided_at": decision.decided_at,
                **decision.answer,
                "edition": decision.edition,
                "digest": decision.digest,
                "call": decision.call,
                "outcome": _outcome(outcome) if outcome else None,
            }
        )


class OutcomeView(APIView):
    act = Act.DECIDE_CALL

    @extend_schema(
        request=TellOutcome,
        responses={201: ToldOutcome, 200: ToldOutcome, **problems(404, 409, 422)},
        operation_id="decision_tell_outcome",
        examples=[
            OpenApiExample(
                "The caller pressed a key", {"announced": True, "announced_offset_s": 2.5, "consent": "given",
                                             "method": "keypad", "party": "customer", "offset_s": 9.0},
                request_only=True,
            ),
        ],
    )  # fmt: skip
    def post(self, request: Request, decision_id: UUID) -> Response:
        """What became of the decision on the call: told once, and the same again changes nothing.

        The recording that is delivered with this decision's token takes it over as evidence of consent, where its
        delivery brings none.
        """
        asked = TellOutcome(data=request.data)
        asked.is_valid(raise_exception=True)
        kept = outcomes.tell_outcome(
            decision_id=decision_id, told=told_of(asked.validated_data), actor=signed_in(request)
        )
        body = _outcome(kept.outcome) | {"next": vars(kept.next)}
        return Response(body, status=201 if kept.created else 200)


def _outcome(outcome: DecisionOutcome) -> dict[str, Any]:
    return {
        "told_at": outcome.told_at,
        "announced": outcome.announced,
        "announced_offset_s": outcome.announced_offset_seconds,
        "consent": outcome.consent or None,
        "method": outcome.method or None,
        "party": outcome.party or None,
        "offset_s": outcome.offset_seconds,
        "document_sha256": outcome.document_sha256 or None,
    }


class PreviewView(APIView):
    act = Act.DECIDE_CALL

    @extend_schema(
        request=_either("CallOrCallsToTry", CallToTry, CallsToTry),
        responses={200: _either("PreviewOrPreviews", Preview, Previews)},
        operation_id="preview_decision",
        examples=[
            OpenApiExample("The same call on another day", CALL | {"day": "2026-03-02"}, request_only=True),
            OpenApiExample(
                "The same call under a policy that keeps it for a month",
                CALL | {"policy": {"company": "Harbor & Vale", "retention": {"max_period": "P1M"}}},
                request_only=True,
            ),
            OpenApiExample(
                "Two calls under a policy of one's own",
                {"calls": [CALL, OTHER], "policy": {"retention": {"max_period": "P1M"}}},
                request_only=True,
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """The same for another policy or day, or the law as it was believed then; up to 100. Nothing is stored."""
        in_list, actor = is_list(request.data), signed_in(request)
        asked = (CallsToTry if in_list else CallToTry)(data=request.data)
        asked.is_valid(raise_exception=True)
        told = asked.validated_data
        calls = [call_of(call) for call in told["calls"]] if in_list else [call_of(told)]
        options = {"document": told.get("policy"), "known_at": told.get("known_at")}
        try:
            found = decisions.preview_many(calls, **options, actor=actor, in_list=in_list)
        except LawRefused as error:
            if told.get("known_at") is None:
                raise
            raise ValidationError({"known_at": [str(error)]}) from error
        answers = [outcome.answer for outcome in found]
        return Response({"results": answers} if in_list else answers[0])
