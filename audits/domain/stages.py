"""A second stage that was planned with the first: the risk of a wrong pass is split between the two.

Whoever draws on until the result pleases passes bad lines too often: "pass at 0 in 60, else go on to 153 and pass at 3"
looks like 5 % at each step and passes a line with 5 % deviations in 8.1 % of cases. Here the second stage is as long as
the whole procedure needs; the chance of a pass is counted out over everything that the first stage can show.
"""

from dataclasses import dataclass

from audits.domain.sizes import Size, chance_of_pass, deviating, smallest


@dataclass(frozen=True)
class TwoStages:
    """Draw `first`, pass at its deviations or fewer; else draw `more` calls, pass at `most` or fewer in all."""

    first: Size
    more: int
    most: int
    risk: float  # of a pass where calls deviate at the tolerable rate, counted out

    @property
    def calls(self) -> int:
        return self.first.calls + self.more


def two_stages(
    *,
    tolerable_rate: float,
    confidence: float,
    share_of_first: float = 0.5,
    first_deviations: int = 0,
    most: int = 1,
    population: int | None = None,
) -> TwoStages:
    """The smallest first stage within its share of the risk, and the smallest second within what is left.

    5 % tolerable at 95 %, half the risk each, pass at 0 and then at 1 in all: 72 calls, then 26 more; the risk of both
    together is 4.98 %. Raises ValueError: a fraction out of range, `most` not above the first stage's deviations,
    or a population that is too small to have two stages.
    """
    if not (0 < tolerable_rate < 1 and 0 < confidence < 1 and 0 < share_of_first < 1):
        raise ValueError(f"tolerable rate {tolerable_rate}, confidence {confidence}, share {share_of_first}")
    if not 0 <= first_deviations < most:
        raise ValueError(f"{first_deviations} deviations in the first stage, {most} in all")
    risk = 1 - confidence
    calls = smallest(first_deviations, tolerable_rate, risk * share_of_first, population)
    total = smallest(most, tolerable_rate, risk * (1 - share_of_first), population)
    if calls is None or total is None:
        raise ValueError(f"{population} calls are too few for two stages: draw one")
    first = Size(calls, first_deviations)
    too_few, enough = 0, max(1, total - calls)  # the sum of both chances bounds the chance of either
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        if chance_of_pass_in_two(first, middle, most, tolerable_rate, population) > risk:
            too_few = middle
        else:
            enough = middle
    return TwoStages(first, enough, most, chance_of_pass_in_two(first, enough, most, tolerable_rate, population))


def chance_of_pass_in_two(first: Size, more: int, most: int, rate: float, population: int | None = None) -> float:
    """The chance that either stage passes, counted out. 0 in 60, then 93 more and 3 in all, at 5 % → 0.081."""
    passed = chance_of_pass(first.deviations, first.calls, rate, population)
    for seen in range(first.deviations + 1, min(most, first.calls) + 1):
        below = chance_of_pass(seen - 1, first.calls, rate, population)
        chance = chance_of_pass(seen, first.calls, rate, population) - below
        passed += max(0.0, chance) * _second(most - seen, more, seen, first.calls, rate, population)
    return passed


def _second(may: int, more: int, seen: int, calls: int, rate: float, population: int | None) -> float:
    if population is None:
        return chance_of_pass(may, more, rate)
    left = population - calls
    more = min(more, left)
    if more <= may:
        return 1.0
    return chance_of_pass(may, more, max(0, deviating(rate, population) - seen) / left, left)
