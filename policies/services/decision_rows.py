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
from django.db import connection

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


def insert_decisions(rows: Sequence[Row], generation: UUID, actor: Actor) -> bool:
    """All of them with their events, or none: where this generation has passed, or an answer is missing.

    In a transaction of the caller's they stand or fall with it; without one, the statement commits by itself.
    """
    values: list[Any] = []
    for row in rows:
        values += (row.id, row.at, row.line_id, row.version_id, row.release, row.edition, row.call, row.kept)
        values += (row.digest, *_event(row, actor))
    values.append(generation)
    with connection.wrap_database_errors:
        connection.ensure_connection()
        with psycopg.Cursor(connection.connection) as cursor:
            cursor.execute(_statement(len(rows)), values, prepare=len(rows) <= PREPARED_UP_TO)
            return cursor.rowcount == len(rows)


def keep_answers(answers: Mapping[str, str]) -> None:
    """Body by digest. One that is there already is the same one."""
    if not answers:
        return
    marks = ", ".join(["(%s, %s)"] * len(answers))
    with connection.cursor() as cursor:  # in one order, so that two that keep the same ones never wait for each other
        cursor.execute(
            f"INSERT INTO policies_answer (digest, body) VALUES {marks} ON CONFLICT DO NOTHING",  # noqa: S608
            [text for answer in sorted(answers.items()) for text in answer],
        )


def _event(row: Row, actor: Actor) -> tuple[Any, ...]:
    facts: dict[str, object] = {
        "may_record": row.may_record,
        "law_release": row.release,
        "policy_version": str(row.version_id),
        "answer": row.digest,
    }
    return drawn_up(VERB, actor=actor, subject=(SUBJECT, str(row.id)), line=row.line_id, facts=facts, at=row.at)


PREPARED_UP_TO = 4  # what comes by hundreds is planned anew each time
DECISION = (
    "id",
    "decided_at",
    "line_of_business_id",
    "policy_version_id",
    "law_release_id",
    "edition",
    "call",
    "kept_id",
    "digest",
)
EVENT = (
    "id",
    "occurred_at",
    "verb",
    "actor_kind",
    "actor_id",
    "subject_kind",
    "subject_id",
    "line_of_business_id",
    "facts",
    "digest",
)
TYPES = "uuid timestamptz uuid uuid int int jsonb text text uuid timestamptz text text text text text uuid jsonb bytea"


@cache
def _statement(count: int) -> str:
    one = "(" + ", ".join(f"%s::{kind}" for kind in TYPES.split()) + ")"
    decision = [f"d{number}" for number in range(len(DECISION))]
    event = [f"e{number}" for number in range(len(EVENT))]
    kept = f"d{DECISION.index('kept_id')}"
    return f"""
        WITH asked ({", ".join(decision + event)}) AS (VALUES {", ".join([one] * count)}),
        confirmed AS (
            SELECT * FROM asked
            WHERE EXISTS (SELECT FROM accounts_generation WHERE name = %s)
              AND NOT EXISTS (SELECT FROM asked missing WHERE NOT EXISTS (
                  SELECT FROM policies_answer WHERE policies_answer.digest = missing.{kept}))
        ),
        decisions AS (
            INSERT INTO policies_decision ({", ".join(DECISION)}) SELECT {", ".join(decision)} FROM confirmed
        )
        INSERT INTO trail_event ({", ".join(EVENT)}) SELECT {", ".join(event)} FROM confirmed
    """  # noqa: S608  names of our own columns
