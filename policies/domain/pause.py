"""When the recording pauses, so that a card's secret data never get into it."""

from dataclasses import dataclass

from policies.domain.law import DisclosureRule

CARD_DATA = "card_data"
ALWAYS, WHEN_TAKEN, NEVER = "always", "when_taken", "never"
PAUSE_KEY = "recording_paused_for_payment"  # the register's key of a rule that asks for the pause


@dataclass(frozen=True)
class Pause:
    """`when`: before_payment on this call, or when_taken, if it comes to that."""

    content: str
    when: str
    because: str
    citation: str
    by_law: bool


def pauses(
    due: DisclosureRule | None, waiting: DisclosureRule | None, *, card_data: str, policy_name: str
) -> tuple[Pause, ...]:
    """`due`: a rule asks for the pause on this call; `waiting`: it would, if card data were taken.

    `card_data` is the policy's wish (always, when_taken, never); it adds to the rule and never takes away.
    """
    if due is not None:
        return (Pause(CARD_DATA, "before_payment", "Card data are taken on this call.", due.citation, by_law=True),)
    if card_data == ALWAYS:
        because = f"{policy_name} pauses before every payment."
        return (Pause(CARD_DATA, "before_payment", because, policy_name, by_law=False),)
    if waiting is not None:
        because = "Nobody said whether card data are taken; where they are, recording pauses."
        return (Pause(CARD_DATA, WHEN_TAKEN, because, waiting.citation, by_law=True),)
    if card_data == WHEN_TAKEN:
        because = f"{policy_name} pauses where card data are taken."
        return (Pause(CARD_DATA, WHEN_TAKEN, because, policy_name, by_law=False),)
    return ()
