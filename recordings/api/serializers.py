"""Shapes of a call that comes in, and of what is told about a recording."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.serializers import StrictSerializer
from policies.domain.calls import DIRECTIONS, MEDIA, PURPOSES, ROLES
from recordings.domain.deliveries import Delivery, EvidenceGiven, PartyGiven
from recordings.models import Recording
from recordings.services.dates import given_dates

METHODS = ("announcement", "spoken", "keypad", "written")
RESULTS = ("given", "refused")
LONGEST_CALL_SECONDS = 7 * 86_400
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)  # how far a phone system's clock may be before ours


class Instant(serializers.DateTimeField):
    """A moment with its zone; one without would mean another moment on another machine."""

    default_error_messages = {
        "zone": "Write the zone too, such as 2026-11-24T14:02:00Z.",
        "range": "Write a moment between 1970 and tomorrow.",
    }

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None:
            self.fail("zone")
        try:
            moment = value.astimezone(UTC)
        except OverflowError:
            self.fail("range")
        if not EARLIEST <= moment <= timezone.now() + AHEAD:
            self.fail("range")
        return moment


@extend_schema_field({"oneOf": [{"type": "integer", "minimum": 0}, {"type": "string", "enum": list(ROLES)}]})
class PartyName(serializers.Field[Any, Any, Any, Any]):
    """An index in `parties`, or a role that occurs once."""

    default_error_messages = {"invalid": "Write an index in parties, or a role that occurs once there."}

    def to_internal_value(self, data: Any) -> int | str:
        is_index = isinstance(data, int) and not isinstance(data, bool) and 0 <= data <= 1000
        if not is_index and data not in ROLES:
            self.fail("invalid")
        return cast("int | str", data)

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
class Words(serializers.Field[Any, Any, Any, Any]):
    """One word or a list of them, as the register's conditions compare them."""

    default_error_messages = {"invalid": "Write text, or a list of texts, of at most 100 characters each."}

    def to_internal_value(self, data: Any) -> tuple[str, ...]:
        values = data if isinstance(data, list) else [data]
        values = [str(value).lower() if isinstance(value, bool) else value for value in values]
        if len(values) > 50 or not all(isinstance(value, str) and 0 < len(value) <= 100 for value in values):
            self.fail("invalid")
        return tuple(values)

    def to_representation(self, value: Any) -> Any:
        return value


class AgentShape(StrictSerializer):
    id = serializers.CharField(max_length=120, help_text="The phone system's id of the agent.")
    name = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="Sealed with the recording's key."
    )


class PartyShape(StrictSerializer):
    role = serializers.ChoiceField(choices=ROLES, help_text="Who this is on the call.")
    number = serializers.CharField(
        max_length=120, required=False, allow_blank=True, help_text="In E.164 where it is known: +13125550142."
    )
    name = serializers.CharField(max_length=200, required=False, allow_blank=True, help_text="Sealed.")
    jurisdiction = serializers.RegexField(
        r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$",
        required=False,
        help_text="Where they were, by ISO 3166 code: US-CA, DE. It outweighs what the number hints at.",
        error_messages={"invalid": "Write an ISO 3166 code, such as US-CA or DE."},
    )


class EvidenceShape(StrictSerializer):
    method = serializers.ChoiceField(choices=METHODS, help_text="How consent was got.")
    party = PartyName(
        required=False,
        allow_null=True,
        help_text="An index in parties, or a role that occurs once; left out: everybody.",
    )
    offset_s = serializers.FloatField(
        required=False, allow_null=True, min_value=0, max_value=LONGEST_CALL_SECONDS, help_text="Seconds into the call."
    )
    result = serializers.ChoiceField(choices=RESULTS, help_text="What came of it.")
    document_sha256 = serializers.RegexField(
        r"^[0-9a-f]{64}$", required=False, help_text="SHA-256 of the document, where consent is written."
    )


class DeliverCall(StrictSerializer):
    """One call, as its phone system tells it."""

    source = serializers.SlugField(  # type: ignore[assignment]
        max_length=64, help_text="The telephony source; with external_id it names the call."
    )
    external_id = serializers.CharField(max_length=200, help_text="The source's own id of the call.")
    started_at = Instant(help_text="When the call began, with its zone.")
    ended_at = Instant(required=False, help_text="When it ended; this or duration_s.")
    duration_s = serializers.FloatField(
        required=False, min_value=0, max_value=LONGEST_CALL_SECONDS, help_text="How long it lasted; this or ended_at."
    )
    direction = serializers.ChoiceField(choices=DIRECTIONS, help_text="Who called whom.")
    medium = serializers.ChoiceField(choices=MEDIA, default="phone", help_text="What was recorded.")
    line_of_business = serializers.CharField(
        required=False,
        allow_null=True,
        max_length=50,
        help_text="Code of the line that the call belongs to. Without one it goes to quarantine as unassigned.",
    )
    facts = serializers.DictField(
        child=Words(),
        required=False,
        help_text="What the rules ask about: sector, activity, entity, product, channel, …",
    )
    purposes = serializers.ListField(
        child=serializers.ChoiceField(choices=list(PURPOSES)),
        min_length=1,
        max_length=len(PURPOSES),
        help_text="Why it was recorded, as announced.",
    )
    agent = AgentShape(required=False, help_text="The agent who took part.")
    parties = serializers.ListField(
        child=PartyShape(), min_length=1, max_length=100, help_text="Everybody on the call, the agent too."
    )
    consent = serializers.ListField(
        child=EvidenceShape(), required=False, max_length=200, help_text="What shows their consent."
    )
    sha256 = serializers.RegexField(
        r"^[0-9a-f]{64}$", required=False, help_text="SHA-256 of the audio, in hexadecimal; other audio is refused."
    )
    decision = serializers.CharField(required=False, max_length=2000, help_text="The token of POST decisions/.")

    def validate_facts(self, facts: dict[str, Any]) -> dict[str, Any]:
        if len(facts) > 50 or any(not 0 < len(name) <= 64 for name in facts):
            raise serializers.ValidationError("Send at most 50 facts, with names of at most 64 characters.")
        return facts

    def validate(self, call: dict[str, Any]) -> dict[str, Any]:
        if ("ended_at" in call) == ("duration_s" in call):
            raise serializers.ValidationError({"ended_at": "Send either ended_at or duration_s."})
        if "duration_s" in call:
            call["ended_at"] = call["started_at"] + timedelta(seconds=call.pop("duration_s"))
        if not timedelta() <= call["ended_at"] - call["started_at"] <= timedelta(seconds=LONGEST_CALL_SECONDS):
            raise serializers.ValidationError({"ended_at": "It lies before started_at, or over a week after it."})
        return call


_DELIVERED = DeliverCall()  # its fields are made once; whatever it is asked, it keeps nothing


def delivery_of(data: Any) -> Delivery:
    """The call as the services take it. Raises ValidationError, which names each field that needs mending."""
    try:
        call = _DELIVERED.run_validation(data)
    except serializers.ValidationError:
        DeliverCall(data=data).is_valid(raise_exception=True)
        raise
    agent = call.get("agent", {})
    return Delivery(
        source=call["source"],
        external_id=call["external_id"],
        started_at=call["started_at"],
        ended_at=call["ended_at"],
        direction=call["direction"],
        medium=call["medium"],
        line_of_business=call.get("line_of_business") or "",
        facts=call.get("facts", {}),
        purposes=tuple(dict.fromkeys(call["purposes"])),
        agent_id=agent.get("id", ""),
        agent_name=agent.get("name", ""),
        parties=tuple(PartyGiven(**party) for party in call["parties"]),
        consent=tuple(_evidence(given) for given in call.get("consent", [])),
        sha256=bytes.fromhex(call["sha256"]) if "sha256" in call else None,
        decision=call.get("decision", ""),
    )


def _evidence(given: dict[str, Any]) -> EvidenceGiven:
    return EvidenceGiven(
        method=given["method"],
        result=given["result"],
        party=given.get("party"),
        offset_seconds=given.get("offset_s"),
        document_sha256=given.get("document_sha256", ""),
    )


class Known(serializers.Field[Any, Any, Any, Any]):
    """A fact of the call; null where the phone system did not tell it. `name`: as `Recording.unknown` has it."""

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(source="*", read_only=True, **options)
        self.name = name

    def to_representation(self, recording: Recording) -> Any:
        if self.name in recording.unknown:
            return None
        value = getattr(recording, self.name)
        return _INSTANT.to_representation(value) if isinstance(value, datetime) else value


_INSTANT = serializers.DateTimeField()


@extend_schema_field({"type": ["string", "null"], "format": "date-time"})
class KnownInstant(Known):
    """A moment of the call, or null."""


@extend_schema_field({"type": ["string", "null"], "enum": [*DIRECTIONS, None]})
class KnownDirection(Known):
    """Who called whom, or null."""


class KeptShape(serializers.Serializer[Recording]):
    """Until when it is kept, and what gave both dates."""

    keep_until = serializers.DateTimeField(help_text="Nobody may destroy it before.")
    delete_by = serializers.DateTimeField(help_text="It goes then.")
    is_provisional = serializers.BooleanField(help_text="The default's dates, until a policy or a person decides.")
    explanation = serializers.SerializerMethodField(help_text="The rules that gave both dates, and what each asks.")

    def get_explanation(self, recording: Recording) -> list[Any]:
        return given_dates([recording])[recording.pk].explanation


class TakenShape(serializers.Serializer[Recording]):
    """What came of a delivery."""

    id = serializers.UUIDField()
    source = serializers.CharField()  # type: ignore[assignment]
    external_id = serializers.CharField()
    line_of_business = serializers.CharField(source="line_of_business.code")
    state = serializers.CharField(help_text="awaiting_audio, stored or quarantined.")
    quarantine_reasons = serializers.ListField(
        child=serializers.CharField(), help_text="Why it is set apart, or will be once its audio is here."
    )
    policy_version = serializers.SerializerMethodField(help_text="The company's policy that governs it.")
    law_release = serializers.IntegerField(allow_null=True, help_text="The release of the law register.")
    sha256 = serializers.SerializerMethodField(help_text="SHA-256 of the stored audio.")
    size_bytes = serializers.IntegerField(allow_null=True)
    media_type = serializers.CharField(help_text="What the audio is, judged from its bytes.")
    retention = KeptShape(source="*")

    def get_policy_version(self, recording: Recording) -> Any:
        return recording.decided.get("policy_version")

    def get_sha256(self, recording: Recording) -> str | None:
        return bytes(recording.sha256).hex() if recording.sha256 else None


_TAKEN = TakenShape()  # as above


def taken_answer(recording: Recording) -> dict[str, Any]:
    """The recording in the shape of an answer."""
    return dict(_TAKEN.to_representation(recording))
