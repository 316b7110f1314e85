"""Legal holds over the API."""

from collections.abc import Iterator
from typing import Any, ClassVar
from uuid import UUID

from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import signed_in
from accounts.api.problems import problems
from accounts.permissions import Act
from recordings.api.disposition_shapes import PAGING
from recordings.api.hold_shapes import PlacedHold, PlaceHold, ReleaseHold, ReleasePreview
from recordings.models import LegalHold
from recordings.services.holds import Custodian, find_hold, place_hold, preview_release, release_hold
from recordings.services.holds.reports import report_as_json
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
        holds = LegalHold.objects.visible_to(actor).counted_for(actor).prefetch_related("criteria")
        page: Any = self.paginate_queryset(holds)
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
            OpenApiExample(
                "Every call of two people, from now on too",
                {
                    "matter": "Ortega v. Harbor & Vale",
                    "reference": "2026-CV-0118",
                    "reason": "Counsel expects a suit and asked to keep all calls of both.",
                    "custodians": [
                        {"agent": "a-17", "label": "The agent who sold it"},
                        {"number": "+13125550142", "label": "Ms Ortega"},
                    ],
                },
                request_only=True,
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Place a legal hold on recordings by id, on all that match a query or are calls of people, now and later."""
        asked = PlaceHold(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        hold = place_hold(
            matter=given["matter"],
            reference=given.get("reference", ""),
            reason=given["reason"],
            recording_ids=given.get("recordings", []),
            query=given.get("query"),
            custodians=[Custodian(**custodian) for custodian in given.get("custodians", [])],
            later_calls=given["later_calls"],
            actor=signed_in(request),
        )
        return Response(_shown(hold.pk, signed_in(request)), status=201)


class HoldView(GenericAPIView[LegalHold]):
    act = Act.SEE_HOLDS
    serializer_class = PlacedHold
    queryset = LegalHold.objects.none()

    @extend_schema(operation_id="holds_read", responses={200: PlacedHold, **problems(401, 403, 404)})
    def get(self, request: Request, hold_id: UUID) -> Response:
        """One hold, and how many recordings are under it by now."""
        actor = signed_in(request)
        return Response(_shown(find_hold(hold_id, actor).pk, actor))


class HoldReport(GenericAPIView[LegalHold]):
    act = Act.SEE_HOLDS
    queryset = LegalHold.objects.none()

    @extend_schema(
        operation_id="holds_report",
        responses={200: OpenApiTypes.OBJECT, **problems(401, 403, 404)},
    )
    def get(self, request: Request, hold_id: UUID) -> StreamingHttpResponse:
        """The report of a hold: who asked for what, its criteria, its members with the moments at which they joined."""
        pieces = report_as_json(hold_id, actor=signed_in(request))
        return StreamingHttpResponse(_encoded(pieces), content_type="application/json")


class ReleasePreviewView(GenericAPIView[LegalHold]):
    act = Act.RELEASE_HOLD
    serializer_class = ReleasePreview
    queryset = LegalHold.objects.none()

    @extend_schema(
        operation_id="holds_release_preview", responses={200: ReleasePreview, **problems(401, 403, 404, 409)}
    )
    def get(self, request: Request, hold_id: UUID) -> Response:
        """What the release would let go, and when, for the second person to see first."""
        _, shown = preview_release(hold_id, actor=signed_in(request), at=timezone.now())
        return Response(shown.as_json())


class ReleaseView(GenericAPIView[LegalHold]):
    act = Act.RELEASE_HOLD
    serializer_class = ReleaseHold
    queryset = LegalHold.objects.none()

    @extend_schema(
        operation_id="holds_release",
        request=ReleaseHold,
        responses={200: PlacedHold, **problems(400, 401, 403, 404, 409, 422)},
        examples=[
            OpenApiExample(
                "A settled matter",
                {"reason": "Settled on 20 November.", "preview": "0" * 64},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, hold_id: UUID) -> Response:
        """Release a hold, by somebody else than who placed it. Look at the preview first and send its digest."""
        asked = ReleaseHold(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        hold = release_hold(hold_id=hold_id, reason=given["reason"], seen=given["preview"], actor=signed_in(request))
        return Response(_shown(hold.pk, signed_in(request)))


def _shown(hold_id: UUID, actor: Actor) -> object:
    found = LegalHold.objects.filter(pk=hold_id).counted_for(actor).prefetch_related("criteria")
    return PlacedHold(found.get()).data


def _encoded(pieces: Iterator[str]) -> Iterator[bytes]:
    for piece in pieces:
        yield piece.encode()
