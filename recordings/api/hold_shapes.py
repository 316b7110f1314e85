"""Shapes of the calls about legal holds."""

from typing import Any

from rest_framework import serializers

from accounts.api.serializers import StrictSerializer
from recordings.api.disposition_shapes import Filters, Instant
from recordings.models import LegalHold, Recording
from recordings.services.holds.words import in_words

FOLLOWED = {"source", "external_id", "agent", "line_of_business", "number", "direction", "from", "to", "delete_before"}


class HoldQuery(Filters):
    """Filters of the list; what matches them is held, now and later."""

    def get_fields(self) -> dict[str, Any]:
        """A hold follows calls, whatever becomes of their state."""
        known: dict[str, Any] = super().get_fields()
        ways = "|".join(Recording.Direction.values)
        known["direction"] = serializers.RegexField(
            f"^({ways})$", required=False, help_text=f"Which way the call went: {ways.replace('|', ', ')}."
        )
        return {name: field for name, field in known.items() if name in FOLLOWED}


class HoldCustodian(StrictSerializer):
    """A person whose calls the matter concerns, known by one of agent, number and name."""

    agent = serializers.CharField(required=False, max_length=120, help_text="The phone system's id of the agent.")
    number = serializers.CharField(
        required=False, max_length=32, help_text="Their number, in E.164. Kept as a keyed digest alone."
    )
    name = serializers.CharField(
        required=False, max_length=120, help_text="Their name as calls bring it. Kept as a keyed digest alone."
    )
    label = serializers.CharField(  # type: ignore[assignment]
        required=False, max_length=120, help_text="What people call them in this matter; kept as it is written."
    )


class PlaceHold(StrictSerializer):
    """A hold on named recordings, on all that match a query now and later, on all calls of people, or on all these."""

    matter = serializers.CharField(max_length=200, help_text="The matter that asks for it, such as a case number.")
    reference = serializers.CharField(required=False, max_length=120, help_text="Its file number elsewhere.")
    reason = serializers.CharField(max_length=2000, help_text="Why these recordings have to stay.")
    recordings = serializers.ListField(
        child=serializers.UUIDField(), required=False, max_length=10_000, help_text="Ids of recordings."
    )
    query = HoldQuery(required=False, help_text="Filters as of the list of recordings, without state.")
    custodians = HoldCustodian(
        many=True, required=False, help_text="People all of whose calls are held; a query narrows them."
    )
    later_calls = serializers.BooleanField(
        default=True, help_text="Whether what matches later joins too; else what matches now alone is held."
    )

    def validate_custodians(self, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(given) > 1_000:
            raise serializers.ValidationError("Name at most 1,000 people in one hold, and the others in another.")
        return given


class ReleaseHold(StrictSerializer):
    reason = serializers.CharField(max_length=2000, help_text="Why the recordings may go back to their schedule.")
    preview = serializers.CharField(
        min_length=64,
        max_length=64,
        help_text="The digest of the preview that was looked at. The release is refused where it would let go of"
        " something else by now.",
    )


class PlacedHold(serializers.Serializer[LegalHold]):
    """A hold, and how many recordings it keeps."""

    id = serializers.UUIDField()
    matter = serializers.CharField()
    reference = serializers.CharField()
    reason = serializers.CharField()
    held = serializers.IntegerField(help_text="Recordings that it keeps; those that it kept, once released.")
    is_complete = serializers.BooleanField(
        source="is_settled",
        help_text="Whether all that it reaches is counted in `held`. It protects all of it before that too.",
    )
    follows_query = serializers.SerializerMethodField(help_text="Whether later calls join by themselves.")
    criteria = serializers.SerializerMethodField(help_text="What it reaches besides what was named, in words.")
    placed_at = serializers.DateTimeField()
    placed_by = serializers.CharField(source="placed_by_id", help_text="Id of the person or the client.")
    released_at = serializers.DateTimeField(allow_null=True)
    released_by = serializers.SerializerMethodField(help_text="Id of the second person or client.")
    release_reason = serializers.CharField()

    def get_follows_query(self, hold: LegalHold) -> bool:
        return any(criterion.follows for criterion in hold.criteria.all())

    def get_criteria(self, hold: LegalHold) -> list[str]:
        return in_words(hold.criteria.all())

    def get_released_by(self, hold: LegalHold) -> str | None:
        return hold.released_by_id or None


class ReleasePreview(serializers.Serializer[Any]):
    """What the release would let go, and when at the earliest. Each recording is listed anew and cools first."""

    digest = serializers.CharField(help_text="To be sent with the release, so that it lets go of exactly this.")
    at = Instant()
    alone = serializers.IntegerField(help_text="Recordings that this hold alone keeps: they go back to their schedule.")
    elsewhere = serializers.IntegerField(help_text="Recordings that another hold keeps too: they stay.")
    size_bytes = serializers.IntegerField(help_text="Of what goes back.")
    first = Instant(allow_null=True, help_text="The earliest moment at which one of them is destroyed.")
    last = Instant(allow_null=True)
    due_already = serializers.IntegerField(help_text="Past their day: only the cooling period is before them.")
    needs_approval = serializers.IntegerField(help_text="Of what goes back, what waits for a person's leave.")
    in_conflict = serializers.IntegerField(help_text="Of what goes back, what waits for a decision about its rules.")
    by_day = serializers.DictField(child=serializers.IntegerField(), help_text="Recordings by day, in UTC.")
