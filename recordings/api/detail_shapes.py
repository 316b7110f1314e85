"""Shapes of one recording in full, of its retention, its history and its events."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.serializers import StrictSerializer
from recordings.api.serializers import (
    LONGEST_CALL_SECONDS,
    METHODS,
    KeptShape,
    KnownDirection,
    KnownInstant,
    PartyName,
    TakenShape,
)
from recordings.models import AudioProfile, CallEvent, Party, Recording, RetentionChange
from recordings.services.calls import KINDS
from recordings.services.dates import date_history, given_dates
from recordings.services.people import People
from trail import verbs
from trail.models import Event


class AudioShape(serializers.Serializer[AudioProfile]):
    """What the audio itself told, once it was read."""

    outcome = serializers.CharField(help_text="waiting, good, damaged or unreadable.")
    codec = serializers.CharField()
    channels = serializers.IntegerField(allow_null=True)
    sample_rate_hz = serializers.IntegerField(allow_null=True)
    duration_s = serializers.FloatField(source="duration_seconds", allow_null=True)
    announced_s = serializers.FloatField(
        source="announced_seconds", allow_null=True, help_text="Its length as the file's own header announces it."
    )
    checked_at = serializers.DateTimeField(
        allow_null=True, help_text="When all its bytes were last compared with the SHA-256 of their arrival."
    )
    marks = serializers.ListField(
        child=serializers.CharField(), help_text="truncated, damaged, silent, one_sided, length_differs."
    )


class DetailShape(TakenShape):
    """A recording with everything that is known of it."""

    started_at = KnownInstant("started_at", help_text="Null where the phone system did not tell it.")
    ended_at = KnownInstant("ended_at", help_text="Null where the phone system did not tell it.")
    direction = KnownDirection("direction", help_text="Null where the phone system did not tell it.")
    medium = serializers.CharField()
    facts = serializers.JSONField()
    purposes = serializers.ListField(child=serializers.CharField())
    decision_id = serializers.UUIDField(allow_null=True, help_text="The decision that was asked for before the call.")
    agent = serializers.SerializerMethodField()
    parties = serializers.SerializerMethodField()
    consent = serializers.SerializerMethodField()
    call_events = serializers.SerializerMethodField()
    audio = serializers.SerializerMethodField()
    is_held = serializers.BooleanField(help_text="Whether a legal hold keeps it.")
    listed_at = serializers.DateTimeField(allow_null=True, help_text="Since when it stands on the disposition list.")
    received_at = serializers.DateTimeField(source="created_at")
    stored_at = serializers.DateTimeField(allow_null=True)

    @property
    def people(self) -> People:
        return cast(People, self.context["people"])

    def get_agent(self, recording: Recording) -> dict[str, str]:
        return {"id": recording.agent_id, "name": self.people.agent}

    def get_parties(self, recording: Recording) -> list[dict[str, Any]]:
        return [self._party(party) for party in recording.parties.all()]

    def _party(self, party: Party) -> dict[str, Any]:
        person = self.people.of(party)
        place = {"jurisdiction": party.jurisdiction or None, "source": party.location_source}
        return (
            {"role": party.role, "number": person.number, "name": person.name} | place | {"certainty": party.certainty}
        )

    def get_consent(self, recording: Recording) -> list[dict[str, Any]]:
        return [
            {
                "method": row.method,
                "result": row.result,
                "party": row.party.position if row.party else None,
                "offset_s": row.offset_seconds,
            }
            for row in recording.consent.select_related("party")
        ]

    def get_call_events(self, recording: Recording) -> list[dict[str, Any]]:
        return [dict(CallEventShape(event).data) for event in recording.call_events.select_related("party")]

    def get_audio(self, recording: Recording) -> dict[str, Any] | None:
        profile = AudioProfile.objects.filter(recording=recording).first()
        return dict(AudioShape(profile).data) if profile else None


class DateChangeShape(serializers.Serializer[RetentionChange]):
    """One change of a recording's dates after it came in, and what gave the new ones."""

    at = serializers.DateTimeField()
    cause = serializers.CharField(help_text="policy, law or shortening.")
    policy_version = serializers.UUIDField(source="policy_version_id", allow_null=True)
    law_release = serializers.IntegerField()
    keep_until_before = serializers.DateTimeField()
    keep_until = serializers.DateTimeField()
    delete_by_before = serializers.DateTimeField()
    delete_by = serializers.DateTimeField()
    explanation = serializers.JSONField(help_text="The rules that gave both dates, and what each asks.")


class RetentionShape(KeptShape):
    """Why a recording is kept, until when, and what else keeps it."""

    zone = serializers.CharField(help_text="Its days end in this zone.")
    policy_version = serializers.SerializerMethodField()
    law_release = serializers.SerializerMethodField()
    min_period = serializers.SerializerMethodField(help_text="The longest minimum.")
    max_period = serializers.SerializerMethodField(help_text="The shortest maximum.")
    conflicts = serializers.SerializerMethodField()
    is_held = serializers.BooleanField(help_text="A legal hold keeps it, whatever the dates.")
    hold_count = serializers.IntegerField()
    needs_approval = serializers.BooleanField(help_text="It goes only after a person approved.")
    listed_at = serializers.DateTimeField(allow_null=True)
    history = serializers.SerializerMethodField(help_text="Every change of the dates, oldest first.")

    def get_policy_version(self, recording: Recording) -> str | None:
        version = given_dates([recording])[recording.pk].policy_version_id
        return str(version) if version else None

    def get_law_release(self, recording: Recording) -> int | None:
        return given_dates([recording])[recording.pk].law_release

    def get_min_period(self, recording: Recording) -> str | None:
        return self._first_period(recording, "minimum")

    def get_max_period(self, recording: Recording) -> str | None:
        return self._first_period(recording, "maximum")

    def _first_period(self, recording: Recording, kind: str) -> str | None:
        """The explanation has the one that leads first."""
        limits = given_dates([recording])[recording.pk].explanation
        return next((limit["period"] for limit in limits if limit["kind"] == kind and limit["period"]), None)

    @extend_schema_field(DateChangeShape(many=True))
    def get_history(self, recording: Recording) -> list[dict[str, Any]]:
        return [dict(DateChangeShape(change).data) for change in date_history(recording.pk)]

    def get_conflicts(self, recording: Recording) -> list[Any]:
        return list(recording.decided.get("conflicts", []))


class HistoryShape(serializers.Serializer[Event]):
    """One event of the trail."""

    id = serializers.UUIDField()
    occurred_at = serializers.DateTimeField()
    verb = serializers.CharField()
    sentence = serializers.SerializerMethodField(help_text="The event in words.")
    actor = serializers.SerializerMethodField(help_text="{kind, id}: a user, a client, or Callward itself.")
    facts = serializers.JSONField()

    def get_sentence(self, event: Event) -> str:
        return verbs.sentence(event.verb, event.facts)

    def get_actor(self, event: Event) -> dict[str, str]:
        return {"kind": event.actor_kind, "id": event.actor_id}


class TellEvent(StrictSerializer):
    """Something that happened on the call."""

    kind = serializers.ChoiceField(choices=KINDS, help_text="What happened.")
    offset_s = serializers.FloatField(min_value=0, max_value=LONGEST_CALL_SECONDS, help_text="Seconds into the call.")
    party = PartyName(required=False, allow_null=True, help_text="An index in parties, or a role that occurs once.")
    method = serializers.ChoiceField(choices=METHODS, required=False, help_text="How consent was given or refused.")
    detail = serializers.RegexField(
        r"^[A-Za-z0-9_.:-]{1,64}$",
        required=False,
        help_text="A key, such as of the disclosure that was played: recording, purpose, retention.",
        error_messages={"invalid": "Write a key of letters, digits, dots, dashes: recording, purpose, retention."},
    )

    def event(self) -> dict[str, Any]:
        told = dict(self.validated_data)
        told["offset_seconds"] = told.pop("offset_s")
        return told


class CallEventShape(serializers.Serializer[CallEvent]):
    id = serializers.IntegerField()
    kind = serializers.CharField()
    offset_s = serializers.FloatField(source="offset_seconds")
    party = serializers.SerializerMethodField(help_text="Index in parties; null: everybody.")
    method = serializers.CharField()
    detail = serializers.CharField()

    def get_party(self, event: CallEvent) -> int | None:
        return event.party.position if event.party else None


class ToldShape(CallEventShape):
    """The event, and what came of it for the recording."""

    state = serializers.CharField(help_text="Of the recording, after the event.")
    quarantine_reasons = serializers.ListField(child=serializers.CharField(), help_text="Why it is set apart now.")
