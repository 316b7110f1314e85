"""The one statement that stores decisions with their trail events, past the ORM: it is asked thousands of times.

It is prepared, so that PostgreSQL plans it once a connection, and its parameters travel beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

from trail.domain.actors import Actor
from trail.services import drawn_up

VERB = "decision.given"
SUBJECT = "policies.decision"


@dataclass(frozen=True)
class Row:
    """A decision as its table has it. `call` is JSON; `kept` is the digest of the answer in the database."""

    id: UUID
    at: datetime
    line_id: UUID
    version_id: UUID
    release: int
    edition: int
    call: str
    kept: str
    digest: str
    may_record: bool


def insert_decisions(rows: Sequence[Row], answers: Mapping[str, str], generation: UUID, actor: Actor) -> bool:
    """All of them with their events, or none: where this generation has passed, or an answer is missing.

    `answers` are those that are not known to be in the database, body by digest; one that is there already is the same
    one. In a transaction of the caller's they stand or fall with it; without one, the statement commits by itself.
    """
    kept = [text for answer in sorted(answers.items()) for text in answer]  # in one order, so that two never deadlock
    values = [*kept, *(value for row in rows for value in _values(row, generation, actor))]
    own = connections[DEFAULT_DB_ALIAS]  # this thread's, looked up once
    with own.wrap_database_errors:
        own.ensure_connection()
        with psycopg.Cursor(own.connection) as cursor:
            cursor.execute(_statement(len(rows), len(answers)), values, prepare=len(rows) <= PREPARED_UP_TO)
            return cursor.rowcount == len(rows)


def _values(row: Row, generation: UUID, actor: Actor) -> tuple[Any, ...]:
    """In the order of GIVEN."""
    facts: dict[str, object] = {
        "may_record": row.may_record,
        "law_release": row.release,
        "policy_version": str(row.version_id),
        "answer": row.digest,
    }
    event = drawn_up(VERB, actor=actor, subject=(SUBJECT, str(row.id)), line=row.line_id, facts=facts, at=row.at)
    return (
        row.id,
        row.at,
        row.line_id,
        row.version_id,
        row.release,
        row.edition,
        row.call,
        row.kept,
        row.digest,
        generation,
        actor.actor_kind,
        actor.actor_id,
        *event,
    )


PREPARED_UP_TO = 8  # what comes by hundreds is planned anew each time
GIVEN = {
    "id": "uuid",
    "at": "timestamptz",
    "line": "uuid",
    "version": "uuid",
    "release": "int",
    "edition": "int",
    "call": "jsonb",
    "kept": "text",
    "digest": "text",
    "generation": "uuid",
    "actor_kind": "text",
    "actor_id": "text",
    "event": "uuid",
    "facts": "jsonb",
    "event_digest": "bytea",
}


@cache
def _statement(count: int, answers: int) -> str:
    """For so many decisions and new answers. Where no answer is new, those that are pointed at have to be there."""
    one = "(" + ", ".join(f"%s::{kind}" for kind in GIVEN.values()) + ")"
    marks = ", ".join(["(%s, %s)"] * answers)
    new = f"kept AS (INSERT INTO policies_answer (digest, body) VALUES {marks} ON CONFLICT DO NOTHING),"  # noqa: S608
    there = "EXISTS (SELECT FROM policies_answer WHERE policies_answer.digest = asked.kept)"
    if answers:
        there = "TRUE"
    elif count > 1:
        there = f"NOT EXISTS (SELECT FROM asked WHERE NOT {there})"
    return f"""
        WITH {new if answers else ""}
        asked ({", ".join(GIVEN)}) AS (VALUES {", ".join([one] * count)}),
        confirmed AS (
            SELECT asked.* FROM asked JOIN accounts_generation ON accounts_generation.name = asked.generation
            WHERE {there}
        ),
        events AS (
            INSERT INTO trail_event (id, occurred_at, verb, actor_kind, actor_id, subject_kind, subject_id,
                                     line_of_business_id, facts, digest)
            SELECT event, at, '{VERB}', actor_kind, actor_id, '{SUBJECT}', id::text, line, facts, event_digest
            FROM confirmed
        )
        INSERT INTO policies_decision (id, decided_at, line_of_business_id, policy_version_id, law_release_id, edition,
                                       call, kept_id, digest)
        SELECT id, at, line, version, release, edition, call, kept, digest FROM confirmed
    """  # noqa: S608  names of our own columns
