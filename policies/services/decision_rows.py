"""The one statement that stores decisions with their trail events, past the ORM: it is asked thousands of times.

It is prepared, so that PostgreSQL plans it once a connection, and its parameters travel beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from threading import Lock
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


def insert_decisions(rows: Sequence[Row], answers: Mapping[str, str], generation: UUID, actor: Actor) -> bool:
    """All of them with their events, or none: where this generation has passed, or an answer is missing.

    `answers` are those that are not known to be in the database, body by digest; one that is there already is the same
    one. In a transaction of the caller's they stand or fall with it; without one, the statement commits by itself, a
    single decision together with those that other threads of this process store at that moment.
    """
    asked = Asked([_values(row, generation, actor) for row in rows])
    if len(rows) == 1 and not answers and not connection.in_atomic_block:
        _together.store(asked)
    else:
        asked.is_stored = len(_stored(asked.values, answers, all_or_none=True)) == len(rows)
    if asked.error is not None:
        raise asked.error
    return asked.is_stored


def _held() -> Any:
    lock = Lock()
    lock.acquire()
    return lock


@dataclass
class Asked:
    """What one request wants stored, and what became of it. `turn` is held until something did."""

    values: list[tuple[Any, ...]]
    is_stored: bool = False
    is_done: bool = False
    error: Exception | None = None
    turn: Any = field(default_factory=_held)


class Together:
    """Requests that share a commit: while one thread waits for the database, others of its process line up, and the
    first of these then stores for all. Nobody waits for more to come, so a request alone waits for nobody.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[Asked] = []
        self._is_led = False

    def store(self, asked: Asked) -> None:
        with self._lock:
            self._waiting.append(asked)
            is_first, self._is_led = not self._is_led, True
        if not is_first:
            asked.turn.acquire()
            if asked.is_done:
                return
        self._lead()

    def _lead(self) -> None:
        with self._lock:
            batch, self._waiting = self._waiting, []
        try:
            stored = _stored([values for one in batch for values in one.values], {}, all_or_none=False)
            for one in batch:
                one.is_stored = one.values[0][0] in stored
        except Exception as error:  # whatever it is, each of them hears of it
            for one in batch:
                one.error = error
        finally:
            with self._lock:
                after = self._waiting[0] if self._waiting else None
                self._is_led = after is not None
            for one in batch:
                one.is_done = True
                one.turn.release()
            if after is not None:
                after.turn.release()  # it leads


_together = Together()


def _stored(rows: Sequence[tuple[Any, ...]], answers: Mapping[str, str], *, all_or_none: bool) -> set[UUID]:
    """The ids of the decisions that were inserted."""
    kept = [text for answer in sorted(answers.items()) for text in answer]  # in one order, so that two never deadlock
    statement = _statement(len(rows), len(answers), all_or_none=all_or_none)
    with connection.wrap_database_errors:
        connection.ensure_connection()
        with psycopg.Cursor(connection.connection) as cursor:
            values = [*kept, *(value for row in rows for value in row)]
            cursor.execute(statement, values, prepare=len(rows) <= PREPARED_UP_TO and not answers)
            return {pk for (pk,) in cursor.fetchall()}


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


PREPARED_UP_TO = 8  # a process's threads; what comes by hundreds is planned anew each time
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
def _statement(count: int, answers: int, *, all_or_none: bool) -> str:
    """For so many decisions and new answers. Where no answer is new, those that are pointed at have to be there."""
    one = "(" + ", ".join(f"%s::{kind}" for kind in GIVEN.values()) + ")"
    marks = ", ".join(["(%s, %s)"] * answers)
    new = f"kept AS (INSERT INTO policies_answer (digest, body) VALUES {marks} ON CONFLICT DO NOTHING),"  # noqa: S608
    there = "EXISTS (SELECT FROM policies_answer WHERE policies_answer.digest = asked.kept)"
    if answers:
        there = "TRUE"
    elif all_or_none and count > 1:
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
        SELECT id, at, line, version, release, edition, call, kept, digest FROM confirmed RETURNING id
    """  # noqa: S608  names of our own columns
