"""A call as it comes in: field by field, strict, each error saying what is allowed. Intake reads the same parts."""

from datetime import UTC, date, datetime, time
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from rest_framework import serializers

from accounts.api.serializers import StrictSerializer
from policies.domain.calls import DIRECTIONS, MEDIA, PURPOSES, ROLES, Call, PartyFacts
from policies.domain.conditions import BINDING_KINDS, FACTS, SEPARATE_KINDS
from policies.domain.places import is_place

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
MOST_PARTIES = 50
STATABLE = {key: values for key, values in FACTS.items() if key != "consent_form"} | {
    "record_kind": frozenset({*BINDING_KINDS, *SEPARATE_KINDS})
}


class ClosedChoice(serializers.ChoiceField):
    """One of a closed list; the error names the list."""

    def __init__(self, choices: Any, **options: Any) -> None:
        super().__init__(choices, **options)
        self.error_messages["invalid_choice"] = f"Use one of: {', '.join(choices)}."

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)


class ZonedDateTime(serializers.DateTimeField):
    """An instant with its zone, between 1970 and 2200."""

    def to_internal_value(self, value: Any) -> datetime:
        try:
            parsed = parse_datetime(value) if isinstance(value, str) else None
            if parsed is None or timezone.is_naive(parsed):
                raise ValueError
            if not EARLIEST <= parsed < LATEST:
                raise serializers.ValidationError("Write a time between 1970 and 2200.")
            return parsed.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise serializers.ValidationError(
                "Write the time with its zone, such as 2026-11-24T14:02:00Z or 2026-11-24T09:02:00-05:00."
            ) from error


class PlaceCode(serializers.CharField):
    """An ISO 3166-1 or -2 code."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=6, **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or not is_place(data):
            raise serializers.ValidationError(
                "Use an ISO 3166 code: a country such as DE, or a part such as US-CA. Leave it out where it is unknown."
            )
        return data


class Facts(serializers.DictField):
    """`{"sector": "insurance", "channel": ["outbound_sales", "ai_voice"]}`: keys and values of the closed set."""

    def to_internal_value(self, data: Any) -> dict[str, tuple[str, ...]]:
        if not isinstance(data, dict):
            raise serializers.ValidationError('Send an object, such as {"sector": "insurance"}.')
        wrong: dict[str, list[str]] = {}
        facts = {}
        for key, stated in data.items():
            values = stated if isinstance(stated, list) else [stated]
            if problem := _wrong_fact(key, values):
                wrong[str(key)] = [problem]
            elif values:
                facts[key] = tuple(dict.fromkeys(values))
        if wrong:
            raise serializers.ValidationError(wrong)
        return facts


def _wrong_fact(key: str, values: list[Any]) -> str:
    if key == "consent_form":
        return "It follows from the decision. Leave it out."
    if key == "jurisdiction":
        return "" if all(isinstance(value, str) and is_place(value) for value in values) else "Use ISO 3166 codes."
    if key not in STATABLE:
        return f"This fact does not exist. Use one of: {', '.join(sorted(STATABLE))}."
    if all(isinstance(value, str) and value in STATABLE[key] for value in values):
        return ""
    return f"Use one of: {', '.join(sorted(STATABLE[key]))}."


class Party(StrictSerializer):
    """Somebody on the call."""

    role = ClosedChoice(ROLES, help_text="agent, customer, third_party or unknown.")
    number = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=64, help_text="With its country code. Not stored."
    )
    jurisdiction = PlaceCode(
        required=False, allow_null=True, help_text="Where the party is, if that is known better than by the number."
    )


class CallToDecide(StrictSerializer):
    """The call before it starts."""

    direction = ClosedChoice(DIRECTIONS, help_text="inbound, outbound or internal.")
    medium = ClosedChoice(MEDIA, default="phone", help_text="phone, video or in_person.")
    line_of_business = serializers.CharField(max_length=50, help_text="The code of the line of business.")
    purposes = serializers.ListField(
        child=ClosedChoice(tuple(PURPOSES)),
        default=list,
        max_length=len(PURPOSES),
        help_text="Why it is recorded; without any: every purpose that the policy allows.",
    )
    facts = Facts(default=dict, help_text="What is known of the call, by the register's keys and values.")
    parties = serializers.ListField(
        child=Party(), allow_empty=False, max_length=MOST_PARTIES, help_text="Everybody on the call."
    )
    started_at = ZonedDateTime(required=False, help_text="With a zone; without it: now.")


class CallToTry(CallToDecide):
    """A call to try, with a policy that is not in force, or on another day."""

    policy = serializers.JSONField(required=False, help_text="A policy document to try instead of the one in force.")
    day = serializers.DateField(required=False, help_text="Decide by the law and the policy of this day.")

    def validate_day(self, value: date) -> date:
        if not EARLIEST.date() < value < LATEST.date():
            raise serializers.ValidationError("Write a day between 1970 and 2200.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "day" in attrs and "started_at" in attrs:
            raise serializers.ValidationError({"day": ["Send started_at or day, not both."]})
        return attrs


_ASKED = CallToDecide()  # its fields are made once; whatever it is asked, it keeps nothing


def asked_of(data: Any) -> dict[str, Any]:
    """The fields of a call to decide. Raises ValidationError, which names each that needs mending."""
    try:
        return dict(_ASKED.run_validation(data))
    except serializers.ValidationError:
        CallToDecide(data=data).is_valid(raise_exception=True)
        raise


def call_of(asked: dict[str, Any]) -> Call:
    """The validated fields as the rules see them."""
    started_at = asked.get("started_at") or timezone.now().replace(microsecond=0)
    if "day" in asked:
        started_at = datetime.combine(asked["day"], time(12), UTC)
    return Call(
        direction=asked["direction"],
        medium=asked["medium"],
        line_of_business=asked["line_of_business"],
        purposes=tuple(dict.fromkeys(asked["purposes"])),
        facts=asked["facts"],
        parties=tuple(
            PartyFacts(party["role"], party.get("number") or None, party.get("jurisdiction"))
            for party in asked["parties"]
        ),
        started_at=started_at,
    )
