"""Placing a hold: in force at once, whatever it reaches."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

import trail.services as trail
from accounts.domain.errors import NotAllowed
from accounts.permissions import Act, may
from recordings import ledger
from recordings.domain.errors import HoldKeepsNothing, HoldNotFound, RecordingsUnavailable
from recordings.models import Certificate, HoldCriterion, HoldMember, LegalHold, Recording
from recordings.services.doorbell import ring
from recordings.services.holds.criteria import Custodian, criteria_of, reached_by
from recordings.services.holds.joining import take_under
from trail.domain.actors import Actor

FOUND_AT_ONCE = 2_000  # members that the placing transaction writes itself; the others follow in chunks
SETTLE_TASK = "recordings.tasks.settle_holds"


@transaction.atomic
def place_hold(
    *,
    matter: str,
    reason: str,
    actor: Actor,
    recording_ids: Collection[UUID] = (),
    query: Mapping[str, Any] | None = None,
    custodians: Sequence[Custodian] = (),
    reference: str = "",
    later_calls: bool = True,
) -> LegalHold:
    """Suspend disposition of these recordings, of all that match the query, and of all calls of the custodians.

    `query` has filters of the list; with custodians it narrows them. With `later_calls` what matches later joins too,
    in the transaction that makes it so. There is no limit on the number: from its commit on nothing that the criteria
    reach is destroyed, and members beyond FOUND_AT_ONCE are written in chunks (`is_settled` says when all are).

    Raises RecordingsUnavailable: one is destroyed or not visible, so none is held; HoldKeepsNothing: neither ids nor
    criteria were given; HoldUnclear; NotAllowed.
    """
    assert_may(actor, Act.PLACE_HOLD)
    if not recording_ids and not query and not custodians:
        raise HoldKeepsNothing
    hold = LegalHold(
        matter=matter,
        reference=reference,
        reason=reason,
        is_settled=not (query or custodians),
        placed_by_kind=actor.actor_kind,
        placed_by_id=actor.actor_id,
        placed_at=timezone.now(),
    )
    criteria = criteria_of(hold, query=query, custodians=custodians, follows=later_calls, actor=actor)
    ids = list(dict.fromkeys(recording_ids))
    named, found = _locked(ids, criteria, actor)
    hold.save(force_insert=True)
    HoldCriterion.objects.bulk_create(criteria)
    ledger.hold_placed(hold)
    held = take_under(hold, named, how=HoldMember.How.NAMED, actor=actor, at=hold.placed_at)
    held += take_under(hold, found, how=HoldMember.How.FOUND, actor=actor, at=hold.placed_at)
    if criteria:
        ring(SETTLE_TASK)
    trail.append("hold.placed", actor=actor, subject=hold, recordings=held)
    return hold


def _locked(ids: list[UUID], criteria: list[HoldCriterion], actor: Actor) -> tuple[list[Recording], list[Recording]]:
    """What is named and what is found first, locked in one order, so that two who place holds do not block each other.

    Raises RecordingsUnavailable.
    """
    found: set[UUID] = set()
    if criteria:
        matching = Recording.objects.filter(reached_by(criteria)).order_by("pk")
        found = set(matching.values_list("pk", flat=True)[:FOUND_AT_ONCE]) - set(ids)
    rows = list(Recording.objects.locked({*ids, *found}).only("pk", "line_of_business_id", "created_at"))
    visible = set(Recording.objects.visible_to(actor).filter(pk__in=ids).values_list("pk", flat=True))
    named = [recording for recording in rows if recording.pk in visible]
    if missing := set(ids) - {recording.pk for recording in named}:
        raise _unavailable(ids, missing, actor)
    return named, [recording for recording in rows if recording.pk in found]


def find_hold(hold_id: UUID, actor: Actor) -> LegalHold:
    """Raises HoldNotFound: wrong and foreign alike."""
    hold = LegalHold.objects.visible_to(actor).filter(pk=hold_id).first()
    if hold is None:
        raise HoldNotFound
    return hold


def assert_may(actor: Actor, act: Act) -> None:
    if not may(actor, act):
        raise NotAllowed("Only an officer, or a token with holds:write, places and releases holds.")


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
