"""The calls that can be drawn for review, and what a draw has to know of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from recordings.models import Party, Recording


@dataclass(frozen=True)
class CallFacts:
    """What the audits need of one call, for its checklist and its row in a queue. Nothing that names a caller."""

    id: UUID
    line_of_business_id: UUID
    started_at: datetime
    length_seconds: float | None  # None where the phone system did not tell
    direction: str
    agent_id: str
    decided: dict[str, Any]
    delete_by: datetime


def frame(
    *, lines: Collection[UUID], direction: str | None, period_from: datetime, period_to: datetime
) -> list[tuple[UUID, int]]:
    """(id, sample key) of every stored call of these lines that started in the period, in the order of the keys.

    The keys are secret and the ids break ties, so the order is the same again and nobody can aim at it. Calls in
    quarantine, without audio, or kept only until they can be erased are not in it. Served by recording_draw_idx.
    """
    calls = _drawable(lines, direction, period_from, period_to)
    return list(calls.values_list("pk", "sample_key"))


def frame_by(
    stratum: str, *, lines: Collection[UUID], direction: str | None, period_from: datetime, period_to: datetime
) -> list[tuple[UUID, int, str]]:
    """As `frame`, each call with its stratum: by `agent` the agent's id, by `place` where the first customer was.

    Empty where that is not known.
    """
    calls = _drawable(lines, direction, period_from, period_to)
    if stratum == "agent":
        return list(calls.values_list("pk", "sample_key", "agent_id"))
    customers = Party.objects.filter(recording=OuterRef("pk"), role=Party.Role.CUSTOMER).order_by("position")
    place = Coalesce(Subquery(customers.values("jurisdiction")[:1]), Value(""))
    return list(calls.annotate(place=place).values_list("pk", "sample_key", "place"))


def _drawable(
    lines: Collection[UUID], direction: str | None, period_from: datetime, period_to: datetime
) -> QuerySet[Recording]:
    calls = Recording.objects.filter(
        line_of_business__in=lines,
        state=Recording.State.STORED,
        restricted_at=None,
        started_at__gte=period_from,
        started_at__lt=period_to,
    )
    return (calls.filter(direction=direction) if direction else calls).order_by("sample_key", "pk")


def call_facts(ids: Collection[UUID]) -> dict[UUID, CallFacts]:
    """The facts of these calls by their id, in one query; a destroyed one is missing."""
    names = (
        "line_of_business_id",
        "started_at",
        "ended_at",
        "unknown",
        "direction",
        "agent_id",
        "decided",
        "delete_by",
    )
    return {call.pk: _facts(call) for call in Recording.objects.filter(pk__in=ids).only(*names)}


def _facts(call: Recording) -> CallFacts:
    return CallFacts(
        id=call.pk,
        line_of_business_id=call.line_of_business_id,
        started_at=call.started_at,
        length_seconds=call.length_seconds,
        direction=call.direction,
        agent_id=call.agent_id,
        decided=call.decided,
        delete_by=call.delete_by,
    )
