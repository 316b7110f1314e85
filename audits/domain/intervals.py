"""Rates with their uncertainty."""

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
    if not (0 <= successes <= n and n > 0 and 0 < confidence < 1):
        raise ValueError(f"{successes} of {n} at {confidence}")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    rate, share = successes / n, z * z / n
    middle = rate + share / 2
    reach = z * math.sqrt(rate * (1 - rate) / n + share / (4 * n))
    low = 0.0 if successes == 0 else (middle - reach) / (1 + share)
    high = 1.0 if successes == n else (middle + reach) / (1 + share)
    return max(0.0, low), min(1.0, high)


def rate_of(said: int, n: int) -> Rate:
    """The rate with its 95 % Wilson interval; without one where fewer than thirty calls were counted."""
    if n < FEWEST:
        return Rate(said, n, None, None, None)
    low, high = wilson_interval(said, n)
    return Rate(said, n, said / n, low, high)


def counted(said: int, n: int) -> Rate:
    """The counts alone: of calls that were not drawn at random from all, or not weighted."""
    return Rate(said, n, None, None, None)
