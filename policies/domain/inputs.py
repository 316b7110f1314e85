"""All that an answer is computed from: law, policy, call, places, zone. Nothing else is looked up."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from zoneinfo import ZoneInfo

from policies.domain.calls import PURPOSES, Call
from policies.domain.conditions import call_date_values
from policies.domain.documents import CAREFUL_DEFAULT, PolicyDocument, policy_document
from policies.domain.law import Law
from policies.domain.places import Place


@dataclass(frozen=True)
class CompanyPolicy:
    """The version in force for the call's line on its day."""

    version: str
    name: str
    document: PolicyDocument


@dataclass(frozen=True)
class Inputs:
    """All that an answer is computed from."""

    law: Law
    policy: CompanyPolicy | None
    call: Call
    places: tuple[Place, ...]
    zone: ZoneInfo

    @cached_property
    def day(self) -> date:
        return self.call.started_at.astimezone(self.zone).date()

    @cached_property
    def document(self) -> PolicyDocument:
        return self.policy.document if self.policy else policy_document(CAREFUL_DEFAULT)

    @cached_property
    def policy_name(self) -> str:
        return self.policy.name if self.policy else "The careful default"

    @cached_property
    def purposes(self) -> tuple[str, ...]:
        """The call's own, in the order of the closed list; where it names none, all that the policy allows."""
        return tuple(purpose for purpose in PURPOSES if purpose in (self.call.purposes or self.document.purposes))

    @cached_property
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

    @cached_property
    def reach(self) -> frozenset[str]:
        """Every place whose rules reach the call: by its parties, and those that were stated as a fact."""
        stated = [*(place.jurisdiction for place in self.places), *self.call.facts.get("jurisdiction", ())]
        return frozenset(code for place in stated for code in self.law.covered_by(place))
