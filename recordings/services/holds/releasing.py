"""The end of a hold, by a second person who saw what it lets go."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

import trail.services as trail
from accounts.permissions import Act
from recordings import ledger
from recordings.domain.errors import HoldNotFound, ReleaseChanged
from recordings.models import HoldMember, LegalHold, Recording
from recordings.services.doorbell import ring
from recordings.services.holds.placing import SETTLE_TASK, assert_may, find_hold
from recordings.services.holds.preview import assert_releasable, seen_now
from recordings.services.holds.settling import AT_ONCE, let_go, member_ids
from trail.domain.actors import Actor


@transaction.atomic
def release_hold(*, hold_id: UUID, reason: str, actor: Actor, seen: str | None = None) -> LegalHold:
    """End a hold; what no other hold keeps goes back to its schedule and is listed anew before it goes.

    `seen` is the digest of the preview that the actor looked at; what the release lets go is kept with it. Members
    beyond AT_ONCE are let go in chunks, and stay held until then. Single members are not released: whoever wants to
    keep some places a new hold on these first.

    Raises HoldNotFound, HoldReleased, SecondPersonNeeded: the actor placed it; NotAllowed; ReleaseChanged: not what the
    actor saw.
    """
    assert_may(actor, Act.RELEASE_HOLD)
    ids = member_ids(find_hold(hold_id, actor), AT_ONCE)
    # Recordings first, then the hold, as whoever joins by a change of its own recording does.
    rows = list(Recording.objects.locked(ids).only("pk", "line_of_business_id"))
    hold = LegalHold.objects.select_for_update(of=("self",)).filter(pk=hold_id).first()
    if hold is None:
        raise HoldNotFound
    assert_releasable(hold, actor)
    shown = seen_now(hold, timezone.now())
    if seen is not None and seen != shown.digest:
        raise ReleaseChanged
    hold.released_by_kind, hold.released_by_id = actor.actor_kind, actor.actor_id
    hold.released_at, hold.release_reason, hold.let_go = timezone.now(), reason, shown.as_json()
    hold.is_settled = False
    hold.save()
    hold.criteria.update(ended_at=hold.released_at)
    let_go(hold, rows, actor=actor)
    if not HoldMember.objects.filter(hold=hold, released_at=None).exists():
        hold.is_settled = True
        hold.save(update_fields=["is_settled"])
    else:
        ring(SETTLE_TASK)
    trail.append(
        "hold.released", actor=actor, subject=hold, recordings=shown.alone + shown.elsewhere, shown=shown.digest
    )
    ledger.hold_released(hold)
    return hold
