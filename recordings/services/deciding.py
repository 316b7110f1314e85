"""A delivered call as the rules see it, and what they decide. What was not told is decided by its strictest reading."""

from collections.abc import Callable
from dataclasses import replace

from accounts.models import LineOfBusiness
from policies.domain.calls import DIRECTIONS, Call, PartyFacts
from policies.services.decisions import Decided, decide
from recordings.domain.deliveries import Delivery

DECISIVE = {"started_at", "ended_at", "direction", "parties"}  # facts on which dates or consent hang
SOMEBODY = PartyFacts("unknown")


def call_of(delivery: Delivery) -> Call:
    """Where nobody on the call is known, somebody of whom nothing is known was there."""
    parties = tuple(
        PartyFacts(party.role, party.number or None, party.jurisdiction or None) for party in delivery.parties
    )
    return Call(
        direction=delivery.direction,
        medium=delivery.medium,
        line_of_business=delivery.line_of_business or LineOfBusiness.UNASSIGNED,
        purposes=delivery.purposes,
        facts=delivery.facts,
        parties=parties or (SOMEBODY,),
        started_at=delivery.started_at,
        ended_at=delivery.ended_at,
    )


def decided_for(call: Call, decide: Callable[[Call], Decided] = decide) -> Decided:
    """The decision; for a call whose direction is not known, the strictest of those for each. Raises UnknownLine."""
    if call.direction:
        return decide(call)
    return max((decide(replace(call, direction=direction)) for direction in DIRECTIONS), key=_strictness)


def is_provisional(decided: Decided, delivery: Delivery) -> bool:
    """Whether the dates may change once more is known."""
    return decided.is_provisional or not DECISIVE.isdisjoint(delivery.unknown)


def _strictness(decided: Decided) -> tuple[bool, bool, float, float]:
    """All parties before one, express before implied, kept longest before longest possible."""
    consent = decided.answer["consent"]
    return (
        decided.consent_standard == "all_party",
        consent["form"] in {"express", "written"},
        decided.keep_until.timestamp(),
        -decided.delete_by.timestamp(),
    )
