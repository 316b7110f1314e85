"""The inbox of calls whose dates need a person: opened and closed by what the database says, late by the clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Exists, Min, OuterRef, Q

import trail.services as trail
from recordings.domain.errors import CaseNotFound
from recordings.models import Recording, RetentionCase
from recordings.services.retention.conflicts import close
from trail.domain.actors import CALLWARD, Actor
from trail.domain.ids import uuid7

Case, Kind, Outcome = RetentionCase, RetentionCase.Kind, RetentionCase.Outcome
DUE_AFTER = timedelta(days=14)  # so long may a call wait for a person before it is called late
AT_ONCE = 500
REASONS = {Kind.CONFLICT: ["retention_conflict"], Kind.NO_POLICY: ["no_policy", "no_line"]}

# Served by recording_to_decide_idx, whose condition stands here word for word.
_NEW = """
    SELECT recording.id, recording.source, recording.line_of_business_id,
           CASE WHEN recording.is_provisional THEN recording.created_at ELSE %(at)s END
    FROM recordings_recording recording
    WHERE recording.quarantine_reasons
              && ARRAY['retention_conflict', 'no_policy', 'no_line']::varchar(32)[]
      AND recording.quarantine_reasons && %(reasons)s::varchar(32)[]
      AND NOT EXISTS (
          SELECT 1 FROM recordings_retentioncase known
          WHERE known.recording_id = recording.id AND known.kind = %(kind)s AND known.state <> 'closed'
      )
    ORDER BY recording.id LIMIT %(limit)s
"""


def tend_cases(at: datetime) -> int:
    """Open, close and call late whatever is so by now; how many changed. Safe to run twice, at once, or half."""
    changed = 0
    for step in (open_cases, close_cases, call_late):
        while count := step(at):
            changed += count
    return changed


@transaction.atomic
def open_cases(at: datetime, *, limit: int = AT_ONCE) -> int:
    """One case for each recording that needs a person and has none; how many were opened."""
    return sum(_open(kind, at, limit) for kind in Kind)


def _open(kind: str, at: datetime, limit: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_NEW, {"at": at, "kind": kind, "reasons": REASONS[Kind(kind)], "limit": limit})
        rows = cursor.fetchall()
    cases = [
        Case(
            id=uuid7(),
            recording_id=pk,
            source=source,
            line_of_business_id=line,
            kind=kind,
            since=since,
            due_at=since + DUE_AFTER,
        )
        for pk, source, line, since in rows
    ]
    Case.objects.bulk_create(cases, ignore_conflicts=True)  # another worker may have been faster
    opened = list(Case.objects.filter(pk__in=[case.pk for case in cases]))
    trail.append_many("case.opened", actor=CALLWARD, subjects=opened, facts=[{"about": kind} for _ in opened])
    return len(opened)


@transaction.atomic
def close_cases(at: datetime, *, limit: int = AT_ONCE) -> int:
    """Those whose recording is gone, or needs nobody any more; how many were closed."""
    rows = Case.objects.open().filter(_settled(Kind.CONFLICT) | _settled(Kind.NO_POLICY))
    settled = list(rows.select_for_update(skip_locked=True, of=("self",)).order_by("since", "pk")[:limit])
    there = Recording.objects.in_bulk([case.recording_id for case in settled])
    for case in settled:
        close(case, _outcome(case, there.get(case.recording_id)), at)
    facts: list[dict[str, object]] = [{"outcome": case.outcome} for case in settled]
    trail.append_many("case.closed", actor=CALLWARD, subjects=settled, facts=facts)
    return len(settled)


def _settled(kind: RetentionCase.Kind) -> Q:
    """A case of this kind whose recording has no such reason any more, or is gone."""
    apart = Recording.objects.filter(pk=OuterRef("recording_id"), quarantine_reasons__overlap=REASONS[kind])
    return Q(~Exists(apart), kind=kind)


def _outcome(case: RetentionCase, recording: Recording | None) -> str:
    if recording is None:
        return Outcome.GONE
    if recording.release_reason:
        return Outcome.RELEASED
    return Outcome.GOVERNED if case.kind == Kind.NO_POLICY else Outcome.SETTLED


@transaction.atomic
def call_late(at: datetime, *, limit: int = AT_ONCE) -> int:
    """Say once of each that waits past its day that it is late."""
    rows = Case.objects.overdue(at).filter(overdue_told_at=None).order_by("since", "pk")
    late = list(rows.select_for_update(skip_locked=True, of=("self",))[:limit])
    Case.objects.filter(pk__in=[case.pk for case in late]).update(overdue_told_at=at)
    trail.append_many("case.overdue", actor=CALLWARD, subjects=late, facts=[{"about": case.kind} for case in late])
    return len(late)


# --- what people see


@dataclass(frozen=True)
class CaseFigures:
    """How many wait for a person, and since when the oldest does."""

    conflicts: int = 0
    without_policy: int = 0
    overdue: int = 0
    oldest: datetime | None = None

    @property
    def open(self) -> int:
        return self.conflicts + self.without_policy


def case_figures(actor: Actor, at: datetime) -> CaseFigures:
    mine = Case.objects.visible_to(actor).open()
    counted = mine.aggregate(
        conflicts=Count("pk", filter=Q(kind=Kind.CONFLICT)),
        without_policy=Count("pk", filter=Q(kind=Kind.NO_POLICY)),
        overdue=Count("pk", filter=Q(due_at__lte=at)),
        oldest=Min("since"),
    )
    return CaseFigures(**counted)


def find_case(case_id: UUID, actor: Actor) -> RetentionCase:
    """Raises CaseNotFound: wrong and foreign alike."""
    case = Case.objects.visible_to(actor).select_related("line_of_business").filter(pk=case_id).first()
    if case is None:
        raise CaseNotFound
    return case
