"""Who did something: a user, an integration client, or Callward itself."""

from dataclasses import dataclass
from typing import Protocol


class Actor(Protocol):
    """What the trail needs to know of anybody who acts."""

    @property
    def actor_kind(self) -> str: ...  # "user", "client" or "callward"

    @property
    def actor_id(self) -> str: ...  # an id, never a name


@dataclass(frozen=True)
class Callward:
    """The product itself: the worker, the beat, a command."""

    actor_kind: str = "callward"
    actor_id: str = "callward"


CALLWARD = Callward()
