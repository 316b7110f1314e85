"""What stands where, in a few counts: for Today, the navigation and the page of disposition."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum, Value
from django.utils import timezone

from accounts.permissions import lines_of
from recordings.models import Certificate, LegalHold, ObjectRemoval, Recording
from recordings.services.objections import to_approve
from trail.domain.actors import Actor

COUNTED_TO = 10_000  # recordings in all, one by one


@dataclass(frozen=True)
class Figures:
    """Counts of what the actor may see, as of `at`."""

    at: datetime
    recordings: int = 0
    is_estimated: bool = False  # of so many recordings, counting each would take longer than the answer is worth
    arrived_today: int = 0
    listed: int = 0
    listed_bytes: int = 0
    leaving_next: datetime | None = None  # the first delete-by of what is listed
    leaving_next_zone: str = "UTC"  # in which its last day ends
    held_past: int = 0  # due to leave, and kept by a hold
    in_conflict: int = 0  # kept because their rules contradict each other
    to_approve: int = 0
    objected: int = 0
    on_hold: int = 0
    matters: int = 0
    quarantined: int = 0
    quarantined_by_reason: dict[str, int] = field(default_factory=dict)
    late: int = 0
    late_to_approve: int = 0  # of the late ones, those that only lack a person's leave
    destroyed_7_days: int = 0
    read_back: int = 0  # of those destroyed in seven days, the ones whose object is known to be absent

    @property
    def to_be_read_back(self) -> int:
        return self.destroyed_7_days - self.read_back


def figures(actor: Actor, at: datetime) -> Figures:
    """A few queries, however many recordings there are: each count reads an index of what it counts, and no more."""
    mine = Recording.objects.visible_to(actor).order_by()
    counted = _together(
        arrived_today=mine.filter(created_at__gte=_midnight(at)),
        listed=mine.filter(listed_at__isnull=False),
        held_past=mine.filter(hold_count__gt=0, delete_by__lte=at),
        in_conflict=mine.in_conflict(),
        objected=mine.filter(objected_until__gt=at),
        on_hold=mine.filter(hold_count__gt=0),
        quarantined=mine.filter(state=Recording.State.QUARANTINED),
        late=mine.late(at),
        late_to_approve=mine.late(at).filter(needs_approval=True, approved_at=None),
    )
    reasons: Counter[str] = Counter()
    in_quarantine = mine.filter(state=Recording.State.QUARANTINED).values_list("quarantine_reasons")
    for codes, count in in_quarantine.annotate(count=Count("pk")):
        reasons.update(dict.fromkeys(codes, count))
    destroyed = Certificate.objects.visible_to(actor).filter(destroyed_at__gt=at - timedelta(days=7))
    absent = ObjectRemoval.objects.filter(absent_at=None).values("recording_id")
    gone = destroyed.aggregate(all=Count("pk"), read_back=Count("pk", filter=~Q(recording_id__in=absent)))
    listed = mine.filter(listed_at__isnull=False)
    leaving_next, zone = listed.order_by("delete_by", "pk").values_list("delete_by", "zone").first() or (None, "UTC")
    in_all, is_estimated = _in_all(mine)
    return Figures(
        at=at,
        **counted,
        recordings=in_all,
        is_estimated=is_estimated,
        listed_bytes=listed.aggregate(bytes=Sum("size_bytes", default=0))["bytes"],
        leaving_next=leaving_next,
        leaving_next_zone=zone,
        to_approve=to_approve(actor, at).count(),
        matters=LegalHold.objects.visible_to(actor).in_force().count(),
        quarantined_by_reason=dict(reasons.most_common()),
        destroyed_7_days=gone["all"],
        read_back=gone["read_back"],
    )


def _together(**asked: QuerySet[Recording]) -> dict[str, int]:
    """Counts of several querysets by one statement, each served by an index of its own."""
    parts: list[str] = []
    values: list[Any] = []
    for queryset in asked.values():
        try:
            sql, given = queryset.annotate(one=Value(1)).values("one").query.sql_with_params()
        except EmptyResultSet:
            sql, given = "SELECT 1 WHERE FALSE", ()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")  # noqa: S608  written by the ORM
        values += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return dict(zip(asked, cursor.fetchone(), strict=True))


def _in_all(mine: QuerySet[Recording]) -> tuple[int, bool]:
    """How many there are: counted as far as that is cheap, then as PostgreSQL estimates it."""
    counted = mine[: COUNTED_TO + 1].count()
    if counted <= COUNTED_TO:
        return counted, False
    (plan,) = json.loads(mine.explain(format="json"))
    return max(counted, int(plan["Plan"]["Plan Rows"])), True


@dataclass(frozen=True)
class Silence:
    """A source that delivered lately and does not any more."""

    source: str
    last_at: datetime


DELIVERS = timedelta(days=7)  # whoever delivered within these
SILENT_AFTER = timedelta(hours=24)  # and nothing for this long, is silent
# From source to source by recording_source_newest_idx: one look-up a source, however many calls there are
LAST_OF_EACH_SOURCE = """
    WITH RECURSIVE last (source, created_at) AS (
        (SELECT source, created_at FROM recordings_recording WHERE {reach}
            ORDER BY source, created_at DESC LIMIT 1)
        UNION ALL
        SELECT next.* FROM last CROSS JOIN LATERAL (
            SELECT source, created_at FROM recordings_recording WHERE source > last.source AND {reach}
                ORDER BY source, created_at DESC LIMIT 1) next
    )
    SELECT source, created_at FROM last WHERE created_at > %(since)s AND created_at <= %(until)s ORDER BY created_at
"""


def silent_sources(actor: Actor, at: datetime) -> list[Silence]:
    """Sources that delivered to the actor's lines in seven days, but nothing for one; the longest silent first."""
    lines = lines_of(actor)
    reach = "TRUE" if lines is None else "line_of_business_id = ANY(%(lines)s)"
    given: dict[str, Any] = {"since": at - DELIVERS, "until": at - SILENT_AFTER, "lines": list(lines or ())}
    with connection.cursor() as cursor:
        cursor.execute(LAST_OF_EACH_SOURCE.format(reach=reach), given)
        return [Silence(*row) for row in cursor.fetchall()]


def _midnight(at: datetime) -> datetime:
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
