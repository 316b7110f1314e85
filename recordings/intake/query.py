"""What an integrator wrote into the address of a callback, because the vendor does not send it."""

from collections.abc import Mapping
from dataclasses import replace

from policies.domain.calls import DIRECTIONS
from recordings.domain.told import CallTold, by_direction, party
from recordings.intake.port import Setup, text


def from_query(call: CallTold, query: Mapping[str, str], setup: Setup) -> CallTold:
    """`from`, `to`, `direction`, `agent`, `agent_name`; what the callback itself says outweighs them."""
    direction = call.direction or direction_of(query.get("direction"))
    parties = call.parties or by_direction(
        direction,
        party(query.get("from"), region=setup.region),
        party(query.get("to"), region=setup.region),
    )
    return replace(
        call,
        direction=direction,
        parties=parties,
        agent_id=call.agent_id or text(query.get("agent"), 120),
        agent_name=call.agent_name or text(query.get("agent_name")),
    )


def direction_of(value: object) -> str:
    """In our words: `incoming` is inbound, `outbound-api` outbound; empty: something else, or nothing."""
    word = text(value).lower()
    if word in {"incoming", "in"} or word.startswith("inbound"):
        return "inbound"
    if word in {"outgoing", "out"} or word.startswith("outbound"):
        return "outbound"
    return word if word in DIRECTIONS else ""
