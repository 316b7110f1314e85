"""What a change of rules does to one recording, and the figures over all of them.

    {"lines": {line id: {"counts": {"looked_at": 3, "touched": 1, "later": 1, …},
                         "consent": {"one_party, none → all_party, express": 2}, "script": {"recording": 1},
                         "conflicts": {"no_policy": 1}, "solved": {}, "versions": {version id: 2},
                         "decisions": {"looked_at": 9, "consent": 2, …}}},
     "touched": {"forms": […], …}}

Each number is kept by line, so that a reader is told of their own lines and no others.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import IntFlag
from typing import Any

from policies.domain.groups import GroupAnswer
from policies.domain.law import FORMS, STANDARDS


class Kind(IntFlag):
    """What changes of one recording. The values are stored; they never change."""

    CONSENT = 1
    SCRIPT = 2
    LATER = 4
    EARLIER = 8
    CONFLICT = 16
    SOLVED = 32
    NONCOMPLIANT = 64


KIND_WORDS: Mapping[str, str] = {
    "consent": "would need another consent",
    "script": "would be told something else",
    "later": "would be kept longer",
    "earlier": "would go earlier",
    "conflict": "would have a new conflict",
    "solved": "would lose a conflict",
    "noncompliant": "would lack the consent that the new rules ask for",
}
KINDS: Mapping[str, Kind] = {kind.name.lower(): kind for kind in Kind if kind.name}


@dataclass(frozen=True)
class Difference:
    """What changes for each call of a group, but its dates."""

    kinds: Kind
    consent: str = ""  # from → to
    is_stricter: bool = False
    script: tuple[str, ...] = ()  # keys whose words change, come or go
    conflicts: tuple[str, ...] = ()
    solved: tuple[str, ...] = ()
    same_periods: bool = True


NOTHING = Difference(Kind(0))


def difference(before: GroupAnswer, after: GroupAnswer) -> Difference:
    """What the answer to a group's calls has changed in."""
    moved = (before.standard, before.form) != (after.standard, after.form)
    keys = tuple(sorted(key for key in before.script.keys() | after.script.keys() if _says(before, after, key)))
    new, gone = sorted(after.conflicts - before.conflicts), sorted(before.conflicts - after.conflicts)
    kinds = Kind(0)
    for kind, is_so in ((Kind.CONSENT, moved), (Kind.SCRIPT, keys), (Kind.CONFLICT, new), (Kind.SOLVED, gone)):
        kinds |= kind if is_so else Kind(0)
    same = before.periods == after.periods
    if not kinds and same:
        return NOTHING
    consent = f"{before.standard}, {before.form} → {after.standard}, {after.form}" if moved else ""
    return Difference(kinds, consent, _is_stricter(before, after), keys, tuple(new), tuple(gone), same)


def _says(before: GroupAnswer, after: GroupAnswer, key: str) -> bool:
    return before.script.get(key) != after.script.get(key)


def _is_stricter(before: GroupAnswer, after: GroupAnswer) -> bool:
    return STANDARDS.index(after.standard) > STANDARDS.index(before.standard) or FORMS.index(after.form) > FORMS.index(
        before.form
    )


Figures = dict[str, Any]
COUNTED = ("counts", "consent", "script", "conflicts", "solved", "versions", "decisions")


class Tally:
    """Counts by line, added up in the shape of a report's figures."""

    def __init__(self, figures: Mapping[str, Any] | None = None) -> None:
        self._lines: dict[str, dict[str, dict[str, int]]] = {
            line: {part: dict(numbers) for part, numbers in parts.items()}
            for line, parts in (figures or {}).get("lines", {}).items()
        }

    def add(self, line: str, part: str, name: str, number: int = 1) -> None:
        numbers = self._lines.setdefault(line, {}).setdefault(part, {})
        numbers[name] = numbers.get(name, 0) + number

    def figures(self) -> Figures:
        return {"lines": self._lines}


def summed(figures: Mapping[str, Any], lines: Collection[str] | None) -> dict[str, dict[str, int]]:
    """The figures over these lines (None: all), each part's numbers in falling order but for the counts."""
    total: dict[str, dict[str, int]] = {part: {} for part in COUNTED}
    for line, parts in figures.get("lines", {}).items():
        if lines is not None and line not in lines:
            continue
        for part, numbers in parts.items():
            for name, number in numbers.items():
                total.setdefault(part, {})[name] = total.get(part, {}).get(name, 0) + number
    return {part: dict(_falling(numbers.items())) for part, numbers in total.items()}


def _falling(numbers: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(numbers, key=lambda pair: (-pair[1], pair[0]))
