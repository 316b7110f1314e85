"""Deliveries of phone systems, worked once each, in any order; what fails says why, waits, and is given up in the end.

An attempt is counted before the work, so that a delivery that kills its worker is given up too. The work, its claim on
the replay key and its mark as done are one transaction.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import OperationalError, transaction
from django.utils import timezone

import trail.services as trail
from accounts.permissions import Act, demand
from recordings import keys
from recordings.domain.errors import (
    AudioRefused,
    AudioTooLarge,
    CallUnknownYet,
    DeliveryContradicts,
    DeliveryUnproven,
    DeliveryUnreadable,
    EventRefused,
    KeysUnavailable,
    NotRunnable,
    RecordingDestroyed,
    Refused,
    StoreUnavailable,
)
from recordings.domain.told import CallTold, NewsTold
from recordings.intake import vcon
from recordings.intake.port import Sent, Setup, opened_form
from recordings.models import Certificate, IntakeDelivery, Recording, SeenDelivery
from recordings.services.calls import record_event
from recordings.services.completing import take_told
from recordings.services.doorbell import ring
from recordings.services.fetching import ask_for_audio
from recordings.services.inbound import WORK_TASK
from recordings.services.intake import store_audio
from recordings.services.sources import adapter_of, setup_of
from trail.domain.actors import CALLWARD, Actor

logger = logging.getLogger(__name__)

ATTEMPTS = 8
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=1)
LEASE = timedelta(minutes=5)  # longer than any work takes: nobody else begins before it is over
AWAY_FOR = timedelta(minutes=1)  # store, keys or database are away: that is not the delivery's fault
State = IntakeDelivery.State


@dataclass
class _Outcome:
    """What became of one delivery; `refused`: part of it cannot be taken, and a person should see that."""

    recordings: list[UUID] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    refused: str = ""


def work_due(at: datetime, *, limit: int = 500) -> int:
    """Work what is due at `at`, one after the other; how many were looked at. Safe twice, at once."""
    for count in range(limit):
        delivery_id = _claimed(at)
        if delivery_id is None:
            return count
        _work(delivery_id, at)
    return limit


def run_again(*, delivery: IntakeDelivery, actor: Actor) -> None:
    """Let a delivery that was given up be worked once more. Raises NotAllowed, NotRunnable."""
    demand(actor, Act.ADMINISTER_INTAKE)
    with transaction.atomic():
        locked = IntakeDelivery.objects.select_for_update().filter(pk=delivery.pk, state=State.DEAD).first()
        if locked is None or not bytes(locked.sealed):
            raise NotRunnable
        locked.state, locked.attempts, locked.next_attempt_at = State.WAITING, 0, timezone.now()
        locked.save(update_fields=["state", "attempts", "next_attempt_at"])
        trail.append("intake.run_again", actor=actor, subject=locked, source=locked.source_id)
        ring(WORK_TASK)


@transaction.atomic
def _claimed(at: datetime) -> UUID | None:
    """The next one that is due, with this attempt counted; other workers pass over it."""
    due = IntakeDelivery.objects.due(at).select_for_update(skip_locked=True, of=("self",))
    delivery = due.order_by("next_attempt_at", "pk").only("pk", "attempts").first()
    if delivery is None:
        return None
    delivery.attempts += 1
    delivery.next_attempt_at = at + LEASE
    delivery.save(update_fields=["attempts", "next_attempt_at"])
    return delivery.pk


def _work(delivery_id: UUID, at: datetime) -> None:
    """Raises nothing: whatever goes wrong is written down, and waits or is given up."""
    try:
        _worked(delivery_id)
    except (StoreUnavailable, KeysUnavailable, OperationalError) as error:
        logger.warning("delivery put off", extra={"delivery": str(delivery_id), "why": type(error).__name__})
        _put_off(delivery_id, at)
    except CallUnknownYet as error:
        _wait(delivery_id, str(error), at)
    except (Refused, DeliveryUnreadable, DeliveryUnproven) as error:
        _give_up(delivery_id, str(error))
    except Exception as error:  # a fault of ours: it is seen, and can be run again once it is mended
        logger.exception("delivery failed", extra={"delivery": str(delivery_id)})
        _wait(delivery_id, f"Reading it failed: {type(error).__name__}.", at)


@transaction.atomic
def _worked(delivery_id: UUID) -> None:
    waiting = IntakeDelivery.objects.select_for_update(of=("self",)).select_related("source")
    delivery = waiting.filter(pk=delivery_id, state=State.WAITING).first()
    if delivery is None:
        return
    if SeenDelivery.objects.filter(source=delivery.source, replay_digest=delivery.replay_digest).exists():
        _finish(delivery, _Outcome(words=["came before"]))
        return
    sent = opened_form(keys.unseal_with_keyset(delivery.sealed, f"delivery {delivery.pk}"))
    setup = setup_of(delivery.source)
    understood = adapter_of(delivery.source_id).understand(sent, setup)
    outcome = _Outcome()
    for call in understood.calls:
        _take(call, sent, setup, delivery, outcome)
    for news in understood.news:
        _tell(news, outcome)
    _finish(delivery, outcome)


def _take(call: CallTold, sent: Sent, setup: Setup, delivery: IntakeDelivery, outcome: _Outcome) -> None:
    """One call of the delivery. A destroyed one stores nothing."""
    try:
        with transaction.atomic():
            recording, word = take_told(call, setup, received_at=delivery.received_at)
    except RecordingDestroyed:
        outcome.words.append("destroyed before")
        return
    outcome.recordings.append(recording.pk)
    outcome.words.append(word)
    if call.audio is None or recording.object_key is not None:
        return
    if call.audio.kind != "inline":
        ask_for_audio(recording=recording, audio=call.audio, setup=setup, delivery=delivery)
        return
    try:
        audio = vcon.inline_audio(sent, setup, call.audio.ref)
        with transaction.atomic():
            store_audio(recording=recording, chunks=[audio], actor=CALLWARD)
    except (AudioRefused, AudioTooLarge, DeliveryUnreadable, DeliveryContradicts) as error:
        outcome.refused = f"The call was taken in, its audio was not: {error}"


def _tell(news: NewsTold, outcome: _Outcome) -> None:
    """A pause or its end, at its second of the call. Raises CallUnknownYet: the call may come later."""
    recording = Recording.objects.filter(source=news.source, external_id=news.external_id).first()
    if recording is None:
        if Certificate.objects.filter(origin_digest=keys.origin_digest(news.source, news.external_id)).exists():
            outcome.words.append("destroyed before")
            return
        raise CallUnknownYet
    offset = max((news.at - recording.started_at).total_seconds(), 0.0)
    try:
        with transaction.atomic():
            record_event(recording=recording, kind=news.kind, offset_seconds=offset, actor=CALLWARD)
    except EventRefused as error:
        outcome.refused = str(error)
        return
    outcome.recordings.append(recording.pk)
    outcome.words.append("told what happened")


def _finish(delivery: IntakeDelivery, outcome: _Outcome) -> None:
    """Done, and known from now on; or, where a part was refused, left for a person to see."""
    delivery.recording_ids = list(dict.fromkeys(outcome.recordings))
    delivery.next_attempt_at = None
    if outcome.refused:
        delivery.state, delivery.reason = State.DEAD, outcome.refused[:300]
    else:
        delivery.state, delivery.done_at, delivery.sealed = State.DONE, timezone.now(), b""
        delivery.reason = ", ".join(dict.fromkeys(outcome.words))[:300]
        SeenDelivery.objects.get_or_create(
            source=delivery.source, replay_digest=delivery.replay_digest, defaults={"seen_at": timezone.now()}
        )
    delivery.save()


def _put_off(delivery_id: UUID, at: datetime) -> None:
    """Later, and the attempt does not count."""
    for delivery in IntakeDelivery.objects.filter(pk=delivery_id, state=State.WAITING):
        delivery.attempts, delivery.next_attempt_at = max(delivery.attempts - 1, 0), at + AWAY_FOR
        delivery.reason = "Store, keys or database could not be used just then."
        delivery.save(update_fields=["attempts", "next_attempt_at", "reason"])


def _wait(delivery_id: UUID, reason: str, at: datetime) -> None:
    """Later, each time twice as late; given up in the end."""
    delivery = IntakeDelivery.objects.filter(pk=delivery_id, state=State.WAITING).first()
    if delivery is None:
        return
    if delivery.attempts >= ATTEMPTS:
        _give_up(delivery_id, reason)
        return
    wait = min(FIRST_WAIT * 3 ** (delivery.attempts - 1), LONGEST_WAIT)
    IntakeDelivery.objects.filter(pk=delivery_id).update(next_attempt_at=at + wait, reason=reason[:300])


def _give_up(delivery_id: UUID, reason: str) -> None:
    IntakeDelivery.objects.filter(pk=delivery_id, state=State.WAITING).update(
        state=State.DEAD, next_attempt_at=None, reason=reason[:300]
    )
