"""Shapes of the calls about finding, holding, and what became of what was destroyed."""

from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from accounts.api.serializers import StrictSerializer
from recordings.api.serializers import KnownDirection, KnownInstant
from recordings.models import Recording

PAGING = [
    OpenApiParameter("cursor", str, description="From `next`, unchanged."),
    OpenApiParameter("limit", int, description="Rows of a page, 1 to 200; 50 where it is left out."),
]
STATES = [*Recording.State.values, "held", "listed", "destroyed"]


class Instant(serializers.DateTimeField):
    """A moment with its zone; one without would mean another moment on another machine."""

    default_error_messages = {
        "zone": "Write the zone too, such as 2026-11-24T14:02:00Z.",
        "range": "Write a moment that is also one in UTC.",
    }

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None:
            self.fail("zone")
        try:
            return value.astimezone(UTC)
        except OverflowError:
            self.fail("range")


class Filters(StrictSerializer):
    """What the list is narrowed by, and what a hold by query takes."""

    source = serializers.CharField(
        required=False,
        max_length=64,  # type: ignore[assignment]
        help_text="The telephony source.",
    )
    external_id = serializers.CharField(required=False, max_length=200, help_text="The source's id of the call.")
    agent = serializers.CharField(required=False, max_length=120, help_text="The phone system's id of the agent.")
    line_of_business = serializers.CharField(required=False, max_length=50, help_text="Code of a line of business.")
    number = serializers.CharField(required=False, max_length=32, help_text="A party's number, in E.164: +13125550142.")
    to = Instant(required=False, help_text="Calls that started before this moment.")
    state = serializers.ChoiceField(
        required=False, choices=STATES, help_text="A state, or held, listed; destroyed lists certificates."
    )
    delete_before = Instant(required=False, help_text="Recordings whose delete_by comes before this moment.")

    def get_fields(self) -> dict[str, Any]:
        started = Instant(required=False, help_text="Calls that started at this moment or later.")
        return super().get_fields() | {"from": started}  # a word that Python keeps for itself


class CertificateFilters(StrictSerializer):
    """What the list of certificates is narrowed by."""

    line_of_business = serializers.CharField(required=False, max_length=50, help_text="Code of a line of business.")
    to = Instant(required=False, help_text="Destroyed before this moment.")

    def get_fields(self) -> dict[str, Any]:
        destroyed = Instant(required=False, help_text="Destroyed at this moment or later.")
        return super().get_fields() | {"from": destroyed}


class RetentionDates(serializers.Serializer[Recording]):
    keep_until = serializers.DateTimeField(help_text="Nobody may destroy it before.")
    delete_by = serializers.DateTimeField(help_text="It goes then.")
    is_provisional = serializers.BooleanField(help_text="The default's dates, until a policy or a person decides.")


class Listed(serializers.Serializer[Recording]):
    """One row of the list. Numbers and names are in the detail only."""

    id = serializers.UUIDField()
    source = serializers.CharField()  # type: ignore[assignment]
    external_id = serializers.CharField()
    state = serializers.CharField()
    quarantine_reasons = serializers.ListField(child=serializers.CharField())
    is_held = serializers.BooleanField(help_text="Whether a legal hold keeps it.")
    listed_at = serializers.DateTimeField(allow_null=True, help_text="Since when it stands on the disposition list.")
    line_of_business = serializers.CharField(source="line_of_business.code")
    started_at = KnownInstant("started_at", help_text="Null where the phone system did not tell it.")
    ended_at = KnownInstant("ended_at", help_text="Null where the phone system did not tell it.")
    direction = KnownDirection("direction", help_text="Null where the phone system did not tell it.")
    medium = serializers.CharField()
    purposes = serializers.ListField(child=serializers.CharField())
    agent = serializers.SerializerMethodField()
    size_bytes = serializers.IntegerField(allow_null=True)
    retention = RetentionDates(source="*")

    def get_agent(self, recording: Recording) -> dict[str, str]:
        return {"id": recording.agent_id}


class Certified(serializers.Serializer[Any]):
    """A certificate of destruction, to be verified without us: `public_key` is the key that `key_id` names."""

    id = serializers.UUIDField()
    recording_id = serializers.UUIDField()
    destroyed_at = serializers.DateTimeField()
    content = serializers.JSONField(help_text="What was destroyed, when, how, under which rule. No personal data.")
    proof = serializers.JSONField(help_text="Neighbours from this content's leaf to the batch's Merkle root.")
    batch = serializers.JSONField(help_text="The root, and the Ed25519 signature over it.")
    read_back = serializers.JSONField(help_text="The second signed statement: the object was read back and is absent.")
    public_key = serializers.JSONField(required=False, help_text="In the document of one certificate.")
