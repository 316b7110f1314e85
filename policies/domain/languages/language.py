"""What a language has to bring so that a script can be spoken in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from policies.domain.periods import Period, amounts


@dataclass(frozen=True)
class Language:
    """`texts` are templates by disclosure key; slots stand in braces.

    `units` are singular and plural of each unit of `periods.amounts`. `mentions` are parts of words, one of which an
    own text under that key has to hold, so that it says what the key is for.
    """

    code: str
    name: str
    in_english: str
    texts: Mapping[str, str]
    refusal_of_duty: str
    purposes: Mapping[str, str]
    serving: str  # what a recording without a purpose is for
    our_company: str
    units: Mapping[str, tuple[str, str]]
    and_: str
    mentions: Mapping[str, tuple[str, ...]]
    nothing_is_plural: bool = True  # "0 days", but "0 jour"

    def listed(self, words: Sequence[str]) -> str:
        """`a`, `a and b`, `a, b and c`."""
        return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {self.and_} {words[-1]}"

    def period(self, length: Period) -> str:
        """As it is said aloud: `P1Y6M` → "1 year and 6 months", "1 año y 6 meses"."""
        return self.listed([f"{number} {self._unit(number, unit)}" for number, unit in amounts(length)])

    def _unit(self, number: int, unit: str) -> str:
        one, many = self.units[unit]
        return one if number == 1 or (number == 0 and not self.nothing_is_plural) else many
