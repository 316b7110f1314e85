"""Destruction stopped by a person, and let go on: between two batches, so that nothing is left half."""

from django.db import IntegrityError, transaction
from django.utils import timezone

import trail.services as trail
from accounts.permissions import Act, demand
from recordings.domain.errors import PauseNotMovable
from recordings.models import DispositionPause
from trail.domain.actors import Actor


def pause_in_force() -> DispositionPause | None:
    """What a person stopped, and nobody let go on. Purges, erasures and removals ask before each batch."""
    return DispositionPause.objects.filter(resumed_at=None).first()


@transaction.atomic
def pause_disposition(*, reason: str, actor: Actor) -> DispositionPause:
    """Destroy nothing from now on; a batch that is under way ends. Raises NotAllowed, PauseNotMovable: it is paused."""
    demand(actor, Act.PAUSE_DISPOSITION)
    try:
        with transaction.atomic():
            pause = DispositionPause.objects.create(
                reason=reason.strip(),
                paused_at=timezone.now(),
                paused_by_kind=actor.actor_kind,
                paused_by_id=actor.actor_id,
            )
    except IntegrityError as error:
        raise PauseNotMovable("It is paused already. Let it go on first.") from error
    trail.append("disposition.paused", actor=actor, subject=pause)
    return pause


@transaction.atomic
def resume_disposition(*, actor: Actor) -> DispositionPause:
    """Let it go on. Raises NotAllowed: who may approve what is destroyed may do this; PauseNotMovable: none stands."""
    demand(actor, Act.APPROVE_DISPOSITION)
    pause = DispositionPause.objects.select_for_update().filter(resumed_at=None).first()
    if pause is None:
        raise PauseNotMovable("It is not paused.")
    pause.resumed_at, pause.resumed_by_kind, pause.resumed_by_id = timezone.now(), actor.actor_kind, actor.actor_id
    pause.save(update_fields=["resumed_at", "resumed_by_kind", "resumed_by_id"])
    trail.append("disposition.resumed", actor=actor, subject=pause)
    return pause
