"""What rules cannot have at once, by a closed list of kinds: which forbid the recording, which wait for a person."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """`forbids`: the call may not be recorded. `needs_person`: the recording is set aside until a person decides.

    A kind with neither settles itself: its detail says how.
    """

    words: str
    forbids: bool = False
    needs_person: bool = False


KINDS: Mapping[str, Kind] = {
    "minimum_after_maximum": Kind("Law asks to keep it longer than law allows", needs_person=True),
    "company_minimum_after_maximum": Kind("The policy keeps it longer than law allows", needs_person=True),
    "no_policy": Kind("No policy governs the call", forbids=True, needs_person=True),
    "purpose_not_allowed": Kind("The policy does not allow the purpose", forbids=True, needs_person=True),
    "must_not_be_kept": Kind("Law forbids to keep such a recording", forbids=True, needs_person=True),
    "written_consent_missing": Kind("A signed consent is needed and not attached", forbids=True),
    "duty_against_consent": Kind("Law orders the recording, and law asks for consent"),
    "duty_against_refusal": Kind("Law orders the recording, and the policy would go on without one"),
}


@dataclass(frozen=True)
class Conflict:
    """Two demands that cannot both be met."""

    kind: str
    rules: tuple[str, ...]
    detail: str

    @property
    def forbids(self) -> bool:
        return KINDS[self.kind].forbids

    @property
    def needs_person(self) -> bool:
        return KINDS[self.kind].needs_person
