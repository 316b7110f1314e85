"""A recording's dates after intake: what gives them now, and how they are changed, each change with its reason."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

import trail.services as trail
from recordings.domain.triggers import Kept
from recordings.models import Recording, RetentionChange
from recordings.models.queries import many
from trail.domain.actors import Actor


@dataclass(frozen=True)
class Given:
    """What gives a recording's dates: the limits that were weighed, the policy version and the law release."""

    explanation: list[dict[str, Any]]
    policy_version_id: UUID | None
    law_release: int | None


def given_dates(recordings: Collection[Recording]) -> dict[UUID, Given]:
    """For each recording what its dates come from: its last change, else the decision of its day."""
    last = RetentionChange.objects.filter(recording_id__in=many(recording.pk for recording in recordings))
    changes = {change.recording_id: change for change in last.order_by("recording_id", "at", "pk")}
    return {recording.pk: _given(recording, changes.get(recording.pk)) for recording in recordings}


def _given(recording: Recording, change: RetentionChange | None) -> Given:
    if change is not None:
        return Given(change.explanation, change.policy_version_id, change.law_release)
    explanation = recording.decided.get("retention", {}).get("explanation", [])
    return Given(explanation, recording.policy_version_id, recording.law_release)


def kept_of(recording: Recording, given: Given) -> Kept:
    """Its dates with what gives them, to be counted anew."""
    return Kept(recording.ended_at, recording.zone, recording.keep_until, recording.delete_by, given.explanation)


def date_history(recording_id: UUID) -> QuerySet[RetentionChange]:
    """Every change of a recording's dates, oldest first."""
    return RetentionChange.objects.of(recording_id)


@dataclass(frozen=True)
class NewDates:
    """A locked recording's dates to be, with what gives them."""

    recording: Recording
    keep_until: datetime
    delete_by: datetime
    cause: str  # RetentionChange.Cause
    policy_version_id: UUID | None
    law_release: int
    explanation: list[dict[str, Any]]
    job_id: UUID | None = None


_UPDATE = """
    UPDATE recordings_recording recording
    SET keep_until = new.keep_until, delete_by = new.delete_by,
        listed_at = CASE WHEN new.later THEN NULL ELSE listed_at END,
        approved_at = CASE WHEN new.later THEN NULL ELSE approved_at END,
        approved_by_id = CASE WHEN new.later THEN '' ELSE approved_by_id END
    FROM unnest(%(ids)s::uuid[], %(keep)s::timestamptz[], %(delete)s::timestamptz[], %(later)s::boolean[])
        AS new (id, keep_until, delete_by, later)
    WHERE recording.id = new.id
"""


def change_dates(changes: Sequence[NewDates], *, verb: str, at: datetime, actor: Actor) -> None:
    """Write these dates, in the caller's transaction, on rows that it has locked: one change and one event for each.

    What leaves later than before leaves the list of disposition too, and an approval to destroy it ends. Raises
    IntegrityError: a date would come earlier without an approved shortening.
    """
    if not changes:
        return
    rows = [_row(change, at) for change in changes]
    with connection.cursor() as cursor:
        cursor.execute(
            _UPDATE,
            {
                "ids": [change.recording.pk for change in changes],
                "keep": [change.keep_until for change in changes],
                "delete": [change.delete_by for change in changes],
                "later": [change.delete_by > change.recording.delete_by for change in changes],
            },
        )
    _store(rows)
    trail.append_copied(
        verb,
        actor=actor,
        subjects=[change.recording for change in changes],
        facts=[_facts(row) for row in rows],
    )


def _store(rows: Sequence[RetentionChange]) -> None:
    """By COPY; what explains the dates of many is spelt once."""
    columns = [field.attname for field in RetentionChange._meta.concrete_fields if field.name != "explanation"]
    question = f"COPY recordings_retentionchange ({', '.join(columns)}, explanation) FROM STDIN"
    spelt: dict[int, str] = {}
    with connection.cursor() as cursor, cursor.copy(question) as copy:
        for row in rows:
            explanation = spelt.get(id(row.explanation))
            if explanation is None:
                explanation = spelt[id(row.explanation)] = json.dumps(row.explanation)
            copy.write_row([*(getattr(row, column) for column in columns), explanation])


def _row(change: NewDates, at: datetime) -> RetentionChange:
    recording = change.recording
    return RetentionChange(
        recording_id=recording.pk,
        source=recording.source,
        line_of_business_id=recording.line_of_business_id,
        at=at,
        cause=change.cause,
        policy_version_id=change.policy_version_id,
        law_release=change.law_release,
        job_id=change.job_id,
        keep_until_before=recording.keep_until,
        keep_until=change.keep_until,
        delete_by_before=recording.delete_by,
        delete_by=change.delete_by,
        explanation=change.explanation,
    )


def _facts(row: RetentionChange) -> dict[str, object]:
    return {
        "change": str(row.pk),
        "cause": row.cause,
        "policy_version": str(row.policy_version_id) if row.policy_version_id else None,
        "law_release": row.law_release,
        "keep_until": row.keep_until.isoformat(),
        "delete_by": row.delete_by.isoformat(),
        "keep_until_before": row.keep_until_before.isoformat(),
        "delete_by_before": row.delete_by_before.isoformat(),
    }
