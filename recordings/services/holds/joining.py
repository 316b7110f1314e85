"""Recordings come under a hold: named, found in chunks, or taken by the database in the transaction that made them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

import trail.services as trail
from recordings import ledger
from recordings.models import HoldMember, LegalHold, Recording
from recordings.models.queries import many, spelt_array
from trail.domain.actors import CALLWARD, Actor

_TAKE = """
    INSERT INTO recordings_holdmember (hold_id, recording_id, line_of_business_id, how, joined_at, is_told)
    SELECT %s, id, line_of_business_id, CASE WHEN created_at > %s THEN %s ELSE %s END, %s, TRUE
    FROM recordings_recording WHERE id = ANY (%s)
    ORDER BY id
    ON CONFLICT (hold_id, recording_id) DO NOTHING
    RETURNING recording_id
"""
_TELL = """
    UPDATE recordings_holdmember SET is_told = TRUE
    WHERE NOT is_told AND released_at IS NULL AND recording_id = ANY (%s)
    RETURNING recording_id, line_of_business_id, hold_id
"""


def take_under(
    hold: LegalHold, recordings: Sequence[Recording], *, how: HoldMember.How, actor: Actor, at: datetime
) -> int:
    """Make locked recordings members; how many are new. A trigger counts on each row, and takes it off the list."""
    if not recordings:
        return 0
    ids = [recording.pk for recording in recordings]
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [hold.pk, hold.placed_at, HoldMember.How.LATER, how, at, ids])
        joined = {pk for (pk,) in cursor.fetchall()}
    new = [recording for recording in recordings if recording.pk in joined]
    trail.append_copied("recording.held", actor=actor, subjects=new, facts=[{"hold": str(hold.pk)}] * len(new))
    ledger.hold_members(hold, joined)
    return len(new)


def join_claimed(ids: Collection[UUID]) -> set[UUID]:
    """Of locked recordings that are about to be destroyed, those that a hold takes just now; they are its members then.

    Whatever was created or changed since a hold was committed is a member already. This finds what a hold that has just
    been placed reaches and has not taken yet; where no hold has criteria it costs one look.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT recordings_join_holds(%s::uuid[])", [spelt_array(ids)])
    return tell_joined(ids)


def locked_to_destroy(ids: Collection[UUID]) -> dict[UUID, Recording]:
    """These recordings, as far as they are there, locked so that no hold comes in between, and as holds have them now.

    Whoever asks still judges each of them by `is_held`.
    """
    rows = Recording.objects.filter(pk__in=ids).select_related("line_of_business")
    rows = rows.select_for_update(of=("self",)).order_by("pk")
    there = {recording.pk: recording for recording in rows}
    return {recording.pk: recording for recording in rows.all()} if join_claimed(there) else there


def tell_joined(ids: Collection[UUID]) -> set[UUID]:
    """Write the events of members that the database took by itself, in the caller's transaction; which they are."""
    if not HoldMember.objects.filter(recording__in=many(ids), is_told=False).exists():
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_TELL, [list(ids)])
        rows = cursor.fetchall()
    subjects = [Recording(pk=recording, line_of_business_id=line) for recording, line, _ in rows]
    facts: list[dict[str, object]] = [{"hold": str(hold)} for _, _, hold in rows]
    trail.append_copied("recording.held", actor=CALLWARD, subjects=subjects, facts=facts)
    for hold in {hold for _, _, hold in rows}:
        ledger.hold_members(LegalHold(pk=hold), [recording for recording, _, of in rows if of == hold])
    return {recording.pk for recording in subjects}
