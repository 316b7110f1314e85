"""The trail tells each change of this room exactly once, and nothing that did not happen."""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection

from trail.invariants import Problem, check

# what happened: the rows that say so, the verb that tells it, and of whom
_ONCE = {
    "destruction": (
        "SELECT recording_id AS id FROM recordings_certificate",
        "recording.disposed",
        "recordings.recording",
    ),
    "hold_placed": ("SELECT id FROM recordings_legalhold", "hold.placed", "recordings.legalhold"),
    "hold_released": (
        "SELECT id FROM recordings_legalhold WHERE released_at IS NOT NULL",
        "hold.released",
        "recordings.legalhold",
    ),
    "arrival": (
        "SELECT id FROM recordings_recording WHERE decided <> '{}'",
        "recording.received",
        "recordings.recording",
    ),
    "audio": (
        "SELECT id FROM recordings_recording WHERE decided <> '{}' AND object_key IS NOT NULL",
        "recording.stored",
        "recordings.recording",
    ),
}
_COUNTED = """
    SELECT happened.id, count(event.sequence) FROM ({happened}) happened
    LEFT JOIN trail_event event
        ON event.subject_kind = %s AND event.subject_id = happened.id::text AND event.verb = %s
    GROUP BY happened.id HAVING count(event.sequence) <> 1
"""


@check(11)
def told_exactly_once(at: datetime) -> Iterator[Problem]:
    """Each destruction, reading back, hold, release and arrival has one event, no more and no fewer."""
    for kind, (happened, verb, subject) in _ONCE.items():
        with connection.cursor() as cursor:
            cursor.execute(_COUNTED.format(happened=happened), [subject, verb])
            for pk, count in cursor.fetchall():
                told = "not told" if count == 0 else f"told {count} times"
                yield Problem(f"{kind}_not_told_once", str(pk), f"It is {told} by {verb}.")


_UNTOLD = """
    SELECT DISTINCT recording_id FROM recordings_objectremoval removal WHERE absent_at IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM trail_event event WHERE event.subject_kind = 'recordings.recording'
          AND event.subject_id = removal.recording_id::text AND event.verb = 'recording.read_back')
"""
_UNTRUE = """
    SELECT event.subject_id FROM trail_event event WHERE event.verb = 'recording.disposed' AND NOT EXISTS (
        SELECT 1 FROM recordings_certificate certificate WHERE certificate.recording_id::text = event.subject_id)
"""
_CHANGES = """
    SELECT change.recording_id FROM recordings_retentionchange change LEFT JOIN trail_event event
        ON event.subject_kind = 'recordings.recording' AND event.subject_id = change.recording_id::text
        AND event.facts->>'change' = change.id::text
    GROUP BY change.recording_id, change.id HAVING count(event.sequence) <> 1
"""


@check(11)
def told_and_not_done(at: datetime) -> Iterator[Problem]:
    with connection.cursor() as cursor:
        cursor.execute(_UNTRUE)
        for (pk,) in cursor.fetchall():
            yield Problem("destruction_untrue", pk, "The trail tells its destruction, and there is no certificate.")
        cursor.execute(_UNTOLD)
        for (pk,) in cursor.fetchall():
            yield Problem("read_back_not_told", str(pk), "Its object was read back, and the trail does not tell it.")


@check(9, 11)
def changes_told_once(at: datetime) -> Iterator[Problem]:
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES)
        for (pk,) in cursor.fetchall():
            yield Problem("change_not_told_once", str(pk), "A change of its dates does not have exactly one event.")
