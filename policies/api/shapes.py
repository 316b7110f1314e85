"""A call as it comes in: field by field, strict, each error saying what is allowed. Intake reads the same parts."""

from datetime import UTC, date, datetime, time
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from rest_framework import serializers

from accounts.api.serializers import StrictSerializer
from policies.domain.calls import DIRECTIONS, MEDIA, PURPOSES, ROLES, Call, ConsentDocument, PartyFacts
from policies.domain.conditions import BINDING_KINDS, FACTS, SEPARATE_KINDS
from policies.domain.outcomes import GIVEN, METHODS, REFUSED, Told
from policies.domain.places import is_place, wrong_number

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
MOST_PARTIES = 50
MOST_CALLS = 100
LONGEST_CALL = 7 * 86_400  # seconds
LANGUAGE = r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?"
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
            if problem := wrong_fact(key, values):
                wrong[str(key)] = [problem]
            elif values:
                facts[key] = tuple(dict.fromkeys(values))
        if wrong:
            raise serializers.ValidationError(wrong)
        return facts


def wrong_fact(key: str, values: list[Any]) -> str:
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
    address = PlaceCode(
        required=False, allow_null=True, help_text="Where the party's address of record lies; before the number."
    )

    def validate_number(self, value: str | None) -> str | None:
        if problem := wrong_number(value or ""):
            raise serializers.ValidationError(problem)
        return value


class SignedConsent(StrictSerializer):
    """A consent that was signed before the call."""

    sha256 = serializers.RegexField(
        r"\A[0-9a-f]{64}\Z",
        help_text="Of the document, as 64 hexadecimal digits.",
        error_messages={"invalid": "Write the document's SHA-256 as 64 small hexadecimal digits."},
    )
    signed_on = serializers.DateField(help_text="The day on which it was signed.")
    purposes = serializers.ListField(
        child=ClosedChoice(tuple(PURPOSES)),
        default=list,
        max_length=len(PURPOSES),
        help_text="What it allows; without any: every purpose.",
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
    language = serializers.RegexField(
        rf"\A{LANGUAGE}\Z",
        required=False,
        max_length=12,
        help_text="What the script is spoken in, such as es; without it: the language of the policy.",
        error_messages={"invalid": "Write a language by its code, such as en, es or pt-BR."},
    )
    consent_document = SignedConsent(required=False, help_text="A signed consent, where there is one.")


class Calls(serializers.ListField):
    """Up to a hundred calls: more are refused before any is read."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=CallToDecide(), allow_empty=False, max_length=MOST_CALLS, **options)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, list) and len(data) > MOST_CALLS:
            raise serializers.ValidationError(f"Send at most {MOST_CALLS} calls at once.", code="max_length")
        return super().to_internal_value(data)


class CallsToDecide(StrictSerializer):
    """Several calls: all of them are decided, or none."""

    calls = Calls(help_text="Up to 100; the answers come in their order.")


class CallsToTry(CallsToDecide):
    """Several calls to try under the same policy."""

    policy = serializers.JSONField(required=False, help_text="A policy document to try instead of the one in force.")
    known_at = ZonedDateTime(
        required=False, help_text="By the law as it was believed at this moment; without it: as it is known now."
    )


class CallToTry(CallToDecide):
    """A call to try, with a policy that is not in force, or on another day."""

    policy = serializers.JSONField(required=False, help_text="A policy document to try instead of the one in force.")
    day = serializers.DateField(required=False, help_text="Decide by the law and the policy of this day.")
    known_at = ZonedDateTime(
        required=False, help_text="By the law as it was believed at this moment; without it: as it is known now."
    )

    def validate_day(self, value: date) -> date:
        if not EARLIEST.date() < value < LATEST.date():
            raise serializers.ValidationError("Write a day between 1970 and 2200.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "day" in attrs and "started_at" in attrs:
            raise serializers.ValidationError({"day": ["Send started_at or day, not both."]})
        return attrs


class TellOutcome(StrictSerializer):
    """What became of the decision on the call."""

    announced = serializers.BooleanField(help_text="What had to be said was said or played.")
    announced_offset_s = serializers.FloatField(
        required=False, allow_null=True, min_value=0, max_value=LONGEST_CALL, help_text="When, from the call's start."
    )
    consent = ClosedChoice(
        (GIVEN, REFUSED), required=False, allow_null=True, help_text="given, refused; null: nobody was asked."
    )
    method = ClosedChoice(METHODS, required=False, help_text="announcement, spoken, keypad or written.")
    party = serializers.CharField(
        required=False, max_length=16, help_text="A role that occurs once, or an index in parties; without it: all."
    )
    offset_s = serializers.FloatField(
        required=False, allow_null=True, min_value=0, max_value=LONGEST_CALL, help_text="When, from the call's start."
    )
    document_sha256 = serializers.RegexField(
        r"\A[0-9a-f]{64}\Z",
        required=False,
        help_text="Of a written consent.",
        error_messages={"invalid": "Write the document's SHA-256 as 64 small hexadecimal digits."},
    )


def told_of(asked: dict[str, Any]) -> Told:
    return Told(
        announced=asked["announced"],
        announced_offset_seconds=asked.get("announced_offset_s"),
        consent=asked.get("consent") or "",
        method=asked.get("method", ""),
        party=asked.get("party", ""),
        offset_seconds=asked.get("offset_s"),
        document_sha256=asked.get("document_sha256", ""),
    )


_ONE, _MANY = CallToDecide(), CallsToDecide()  # their fields are made once; whatever they are asked, they keep nothing


def is_list(data: Any) -> bool:
    """Whether several calls are sent at once."""
    return isinstance(data, dict) and "calls" in data


def asked_of(data: Any) -> dict[str, Any]:
    """The fields of a call to decide, or of several. Raises ValidationError, which names each that needs mending."""
    shape = _MANY if is_list(data) else _ONE
    try:
        return dict(shape.run_validation(data))
    except serializers.ValidationError:
        type(shape)(data=data).is_valid(raise_exception=True)
        raise


def call_of(asked: dict[str, Any]) -> Call:
    """The validated fields as the rules see them."""
    started_at = asked.get("started_at") or timezone.now().replace(microsecond=0)
    if "day" in asked:
        started_at = datetime.combine(asked["day"], time(12), UTC)
    document = asked.get("consent_document")
    return Call(
        direction=asked["direction"],
        medium=asked["medium"],
        line_of_business=asked["line_of_business"],
        purposes=tuple(dict.fromkeys(asked["purposes"])),
        facts=asked["facts"],
        parties=tuple(
            PartyFacts(party["role"], party.get("number") or None, party.get("jurisdiction"), party.get("address"))
            for party in asked["parties"]
        ),
        started_at=started_at,
        language=asked.get("language", ""),
        consent_document=ConsentDocument(
            document["sha256"], document["signed_on"], tuple(dict.fromkeys(document["purposes"]))
        )
        if document
        else None,
    )
