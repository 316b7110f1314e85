"""All that an answer is computed from: law, policy, call, places, zone. Nothing else is looked up."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from policies.domain.calls import PURPOSES, Call, party_names
from policies.domain.conditions import call_date_values
from policies.domain.documents import CAREFUL_DEFAULT, PolicyDocument, policy_document
from policies.domain.languages import ENGLISH, Language, shipped
from policies.domain.law import Law, LawOfDay
from policies.domain.once import once
from policies.domain.places import Place

_DEFAULT = policy_document(CAREFUL_DEFAULT)


@dataclass(frozen=True)
class CompanyPolicy:
    """The version that governs the call, why it is this one, and which others gave way: (name, because) each."""

    version: str
    name: str
    document: PolicyDocument
    number: int = 0
    because: str = ""
    outranked: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Inputs:
    """All that an answer is computed from."""

    law: Law
    policy: CompanyPolicy | None
    call: Call
    places: tuple[Place, ...]
    zone: ZoneInfo

    @once
    def day(self) -> date:
        return self.call.started_at.astimezone(self.zone).date()

    @once
    def law_of_day(self) -> LawOfDay:
        return self.law.at(self.day)

    @once
    def names(self) -> tuple[str, ...]:
        """How the answer names each party."""
        return party_names(self.call.parties)

    @once
    def document(self) -> PolicyDocument:
        return self.policy.document if self.policy else _DEFAULT

    @once
    def language(self) -> Language:
        """What the script is spoken in: the caller's language, where it does not ship the policy's own."""
        return shipped(self.call.language or self.document.language) or shipped(self.document.language) or ENGLISH

    @once
    def policy_name(self) -> str:
        return self.policy.name if self.policy else "The careful default"

    @once
    def purposes(self) -> tuple[str, ...]:
        """The call's own, in the order of the closed list; where it names none, all that the policy allows."""
        named = self.call.purposes or self.document.purposes
        return tuple(purpose for purpose in PURPOSES if purpose in named)

    @once
    def circumstances(self) -> tuple[Hashable, ...]:
        """All that a rule's condition can depend on beside the places, as a key: equal calls are asked once."""
        call = self.call
        stated = tuple(sorted([(key, tuple(values)) for key, values in call.facts.items()])) if call.facts else ()
        return stated, call.direction, call.medium, self.purposes, call_date_values(self.day)

    @once
    def facts(self) -> dict[str, frozenset[str]]:
        """What was stated, and what the call itself says. A fact that nobody stated is missing."""
        facts = {key: frozenset(values) for key, values in self.call.facts.items() if values}
        said = {
            "direction": frozenset({self.call.direction}),
            "medium": frozenset({self.call.medium}),
            "purpose": frozenset(value for purpose in self.purposes for value in PURPOSES[purpose]),
            "call_date": call_date_values(self.day),
        }
        return facts | {key: values | facts.get(key, frozenset()) for key, values in said.items()}

    @once
    def asks_consent(self) -> bool:
        """Whether consent was chosen as the lawful basis."""
        return "consent" in self.call.facts.get("legal_basis", ())

    @once
    def counts_hints(self) -> bool:
        """Whether the policy takes the strictest of everywhere that a party may be."""
        return self.document.hints == "strictest"

    @once
    def reach(self) -> frozenset[str]:
        """Every place whose rules reach the call: by its parties, and those that were stated as a fact."""
        stated = [*(place.jurisdiction for place in self.places), *self.call.facts.get("jurisdiction", ())]
        if self.counts_hints:
            stated += [hint for place in self.places for hint in place.hints]
        return frozenset().union(*map(self.law.covered_by, stated))
