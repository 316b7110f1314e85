"""A page of the list of recordings as JSON that PostgreSQL makes, in one statement.

Programs read the list by the thousand pages: fifty rows through the ORM and serializers cost more than finding them.
What each filter means is what `listing.matching` says of it; a test compares the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

from accounts.clients import TokenActor
from accounts.permissions import lines_of
from recordings import gate
from recordings.keys import number_index

Position = tuple[datetime, UUID]  # of a row in the list: when its call started, and its id

# One row, as recordings.api.disposition_shapes.Listed describes it.
_ROW = """json_build_object(
    'id', id, 'source', source, 'external_id', external_id, 'state', state, 'quarantine_reasons', quarantine_reasons,
    'is_held', hold_count > 0, 'listed_at', {listed_at}, 'line_of_business', code,
    'started_at', CASE WHEN 'started_at' = ANY(unknown) THEN NULL ELSE {started_at} END,
    'ended_at', CASE WHEN 'ended_at' = ANY(unknown) THEN NULL ELSE {ended_at} END,
    'direction', CASE WHEN 'direction' = ANY(unknown) THEN NULL ELSE direction END,
    'medium', medium, 'purposes', purposes, 'agent', json_build_object('id', agent_id), 'size_bytes', size_bytes,
    'retention', json_build_object('keep_until', {keep_until}, 'delete_by', {delete_by},
                                   'is_provisional', is_provisional))""".format(
    **{
        name: f"""to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
        for name in ("listed_at", "started_at", "ended_at", "keep_until", "delete_by")
    }
)
_COLUMNS = """recording.id, source, external_id, state, quarantine_reasons, hold_count, listed_at, code, unknown,
    started_at, ended_at, direction, medium, purposes, agent_id, size_bytes, keep_until, delete_by, is_provisional"""
_PAGE = f"""
    WITH page AS (
        SELECT {_COLUMNS} FROM recordings_recording recording
        JOIN accounts_lineofbusiness line ON line.id = recording.line_of_business_id
        WHERE {{conditions}} ORDER BY started_at DESC, recording.id DESC LIMIT %s
    ), shown AS (SELECT * FROM page ORDER BY started_at DESC, id DESC LIMIT %s)
    SELECT (SELECT name FROM accounts_generation), (SELECT count(*) FROM page),
           (SELECT json_agg({_ROW} ORDER BY started_at DESC, id DESC)::text FROM shown),
           last.started_at, last.id
    FROM (SELECT 1) AS one LEFT JOIN LATERAL (SELECT * FROM shown ORDER BY started_at, id LIMIT 1) AS last ON TRUE
"""  # noqa: S608  names of our own columns
_HAS_NUMBER = "EXISTS (SELECT FROM recordings_party WHERE recording_id = recording.id AND number_index = %s)"
CONDITIONS = {
    "source": "source = %s",
    "external_id": "external_id = %s",
    "agent": "agent_id = %s",
    "line_of_business": "line.code = %s",
    "from": "started_at >= %s",
    "to": "started_at < %s",
    "state": "state = %s",
    "delete_before": "delete_by < %s",
    "number": _HAS_NUMBER,
}
STATES_OF_THEIR_OWN = {"held": "hold_count > 0", "listed": "listed_at IS NOT NULL"}


@dataclass(frozen=True)
class Page:
    """Rows as a JSON array; where the page after them begins, None on the last; what governed when they were read."""

    rows: str
    last: Position | None
    generation: UUID


def page_of(actor: TokenActor, filters: Mapping[str, Any], *, after: Position | None, limit: int) -> Page:
    """The newest calls that the token may see and that meet every filter. Raises RecordingsClosed."""
    gate.assert_open()
    conditions, values = _reach(actor)
    for name, value in filters.items():
        if name == "state" and value in STATES_OF_THEIR_OWN:
            conditions.append(STATES_OF_THEIR_OWN[value])
            continue
        conditions.append(CONDITIONS[name])
        values.append(number_index(value) if name == "number" else value)
    if after is not None:
        conditions.append("(started_at, recording.id) < (%s, %s)")
        values += after
    statement = _PAGE.format(conditions=" AND ".join(conditions) or "TRUE")
    own = connections[DEFAULT_DB_ALIAS]
    with own.wrap_database_errors:
        own.ensure_connection()
        with psycopg.Cursor(own.connection) as cursor:  # prepared: to plan it anew takes longer than to run it
            cursor.execute(statement, [*values, limit + 1, limit], prepare=True)
            generation, found, rows, started_at, last = cast(tuple[Any, ...], cursor.fetchone())
    return Page(rows or "[]", (started_at, last) if found > limit else None, generation)


def _reach(actor: TokenActor) -> tuple[list[str], list[Any]]:
    """As far as `recordings.models.reach` lets the token see."""
    conditions: list[str] = []
    values: list[Any] = []
    if (lines := lines_of(actor)) is not None:
        conditions.append("line_of_business_id = ANY(%s)")
        values.append(sorted(lines))
    if actor.token.sources:
        conditions.append("source = ANY(%s)")
        values.append(actor.token.sources)
    return conditions, values
