"""Rates of calls that did not all have the same chance of being drawn: weighted by what they stand for.

A stratum is a part of the frame that was drawn from by itself. Its calls stand for the frame's calls of that stratum.
A rate may be of some of the calls alone (a subgroup, or the calls to which a question applied): those are `counted`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from audits.domain.intervals import effective_interval


@dataclass(frozen=True)
class Stratum:
    """Of `size` calls in the frame `drawn` were reviewed; `counted` of them belong, and `said` of those did."""

    size: int
    drawn: int
    counted: int
    said: int

    def __post_init__(self) -> None:
        if not (0 <= self.said <= self.counted <= self.drawn <= self.size and self.size > 0):
            raise ValueError(f"{self.said} of {self.counted} of {self.drawn} of {self.size}")

    @property
    def is_census(self) -> bool:
        return self.drawn == self.size


@dataclass(frozen=True)
class Estimate:
    """A rate with its interval. No rate: no belonging call, or a stratum without a reviewed one.

    `reached`: the share of the frame in strata with a reviewed call. Of what was not reached anything may be true: the
    interval reaches to where none, and all, of it said so. `variance` is None where a stratum has a single call.
    """

    rate: float | None
    variance: float | None
    low: float
    high: float
    effective_n: float  # calls of a plain draw that would show as much
    counted: int
    reached: float
    calls: float  # estimated number of belonging calls in the frame


def stratified_rate(strata: Sequence[Stratum], confidence: float = 0.95) -> Estimate:
    """The share that said so, of all belonging calls of the frame, each stratum at its size.

    Variance: Cochran, Sampling Techniques (1977), formulas 5.53 and, for a subgroup, 5A.78, with the finite population
    correction. Scheaffer, Mendenhall, Ott, Elementary Survey Sampling, chapter 5: 16 of 20, 2 of 8 and 6 of 12 of 155,
    62 and 93 → 0.60, variance 0.0045. Interval: Clopper and Pearson's at the effective number of calls (Korn and
    Graubard, 1998), for which a stratum's spread is that of one more yes and one more no (Agresti and Coull, The
    American Statistician 52 (1998), page 119): three calls that all said so do not show that all others do.
    Raises ValueError: no stratum, or confidence out of range.
    """
    if not (strata and 0 < confidence < 1):
        raise ValueError(f"{len(strata)} strata at {confidence}")
    reached = [one for one in strata if one.drawn]
    share = sum(one.size for one in reached) / sum(one.size for one in strata)
    counted = sum(one.counted for one in reached)
    calls = sum(one.size * one.counted / one.drawn for one in reached)
    if not counted:
        return Estimate(None, None, 0.0, 1.0, 0.0, 0, share, 0.0)
    rate = sum(one.size * one.said / one.drawn for one in reached) / calls
    effective = _effective(reached, rate, calls)
    low, high = (rate, rate) if effective is None else effective_interval(rate * effective, effective, confidence)
    return Estimate(
        rate=rate if share == 1 else None,
        variance=_variance(reached, rate, calls),
        low=low * share,
        high=high * share + 1 - share,
        effective_n=float(counted) if effective is None else effective,
        counted=counted,
        reached=share,
        calls=calls,
    )


def _variance(strata: Sequence[Stratum], rate: float, calls: float) -> float | None:
    if any(one.drawn == 1 and not one.is_census for one in strata):
        return None
    return sum(_part(one, rate, one.said, one.counted, one.drawn - 1) for one in strata if not one.is_census) / calls**2


def _effective(strata: Sequence[Stratum], rate: float, calls: float) -> float | None:
    """None: everything was heard. The rate too lies a little towards the middle, or 0 and 1 would have no spread."""
    parts = [one for one in strata if not one.is_census]
    spread = sum(_part(one, rate, one.said + 1, one.counted + 2, one.drawn) for one in parts) / calls**2
    if not spread:
        return None
    middle = sum(one.size * one.counted / one.drawn * (one.said + 1) / (one.counted + 2) for one in strata) / calls
    return middle * (1 - middle) / spread


def _part(one: Stratum, rate: float, said: int, counted: int, freedom: int) -> float:
    """A stratum's part of the variance of the total: within its belonging calls, and of how many of them belong."""
    if not one.counted:
        return 0.0  # nothing of this stratum seems to belong
    own, belongs = said / counted, min(1.0, counted / one.drawn)
    spread = counted * (own * (1 - own) + (1 - belongs) * (own - rate) ** 2)
    return one.size**2 * (1 - one.drawn / one.size) * spread / (one.drawn * freedom)


def weighted_rate(weights: Sequence[float], said: Sequence[bool], confidence: float = 0.95) -> Estimate:
    """The share that said so where each call stands for as many as its weight (the inverse of its chance to be drawn).

    Hájek's ratio with its linearised variance (Särndal, Swensson, Wretman, Model Assisted Survey Sampling (1992),
    section 5.7), drawn with replacement; the interval at Kish's effective number of calls, (Σw)² / Σw²
    (Survey Sampling, 1965, section 11.7), where that is fewer. Weights 1, 1, 2 with yes, no, yes → 0.75,
    variance 0.0820, Kish's number 2.67.
    Raises ValueError: no call, a negative weight, weights that sum to zero, or confidence out of range.
    """
    total = sum(weights)
    if not (0 < confidence < 1) or len(weights) != len(said) or any(one < 0 for one in weights) or total <= 0:
        raise ValueError(f"{len(weights)} weights that sum to {total}, {len(said)} calls at {confidence}")
    n = len(weights)
    rate = sum(weight for weight, yes in zip(weights, said, strict=True) if yes) / total
    squares = sum((weight * (yes - rate)) ** 2 for weight, yes in zip(weights, said, strict=True))
    variance = n / (n - 1) * squares / total**2 if n > 1 else None
    kish = total**2 / sum(weight**2 for weight in weights)
    effective = min(kish, rate * (1 - rate) / variance) if variance else kish
    low, high = effective_interval(rate * effective, effective, confidence)
    return Estimate(rate, variance, low, high, effective, n, 1.0, total)
