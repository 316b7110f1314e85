"""A call that a phone system tells of, in one delivery or in several: taken in once, completed by what comes later.

All deliveries together are kept, sealed with the recording's own key; the recording is what they say together. So it
comes out the same in whichever order they came.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from tink import aead

import trail.services as trail
from accounts.models import LineOfBusiness
from policies.services.decisions import Decided
from recordings import keys
from recordings.domain.consent import Evidence
from recordings.domain.deliveries import Delivery, PartyGiven
from recordings.domain.errors import DeliveryContradicts, DeliveryRefused
from recordings.domain.lifecycle import ABOUT_AUDIO, in_order, state_of
from recordings.domain.told import CallTold, merged
from recordings.intake.port import Setup
from recordings.models import Circumstances, Recording, TelephonyFacts
from recordings.services.deciding import call_of, decided_for, is_provisional
from recordings.services.deliverers import known_as, metadata_digest
from recordings.services.holds import tell_joined
from recordings.services.intake import take_in
from recordings.services.parts import Parts, reasons_to_quarantine
from recordings.services.sources import agent_channel
from trail.domain.actors import CALLWARD

FACTS_LABEL = b"telephony"
AHEAD = timedelta(days=1)  # how far a phone system's clock may be before ours
LONGEST_CALL = timedelta(days=7)
STILL_RUNS_FOR = timedelta(days=1)  # a call of which only the beginning is told may go on for so long
TAKEN, COMPLETED, NOTHING_NEW = "taken in", "completed", "nothing new"


def take_told(told: CallTold, setup: Setup, *, received_at: datetime) -> tuple[Recording, str]:
    """The recording of this call, and what this delivery did to it; in the caller's transaction.

    Raises what `take_in` raises.
    """
    known = known_as(delivery_of(told, setup, received_at))
    if known is None:
        return _new(told, setup, received_at)
    recording = Recording.objects.locked([known.pk]).select_related("key", "line_of_business").get()
    facts = TelephonyFacts.objects.filter(recording=recording).first()
    if facts is None:  # it was delivered over the API: what was said there stands
        return recording, NOTHING_NEW
    before = told_of(recording, facts)
    after = merged(before, told)
    if after == before:
        return recording, NOTHING_NEW
    _complete(recording, after, setup, received_at)
    _keep(facts, recording, after, setup)
    return recording, COMPLETED


def told_of(recording: Recording, facts: TelephonyFacts) -> CallTold:
    """What the phone system told of it so far."""
    key = keys.open_key(recording.pk, recording.key.wrapped)
    return CallTold.from_json(keys.unseal_json(key, facts.sealed, FACTS_LABEL))


def delivery_of(told: CallTold, setup: Setup, received_at: datetime) -> Delivery:
    """The call as the services take it. A time that is not known stands as the latest that it can be.

    Raises DeliveryRefused: it starts in the future, or lasts for over a week.
    """
    if told.started_at and told.started_at > received_at + AHEAD:
        raise DeliveryRefused("The call starts in the future. Check the phone system's clock.")
    started_at = told.started_at or told.ended_at or received_at
    ended_at = told.ended_at or max(_latest_end(told, received_at), started_at)
    if told.ended_at and ended_at - started_at > LONGEST_CALL:
        raise DeliveryRefused("The call lasts for over a week. Check the phone system's clock.")
    names = ("started_at", "ended_at", "direction", "parties", "agent")
    return Delivery(
        source=told.source,
        external_id=told.external_id,
        started_at=started_at,
        ended_at=ended_at,
        direction=told.direction,
        purposes=tuple(dict.fromkeys(setup.words("purposes"))),
        parties=tuple(PartyGiven(one.role, one.findable[:120], one.name) for one in told.parties),
        line_of_business=setup.text("line_of_business"),
        agent_id=told.agent_id or told.agent_extension,
        agent_name=told.agent_name,
        unknown=tuple(name for name in names if name in told.missing),
    )


def _latest_end(told: CallTold, received_at: datetime) -> datetime:
    """What is told of a finished recording has ended by then; a recorder (SIPREC) tells while the call still runs.

    No call lasts for over a week, so one that began long ago and is told of only now ended long ago too.
    """
    is_running = told.audio is not None and told.audio.kind == "recorder"
    latest = received_at + STILL_RUNS_FOR if is_running else received_at
    return min(latest, told.started_at + LONGEST_CALL) if told.started_at else latest


def _new(told: CallTold, setup: Setup, received_at: datetime) -> tuple[Recording, str]:
    """Two deliveries of one call may be worked at once: the second waits for the first, and completes it."""
    delivery = delivery_of(told, setup, received_at)
    try:
        taken = take_in(delivery=delivery, actor=CALLWARD)
    except DeliveryContradicts:
        if known_as(delivery) is None:
            raise
        return take_told(told, setup, received_at=received_at)
    recording = taken.recording
    if not taken.created:
        return take_told(told, setup, received_at=received_at)
    recording = Recording.objects.select_related("key", "line_of_business").get(pk=recording.pk)
    _keep(TelephonyFacts(recording=recording), recording, told, setup)
    return recording, TAKEN


def _keep(facts: TelephonyFacts, recording: Recording, told: CallTold, setup: Setup) -> None:
    keep_told(facts, keys.open_key(recording.pk, recording.key.wrapped), told, setup).save()


def keep_told(facts: TelephonyFacts, key: aead.Aead, told: CallTold, setup: Setup) -> TelephonyFacts:
    """The facts with all that was told, sealed with the recording's key; not saved."""
    facts.sealed = keys.seal_json(key, told.to_json(), FACTS_LABEL)
    configured = agent_channel(setup)
    facts.agent_channel = configured if configured is not None else told.agent_channel
    return facts


def _complete(recording: Recording, told: CallTold, setup: Setup, received_at: datetime) -> None:
    """Bring the locked recording up to what is known now: facts, parties, decision, dates."""
    delivery = replace(
        delivery_of(told, setup, min(received_at, recording.created_at)),
        line_of_business=recording.line_of_business.code,
        purposes=tuple(recording.purposes),
    )
    if recording.line_of_business.code == LineOfBusiness.UNASSIGNED:
        delivery = replace(delivery, line_of_business="")
    decided = decided_for(call_of(delivery))
    key = keys.open_key(recording.pk, recording.key.wrapped)
    parts = Parts.of(recording, key, bytes(recording.key.wrapped), delivery, decided)
    told_now = sorted(set(recording.unknown) - set(delivery.unknown))
    recording.started_at, recording.ended_at = delivery.started_at, delivery.ended_at
    recording.direction, recording.unknown = delivery.direction, sorted(delivery.unknown)
    recording.agent_id = delivery.agent_id
    recording.sealed_names = (
        keys.seal_json(key, {"agent": delivery.agent_name}, b"names") if delivery.agent_name else b""
    )
    recording.metadata_digest = metadata_digest(delivery)
    _decide_anew(recording, decided, delivery)
    _judge_anew(recording, parts, decided)
    recording.save()
    _update_parties(recording, parts)  # after it: a standing hold that asks for one of them marks the row
    tell_joined([recording.pk])
    trail.append("recording.completed", actor=CALLWARD, subject=recording, told=told_now)


def _update_parties(recording: Recording, parts: Parts) -> None:
    """Position by position. Nobody who was told of is forgotten, so no row goes, and a hold is not in the way."""
    there = {party.position: party for party in recording.parties.all()}
    for party in parts.parties:
        if (old := there.get(party.position)) is not None:
            party.pk = old.pk
            party._state.adding = False
        party.save()


def _decide_anew(recording: Recording, decided: Decided, delivery: Delivery) -> None:
    """The decision for what is known now. Dates that were provisional are those; others never come earlier."""
    before = recording.keep_until, recording.delete_by
    circumstances = Circumstances.of(decided.circumstances)
    Circumstances.objects.bulk_create([circumstances], ignore_conflicts=True)
    recording.circumstances = circumstances
    recording.decided = decided.answer
    recording.policy_version_id, recording.law_release = decided.policy_version_id, decided.law_release
    if recording.is_provisional:
        recording.keep_until, recording.delete_by = decided.keep_until, decided.delete_by
        recording.is_provisional = is_provisional(decided, delivery)
    else:
        recording.keep_until = max(recording.keep_until, decided.keep_until)
        recording.delete_by = max(recording.delete_by, decided.delete_by, recording.keep_until)
    recording.cooling_seconds, recording.needs_approval = decided.cooling_seconds, decided.needs_approval
    if (recording.keep_until, recording.delete_by) != before:  # who looked at the list saw another day
        recording.listed_at = recording.approved_at = None
        recording.approved_by_id = ""


def _judge_anew(recording: Recording, parts: Parts, decided: Decided) -> None:
    """Consent and conflicts are weighed anew, but for what a person let out in the knowledge of it."""
    evidence = [
        Evidence(row.party.position if row.party else None, row.method, row.result)
        for row in recording.consent.select_related("party")
    ]
    has_line = recording.line_of_business.code != LineOfBusiness.UNASSIGNED
    found = set(reasons_to_quarantine(decided, replace(parts, evidence=evidence), has_line=has_line))
    if recording.release_reason:
        found &= set(recording.quarantine_reasons)
    kept = {reason for reason in recording.quarantine_reasons if reason in ABOUT_AUDIO}
    recording.quarantine_reasons = in_order({*found, *kept})
    recording.state = state_of(has_audio=recording.object_key is not None, reasons=recording.quarantine_reasons)
