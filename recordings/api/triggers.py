"""Telling what a period counts from: of one recording, or of all that match."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.permissions import signed_in
from accounts.api.problems import problems
from accounts.api.serializers import StrictSerializer
from accounts.permissions import Act
from recordings.api.disposition_shapes import Instant
from recordings.api.hold_shapes import HoldQuery
from recordings.domain.triggers import KINDS, WORDS, waits_for
from recordings.models import Recording, RetentionTrigger, TriggerEffect
from recordings.services.dates import given_dates
from recordings.services.retention.triggers import find_trigger, tell_of_matching, tell_trigger
from recordings.services.sight import find_recording

CONTRACT_ENDED = {"kind": "contract_end", "at": "2026-10-31T23:00:00Z"}


class TellTrigger(StrictSerializer):
    """What happened, and when."""

    kind = serializers.ChoiceField(choices=KINDS, help_text="What happened, as the law register names it.")
    at = Instant(help_text="When it happened; with its zone.")
    replace = serializers.BooleanField(
        required=False, default=False, help_text="Whether it stands in for what was told of the same before."
    )


class TriggerMatch(HoldQuery):
    """Filters of the list; at least one."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError("Name at least one filter, such as external_id, number or agent.")
        return attrs


class TellMatching(TellTrigger):
    match = TriggerMatch(help_text="The recordings that it concerns, as they stand now.")


class EffectShape(serializers.Serializer[Any]):
    """One trigger as it counted for one recording."""

    trigger_id = serializers.UUIDField()
    kind = serializers.CharField(source="trigger.kind")
    words = serializers.SerializerMethodField(help_text="The kind in words.")
    at = serializers.DateTimeField(source="trigger.happened_at")
    told_at = serializers.DateTimeField(source="trigger.told_at")
    outcome = serializers.CharField(help_text="later, same, earlier (a second person is asked) or contradicts.")
    before = serializers.DateTimeField(
        source="happened_before", allow_null=True, help_text="What was told of the same before."
    )

    def get_words(self, effect: TriggerEffect) -> str:
        return WORDS.get(effect.trigger.kind, effect.trigger.kind)


class CountedShape(serializers.Serializer[Any]):
    """A recording's dates after a trigger."""

    trigger_id = serializers.UUIDField()
    outcome = serializers.CharField(
        help_text="later, same, or earlier: then its dates stay until a second person agrees."
    )
    keep_until = serializers.DateTimeField()
    delete_by = serializers.DateTimeField()
    waits_for = serializers.ListField(child=serializers.CharField(), help_text="Triggers of its rules, not told yet.")
    shortening = serializers.UUIDField(allow_null=True, help_text="The list on which a second person finds it.")


class TriggerShape(serializers.Serializer[RetentionTrigger]):
    """A trigger that was told of all that match, and how far a worker has come."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    at = serializers.DateTimeField(source="happened_at")
    state = serializers.CharField(help_text="working or done.")
    matched = serializers.IntegerField(help_text="Recordings looked at.")
    later = serializers.IntegerField(help_text="Leave later now.")
    same = serializers.IntegerField(help_text="Their dates stay.")
    earlier = serializers.IntegerField(help_text="Would leave earlier; a second person is asked.")
    contradicts = serializers.IntegerField(help_text="Told otherwise before, and left as they were.")
    shortening = serializers.UUIDField(source="job_id", allow_null=True)
    told_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class RecordingTriggers(APIView):
    act: Any = {"GET": Act.SEE_RECORDING, "POST": Act.TELL_TRIGGER}

    @extend_schema(
        operation_id="recordings_triggers",
        responses={200: EffectShape(many=True), **problems(401, 403, 404, 410)},
    )
    def get(self, request: Request, recording_id: UUID) -> Response:
        """What was told of it that its periods count from, oldest first."""
        find_recording(recording_id, signed_in(request))
        return Response(EffectShape(TriggerEffect.objects.of(recording_id), many=True).data)

    @extend_schema(
        operation_id="recordings_tell_trigger",
        request=TellTrigger,
        responses={200: CountedShape, **problems(400, 401, 403, 404, 409, 410, 422)},
        examples=[OpenApiExample("The contract ended", CONTRACT_ENDED, request_only=True)],
    )
    def post(self, request: Request, recording_id: UUID) -> Response:
        """Count its periods from what happened. No date comes earlier by that; the same again changes nothing."""
        asked = TellTrigger(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        counted = tell_trigger(
            recording=find_recording(recording_id, signed_in(request)),
            kind=given["kind"],
            happened_at=given["at"],
            replaces=given["replace"],
            actor=signed_in(request),
        )
        recording = Recording.objects.get(pk=recording_id)
        shown = {
            "trigger_id": counted.trigger.pk,
            "outcome": counted.outcome,
            "keep_until": recording.keep_until,
            "delete_by": recording.delete_by,
            "waits_for": waits_for(given_dates([recording])[recording.pk].explanation),
            "shortening": counted.trigger.job_id,
        }
        return Response(CountedShape(shown).data)


class Triggers(APIView):
    act = Act.TELL_TRIGGER

    @extend_schema(
        operation_id="triggers_tell",
        request=TellMatching,
        responses={202: TriggerShape, **problems(400, 401, 403, 422)},
        examples=[
            OpenApiExample(
                "Every call of a customer whose contract ended",
                CONTRACT_ENDED | {"match": {"number": "+13125550142", "line_of_business": "home-cover"}},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """The same for all recordings that match now; a worker counts them, and `GET` tells how far it has come."""
        asked = TellMatching(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        trigger = tell_of_matching(
            match=given["match"],
            kind=given["kind"],
            happened_at=given["at"],
            replaces=given["replace"],
            actor=signed_in(request),
        )
        return Response(TriggerShape(trigger).data, status=202)


class OneTrigger(APIView):
    act = Act.TELL_TRIGGER

    @extend_schema(operation_id="triggers_read", responses={200: TriggerShape, **problems(401, 403, 404)})
    def get(self, request: Request, trigger_id: UUID) -> Response:
        """How far a trigger that was told of many has been counted."""
        return Response(TriggerShape(find_trigger(trigger_id, signed_in(request))).data)
