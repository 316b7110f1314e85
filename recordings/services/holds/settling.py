"""The members of a large hold, written and let go in chunks that each commit; it protects from its first moment on.

A call that was being created or changed while the hold was placed may have missed its criteria, as the hold may have
missed the call: neither transaction saw the other. So the last look at the table comes after every transaction has
ended that had begun to write when the hold was visible. Until then no certificate is written for what the criteria
reach, by a trigger.
"""

import time
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

import trail.services as trail
from recordings.models import HoldMember, LegalHold, Recording
from recordings.services.holds.criteria import reached_by
from recordings.services.holds.joining import take_under, tell_joined
from trail.domain.actors import CALLWARD, Actor

AT_ONCE = 5_000  # members of one transaction
WAITING_SECONDS = 2.0  # for transactions that write; the next ring waits again
UNTOLD_AT_ONCE = 1_000


def settle_holds(*, seconds: float = 20.0, at_once: int = AT_ONCE) -> int:
    """Go on with every hold whose members are not all written, or let go; how many members moved."""
    until, moved = time.monotonic() + seconds, _tell_untold()
    for hold in LegalHold.objects.unsettled().order_by("placed_at"):
        moved += _fill(hold, until, at_once) if hold.is_in_force else _let_go(hold, until, at_once)
    return moved


def _tell_untold() -> int:
    """Events of members that joined where nobody wrote them along."""
    with transaction.atomic():
        untold = HoldMember.objects.filter(is_told=False, released_at=None).order_by("recording_id")
        return len(tell_joined(set(untold.values_list("recording_id", flat=True)[:UNTOLD_AT_ONCE])))


def _fill(hold: LegalHold, until: float, at_once: int) -> int:
    if not _writers_have_ended():
        return 0
    joined, after = 0, UUID(int=0)
    while time.monotonic() < until:
        ids = _missing(hold, after, at_once)
        with transaction.atomic():
            rows = list(Recording.objects.locked(ids).only("pk", "line_of_business_id", "created_at"))
            if not LegalHold.objects.in_force().select_for_update(no_key=True).filter(pk=hold.pk):
                return joined  # released meanwhile: what it has is let go, nothing joins
            found = HoldMember.How.FOUND
            joined += take_under(hold, rows, how=found, actor=CALLWARD, at=timezone.now())
            if len(ids) < at_once:
                _settled(hold, "hold.filled")
                return joined
        after = ids[-1]
    return joined


def _missing(hold: LegalHold, after: UUID, limit: int) -> list[UUID]:
    """Ids that the criteria reach and that are no members yet, from a place in the table on."""
    criteria = list(hold.criteria.select_related("hold"))
    found = Recording.objects.filter(reached_by(criteria), pk__gt=after).exclude(
        pk__in=HoldMember.objects.filter(hold=hold, recording_id__gt=after).values("recording_id")
    )
    return list(found.order_by("pk").values_list("pk", flat=True)[:limit])


def _let_go(hold: LegalHold, until: float, at_once: int) -> int:
    gone = 0
    while time.monotonic() < until:
        with transaction.atomic():
            ids = member_ids(hold, at_once)
            rows = list(Recording.objects.locked(ids).only("pk", "line_of_business_id"))
            gone += let_go(hold, rows)
            if len(ids) < at_once:
                _settled(hold, "")
                return gone
    return gone


def member_ids(hold: LegalHold, limit: int) -> list[UUID]:
    kept = HoldMember.objects.filter(hold=hold, released_at=None).order_by("recording_id")
    return list(kept.values_list("recording_id", flat=True)[:limit])


def let_go(hold: LegalHold, recordings: list[Recording], *, actor: Actor = CALLWARD) -> int:
    """Locked recordings leave a released hold, each with its event, in the caller's transaction."""
    ids = [recording.pk for recording in recordings]
    tell_joined(ids)
    HoldMember.objects.filter(hold=hold, recording__in=ids, released_at=None).update(released_at=hold.released_at)
    facts: list[dict[str, object]] = [{"hold": str(hold.pk)}] * len(ids)
    trail.append_copied("recording.hold_released", actor=actor, subjects=recordings, facts=facts)
    return len(ids)


def _settled(hold: LegalHold, verb: str) -> None:
    LegalHold.objects.filter(pk=hold.pk).update(is_settled=True)
    if verb:
        trail.append(verb, actor=CALLWARD, subject=hold, recordings=hold.members.count())


def _writers_have_ended() -> bool:
    """Whether every transaction has ended that was writing when this began; waits for it a little."""
    until = time.monotonic() + WAITING_SECONDS
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        begun_before = cursor.fetchone()[0]
        while True:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            if cursor.fetchone()[0] >= begun_before:
                return True
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
