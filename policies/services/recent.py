"""Decisions of the last days as a change of rules sees them: how many were given for which circumstances."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from trail.domain.ids import first_uuid7

RECENT = timedelta(days=30)
APART = ["line_of_business", "zone", "started_at", "ended_at", "language"]  # what is no circumstance of a call


class GivenDecisions(NamedTuple):
    """So many decisions of one line and day for the same circumstances, which are JSON."""

    line: UUID
    circumstances: str
    on: date
    number: int


_QUESTION = """
    WITH piece AS (
        SELECT id, line_of_business_id, call FROM policies_decision
        WHERE id > %(after)s {lines} ORDER BY id LIMIT %(limit)s
    )
    SELECT line_of_business_id, (call - %(apart)s::text[])::text,
           ((call->>'started_at')::timestamptz AT TIME ZONE (call->>'zone'))::date, count(*)
    FROM piece GROUP BY 1, 2, 3
"""
_LAST = """
    SELECT id FROM (SELECT id FROM policies_decision WHERE id > %(after)s {lines} ORDER BY id LIMIT %(limit)s) piece
    ORDER BY id DESC LIMIT 1
"""


def given_decisions(
    *, after: UUID, limit: int = 20_000, lines: Collection[UUID] | None = None
) -> tuple[list[GivenDecisions], UUID | None]:
    """The next decisions in the order of their ids, grouped, and the last of their ids; None: there are no more."""
    given: dict[str, Any] = {"after": after, "limit": limit, "apart": APART, "lines": list(lines or ())}
    within = "" if lines is None else "AND line_of_business_id = ANY(%(lines)s)"
    with connection.cursor() as cursor:
        cursor.execute(_LAST.format(lines=within), given)
        last = cursor.fetchone()
        if last is None:
            return [], None
        cursor.execute(_QUESTION.format(lines=within), given)
        return [GivenDecisions(*row) for row in cursor.fetchall()], last[0]


def decisions_since(at: datetime, lines: Collection[UUID] | None = None) -> int:
    """How many were given since that moment."""
    within = "" if lines is None else "AND line_of_business_id = ANY(%(lines)s)"
    with connection.cursor() as cursor:
        question = f"SELECT count(*) FROM policies_decision WHERE id > %(after)s {within}"  # noqa: S608  no words of others
        cursor.execute(question, {"after": first_uuid7(at), "lines": list(lines or ())})
        return int(cursor.fetchone()[0])
