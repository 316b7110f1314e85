"""One recording over the API: what it is, why it is kept, what happened to it and on the call."""

from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.problems import problems
from accounts.permissions import Act
from recordings.api.detail_shapes import CallEventShape, DetailShape, HistoryShape, RetentionShape, TellEvent, ToldShape
from recordings.api.intake import caller
from recordings.models import Recording
from recordings.services.calls import record_event
from recordings.services.deliverers import find_deliverable
from recordings.services.people import people_of
from recordings.services.sight import find_recording
from trail.models import Event


class OneRecording(APIView):
    act = Act.SEE_RECORDING

    @extend_schema(operation_id="recordings_read", responses={200: DetailShape, **problems(401, 403, 404, 410)})
    def get(self, request: Request, recording_id: UUID) -> Response:
        """The recording with its parties, its consent, its audio. Names and numbers for who may read them."""
        recording = find_recording(recording_id, caller(request))
        people = people_of([recording], caller(request))[recording.pk]
        return Response(DetailShape(recording, context={"people": people}).data)


class WhyKept(APIView):
    act = Act.SEE_RECORDING

    @extend_schema(operation_id="recordings_retention", responses={200: RetentionShape, **problems(401, 403, 404, 410)})
    def get(self, request: Request, recording_id: UUID) -> Response:
        """Until when it is kept, which rules gave that, and what else keeps it."""
        return Response(RetentionShape(find_recording(recording_id, caller(request))).data)


class CallHistory(GenericAPIView[Event]):
    act = {"GET": Act.SEE_RECORDING, "POST": Act.DELIVER_RECORDING}
    ordering = ("sequence",)
    serializer_class = HistoryShape
    queryset = Event.objects.none()

    @extend_schema(
        operation_id="recordings_events", responses={200: HistoryShape(many=True), **problems(401, 403, 404)}
    )
    def get(self, request: Request, recording_id: UUID) -> Response:
        """Everything that happened to the recording, oldest first."""
        recording = find_recording(recording_id, caller(request))
        page = self.paginate_queryset(Event.objects.about(recording))
        return self.get_paginated_response(HistoryShape(cast(Any, page), many=True).data)

    @extend_schema(
        operation_id="recordings_tell_event",
        request=TellEvent,
        responses={201: ToldShape, 200: ToldShape, **problems(400, 401, 403, 404, 410, 422)},
        examples=[
            OpenApiExample(
                "The customer agreed",
                {"kind": "consent_given", "offset_s": 6.2, "party": "customer", "method": "spoken"},
                request_only=True,
            ),
            OpenApiExample(
                "The announcement was played",
                {"kind": "disclosure_played", "offset_s": 1.5, "detail": "recording"},
                request_only=True,
            ),
        ],
    )
    def post(self, request: Request, recording_id: UUID) -> Response:
        """Tell what happened on the call. Consent given later may end a quarantine; a refusal begins one."""
        shape = TellEvent(data=request.data)
        shape.is_valid(raise_exception=True)
        recording = find_deliverable(recording_id, caller(request))
        told = record_event(recording=recording, actor=caller(request), **shape.event())
        content: dict[str, Any] = dict(CallEventShape(told.event).data)
        after: Recording = told.recording
        content |= {"state": after.state, "quarantine_reasons": after.quarantine_reasons}
        return Response(content, status=201 if told.created else 200)
