"""What always holds, and the checks that look whether it does. Each room brings its own; nothing is mended here.

A room writes `@check(2)` above a function of the moment that yields problems, in a module that its AppConfig names.
"""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

INVARIANTS = {
    1: "Acknowledged means kept: what was taken in is there, whole, until its disposition.",
    2: "Hold: nothing that is held is made unreadable by any path.",
    3: "Not early: nothing is destroyed before its time, but by two people's word that the certificate names.",
    4: "Not late: nothing stays readable after its day, unless it is held or a person has to decide.",
    5: "One commit destroys: key, personal data and row go, certificate and event come; the object follows.",
    6: "Certificate truth: one for each destroyed recording, none for a readable one, and each verifies.",
    7: "Idempotence: the same thing twice has the effect of once.",
    8: "Published never changes: a past decision computed again gives the same bytes.",
    9: "Explained: every date names what gave it.",
    10: "Drawn, not picked: the same seed and frame give the same calls.",
    11: "Trail: every change has exactly one event, whose digest is right.",
    12: "Least sight: what says whose call something is agrees everywhere.",
    13: "The database says what is due, and it gets done.",
    14: "Fail closed: clock, keys, storage, trail and restore state can be trusted.",
}


@dataclass(frozen=True)
class Problem:
    """One thing that is not as it must be. `kind` never changes; `subject` is an id, an object's key or a table."""

    kind: str
    subject: str
    detail: str
    invariant: int = 0  # of INVARIANTS; set where the check is registered


Check = Callable[[datetime], Iterator[Problem]]

_CHECKS: list[tuple[int, Check]] = []
_MODULES: list[str] = []


def stands_in(module: str) -> None:
    """Name the module of a room's checks, in its AppConfig: it is loaded when somebody reconciles."""
    _MODULES.append(module)


def check(*invariants: int) -> Callable[[Check], Check]:
    """Register a check of these invariants; its problems are counted to the first of them."""

    def registered(function: Check) -> Check:
        _CHECKS.extend((invariant, function) for invariant in invariants)
        return function

    return registered


def checks() -> dict[int, list[str]]:
    """By invariant, what looks at it: an invariant that nothing looks at is not known to hold."""
    _load()
    return {number: [each.__name__ for of, each in _CHECKS if of == number] for number in INVARIANTS}


def reconcile(*, at: datetime) -> list[Problem]:
    """Every problem of every room. Empty where all invariants hold."""
    _load()
    first: dict[Check, int] = {}
    for number, each in _CHECKS:
        first.setdefault(each, number)
    return [replace(problem, invariant=number) for each, number in first.items() for problem in each(at)]


def _load() -> None:
    for module in _MODULES:
        importlib.import_module(module)
