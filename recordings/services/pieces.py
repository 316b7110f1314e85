"""Stored recordings piece by piece, in the order of their arrival, and in groups: what a change of rules looks at.

A piece is laid out in the database for the length of a transaction. Python is told of its groups and of the different
days and signs of consent in them, never of each recording: the answer to a group is the answer to each call in it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from recordings.services.exposure import START


class Group(NamedTuple):
    """So many recordings of one line and the same circumstances. `day`: of a stretch of days, or their own."""

    line: UUID
    circumstances: UUID
    day: date
    number: int


class Asked(NamedTuple):
    """A group that a change reaches. `kind` and `dates` are the asker's own numbers; recordings keep them."""

    group: Group
    kind: int
    dates: int | None  # None: their dates stay
    is_to_the_second: bool  # whether the day of the call's end does not give its dates
    needs_signs: bool  # whether their evidence of consent matters


class Ended(NamedTuple):
    """Recordings of the same dates, zone and local day (or moment) of their end, one of whose ends is told."""

    dates: int
    zone: str
    key: datetime
    ended_at: datetime
    ended_on: date


@dataclass(frozen=True)
class Piece:
    """The table `exposed`, and after `ask` the table `reached`: until `lift`, or the end of the transaction."""

    number: int
    last: UUID  # of the ids in it

    @classmethod
    def laid_out(
        cls, *, after: UUID = START, limit: int, days: Sequence[date], lines: Collection[UUID] | None = None
    ) -> "Piece | None":
        """The next recordings behind that one, of these lines alone; None: there are no more.

        `days`, in order, begin the stretches of days on which the same rules are in effect. A recording whose consent
        lies in a document counts by its own day: a document counts from the day on which it was signed.
        """
        within = "" if lines is None else "AND line_of_business_id = ANY(%(lines)s)"
        given: dict[str, Any] = {"after": after, "limit": limit, "lines": list(lines or ()), "days": list(days)}
        with connection.cursor() as cursor:
            cursor.execute(_EXPOSED.format(lines=within), given)
            cursor.execute("SELECT (SELECT count(*) FROM exposed), id FROM exposed ORDER BY id DESC LIMIT 1")
            found = cursor.fetchone()
            if found is None:
                cursor.execute("DROP TABLE exposed")
                return None
            return cls(*found)

    def groups(self) -> list[Group]:
        return [Group(*row) for row in _answered(_GROUPS)]

    def ask(self, asked: Sequence[Asked]) -> None:
        """Keep the recordings of these groups, with their evidence of consent where it matters."""
        with connection.cursor() as cursor:
            cursor.execute(_ASKED)
            with cursor.copy("COPY asked FROM STDIN") as copy:  # beside the statement, which the driver remembers
                copy.write("".join(map(_as_text, asked)))
            cursor.execute(_REACHED)

    def ends(self) -> list[Ended]:
        """The different ends of those whose dates may change."""
        return [Ended(*row) for row in _answered(_ENDS)]

    def signs(self) -> list[tuple[int, str]]:
        """The different evidence of consent in each kind for which it matters, as `exposure.read_evidence` reads it."""
        return _answered("SELECT DISTINCT kind, signs FROM reached WHERE signs IS NOT NULL")

    def lift(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS exposed, asked, reached")


def _as_text(one: Asked) -> str:
    """A line for COPY."""
    line, circumstances, day, _ = one.group
    dates = "\\N" if one.dates is None else one.dates
    return f"{line}\t{circumstances}\t{day}\t{one.kind}\t{dates}\t{one.is_to_the_second}\t{one.needs_signs}\n"


def _answered(question: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return list(cursor.fetchall())


_EXPOSED = """
    CREATE TEMPORARY TABLE exposed ON COMMIT DROP AS
    WITH piece AS (
        SELECT id, line_of_business_id AS line, circumstances_id AS circumstances,
               (started_at AT TIME ZONE zone)::date AS started_on, ended_at,
               (ended_at AT TIME ZONE zone)::date AS ended_on, zone, keep_until, delete_by, hold_count > 0 AS is_held,
               coalesce(size_bytes, 0) AS size_bytes
        FROM recordings_recording
        WHERE id > %(after)s AND circumstances_id IS NOT NULL {lines} ORDER BY id LIMIT %(limit)s
    )
    SELECT piece.*, CASE WHEN told.call->>'consent_document' IS NOT NULL THEN started_on
                         ELSE (%(days)s::date[])[greatest(width_bucket(started_on, %(days)s::date[]), 1)] END AS day
    FROM piece LEFT JOIN recordings_circumstances told ON told.id = piece.circumstances
"""
_GROUPS = "SELECT line, circumstances, day, count(*) FROM exposed GROUP BY line, circumstances, day"
_ASKED = """
    CREATE TEMPORARY TABLE asked (
        line uuid, circumstances uuid, day date, kind integer, dates integer, is_to_the_second boolean,
        needs_signs boolean
    ) ON COMMIT DROP
"""
_REACHED = """
    CREATE TEMPORARY TABLE reached ON COMMIT DROP AS
    SELECT id, exposed.line, ended_at, ended_on, zone, keep_until, delete_by, is_held, size_bytes, kind, dates,
           CASE WHEN is_to_the_second THEN ended_at ELSE ended_on::timestamptz END AS key, signs
    FROM exposed
    JOIN asked USING (line, circumstances, day)
    LEFT JOIN LATERAL (
        SELECT coalesce(string_agg(DISTINCT concat_ws(':', coalesce(party.position, -1), given.method, given.result),
                                   ' '), '') AS signs
        FROM recordings_consentevidence given LEFT JOIN recordings_party party ON party.id = given.party_id
        WHERE needs_signs AND given.recording_id = exposed.id
    ) evidence ON needs_signs
"""
_ENDS = """
    SELECT dates, zone, key, min(ended_at), min(ended_on) FROM reached WHERE dates IS NOT NULL GROUP BY dates, zone, key
"""
