"""What the phone system told of a decision before its recording came: taken over where the delivery is silent."""

from dataclasses import replace

from policies.domain.calls import Call
from policies.domain.outcomes import GIVEN, REFUSED
from policies.domain.stored_calls import read_document
from policies.models import Decision
from recordings.domain.deliveries import Delivery, EvidenceGiven, PartyName

ANNOUNCEMENT = "announcement"


def as_decided(call: Call, decision: Decision | None) -> Call:
    """The call with what only its decision knew: the language, and a consent that was signed."""
    if decision is None:
        return call
    asked = decision.call
    return replace(
        call,
        language=call.language or asked.get("language", ""),
        consent_document=call.consent_document or read_document(asked.get("consent_document")),
    )


def evidence_told(decision: Decision | None, delivery: Delivery) -> tuple[EvidenceGiven, ...]:
    """The outcome of the decision as evidence. Whoever stays on the line after an announcement has heard it.

    Consent of a party that the delivery has in another place is left out: it would count for somebody else.
    """
    outcome = getattr(decision, "outcome", None)
    if decision is None or outcome is None:
        return ()
    found = []
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
