"""Legal holds over the API."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import signed_in
from accounts.api.problems import problems
from accounts.permissions import Act
from recordings.api.disposition_shapes import PAGING, PlacedHold, PlaceHold, ReleaseHold
from recordings.models import LegalHold
from recordings.services.holds import place_hold, release_hold
from trail.domain.actors import Actor


class HoldsView(GenericAPIView[LegalHold]):
    act: ClassVar = {"GET": Act.SEE_HOLDS, "POST": Act.PLACE_HOLD}
    serializer_class = PlacedHold
    queryset = LegalHold.objects.none()
    ordering = ("-placed_at", "-id")

    @extend_schema(
        operation_id="holds_list", parameters=PAGING, responses={200: PlacedHold(many=True), **problems(401, 403, 422)}
    )
    def get(self, request: Request) -> Response:
        """Legal holds, the newest first; a released one stays in the list with `released_at`."""
        actor = signed_in(request)
        page: Any = self.paginate_queryset(LegalHold.objects.visible_to(actor).counted_for(actor))
        return self.get_paginated_response(PlacedHold(page, many=True).data)

    @extend_schema(
        operation_id="holds_place",
        request=PlaceHold,
        responses={201: PlacedHold, **problems(400, 401, 403, 409, 422)},
        examples=[
            OpenApiExample(
                "One recording",
                {
                    "matter": "Complaint 2026-118",
                    "reason": "The customer disputes the sale; counsel asked.",
                    "recordings": ["018d0dc4-7a31-7c44-9d2e-5b1f0c6a8e21"],
                },
                request_only=True,
            ),
            OpenApiExample(
                "Every call of an agent in October, and later ones that match",
                {
                    "matter": "Complaint 2026-119",
                    "reason": "The regulator asked for these calls.",
                    "query": {"agent": "a-17", "from": "2026-10-01T00:00:00Z", "to": "2026-11-01T00:00:00Z"},
                },
                request_only=True,
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Place a legal hold on recordings by id, on all that match a query now and later, or on both."""
        asked = PlaceHold(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        hold = place_hold(
            matter=given["matter"],
            reason=given["reason"],
            recording_ids=given.get("recordings", []),
            query=given.get("query"),
            actor=signed_in(request),
        )
        return Response(_shown(hold.pk, signed_in(request)), status=201)


class ReleaseView(GenericAPIView[LegalHold]):
    act = Act.RELEASE_HOLD
    serializer_class = ReleaseHold
    queryset = LegalHold.objects.none()

    @extend_schema(
        operation_id="holds_release",
        request=ReleaseHold,
        responses={200: PlacedHold, **problems(400, 401, 403, 404, 409, 422)},
        examples=[OpenApiExample("A settled matter", {"reason": "Settled on 20 November."}, request_only=True)],
    )
    def post(self, request: Request, hold_id: UUID) -> Response:
        """Release a hold, by somebody else than who placed it."""
        asked = ReleaseHold(data=request.data)
        asked.is_valid(raise_exception=True)
        hold = release_hold(hold_id=hold_id, reason=asked.validated_data["reason"], actor=signed_in(request))
        return Response(_shown(hold.pk, signed_in(request)))


def _shown(hold_id: UUID, actor: Actor) -> object:
    return PlacedHold(LegalHold.objects.filter(pk=hold_id).counted_for(actor).get()).data
