"""What a phone system tells of one call, checked for shape, not yet stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from recordings.domain.errors import DeliveryRefused
from trail.domain.chain import canonical_json

PartyName = int | str | None  # an index in `parties`, a role that occurs once, or nobody in particular: all


@dataclass(frozen=True)
class PartyGiven:
    role: str
    number: str = ""
    name: str = ""
    jurisdiction: str = ""


@dataclass(frozen=True)
class EvidenceGiven:
    """How consent was got, by whom, when."""

    method: str
    result: str
    party: PartyName = None
    offset_seconds: float | None = None
    document_sha256: str = ""


@dataclass(frozen=True)
class Delivery:
    """One call as delivered. Times are aware; `line_of_business` is a code, empty where none was named."""

    source: str
    external_id: str
    started_at: datetime
    ended_at: datetime
    direction: str
    purposes: tuple[str, ...]
    parties: tuple[PartyGiven, ...]
    medium: str = "phone"
    line_of_business: str = ""
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    agent_id: str = ""
    agent_name: str = ""
    consent: tuple[EvidenceGiven, ...] = ()
    sha256: bytes | None = None
    decision: str = ""
    unknown: tuple[str, ...] = ()  # what was not told: times that stand here though are the latest that they can be

    def canonical(self) -> bytes:
        """One spelling of what was told, whatever the order and the time zones; the decision's token does not count."""
        told: dict[str, object] = {"unknown": sorted(self.unknown)} if self.unknown else {}
        return canonical_json(
            told
            | {
                "source": self.source,
                "external_id": self.external_id,
                "started_at": self.started_at.timestamp(),
                "ended_at": self.ended_at.timestamp(),
                "call": [self.direction, self.medium, self.line_of_business, sorted(self.purposes)],
                "facts": {name: sorted(values) for name, values in self.facts.items()},
                "agent": [self.agent_id, self.agent_name],
                "parties": [[party.role, party.number, party.name, party.jurisdiction] for party in self.parties],
                "consent": [
                    [given.method, given.result, given.party, given.offset_seconds, given.document_sha256]
                    for given in self.consent
                ],
                "sha256": self.sha256.hex() if self.sha256 else None,
            }
        )


def party_position(named: PartyName, roles: Sequence[str], *, pointer: str) -> int | None:
    """Which of the call's parties is meant; None: all. Raises DeliveryRefused: no such one, or several."""
    if named is None:
        return None
    if isinstance(named, int):
        if 0 <= named < len(roles):
            return named
        raise DeliveryRefused(f"There is no party {named}; write an index from 0 to {len(roles) - 1}.", pointer=pointer)
    if roles.count(named) == 1:
        return list(roles).index(named)
    found = "no party has" if named not in roles else "several parties have"
    raise DeliveryRefused(f"{found.capitalize()} the role {named!r}; write the party's index.", pointer=pointer)
