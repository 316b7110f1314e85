"""What becomes of each recording of a piece, settled in one statement: put on the report's list, and counted alike."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from policies.domain.impact import Kind


class NewDates(NamedTuple):
    """What calls get that ended on one day (or at one moment): see `recordings.services.pieces.Ended`."""

    periods: int
    zone: str
    key: datetime
    is_same: bool  # before and after
    keep_until: datetime | None  # None: the call's own end
    delete_by: datetime
    kinds: int  # of the conflicts that come and go with the periods
    conflicts: tuple[str, ...]
    solved: tuple[str, ...]


class Alike(NamedTuple):
    """So many recordings that are counted alike."""

    line: UUID
    kind: int
    dates: int | None  # the place among the new dates, where conflicts come or go with them
    kinds: int  # bits of policies.domain.impact.Kind
    is_held: bool
    keep_until: int  # earlier -1, as it is 0, later 1
    delete_by: int
    is_due: bool
    number: int
    byte_days: int


def settled(
    report: UUID,
    kinds: Mapping[int, int],
    dates: Sequence[NewDates],
    lacking: Sequence[tuple[int, str]],
    at: datetime,
) -> list[Alike]:
    """Settle the recordings that `Piece.ask` kept.

    `kinds` has the bits of each asked kind, `lacking` the kinds with the evidence that would no longer be enough;
    what would leave before `at` is due at once.
    """
    new = [(place, one) for place, one in enumerate(dates) if not one.is_same]
    given: dict[str, Any] = {
        "report": report,
        "at": at,
        "asked": list(kinds),
        "bits": list(kinds.values()),
        "places": [place for place, _ in new],
        "periods": [one.periods for _, one in new],
        "zones": [one.zone for _, one in new],
        "keys": [one.key for _, one in new],
        "keep": [one.keep_until for _, one in new],
        "delete": [one.delete_by for _, one in new],
        "conflicts": [one.kinds for _, one in new],
        "lacking": [kind for kind, _ in lacking],
        "signs": [signs for _, signs in lacking],
        "later": int(Kind.LATER),
        "earlier": int(Kind.EARLIER),
        "noncompliant": int(Kind.NONCOMPLIANT),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SETTLED, given)
        return [Alike(*row) for row in cursor.fetchall()]


_SETTLED = """
    WITH dated AS (
        SELECT reached.id, reached.line, reached.kind, is_held, size_bytes, reached.keep_until AS kept,
               reached.delete_by AS goes,
               CASE WHEN new.periods IS NULL THEN reached.keep_until ELSE coalesce(new.keep_until, ended_at)
               END AS keep_until,
               coalesce(new.delete_by, reached.delete_by) AS delete_by,
               CASE WHEN new.kinds <> 0 THEN place END AS place,
               asked.kinds | coalesce(new.kinds, 0)
               | CASE WHEN lacking.kind IS NULL THEN 0 ELSE %(noncompliant)s END AS kinds
        FROM reached
        JOIN unnest(%(asked)s::integer[], %(bits)s::integer[]) AS asked (kind, kinds) ON asked.kind = reached.kind
        LEFT JOIN unnest(%(places)s::integer[], %(periods)s::integer[], %(zones)s::text[], %(keys)s::timestamptz[],
                         %(keep)s::timestamptz[], %(delete)s::timestamptz[], %(conflicts)s::integer[])
            AS new (place, periods, zone, key, keep_until, delete_by, kinds)
            ON new.periods = reached.dates AND new.zone = reached.zone AND new.key = reached.key
        LEFT JOIN unnest(%(lacking)s::integer[], %(signs)s::text[]) AS lacking (kind, signs)
            ON lacking.kind = reached.kind AND lacking.signs = reached.signs
    ), changed AS MATERIALIZED (
        SELECT id, line, kind, place, is_held, size_bytes, goes, keep_until, delete_by,
               (keep_until > kept)::integer - (keep_until < kept)::integer AS keeps,
               (delete_by > goes)::integer - (delete_by < goes)::integer AS leaves,
               kinds | CASE WHEN keep_until > kept OR delete_by > goes THEN %(later)s ELSE 0 END
               | CASE WHEN keep_until < kept OR delete_by < goes THEN %(earlier)s ELSE 0 END AS kinds
        FROM dated
    ), listed AS (
        INSERT INTO policies_impactchange (report_id, recording_id, kinds, keep_until, delete_by)
        SELECT %(report)s, id, kinds, keep_until, delete_by FROM changed WHERE kinds <> 0
    )
    SELECT line, kind, place, kinds, is_held, keeps, leaves, leaves < 0 AND delete_by <= %(at)s, count(*),
           coalesce(sum(size_bytes * abs(floor(extract(epoch FROM delete_by - goes) / 86400))), 0)::bigint
    FROM changed WHERE kinds <> 0 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
"""
