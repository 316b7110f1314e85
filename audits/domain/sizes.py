"""How many calls to draw, and what the drawn ones show against a tolerable rate.

Attribute sampling: a rate of deviations at or above the tolerable one is to be ruled out with a stated confidence.
Rates and confidences are fractions, sizes are calls. With a population the counts are hypergeometric, and a population
*has* the tolerable rate as soon as it has that share of deviating calls, rounded up.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from audits.domain.intervals import at_most, lower_bound, upper_bound

MOST = 1_000_000  # calls: more are never drawn


@dataclass(frozen=True)
class Size:
    """Draw so many calls; with at most so many deviations among them the rate is shown to be below the tolerable."""

    calls: int
    deviations: int
    is_census: bool = False  # no smaller sample shows it: all calls have to be heard


def attribute_size(
    *, tolerable_rate: float, confidence: float, expected_rate: float = 0.0, population: int | None = None
) -> Size:
    """The smallest sample that still shows it where deviations come at the expected rate, rounded up to whole ones.

    Source: AICPA Audit Guide "Audit Sampling", table A-1 (5 % risk), at a tolerable 5 %: expected 0 → 59 (0),
    1 % → 93 (1), 1.5 % → 124 (2), 1.75 % → 153 (3), 2 % → 181 (4); finite: 45 of 100, 51 of 200, 56 of 500.
    Raises ValueError: a fraction out of range, an expected rate that is not below the tolerable, nothing to draw from.
    """
    _check(tolerable_rate, confidence)
    if not 0 <= expected_rate < tolerable_rate:
        raise ValueError(f"expected rate {expected_rate}, tolerable rate {tolerable_rate}")
    if population is not None and population < 1:
        raise ValueError(f"population {population}")
    deviations = 0
    while (calls := smallest(deviations, tolerable_rate, 1 - confidence, population)) is not None:
        if calls * expected_rate <= deviations + 1e-9:
            return Size(calls, deviations, is_census=calls == population)
        deviations = max(deviations + 1, math.ceil(calls * expected_rate - 1e-9))
    if population is None:
        raise ValueError(f"expected rate {expected_rate} is too near the tolerable rate {tolerable_rate}")
    return Size(population, max(0, deviating(tolerable_rate, population) - 1), is_census=True)


def discovery_size(*, rate: float, confidence: float, population: int | None = None) -> int:
    """Calls to draw so that at least one deviation is found, with this confidence, if they come at `rate` or more.

    Source: AICPA "Audit Sampling", discovery sampling: ln(1 - confidence) / ln(1 - rate) rounded up; 1 % at 95 % → 299,
    5 % → 59. Raises ValueError: a fraction out of range.
    """
    return attribute_size(tolerable_rate=rate, confidence=confidence, population=population).calls


def smallest(deviations: int, tolerable_rate: float, risk: float, population: int | None = None) -> int | None:
    """The fewest calls in which so few deviations have a chance of at most `risk` at the tolerable rate.

    0 → 59, 1 → 93, 2 → 124, 3 → 153 at 5 % and 5 %; 0 at 1 % → 299. None: not even all of the population, or more
    than a million.
    """
    too_few, enough = deviations, MOST if population is None else population
    if chance_of_pass(deviations, enough, tolerable_rate, population) > risk:
        return None
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        if chance_of_pass(deviations, middle, tolerable_rate, population) > risk:
            too_few = middle
        else:
            enough = middle
    return enough


def chance_of_pass(deviations: int, calls: int, rate: float, population: int | None = None) -> float:
    """The chance of at most so many deviations where calls deviate at `rate`. 0 in 59 at 5 % → 0.0485."""
    if deviations < 0:
        return 0.0
    if deviations >= calls:
        return 1.0
    if population is not None:
        return at_most(deviations, calls, deviating=deviating(rate, population), population=population)
    from scipy.special import bdtr

    return float(bdtr(deviations, calls, rate))


class Standing(StrEnum):
    """What a sample shows about the tolerable rate."""

    PASS = "pass"  # noqa: S105 - a result
    FAIL = "fail"
    OPEN = "open"  # neither is shown


def standing(
    deviations: int, calls: int, *, tolerable_rate: float, confidence: float, population: int | None = None
) -> Standing:
    """Pass: the upper bound is below the tolerable rate; fail: the lower bound is above it; each one-sided.

    Tolerable 5 % at 95 %: 0 of 59 pass, 0 of 58 and 6 of 59 stay open, 7 of 59 fail.
    """
    _check(tolerable_rate, confidence)
    if upper_bound(deviations, calls, confidence=confidence, population=population) < tolerable_rate:
        return Standing.PASS
    is_above = lower_bound(deviations, calls, confidence=confidence, population=population) > tolerable_rate
    return Standing.FAIL if is_above else Standing.OPEN


def more_needed(
    deviations: int, calls: int, *, tolerable_rate: float, confidence: float, population: int | None = None
) -> int | None:
    """How many calls more, all without a deviation, would have been needed to rule the tolerable rate out.

    1 in 60 at 5 % and 95 % → 33 (93 in all). It sizes the *next* sample: the same one, topped up because its
    result was seen, keeps no confidence (`audits.domain.claims`). None: no sample can, not even all calls.
    """
    _check(tolerable_rate, confidence)
    needed = smallest(deviations, tolerable_rate, 1 - confidence, population)
    return None if needed is None else max(0, needed - calls)


def deviating(rate: float, population: int) -> int:
    """With so many deviating calls a population has the rate. 5 % of 45 → 3."""
    return math.ceil(rate * population - 1e-9)


def _check(tolerable_rate: float, confidence: float) -> None:
    if not (0 < tolerable_rate < 1 and 0 < confidence < 1):
        raise ValueError(f"tolerable rate {tolerable_rate}, confidence {confidence}")
