"""What happened on a call, told by its phone system: during it, or long after it was stored."""

from dataclasses import dataclass

from django.db import transaction

import trail.services as trail
from recordings.domain.consent import GIVEN, REFUSED, Evidence
from recordings.domain.deliveries import PartyName, party_position
from recordings.domain.errors import EventRefused, RecordingNotFound
from recordings.models import CallEvent, ConsentEvidence, Party, Recording
from recordings.services.doorbell import ring
from recordings.services.quarantine import judge_consent
from trail.domain.actors import Actor

CONSENT_RESULTS = {"consent_given": GIVEN, "consent_refused": REFUSED}
REFUSAL_TASK = "recordings.tasks.carry_out_refusals"
KINDS = (*CONSENT_RESULTS, "disclosure_played", "paused", "resumed")


@dataclass(frozen=True)
class Told:
    """The event, whether it was new, and the recording after it."""

    event: CallEvent
    created: bool
    recording: Recording


@transaction.atomic
def record_event(
    *,
    recording: Recording,
    kind: str,
    offset_seconds: float,
    actor: Actor,
    party: PartyName = None,
    method: str = "",
    detail: str = "",
) -> Told:
    """Keep what happened. Consent that was given or refused is evidence, and may end or begin a quarantine.

    The same event again has no effect. Raises EventRefused: after the call's end; consent without its method;
    DeliveryRefused: no such party.
    """
    locked = Recording.objects.select_for_update(no_key=True).filter(pk=recording.pk).first()
    if locked is None:
        raise RecordingNotFound
    _assert_on_the_call(locked, kind, offset_seconds, method)
    parties = list(locked.parties.all())
    position = party_position(party, [row.role for row in parties], pointer="/party")
    row = parties[position] if position is not None else None
    event, created = CallEvent.objects.get_or_create(
        recording=locked, kind=kind, offset_seconds=offset_seconds, party=row, method=method, detail=detail
    )
    if created:
        trail.append("recording.event_told", actor=actor, subject=locked, kind=kind, offset_s=offset_seconds)
        if kind in CONSENT_RESULTS:
            _as_evidence(locked, event, parties, actor)
        if CONSENT_RESULTS.get(kind) == REFUSED:
            ring(REFUSAL_TASK)
    return Told(event, created, locked)


def _assert_on_the_call(recording: Recording, kind: str, offset_seconds: float, method: str) -> None:
    length = (recording.ended_at - recording.started_at).total_seconds()
    if offset_seconds > length + 1:
        raise EventRefused(f"The call lasted {length:g} seconds; write a moment of it.", pointer="/offset_s")
    if kind in CONSENT_RESULTS and not method:
        raise EventRefused("Write how: announcement, spoken, keypad or written.", pointer="/method")


def _as_evidence(recording: Recording, event: CallEvent, parties: list[Party], actor: Actor) -> None:
    ConsentEvidence.objects.create(
        recording=recording,
        party=event.party,
        method=event.method,
        result=CONSENT_RESULTS[event.kind],
        offset_seconds=event.offset_seconds,
    )
    evidence = [
        Evidence(row.party.position if row.party else None, row.method, row.result)
        for row in recording.consent.select_related("party")
    ]
    judge_consent(recording=recording, roles=[row.role for row in parties], evidence=evidence, actor=actor)
