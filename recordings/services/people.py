"""Names and numbers of calls, unsealed with each recording's own key for those who may read them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from accounts.permissions import Act, may
from recordings import keys, words
from recordings.models import Party, Recording
from recordings.services.parts import names_label
from trail.domain.actors import Actor


@dataclass(frozen=True)
class Person:
    """Who a party is, as far as the phone system said it."""

    number: str = ""
    name: str = ""


@dataclass(frozen=True)
class People:
    """Everybody on one call. Empty for who may not read names."""

    agent: str = ""
    parties: dict[int, Person] = field(default_factory=dict)  # by position

    def of(self, party: Party) -> Person:
        return self.parties.get(party.position, Person())

    def number_of(self, party: Party) -> str:
        """As people write it."""
        return words.number(self.of(party).number)


def people_of(recordings: Iterable[Recording], actor: Actor) -> dict[UUID, People]:
    """The people of these calls, which bring their keys and parties with them: no query for each."""
    return {
        recording.pk: _unsealed(recording) if may(actor, Act.SEE_NAMES) and hasattr(recording, "key") else People()
        for recording in recordings
    }


def _unsealed(recording: Recording) -> People:
    key = keys.open_key(recording.pk, bytes(recording.key.wrapped))
    named = keys.unseal_json(key, bytes(recording.sealed_names), b"names") or {}
    return People(
        agent=named.get("agent") or "",
        parties={
            party.position: Person(number=said.get("number") or "", name=said.get("name") or "")
            for party in recording.parties.all()
            if (said := keys.unseal_json(key, bytes(party.sealed), names_label(party.position)))
        },
    )
