"""How many things wait for this person, for the navigation; remembered for ten seconds."""

from dataclasses import dataclass

from accounts.models import User


@dataclass(frozen=True)
class Count:
    """A number beside a link: what it counts, and whether somebody is late with it."""

    number: int = 0
    of: str = ""
    is_late: bool = False


def counts(user: User) -> dict[str, Count]:
    """By the route of the page that lists them; only where this person has to act."""
    return {}
