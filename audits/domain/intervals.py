"""Rates with their uncertainty.

Counts are calls; rates, bounds and confidences are fractions (0.05 is 5 %). A *deviation* is a call that did not say
what it had to. scipy is loaded where it is first used: a process that gives no exact interval does not pay for it.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

FEWEST = 30  # below this many calls no rate is given


@dataclass(frozen=True)
class Rate:
    """`said` of `n`, with the interval's ends as fractions. Under thirty there is neither rate nor interval."""

    said: int
    n: int
    rate: float | None
    low: float | None
    high: float | None


def wilson_interval(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """The score interval for a proportion, as fractions in [0, 1].

    Source: Wilson, JASA 22 (1927), page 209; Newcombe, Statistics in Medicine 17 (1998), page 857, method 3,
    table I: 81 of 263 → 0.2553 to 0.3662; 0 of 20 → 0 to 0.1611. Raises ValueError: counts or confidence out of range.
    """
    _check(successes, n, confidence)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    rate, share = successes / n, z * z / n
    middle = rate + share / 2
    reach = z * math.sqrt(rate * (1 - rate) / n + share / (4 * n))
    low = 0.0 if successes == 0 else (middle - reach) / (1 + share)
    high = 1.0 if successes == n else (middle + reach) / (1 + share)
    return max(0.0, low), min(1.0, high)


def exact_interval(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """The exact two-sided interval for a proportion; it covers with at least `confidence` whatever the rate is.

    Source: Clopper and Pearson, Biometrika 26 (1934), page 404; Newcombe (1998), table I, method 5:
    81 of 263 → 0.2527 to 0.3676; 0 of 20 → 0 to 0.1684. Raises ValueError: counts or confidence out of range.
    """
    _check(successes, n, confidence)
    return effective_interval(successes, n, confidence)


def effective_interval(successes: float, n: float, confidence: float) -> tuple[float, float]:
    """The exact interval where counts are of an effective sample: fractions of calls are counts too.

    Source: Korn and Graubard, Survey Methodology 24 (1998), page 193. Whole counts give the exact interval.
    """
    from scipy.special import betaincinv

    risk = (1 - confidence) / 2
    low = 0.0 if successes <= 0 else float(betaincinv(successes, n - successes + 1, risk))
    high = 1.0 if successes >= n else float(betaincinv(successes + 1, n - successes, 1 - risk))
    return low, high


def upper_bound(deviations: int, n: int, *, confidence: float = 0.95, population: int | None = None) -> float:
    """The rate of deviations that is not exceeded, at this one-sided confidence.

    Without `population` the calls stand for an endless stream (binomial): 0 in 20 → 0.139, 0 in 60 → 0.049,
    1 in 60 → 0.077, 3 in 60 → 0.124, 12 in 400 → 0.048. With it, the greatest share of its calls with which so few
    deviations are still likely enough (hypergeometric): 0 in 45 of 100 → 0.04, of all 100 → 0.
    Source: Clopper and Pearson (1934), one-sided; for a population Wright, Exact Confidence Bounds (1991), chapter 3.
    Raises ValueError: counts or confidence out of range.
    """
    _check(deviations, n, confidence)
    if population is not None:
        return _most_deviations(deviations, n, population, 1 - confidence) / population
    from scipy.special import betaincinv

    return 1.0 if deviations == n else float(betaincinv(deviations + 1, n - deviations, confidence))


def lower_bound(deviations: int, n: int, *, confidence: float = 0.95, population: int | None = None) -> float:
    """The rate of deviations that is reached at least: the upper bound's mirror. 20 in 20 → 1 - 0.139."""
    return 1 - upper_bound(n - deviations, n, confidence=confidence, population=population)


def population_interval(successes: int, n: int, population: int, confidence: float = 0.95) -> tuple[float, float]:
    """The exact two-sided interval for the share of a finite population; a census has no width.

    Source: Wright (1991), chapter 3: either end at half the risk. 5 of 10 of 10 → 0.5 to 0.5.
    """
    half = (1 + confidence) / 2
    return (
        lower_bound(successes, n, confidence=half, population=population),
        upper_bound(successes, n, confidence=half, population=population),
    )


def _most_deviations(deviations: int, n: int, population: int, risk: float) -> int:
    if population < n:
        raise ValueError(f"{n} calls of {population}")
    likely, unlikely = deviations, population - n + deviations + 1  # so many at least, fewer than so many
    while unlikely - likely > 1:
        middle = (likely + unlikely) // 2
        if at_most(deviations, n, deviating=middle, population=population) > risk:
            likely = middle
        else:
            unlikely = middle
    return likely


def at_most(deviations: int, n: int, *, deviating: int, population: int) -> float:
    """The chance of at most so many deviations in `n` calls of a population with `deviating` ones (hypergeometric).

    0 in 45 of 100 with 5 → 0.0462 (C(95, 45) / C(100, 45)).
    """
    fewest, most = max(0, n - (population - deviating)), min(n, deviating)
    if deviations >= most:
        return 1.0
    if deviations < fewest:
        return 0.0
    if deviations < (n + 1) * (deviating + 1) // (population + 2):  # below the likeliest count
        return min(1.0, _tail(deviations, n, deviating, population))
    return max(0.0, 1 - _tail(n - deviations - 1, n, population - deviating, population))


def _tail(count: int, n: int, deviating: int, population: int) -> float:
    """The chances of `count` and every lower count, added up from there until they no longer matter."""
    total = chance = math.exp(_log_chance(count, n, deviating, population))
    for one in range(count, max(0, n - (population - deviating)), -1):
        chance *= one * (population - deviating - n + one) / ((deviating - one + 1) * (n - one + 1))
        total += chance
        if chance < total * 1e-17:
            break
    return total


def _log_chance(count: int, n: int, deviating: int, population: int) -> float:
    return _log_choose(deviating, count) + _log_choose(population - deviating, n - count) - _log_choose(population, n)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _check(successes: int, n: int, confidence: float) -> None:
    if not (0 <= successes <= n and n > 0 and 0 < confidence < 1):
        raise ValueError(f"{successes} of {n} at {confidence}")


def rate_of(said: int, n: int) -> Rate:
    """The rate with its 95 % Wilson interval; without one where fewer than thirty calls were counted."""
    if n < FEWEST:
        return Rate(said, n, None, None, None)
    low, high = wilson_interval(said, n)
    return Rate(said, n, said / n, low, high)


def counted(said: int, n: int) -> Rate:
    """The counts alone: of calls that were not drawn at random from all, or not weighted."""
    return Rate(said, n, None, None, None)
