"""What the phone system told of a decision before its recording came: taken over where the delivery is silent."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from policies.domain.calls import Call, PartyFacts
from policies.domain.outcomes import GIVEN, REFUSED, signed_document
from policies.domain.stored_calls import read_document
from policies.models import Decision
from recordings.domain.deliveries import Delivery, EvidenceGiven, PartyName

ANNOUNCEMENT, WRITTEN = "announcement", "written"


def as_decided(call: Call, decision: Decision | None) -> Call:
    """The call with what only its decision knew: the language, a consent that was signed, addresses of record."""
    if decision is None:
        return call
    asked = decision.call
    return replace(
        call,
        parties=tuple(_with_addresses(call.parties, asked["parties"])),
        language=call.language or asked.get("language", ""),
        consent_document=call.consent_document or read_document(asked.get("consent_document")),
    )


def _with_addresses(parties: Sequence[PartyFacts], asked: Sequence[Mapping[str, Any]]) -> Iterator[PartyFacts]:
    """Each party with the address that its decision went by, or heard of; those of one role in their order.

    No delivery brings addresses, and a number hints at less: without this the call could be judged by a laxer law.
    """
    of_role: dict[str, deque[Mapping[str, Any]]] = {}
    for one in asked:
        of_role.setdefault(one["role"], deque()).append(one)
    for party in parties:
        same = of_role.get(party.role)
        known = same.popleft() if same else {}
        hints = known.get("hints") or [None]
        address = known["jurisdiction"] if known.get("source") == "address" else hints[0]
        yield replace(party, address=party.address or address)


def evidence_told(decision: Decision | None, delivery: Delivery) -> tuple[EvidenceGiven, ...]:
    """The signed document of the decision, and its outcome, as evidence.

    Whoever stays on the line after an announcement has heard it.

    Consent of a party that the delivery has in another place is left out: it would count for somebody else.
    """
    if decision is None:
        return ()
    found = []
    if document := signed_document(decision.answer):
        found.append(EvidenceGiven(WRITTEN, GIVEN, None, None, document))
    outcome = getattr(decision, "outcome", None)
    if outcome is None:
        return tuple(found)
    if outcome.announced and outcome.consent != REFUSED:
        found.append(EvidenceGiven(ANNOUNCEMENT, GIVEN, None, outcome.announced_offset_seconds))
    if outcome.consent:
        roles = [party["role"] for party in decision.call["parties"]]
        party, is_known = _party(outcome.party, roles, [party.role for party in delivery.parties])
        if is_known or outcome.consent == REFUSED:
            found.append(
                EvidenceGiven(outcome.method, outcome.consent, party, outcome.offset_seconds, outcome.document_sha256)
            )
    return tuple(found)


def _party(named: str, asked: list[str], delivered: list[str]) -> tuple[PartyName, bool]:
    """Who is meant on the delivered call, and whether that is certain. A refusal counts whoever is meant."""
    if not named:
        return None, True
    role = asked[int(named)] if named.isdecimal() else named
    if delivered.count(role) == 1 and asked.count(role) == 1:
        return role, True
    same = asked == delivered and named.isdecimal()
    return (int(named), True) if same else (None, False)
