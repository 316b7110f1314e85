"""A call, as the rules see it: who takes part, where they are, what it is about. No names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

DIRECTIONS = ("inbound", "outbound", "internal")
MEDIA = ("phone", "video", "in_person")
ROLES = ("agent", "customer", "third_party", "unknown")

# The closed list of purposes, and the values of the register's `purpose` that each stands for.
PURPOSES: Mapping[str, tuple[str, ...]] = {
    "performance_monitoring": ("monitoring", "evaluation"),
    "quality_assurance": ("quality",),
    "dispute_resolution": (),
    "contract_evidence": ("contract_evidence",),
    "customer_experience": (),
    "training": ("training",),
    "regulatory": (),
}


@dataclass(frozen=True)
class PartyFacts:
    """Somebody on the call. `jurisdiction` was said or is known; `address` is that of the customer's record.

    What was said outweighs the address, and the address what the number hints at.
    """

    role: str
    number: str | None = None
    jurisdiction: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class ConsentDocument:
    """A signed consent, by the SHA-256 of the document. Without purposes it speaks for all of them."""

    sha256: str
    signed_on: date
    purposes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Call:
    """One call to decide. Times are aware; `ended_at` is empty while it has not ended.

    `language` is the caller's, as `en`; empty: the one that the policy speaks.
    """

    direction: str
    medium: str
    line_of_business: str
    purposes: tuple[str, ...]
    facts: Mapping[str, tuple[str, ...]]
    parties: tuple[PartyFacts, ...]
    started_at: datetime
    ended_at: datetime | None = None
    language: str = ""
    consent_document: ConsentDocument | None = None

    @property
    def counted_from(self) -> datetime:
        """What a period with the trigger `recording_created` counts from: the call's end, once there is one."""
        return self.ended_at or self.started_at


def party_names(parties: tuple[PartyFacts, ...]) -> tuple[str, ...]:
    """How the answer names each party: by its role where that occurs once, else by its index in `parties`."""
    roles = [party.role for party in parties]
    once = {role for role in roles if roles.count(role) == 1}
    return tuple([role if role in once else str(index) for index, role in enumerate(roles)])
