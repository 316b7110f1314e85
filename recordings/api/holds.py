"""Legal holds over the API."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import signed_in
from accounts.api.problems import problems
from accounts.permissions import Act
from recordings.api.disposition_shapes import PAGING, PlacedHold, PlaceHold, ReleaseHold
from recordings.models import LegalHold
from recordings.services.holds import place_hold, release_hold


def with_number_held(holds: QuerySet[LegalHold]) -> QuerySet[LegalHold]:
    """Each hold with `held`: what it keeps, or kept when it was released."""
    in_force = Q(members__released_at=None) | Q(released_at__isnull=False)
    return holds.annotate(held=Count("members", filter=in_force))


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
        page: Any = self.paginate_queryset(with_number_held(LegalHold.objects.visible_to(signed_in(request))))
        return self.get_paginated_response(PlacedHold(page, many=True).data)

    @extend_schema(
        operation_id="holds_place", request=PlaceHold, responses={201: PlacedHold, **problems(400, 401, 403, 409, 422)}
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
        return Response(_shown(hold.pk), status=201)


class ReleaseView(GenericAPIView[LegalHold]):
    act = Act.RELEASE_HOLD
    serializer_class = ReleaseHold
    queryset = LegalHold.objects.none()

    @extend_schema(
        operation_id="holds_release",
        request=ReleaseHold,
        responses={200: PlacedHold, **problems(400, 401, 403, 404, 409, 422)},
    )
    def post(self, request: Request, hold_id: UUID) -> Response:
        """Release a hold, by somebody else than who placed it."""
        asked = ReleaseHold(data=request.data)
        asked.is_valid(raise_exception=True)
        hold = release_hold(hold_id=hold_id, reason=asked.validated_data["reason"], actor=signed_in(request))
        return Response(_shown(hold.pk))


def _shown(hold_id: UUID) -> object:
    return PlacedHold(with_number_held(LegalHold.objects.filter(pk=hold_id)).get()).data
