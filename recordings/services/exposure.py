"""Stored recordings as a change of rules sees them: where, when, under what circumstances, with which dates."""

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from policies.domain.retention import NOTHING_TOLD
from recordings.domain.consent import Evidence
from recordings.domain.triggers import read_starts
from recordings.models import Circumstances, Recording

START = UUID(int=0)


class Exposed(NamedTuple):
    """One recording. The days are local, in the zone that was stored with it."""

    id: UUID
    line: UUID
    circumstances: UUID
    started_on: date
    ended_at: datetime
    ended_on: date
    zone: str
    keep_until: datetime
    delete_by: datetime
    is_provisional: bool
    is_held: bool
    size_bytes: int
    policy_version_id: UUID | None
    law_release: int
    triggers: str = "{}"  # JSON: what a period counts from, and when it happened

    @property
    def is_ungoverned(self) -> bool:
        """No policy spoke for it when it came, so its dates are the careful default's."""
        return self.policy_version_id is None and self.is_provisional

    @property
    def starts(self) -> Mapping[str, datetime]:
        return NOTHING_TOLD if self.triggers == "{}" else read_starts(json.loads(self.triggers))


_COLUMNS = """
    SELECT id, line_of_business_id, circumstances_id, (started_at AT TIME ZONE zone)::date, ended_at,
           (ended_at AT TIME ZONE zone)::date, zone, keep_until, delete_by, is_provisional, hold_count > 0,
           coalesce(size_bytes, 0), policy_version_id, coalesce(law_release, 0),
           known_triggers::text
    FROM recordings_recording
    WHERE id > %(after)s AND id <= %(upto)s AND circumstances_id IS NOT NULL {lines}
    ORDER BY id LIMIT %(limit)s
"""
LAST = UUID(int=2**128 - 1)


def exposed(
    *, after: UUID = START, upto: UUID = LAST, limit: int = 10_000, lines: Collection[UUID] | None = None
) -> list[Exposed]:
    """The next recordings in the order of their ids, which is that of their arrival; of these lines alone."""
    within = "" if lines is None else "AND line_of_business_id = ANY(%(lines)s)"
    given: dict[str, Any] = {"after": after, "upto": upto, "limit": limit, "lines": list(lines or ())}
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS.format(lines=within), given)
        return [Exposed(*row) for row in cursor.fetchall()]


def how_many(lines: Collection[UUID] | None = None) -> int:
    """How many recordings there are in these lines."""
    rows = Recording.objects.all()
    return (rows if lines is None else rows.filter(line_of_business__in=lines)).count()


def lines_of_recordings(ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The line of business of each of these that is still there."""
    return dict(Recording.objects.filter(pk__in=ids).values_list("pk", "line_of_business_id"))


class KnownCircumstances(dict[UUID, dict[str, Any]]):
    """Circumstances by their ids as they were asked for; at most so many are kept."""

    LIMIT = 50_000

    def learn(self, ids: Collection[UUID]) -> None:
        missing = [pk for pk in set(ids) if pk not in self]
        if not missing:
            return
        if len(self) + len(missing) > self.LIMIT:
            self.clear()
            missing = list(set(ids))
        self.update(Circumstances.objects.filter(pk__in=missing).values_list("pk", "call"))


def read_evidence(signs: str) -> list[Evidence]:
    """`1:spoken:given -1:announcement:given` → of the second party, and of all parties.

    So `recordings.services.pieces` spells evidence.
    """
    pieces = (sign.split(":") for sign in signs.split())
    return [
        Evidence(None if position == "-1" else int(position), method, result) for position, method, result in pieces
    ]


_MEMBERS = """
    SELECT member.id, member.hold_id, member.recording_id FROM recordings_holdmember member
    WHERE member.released_at IS NULL AND member.id > %(after)s ORDER BY member.id LIMIT %(limit)s
"""


def held_calls(*, batch: int = 10_000) -> Iterator[list[tuple[Any, UUID]]]:
    """(hold, recording) of every hold in force, batch by batch."""
    after: Any = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_MEMBERS, {"after": after, "limit": batch})
            rows = cursor.fetchall()
        if not rows:
            return
        after = rows[-1][0]
        yield [(hold, recording) for _, hold, recording in rows]
