"""Stratified and weighted rates: published values, honest small strata, and coverage in simulated draws."""

from collections import Counter

import numpy as np
import pytest

from audits.domain.estimators import Stratum, stratified_rate, weighted_rate
from audits.domain.intervals import exact_interval


def test_the_rate_and_its_variance_are_the_published_ones():
    """Scheaffer, Mendenhall, Ott, chapter 5."""
    found = stratified_rate([Stratum(155, 20, 20, 16), Stratum(62, 8, 8, 2), Stratum(93, 12, 12, 6)])
    assert found.rate == pytest.approx(0.60)
    assert found.variance == pytest.approx(0.0045, abs=5e-5)
    assert found.low < 0.60 < found.high


def test_a_subgroup_is_counted_at_what_its_calls_stand_for():
    found = stratified_rate([Stratum(1000, 10, 4, 3), Stratum(100, 10, 5, 5)])
    assert found.calls == 450
    assert found.rate == pytest.approx((300 + 50) / 450)
    own = [1000**2 * 0.99 * (4 * 3 / 16 + 4 * 0.6 * (3 / 4 - 7 / 9) ** 2) / 90, 100**2 * 0.9 * 2.5 * (2 / 9) ** 2 / 90]
    assert found.variance == pytest.approx(sum(own) / 450**2)


def test_three_calls_that_all_said_so_do_not_show_that_all_did():
    found = stratified_rate([Stratum(1000, 3, 3, 3), Stratum(1000, 3, 3, 3)])
    assert (found.rate, found.variance, found.high) == (1, 0, 1)
    assert found.low < 0.6


def test_of_a_single_call_no_variance_can_be_told():
    found = stratified_rate([Stratum(1000, 40, 40, 38), Stratum(50, 1, 1, 1)])
    assert found.variance is None
    assert found.low < found.rate < found.high


def test_where_every_call_was_heard_the_rate_has_no_width():
    found = stratified_rate([Stratum(10, 10, 10, 9), Stratum(5, 5, 5, 5)])
    assert found.low == found.rate == found.high == pytest.approx(14 / 15)
    assert found.variance == 0


def test_a_stratum_without_a_reviewed_call_leaves_no_rate_and_may_be_anything():
    found = stratified_rate([Stratum(900, 60, 60, 57), Stratum(100, 0, 0, 0)])
    assert found.rate is None
    assert found.reached == 0.9
    assert found.low < 0.9 * 0.95 < 0.9 * 0.95 + 0.1 < found.high


def test_without_a_belonging_call_anything_may_be_true():
    found = stratified_rate([Stratum(900, 60, 0, 0)])
    assert (found.rate, found.low, found.high, found.counted) == (None, 0.0, 1.0, 0)


def test_strata_where_nothing_belongs_do_not_widen_the_interval():
    alone = stratified_rate([Stratum(900, 60, 60, 50)])
    beside = stratified_rate([Stratum(900, 60, 60, 50), Stratum(9000, 60, 0, 0)])
    assert (beside.low, beside.high, beside.rate) == (alone.low, alone.high, alone.rate)


@pytest.mark.parametrize("counts", [(10, 11, 1, 1), (10, 5, 6, 1), (10, 5, 5, 6), (0, 0, 0, 0)])
def test_counts_that_cannot_be_are_refused(counts):
    with pytest.raises(ValueError, match="of"):
        Stratum(*counts)


# sizes, draws and true rates of the strata
DESIGNS = [
    ((5000, 1000, 200), (60, 20, 10), (0.95, 0.9, 0.7)),
    ((100_000, 5000), (50, 50), (0.97, 0.6)),
    ((1000,) * 6, (3,) * 6, (0.9, 0.95, 0.85, 0.99, 0.8, 0.7)),
    ((900, 90, 9), (30, 9, 1), (0.9, 0.9, 0.9)),
    ((1000, 1000), (50, 50), (0.5, 0.5)),
    ((10_000, 100), (10, 90), (0.9, 0.5)),
    ((5000, 5000), (200, 200), (0.999, 0.99)),
]


@pytest.mark.parametrize(("sizes", "draws", "rates"), DESIGNS)
def test_the_stratified_interval_covers_the_true_rate_in_ten_thousand_draws(sizes, draws, rates):
    random = np.random.default_rng(21)
    yes = [round(size * rate) for size, rate in zip(sizes, rates, strict=True)]
    parts = zip(yes, sizes, draws, strict=True)
    said = np.stack([random.hypergeometric(one, size - one, n, size=10_000) for one, size, n in parts], axis=1)
    covered = 0
    for row, times in Counter(map(tuple, said.tolist())).items():
        found = stratified_rate([Stratum(size, n, n, one) for size, n, one in zip(sizes, draws, row, strict=True)])
        covered += times * (found.low <= sum(yes) / sum(sizes) <= found.high)
    assert covered / 10_000 >= 0.94


def test_the_interval_of_a_subgroup_covers_its_true_rate():
    random = np.random.default_rng(22)
    sizes, draws, shares = (4000, 800), (80, 40), ((0.4, 0.35, 0.25), (0.1, 0.15, 0.75))  # yes, no, does not belong
    parts = zip(sizes, draws, shares, strict=True)
    drawn = [
        random.multivariate_hypergeometric([round(size * s) for s in share], n, size=2000) for size, n, share in parts
    ]
    truth = (4000 * 0.4 + 800 * 0.1) / (4000 * 0.75 + 800 * 0.25)
    covered = 0
    for one, other in zip(*drawn, strict=True):
        found = stratified_rate(
            [
                Stratum(size, n, int(y + no), int(y))
                for size, n, (y, no, _) in zip(sizes, draws, (one, other), strict=True)
            ]
        )
        covered += found.low <= truth <= found.high
    assert covered / 2000 >= 0.94


def test_weights_say_what_a_call_stands_for():
    found = weighted_rate([1, 1, 2], [True, False, True])
    assert found.rate == 0.75
    assert found.variance == pytest.approx(0.0820, abs=5e-5)
    assert found.effective_n <= 16 / 6
    assert weighted_rate([3, 3], [True, True]).effective_n == 2


def test_equal_weights_give_nearly_the_plain_interval():
    found = weighted_rate([2.0] * 100, [True] * 90 + [False] * 10)
    assert (found.low, found.high) == pytest.approx(exact_interval(90, 100), abs=2e-3)


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [1]])
def test_weights_that_cannot_be_are_refused(weights):
    with pytest.raises(ValueError, match="weights that sum to"):
        weighted_rate(weights, [True, True] if weights else [])
