"""Do reviewers score alike: agreement beyond chance, and reviewers who are stricter than the others or become so.

Coefficients: 1 is full agreement, 0 is what chance gives. Where everybody always answers the same, there is nothing to
agree about and no coefficient (None); the plain share of agreeing pairs is given beside it.
"""

import math
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist, fmean, stdev
from typing import TYPE_CHECKING, Literal, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_CELLS = 2_000_000  # of eight bytes, several times over, that a bootstrap holds at once
Level = Literal["nominal", "ordinal", "interval"]
Weighing = Literal["none", "linear", "quadratic"]
V = TypeVar("V", bound=Hashable)


@dataclass(frozen=True)
class Agreement:
    """`units` calls were scored by two or more; `agreeing` is the plain share of agreeing pairs."""

    coefficient: float | None
    low: float | None
    high: float | None
    agreeing: float | None
    units: int


def cohen_kappa(
    pairs: Sequence[tuple[V, V]],
    categories: Sequence[V],
    *,
    weighing: Weighing = "none",
    disagreement: Callable[[V, V], float] | None = None,
    confidence: float = 0.95,
) -> Agreement:
    """Two reviewers' answers to the same calls, `categories` in their order; its interval is analytic, for many calls.

    `disagreement` replaces `weighing`: 0 on the diagonal. Source: Cohen, Psychological Bulletin 70 (1968), page 213:
    shares .44 .05 .01 / .07 .20 .03 / .09 .05 .06 → 0.492, with 1, 3 and 6 as disagreements 0.348. Standard error:
    Fleiss, Cohen, Everitt, Psychological Bulletin 72 (1969), page 323; Fleiss, Statistical Methods for Rates and
    Proportions, chapter 18: 75 1 4 / 5 4 1 / 0 0 10 → 0.68, standard error 0.087.
    Raises ValueError: an answer that is none of the categories.
    """
    place = {category: index for index, category in enumerate(categories)}
    if strange := {one for pair in pairs for one in pair} - place.keys():
        raise ValueError(f"not among the categories: {sorted(map(str, strange))}")
    n = len(pairs)
    if not n:
        return Agreement(None, None, None, None, 0)
    shares = {cell: count / n for cell, count in Counter((place[a], place[b]) for a, b in pairs).items()}
    weights = _weights(categories, weighing, disagreement)
    agreeing = sum(share for (row, column), share in shares.items() if row == column)
    kappa, error = _kappa(shares, weights, n)
    if kappa is None:
        return Agreement(None, None, None, agreeing, n)
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * error
    return Agreement(kappa, max(-1.0, kappa - reach), min(1.0, kappa + reach), agreeing, n)


def _weights(
    categories: Sequence[V], weighing: Weighing, disagreement: Callable[[V, V], float] | None
) -> list[list[float]]:
    """Agreement weights, 1 on the diagonal."""
    places = range(len(categories))
    if disagreement:
        parts = [[disagreement(a, b) for b in categories] for a in categories]
    else:
        power = {"none": 0, "linear": 1, "quadratic": 2}[weighing]
        parts = [[0.0 if a == b else float(abs(a - b)) ** power for b in places] for a in places]
    most = max((part for row in parts for part in row), default=0) or 1
    return [[1 - part / most for part in row] for row in parts]


def _kappa(
    shares: Mapping[tuple[int, int], float], weights: Sequence[Sequence[float]], n: int
) -> tuple[float | None, float]:
    """(kappa, its standard error)."""
    places = range(len(weights))
    rows = [sum(share for (row, _), share in shares.items() if row == one) for one in places]
    columns = [sum(share for (_, column), share in shares.items() if column == one) for one in places]
    observed = sum(share * weights[row][column] for (row, column), share in shares.items())
    expected = sum(rows[a] * columns[b] * weights[a][b] for a in places for b in places)
    if expected >= 1 - 1e-12:
        return None, 0.0
    kappa = (observed - expected) / (1 - expected)
    of_row = [sum(columns[b] * weights[a][b] for b in places) for a in places]
    of_column = [sum(rows[a] * weights[a][b] for a in places) for b in places]
    squares = sum(
        share * (weights[a][b] - (of_row[a] + of_column[b]) * (1 - kappa)) ** 2 for (a, b), share in shares.items()
    )
    spread = squares - (kappa - expected * (1 - kappa)) ** 2
    return kappa, math.sqrt(max(0.0, spread) / n) / (1 - expected)


Unit = Sequence[float | str | None]  # one call's answers, one of each reviewer; None: not scored by this one


def krippendorff_alpha(
    units: Sequence[Unit], level: Level = "nominal", *, confidence: float = 0.95, draws: int = 1000, seed: int = 1
) -> Agreement:
    """Any number of reviewers, with gaps; the interval is the bootstrap's over calls, the same for the same seed.

    Ordinal and interval answers are numbers, ordinal ones in their order. Calls with one answer do not count.
    Source: Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section E, 4 observers of 12 units:
    nominal 0.743, ordinal 0.815, interval 0.849. Raises ValueError: confidence or draws out of range.
    """
    if not (0 < confidence < 1 and draws >= 0):
        raise ValueError(f"confidence {confidence}, {draws} draws")
    scored = [[one for one in unit if one is not None] for unit in units]
    scored = [unit for unit in scored if len(unit) > 1]
    if not scored:
        return Agreement(None, None, None, None, 0)
    pairs = [a == b for unit in scored for a, b in combinations(unit, 2)]
    alpha, low, high = _alpha(scored, level, confidence, draws, seed)
    return Agreement(alpha, low, high, sum(pairs) / len(pairs), len(scored))


def _alpha(
    units: Sequence[Sequence[float | str]], level: Level, confidence: float, draws: int, seed: int
) -> tuple[float | None, float | None, float | None]:
    import numpy as np

    whole = float(_alphas(units, level, np.ones((1, len(units))))[0])
    if math.isnan(whole):
        return None, None, None
    if not draws or len(units) < 2:
        return whole, None, None
    equal = np.full(len(units), 1 / len(units))
    taken = np.random.default_rng(seed).multinomial(len(units), equal, size=draws)
    cells = draws * len({one for unit in units for one in unit}) ** 2
    blocks = np.array_split(taken.astype(np.float64), 1 + cells // MOST_CELLS)
    drawn = np.concatenate([_alphas(units, level, block) for block in blocks])
    drawn = np.where(np.isnan(drawn), 1.0, drawn)  # a draw of calls with one answer throughout: nobody disagreed
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    return whole, float(low), float(high)


def _alphas(
    units: Sequence[Sequence[float | str]], level: Level, taken: "NDArray[np.float64]"
) -> "NDArray[np.float64]":
    """An alpha for each row of how often each unit is taken; not a number where all answers are the same."""
    import numpy as np

    values, flat = _coincidences(units)
    together = (taken @ flat).reshape(-1, len(values), len(values))
    margins = together.sum(axis=2)
    if level == "ordinal":
        middles = np.cumsum(margins, axis=1) - margins / 2
        gaps = (middles[:, :, None] - middles[:, None, :]) ** 2
    elif level == "interval":
        scale = np.array(values, dtype=np.float64)
        gaps = ((scale[:, None] - scale[None, :]) ** 2)[None]
    else:
        gaps = (1 - np.eye(len(values)))[None]
    seen = (together * gaps).sum(axis=(1, 2))
    by_chance = (margins[:, :, None] * margins[:, None, :] * gaps).sum(axis=(1, 2)) / (margins.sum(axis=1) - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1 - seen / by_chance, dtype=np.float64)


def _coincidences(units: Sequence[Sequence[float | str]]) -> tuple[list[float | str], "NDArray[np.float64]"]:
    """(the values in order, for each unit a row of how often each pair of them coincides)."""
    import numpy as np

    values = sorted({one for unit in units for one in unit}, key=lambda one: (isinstance(one, str), one))
    place = {value: index for index, value in enumerate(values)}
    rows = np.zeros((len(units), len(values), len(values)))
    for row, unit in enumerate(units):
        counts = np.bincount([place[one] for one in unit], minlength=len(values))
        rows[row] = (np.outer(counts, counts) - np.diag(counts)) / (len(unit) - 1)
    return values, rows.reshape(len(units), -1)


@dataclass(frozen=True)
class Difference:
    """How far a reviewer lies from the others, in points of the score, over `calls`; no interval under two calls."""

    mean: float
    low: float | None
    high: float | None
    calls: int

    @property
    def is_shown(self) -> bool:
        """Chance alone does not explain it."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


def severity(scores: Sequence[Mapping[V, float]], reviewer: V, confidence: float = 0.95) -> Difference | None:
    """A reviewer's scores less the mean of the others' on the same calls; below 0 is stricter. None: no shared call.

    `scores`: for each call, reviewer → score. Leave-one-out: the reviewer is never compared with themselves.
    80 beside 90 and 70 beside 84 → -12, 95 % interval by Student's t.
    """
    gaps = _gaps(scores, reviewer)
    if not gaps:
        return None
    if len(gaps) < 2:
        return Difference(gaps[0], None, None, 1)
    return _difference(fmean(gaps), stdev(gaps) / math.sqrt(len(gaps)), len(gaps) - 1, len(gaps), confidence)


def drift(scores: Sequence[Mapping[V, float]], reviewer: V, confidence: float = 0.95) -> Difference | None:
    """How a reviewer's severity changed: that of the later half of the shared calls less that of the earlier half.

    `scores` in the order of time. Welch's interval (Biometrika 34 (1947), page 28). None: fewer than four shared calls.
    """
    gaps = _gaps(scores, reviewer)
    if len(gaps) < 4:
        return None
    early, late = gaps[: len(gaps) // 2], gaps[len(gaps) // 2 :]
    parts = [stdev(half) ** 2 / len(half) for half in (early, late)]
    error = math.sqrt(sum(parts))
    below = sum(part**2 / (len(half) - 1) for part, half in zip(parts, (early, late), strict=True))
    freedom = sum(parts) ** 2 / below if below else len(gaps) - 2
    return _difference(fmean(late) - fmean(early), error, freedom, len(gaps), confidence)


def _gaps(scores: Sequence[Mapping[V, float]], reviewer: V) -> list[float]:
    shared = [call for call in scores if reviewer in call and len(call) > 1]
    return [call[reviewer] - fmean(score for one, score in call.items() if one != reviewer) for call in shared]


def _difference(mean: float, error: float, freedom: float, calls: int, confidence: float) -> Difference:
    from scipy.special import stdtrit

    reach = float(stdtrit(freedom, (1 + confidence) / 2)) * error
    return Difference(mean, mean - reach, mean + reach, calls)
