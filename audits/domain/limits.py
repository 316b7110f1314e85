"""What is more than chance: limits for agents beside each other, and for weeks after each other.

Rates are fractions. Who has too few calls is shown grey and has no standing: chance alone moves them anywhere.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from audits.domain.intervals import FEWEST

WARNING, ACTION = 0.95, 0.998  # about two and three standard deviations
MOVING_RANGE = 1.128  # d2: the mean range of two values of a standard normal


class Standing(StrEnum):
    """Where a rate lies among the limits."""

    TOO_FEW = "too few"
    WITHIN = "within"
    WARNING = "warning"
    ACTION = "action"


def funnel_limits(target: float, n: int, confidence: float) -> tuple[float, float]:
    """The lowest and the highest rate of `n` calls that are still chance where the true rate is `target`.

    Exact binomial: beyond either end lies at most half of the risk. 20 calls at 0.5 and 95 % → 6 of 20 to 14 of 20.
    Source: Spiegelhalter, Statistics in Medicine 24 (2005), page 1185, without its interpolation between whole calls.
    Raises ValueError: a fraction out of range, or no call.
    """
    if not (0 <= target <= 1 and n > 0 and 0 < confidence < 1):
        raise ValueError(f"target {target}, {n} calls, confidence {confidence}")
    risk = (1 - confidence) / 2
    return _fewest(target, n, risk) / n, (n - _fewest(1 - target, n, risk)) / n


def _fewest(target: float, n: int, risk: float) -> int:
    """The lowest count with a chance of more than `risk` for it or fewer."""
    from scipy.special import bdtr

    too_few, enough = -1, n
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        if float(bdtr(middle, n, target)) > risk:
            enough = middle
        else:
            too_few = middle
    return enough


def standing(said: int, n: int, target: float) -> Standing:
    """Where one agent's rate lies in the funnel around the target; under thirty calls it has no standing."""
    if n < FEWEST:
        return Standing.TOO_FEW
    for limit, confidence in ((Standing.ACTION, ACTION), (Standing.WARNING, WARNING)):
        low, high = funnel_limits(target, n, confidence)
        if not low <= said / n <= high:
            return limit
    return Standing.WITHIN


@dataclass(frozen=True)
class Period:
    """One period's rate between its control limits; grey where it has too few calls to be judged."""

    said: int
    n: int
    rate: float | None
    low: float
    high: float
    is_grey: bool
    is_outside: bool


@dataclass(frozen=True)
class Trend:
    """`sigma`: how much more the periods scatter than chance alone makes them (1: not more)."""

    center: float
    sigma: float
    is_overdispersed: bool
    periods: list[Period]


def trend(counts: Sequence[tuple[int, int]], *, sigmas: float = 3.0, dispersion_risk: float = 0.05) -> Trend | None:
    """The control chart of (said, n) per period, in order; None where no period has a call.

    p-chart (Montgomery, Introduction to Statistical Quality Control, chapter 7: 347 of 30 times 50 cans → center
    0.2313, limits 0.0524 and 0.4102). Where a test of dispersion finds more than chance at `dispersion_risk`,
    its limits are widened to Laney's p' (Quality Engineering 14 (2002), page 531) by the mean moving
    range of the standardised rates over 1.128. Never narrowed.
    """
    total = sum(n for _, n in counts)
    if not total:
        return None
    center = sum(said for said, _ in counts) / total
    sigma = _sigma(counts, center, dispersion_risk)
    periods = [_period(said, n, center, sigmas * sigma) for said, n in counts]
    return Trend(center=center, sigma=sigma, is_overdispersed=sigma > 1, periods=periods)


def _sigma(counts: Sequence[tuple[int, int]], center: float, dispersion_risk: float) -> float:
    from scipy.special import chdtrc

    counted = [(said, n) for said, n in counts if n]
    if len(counted) < 3 or center in {0.0, 1.0}:
        return 1.0
    z = [(said / n - center) / _deviation(center, n) for said, n in counted]
    if float(chdtrc(len(z) - 1, sum(one * one for one in z))) > dispersion_risk:
        return 1.0
    ranges = [abs(after - before) for before, after in pairwise(z)]
    return max(1.0, sum(ranges) / len(ranges) / MOVING_RANGE)


def _period(said: int, n: int, center: float, reach: float) -> Period:
    if not n:
        return Period(said, n, None, 0.0, 1.0, is_grey=True, is_outside=False)
    width = reach * _deviation(center, n)
    low, high, rate = max(0.0, center - width), min(1.0, center + width), said / n
    is_grey = n < FEWEST
    return Period(said, n, rate, low, high, is_grey, is_outside=not is_grey and not low - 1e-12 <= rate <= high + 1e-12)


def _deviation(rate: float, n: int) -> float:
    return math.sqrt(rate * (1 - rate) / n)
