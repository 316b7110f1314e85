"""A person lets recordings stay longer: a new day on which they go, with the reason, as a change of their dates."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.permissions import Act, demand
from policies.domain.retention import MAXIMUM
from recordings.domain.errors import ExtensionRefused, RecordingNotFound
from recordings.models import Recording, RetentionChange
from recordings.services.dates import Given, NewDates, change_dates, given_dates
from trail.domain.actors import Actor

SHORTEST_REASON = 10
MOST_AT_ONCE = 1_000


@transaction.atomic
def extend_recordings(
    *, recording_ids: Collection[UUID], delete_by: datetime, reason: str, actor: Actor, at: datetime | None = None
) -> int:
    """Let these go at `delete_by` in place of their own day; how many. They leave the list until then.

    Raises NotAllowed; RecordingNotFound: one is none that the actor may see; ExtensionRefused: one goes later anyway,
    law asks that it goes before, or the reason says nothing. Then none is changed.
    """
    demand(actor, Act.OBJECT_TO_DISPOSITION)
    ids = list(dict.fromkeys(recording_ids))
    if len(reason.strip()) < SHORTEST_REASON:
        raise ExtensionRefused(f"Write in {SHORTEST_REASON} characters or more why they stay longer.")
    if not ids or len(ids) > MOST_AT_ONCE:
        raise ExtensionRefused(f"Choose from one to {MOST_AT_ONCE:,} recordings.")
    rows = list(Recording.objects.visible_to(actor).locked(ids))
    if len(rows) != len(ids):
        raise RecordingNotFound
    given = given_dates(rows)
    for row in rows:
        _assert_may_stay(row, given[row.pk], delete_by)
    changes = [_changed(row, given[row.pk], delete_by, reason.strip()) for row in rows]
    change_dates(changes, verb="recording.kept_by_hand", at=at or timezone.now(), actor=actor)
    return len(rows)


def _assert_may_stay(row: Recording, given: Given, delete_by: datetime) -> None:
    if delete_by <= row.delete_by:
        raise ExtensionRefused(f"One of them goes on {row.delete_by:%Y-%m-%d} anyway. Write a later day.")
    limits = [limit for limit in given.explanation if limit["kind"] == MAXIMUM and limit.get("by") == "law"]
    ends = [limit for limit in limits if limit.get("until") and limit.get("standing") != "outranked"]
    for limit in ends:
        if delete_by > datetime.fromisoformat(limit["until"]):
            raise ExtensionRefused(
                f"Law ({limit['citation']}) asks that one of them goes by {limit['until'][:10]}. "
                "Place a hold where a matter needs it for longer."
            )


def _changed(row: Recording, given: Given, delete_by: datetime, reason: str) -> NewDates:
    return NewDates(
        recording=row,
        keep_until=row.keep_until,
        delete_by=delete_by,
        cause=RetentionChange.Cause.HAND,
        policy_version_id=given.policy_version_id,
        law_release=given.law_release or row.law_release or 0,
        explanation=[*(_overtaken(limit) for limit in given.explanation), _by_hand(delete_by, reason)],
    )


def _overtaken(limit: dict[str, Any]) -> dict[str, Any]:
    """What decided the day before agrees with it at most; a minimum stays what it was."""
    decided = limit["kind"] == MAXIMUM and limit.get("standing") == "decides"
    return limit | {"standing": "outranked", "outranked_by": "by hand"} if decided else limit


def _by_hand(delete_by: datetime, reason: str) -> dict[str, Any]:
    return {
        "rule": "by hand",
        "citation": "Kept longer by hand",
        "kind": MAXIMUM,
        "period": None,
        "until": delete_by.isoformat(),
        "standing": "decides",
        "outranked_by": None,
        "because": reason,
        "certainty": "high",
        "trigger": "recording_created",
        "by": "company",
        "verify": "",
    }
