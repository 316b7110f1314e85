"""Whether anything is stored that a change of rules could touch. Rooms above this one add what they hold."""

from collections.abc import Callable

from policies.models import Decision

_asks: list[Callable[[], bool]] = [lambda: Decision.objects.exists()]


def counts_as_touched(holds_any: Callable[[], bool]) -> None:
    """Another room's question whether it holds anything that rules decided about. Asked at every publication."""
    _asks.append(holds_any)


def needs_report() -> bool:
    """Whether a what-if has to stand before an approval."""
    return any(holds_any() for holds_any in _asks)
