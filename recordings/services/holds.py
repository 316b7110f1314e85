"""Legal holds: placed on named or matching recordings, present and future; released by a second person."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

import trail.services as trail
from accounts.clients import TokenActor
from accounts.domain.errors import NotAllowed
from accounts.permissions import Act, lines_of, may
from recordings.domain.errors import (
    HoldKeepsNothing,
    HoldNotFound,
    HoldReleased,
    RecordingsUnavailable,
    SecondPersonNeeded,
)
from recordings.models import Certificate, HoldMember, LegalHold, Recording
from recordings.services.listing import kept_filters, matching
from trail.domain.actors import CALLWARD, Actor

MEMBERS_AT_ONCE = 2_000  # rows of one INSERT
HOLDS_BY_QUERY = int.from_bytes(b"holds q.")  # names an advisory lock: purges share it, placing by query has it alone


@transaction.atomic
def place_hold(
    *,
    matter: str,
    reason: str,
    actor: Actor,
    recording_ids: Collection[UUID] = (),
    query: Mapping[str, Any] | None = None,
) -> LegalHold:
    """Suspend disposition of these recordings, and of all that match the query, now and later.

    Raises RecordingsUnavailable: one is destroyed or not visible, so none is held; HoldKeepsNothing: neither ids nor a
    filter were given; NotAllowed.
    """
    _assert_may(actor, Act.PLACE_HOLD)
    if not recording_ids and not query:
        raise HoldKeepsNothing
    if query:
        _wait_for_purges()
    ids = list(dict.fromkeys(recording_ids))
    kept = list(Recording.objects.visible_to(actor).locked(ids))
    if missing := set(ids) - {recording.pk for recording in kept}:
        raise _unavailable(ids, missing, actor)
    hold = LegalHold.objects.create(
        matter=matter,
        reason=reason,
        query=kept_filters(query) | _reach(actor) if query else None,
        placed_by_kind=actor.actor_kind,
        placed_by_id=actor.actor_id,
        placed_at=timezone.now(),
    )
    held = _join(hold, kept, actor)
    if query:
        held += join_matching(hold, actor=actor)
    trail.append("hold.placed", actor=actor, subject=hold, recordings=held)
    return hold


def join_matching(hold: LegalHold, *, actor: Actor = CALLWARD) -> int:
    """Take what matches the hold's query, and is not under it, under the hold. In the caller's transaction."""
    members = HoldMember.objects.filter(hold=hold, recording=OuterRef("pk"))
    new = matching(Recording.objects.filter(~Exists(members)), hold.query or {})
    ids = list(new.values_list("pk", flat=True))
    if not ids or not LegalHold.objects.in_force().select_for_update(no_key=True).filter(pk=hold.pk):
        return 0  # who released it meanwhile let go of all that it kept
    return _join(hold, list(Recording.objects.locked(ids)), actor)


def join_in_force() -> int:
    """Take what matches any hold in force under it, before a purge and in its transaction.

    No hold by query can be placed until that transaction ends: one that is committed was asked here.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [HOLDS_BY_QUERY])
    return sum(join_matching(hold) for hold in LegalHold.objects.in_force().filter(query__isnull=False))


@transaction.atomic
def release_hold(*, hold_id: UUID, reason: str, actor: Actor) -> LegalHold:
    """End a hold; what no other hold keeps goes back to its schedule and is listed anew before it goes.

    Raises HoldNotFound, HoldReleased, SecondPersonNeeded: the actor placed it; NotAllowed; RecordingsUnavailable: it
    also keeps recordings that the actor may not see.
    """
    _assert_may(actor, Act.RELEASE_HOLD)
    hold = LegalHold.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=hold_id).first()
    if hold is None:
        raise HoldNotFound
    if not hold.is_in_force:
        raise HoldReleased
    if not may(actor, Act.RELEASE_HOLD, hold):
        raise SecondPersonNeeded
    kept = list(Recording.objects.locked(_member_ids(hold)))
    foreign = {recording.pk for recording in kept} - set(_visible_ids(kept, actor))
    if foreign:
        raise NotAllowed("It also keeps recordings of other lines; somebody who may see them all releases it.")
    hold.released_by_kind, hold.released_by_id = actor.actor_kind, actor.actor_id
    hold.released_at, hold.release_reason = timezone.now(), reason
    hold.save(update_fields=["released_by_kind", "released_by_id", "released_at", "release_reason"])
    hold.members.filter(released_at=None).update(released_at=hold.released_at)
    trail.append("hold.released", actor=actor, subject=hold, recordings=len(kept))
    trail.append_many("recording.hold_released", actor=actor, subjects=kept, facts=_named(hold, kept))
    return hold


def _wait_for_purges() -> None:
    """Until this hold commits, no purge begins: it would not know of the hold, nor the hold of what has just come."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [HOLDS_BY_QUERY])


def find_hold(hold_id: UUID, actor: Actor) -> LegalHold:
    """Raises HoldNotFound: wrong and foreign alike."""
    hold = LegalHold.objects.visible_to(actor).filter(pk=hold_id).first()
    if hold is None:
        raise HoldNotFound
    return hold


def _member_ids(hold: LegalHold) -> list[UUID]:
    return list(hold.members.filter(released_at=None).values_list("recording_id", flat=True))


def _join(hold: LegalHold, recordings: list[Recording], actor: Actor) -> int:
    """Make locked recordings members of the hold. Its trigger counts on each row, and takes it off the list."""
    already = set(hold.members.values_list("recording_id", flat=True))
    new = [recording for recording in recordings if recording.pk not in already]
    HoldMember.objects.bulk_create(
        (HoldMember(hold=hold, recording=row, line_of_business_id=row.line_of_business_id) for row in new),
        batch_size=MEMBERS_AT_ONCE,
    )
    if new:
        trail.append_many("recording.held", actor=actor, subjects=new, facts=_named(hold, new))
    return len(new)


def _reach(actor: Actor) -> dict[str, Any]:
    """The query reaches as far as the rights of who asked it, on later calls too."""
    lines = lines_of(actor)
    reach: dict[str, Any] = {} if lines is None else {"lines": sorted(str(line) for line in lines)}
    if isinstance(actor, TokenActor) and actor.token.sources:
        reach["sources"] = actor.token.sources
    return reach


def _named(hold: LegalHold, recordings: list[Recording]) -> list[dict[str, object]]:
    return [{"hold": str(hold.pk)} for _ in recordings]


def _visible_ids(recordings: list[Recording], actor: Actor) -> list[UUID]:
    ids = [recording.pk for recording in recordings]
    return list(Recording.objects.visible_to(actor).filter(pk__in=ids).values_list("pk", flat=True))


def _unavailable(ids: list[UUID], missing: set[UUID], actor: Actor) -> RecordingsUnavailable:
    """Says which are destroyed, to those who may know it; a wrong and a foreign id look alike."""
    certificates = Certificate.objects.visible_to(actor).filter(recording_id__in=missing)
    gone = dict(certificates.values_list("recording_id", "destroyed_at"))
    told = {pk: f"{pk} was destroyed on {at:%Y-%m-%d at %H:%M:%S} UTC." for pk, at in gone.items()}
    fields = [
        {"pointer": f"/recordings/{position}", "detail": told.get(pk, f"{pk} is not here.")}
        for position, pk in enumerate(ids)
        if pk in missing
    ]
    return RecordingsUnavailable(missing, fields)


def _assert_may(actor: Actor, act: Act) -> None:
    if not may(actor, act):
        raise NotAllowed("Only an officer, or a token with holds:write, places and releases holds.")
