"""What the release of a hold would let go, and when: for the second person to see, and to be kept with the release."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Count, F, Max, Min, Q, Sum, Value
from django.db.models.functions import Greatest, TruncDate

from accounts.domain.errors import NotAllowed
from accounts.permissions import Act, may
from recordings.domain.errors import HoldReleased, HoldStillFills, SecondPersonNeeded
from recordings.models import HoldMember, LegalHold, Recording
from recordings.models.queries import RecordingQuerySet
from recordings.services.holds.placing import assert_may, find_hold
from trail.domain.actors import Actor


@dataclass(frozen=True)
class Preview:
    """Counts of the members, and days on which what this hold alone keeps is destroyed at the earliest.

    `digest` names the set: ids, dates and what else keeps each; it changes as soon as the set does. `elsewhere` stays,
    for another hold keeps it. `by_day` are UTC days; each recording is listed anew first and cools. Of those that are
    let go, `needs_approval` wait for a person's leave, `in_conflict` for a decision about rules in conflict.
    """

    digest: str
    at: datetime
    alone: int
    elsewhere: int
    size_bytes: int
    first: datetime | None
    last: datetime | None
    due_already: int  # past their day, so that only the cooling period is between them and their end
    needs_approval: int
    in_conflict: int
    by_day: dict[date, int]

    def as_json(self) -> dict[str, Any]:
        told = asdict(self) | {"by_day": {day.isoformat(): count for day, count in self.by_day.items()}}
        for name in ("at", "first", "last"):
            told[name] = told[name].isoformat() if told[name] else None
        return told


def preview_release(hold_id: UUID, *, actor: Actor, at: datetime) -> tuple[LegalHold, Preview]:
    """The hold, and what its release would let go.

    Raises what `release_hold` raises, but for a changed preview; HoldStillFills: not all members are written yet.
    """
    assert_may(actor, Act.RELEASE_HOLD)
    hold = find_hold(hold_id, actor)
    assert_releasable(hold, actor)
    if not hold.is_settled:
        raise HoldStillFills
    return hold, seen_now(hold, at)


def assert_releasable(hold: LegalHold, actor: Actor) -> None:
    """Raises HoldReleased, SecondPersonNeeded; NotAllowed: it also keeps recordings that the actor may not see."""
    if not hold.is_in_force:
        raise HoldReleased
    if not may(actor, Act.RELEASE_HOLD, hold):
        raise SecondPersonNeeded
    kept = HoldMember.objects.filter(hold=hold, released_at=None)
    if kept.exclude(recording__in=Recording.objects.visible_to(actor).values("pk")).exists():
        raise NotAllowed("It also keeps recordings of other lines; somebody who may see them all releases it.")


def members_of(hold: LegalHold, at: datetime) -> RecordingQuerySet:
    """What it keeps, each with `leaves_at`: the earliest moment of its destruction were the hold released at `at`.

    It is listed anew then, cools, and goes no earlier than its dates and an objection to it allow.
    """
    cooled = models.ExpressionWrapper(
        Value(at) + F("cooling_seconds") * Value(timedelta(seconds=1)), output_field=models.DateTimeField()
    )
    leaves_at = Greatest(F("delete_by"), F("keep_until"), F("objected_until"), cooled)
    return Recording.objects.filter(holds__hold=hold, holds__released_at=None).annotate(leaves_at=leaves_at)


def seen_now(hold: LegalHold, at: datetime) -> Preview:
    """The preview as of now, whoever looks."""
    kept, alone = members_of(hold, at), Q(hold_count=1)
    figures = kept.aggregate(
        alone=Count("pk", filter=alone),
        elsewhere=Count("pk", filter=~alone),
        size_bytes=Sum("size_bytes", filter=alone, default=0),
        first=Min("leaves_at", filter=alone),
        last=Max("leaves_at", filter=alone),
        due_already=Count("pk", filter=alone & Q(delete_by__lte=at)),
        needs_approval=Count("pk", filter=alone & Q(needs_approval=True)),
        in_conflict=Count("pk", filter=alone & Q(quarantine_reasons__contains=["retention_conflict"])),
    )
    days = kept.filter(alone).annotate(day=TruncDate("leaves_at")).values_list("day").order_by("day")
    return Preview(digest=_digest(kept), at=at, by_day=dict(days.annotate(Count("pk"))), **figures)


def _digest(kept: RecordingQuerySet) -> str:
    """SHA-256 over the members in the order of their ids: id, whether this hold alone keeps it, what dates it has."""
    named = ("pk", "hold_count", "delete_by", "keep_until", "cooling_seconds", "needs_approval", "objected_until")
    digest = sha256()
    for pk, holds, *told in kept.order_by("pk").values_list(*named).iterator(chunk_size=5_000):
        digest.update("|".join(str(value) for value in (pk, holds == 1, *told)).encode() + b"\n")
    return digest.hexdigest()
