"""Shapes of the room's API."""

from typing import Any

from rest_framework import serializers

from accounts.api.serializers import StrictSerializer
from audits.domain.intervals import Rate
from audits.models import Finding
from audits.services.results import PlanResult


class RateShape(serializers.Serializer[Any]):
    """`said` of `n`. Rate and 95 % Wilson interval are null under 30 calls, and where the calls are not weighted."""

    said = serializers.IntegerField(help_text="Calls on which it was said.")
    n = serializers.IntegerField(help_text="Calls to which it applied.")
    rate = serializers.FloatField(allow_null=True, help_text="`said / n`, from 0 to 1.")
    low = serializers.FloatField(allow_null=True, help_text="Lower end of the interval.")
    high = serializers.FloatField(allow_null=True, help_text="Upper end of the interval.")


class PlanNamed(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class QuestionShape(RateShape):
    key = serializers.CharField(help_text="The question's key on its form.")
    text = serializers.CharField(help_text="The question in words.")
    critical = serializers.BooleanField(help_text="Whether a no fails the form or its section.")


class SampleShape(serializers.Serializer[Any]):
    id = serializers.UUIDField(help_text="For `manage.py redraw`.")
    period_from = serializers.DateTimeField()
    period_to = serializers.DateTimeField()
    per = serializers.CharField(help_text="What its number of calls is counted for: draw, agent or place.")
    frame_size = serializers.IntegerField(help_text="Calls that could be drawn.")
    frame_digest = serializers.CharField(help_text="SHA-256 of the frame, committed before the seed was made.")
    algorithm = serializers.CharField()
    seed = serializers.CharField()
    drawn_at = serializers.DateTimeField()


class ResultShape(serializers.Serializer[Any]):
    """One plan: how well, how sure, how drawn."""

    plan = PlanNamed()
    reviewed = serializers.IntegerField(help_text="Reviews that were submitted.")
    open = serializers.IntegerField(help_text="Reviews that are still to be done.")
    replaced = serializers.IntegerField(help_text="Calls replaced by the next in the draw, each with a reason.")
    destroyed_before_review = serializers.IntegerField(help_text="Calls that were gone before anybody heard them.")
    calls = RateShape(help_text="Calls that said every critical thing that was due on them.")
    questions = QuestionShape(many=True, help_text="Question by question, most failures first.")
    samples = SampleShape(many=True, help_text="The draws, newest first.")


class ResultsShape(serializers.Serializer[Any]):
    as_of = serializers.DateTimeField()
    interval = serializers.CharField(help_text="How the intervals are computed.")
    results = ResultShape(many=True)


class ResultsFilters(StrictSerializer):
    line_of_business = serializers.SlugField(required=False, help_text="Code of a line of business.")
    since = serializers.DateTimeField(required=False, help_text="Reviews submitted from this moment on.")
    until = serializers.DateTimeField(required=False, help_text="Reviews submitted before this moment.")


class FindingFilters(StrictSerializer):
    state = serializers.ChoiceField(choices=["open", "closed"], required=False, help_text="Only those in this state.")
    line_of_business = serializers.SlugField(required=False, help_text="Code of a line of business.")
    recording = serializers.UUIDField(required=False, help_text="Only those about this recording.")


class FindingShape(serializers.ModelSerializer[Finding]):
    """A failed requirement that someone must correct by a date."""

    line_of_business = serializers.CharField(source="line_of_business.code", help_text="Code of the line.")
    agent = serializers.CharField(source="agent_id", help_text="The agent's id in the phone system.")
    recording = serializers.UUIDField(source="recording_id", help_text="The call; it may be destroyed by now.")
    state = serializers.ChoiceField(choices=["open", "closed"])
    moment_s = serializers.FloatField(source="moment_seconds", allow_null=True, help_text="Where on the call.")

    class Meta:
        model = Finding
        fields = (
            "id",
            "recording",
            "line_of_business",
            "agent",
            "question",
            "requirement",
            "citation",
            "severity",
            "comment",
            "moment_s",
            "state",
            "opened_at",
            "due_at",
            "closed_at",
            "closing_note",
        )


def result_document(result: PlanResult) -> dict[str, Any]:
    """One plan's figures as `ResultShape` says."""
    return {
        "plan": {"id": result.plan.pk, "name": result.plan.name},
        "reviewed": result.reviewed,
        "open": result.still_open,
        "replaced": result.replaced,
        "destroyed_before_review": result.gone,
        "calls": _rate(result.calls),
        "questions": [
            {"key": one.key, "text": one.text, "critical": one.is_critical, **_rate(one.rate)}
            for one in result.questions
        ],
        "samples": result.samples,
    }


def _rate(rate: Rate) -> dict[str, Any]:
    return {"said": rate.said, "n": rate.n, "rate": rate.rate, "low": rate.low, "high": rate.high}
