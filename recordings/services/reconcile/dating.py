"""Dates: each has what gave it."""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection

from trail.invariants import Problem, check

# A date is that of the decision, or of a change; the later of two where more became known of a decided call. Lines
# marked demo may hurry. A row that no client delivered and nothing decided is none of intake's.
_UNEXPLAINED = """
    SELECT recording.id FROM recordings_recording recording
    JOIN accounts_lineofbusiness line ON line.id = recording.line_of_business_id
    WHERE NOT line.is_demo AND recording.decided <> '{}' AND NOT EXISTS (
        SELECT 1 FROM recordings_retentionchange change
        WHERE change.recording_id = recording.id AND change.delete_by = recording.delete_by
    ) AND recording.delete_by IS DISTINCT FROM (recording.decided->'retention'->>'delete_by')::timestamptz
      AND recording.delete_by <> recording.keep_until
      AND NOT EXISTS (
        SELECT 1 FROM trail_event event WHERE event.subject_kind = 'recordings.recording'
          AND event.subject_id = recording.id::text AND event.verb = 'recording.completed')
"""
_UNDECIDED = "SELECT id FROM recordings_recording WHERE decided = '{}' AND client_id IS NOT NULL"


@check(9)
def unexplained_dates(at: datetime) -> Iterator[Problem]:
    for pk in _ids(_UNEXPLAINED):
        yield Problem("date_unexplained", pk, "Neither its decision nor a change gives the day on which it goes.")


@check(9)
def nothing_decided(at: datetime) -> Iterator[Problem]:
    for pk in _ids(_UNDECIDED):
        yield Problem("nothing_decided", pk, "It was delivered, and what was decided for it is not kept.")


def _ids(question: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return [str(pk) for (pk,) in cursor.fetchall()]
