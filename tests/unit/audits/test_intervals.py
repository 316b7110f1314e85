"""Rates and their intervals, against published values, other computations and simulated draws."""

import subprocess
import sys
from itertools import product
from math import comb

import numpy as np
import pytest
from scipy import stats

from audits.domain.intervals import (
    at_most,
    exact_interval,
    lower_bound,
    population_interval,
    rate_of,
    upper_bound,
    wilson_interval,
)

# Newcombe (1998), table I, methods 3 and 5
WILSON = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
EXACT = [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)]


@pytest.mark.parametrize(("said", "n", "low", "high"), WILSON)
def test_the_interval_is_the_published_one(said, n, low, high):
    assert wilson_interval(said, n) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize(("said", "n", "low", "high"), EXACT)
def test_the_exact_interval_is_the_published_one(said, n, low, high):
    assert exact_interval(said, n) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize(("said", "n"), [(0, 1), (1, 1), (7, 9), (2000, 3000), (49, 50)])
def test_the_exact_interval_ends_where_the_beta_quantiles_are(said, n):
    low, high = exact_interval(said, n, 0.9)
    assert low == (pytest.approx(stats.beta.ppf(0.05, said, n - said + 1)) if said else 0)
    assert high == (pytest.approx(stats.beta.ppf(0.95, said + 1, n - said)) if said < n else 1)


def test_all_of_them_reach_up_to_one():
    low, high = wilson_interval(20, 20)
    assert high == 1.0
    assert low == pytest.approx(1 - 0.1611, abs=5e-5)


def test_under_thirty_calls_there_is_no_rate():
    assert rate_of(29, 29).rate is None
    assert rate_of(29, 29).low is None
    assert rate_of(30, 30).rate == 1.0


@pytest.mark.parametrize("interval", [wilson_interval, exact_interval])
@pytest.mark.parametrize(("said", "n", "confidence"), [(1, 0, 0.95), (3, 2, 0.95), (-1, 2, 0.95), (1, 2, 1.0)])
def test_counts_that_cannot_be_are_refused(interval, said, n, confidence):
    with pytest.raises(ValueError, match="of"):
        interval(said, n, confidence)


BOUNDS = [(0, 20, 0.139), (0, 60, 0.049), (1, 60, 0.077), (3, 60, 0.124), (12, 400, 0.048)]


@pytest.mark.parametrize(("deviations", "n", "bound"), BOUNDS)
def test_so_many_deviations_still_allow_this_rate(deviations, n, bound):
    assert upper_bound(deviations, n) == pytest.approx(bound, abs=5e-4)
    assert lower_bound(n - deviations, n) == pytest.approx(1 - bound, abs=5e-4)


def test_of_a_population_only_whole_calls_can_deviate():
    assert upper_bound(0, 45, population=100) == 0.04
    assert upper_bound(0, 44, population=100) == 0.05
    assert upper_bound(3, 100, population=100) == 0.03
    assert upper_bound(12, 400, population=5_000_000) == pytest.approx(upper_bound(12, 400), abs=1e-5)


@pytest.mark.parametrize("n", range(1, 13))
def test_in_a_small_population_the_bound_holds_against_every_number_of_deviations(n):
    for deviating in range(13):
        bounds = [upper_bound(k, n, population=12) * 12 for k in range(n + 1)]
        chances = [comb(deviating, k) * comb(12 - deviating, n - k) / comb(12, n) for k in range(n + 1)]
        missed = sum(chance for chance, bound in zip(chances, bounds, strict=True) if bound < deviating - 1e-9)
        assert missed <= 0.05 + 1e-9


@pytest.mark.parametrize(("k", "n", "deviating"), [(0, 45, 5), (3, 60, 40), (70, 80, 90), (10, 50, 10), (29, 80, 50)])
def test_the_chance_of_at_most_so_many_is_the_hypergeometric_one(k, n, deviating):
    expected = stats.hypergeom.cdf(k, 100, deviating, n)
    assert at_most(k, n, deviating=deviating, population=100) == pytest.approx(expected)


@pytest.mark.parametrize("population", [1, 5, 9])
def test_the_chance_is_the_counted_one_for_every_small_population(population):
    for n, deviating in product(range(population + 1), repeat=2):
        ways = [comb(deviating, k) * comb(population - deviating, n - k) for k in range(n + 1)]
        for k in range(n + 1):
            expected = pytest.approx(sum(ways[: k + 1]) / comb(population, n), abs=1e-12)
            assert at_most(k, n, deviating=deviating, population=population) == expected


def test_a_census_has_no_width():
    assert population_interval(5, 10, 10) == (0.5, 0.5)
    low, high = population_interval(5, 10, 1000)
    assert low < 0.5 < high


def test_more_calls_than_there_are_cannot_have_been_drawn():
    with pytest.raises(ValueError, match="11 calls of 10"):
        upper_bound(0, 11, population=10)


@pytest.mark.parametrize(("n", "rate"), [(30, 0.9), (60, 0.97), (60, 0.5), (200, 0.995), (400, 0.8)])
def test_the_exact_interval_covers_the_true_rate_in_ten_thousand_draws(n, rate):
    draws = np.random.default_rng(20).binomial(n, rate, size=10_000)
    ends = np.array([exact_interval(said, n) for said in range(n + 1)])
    assert np.mean((ends[draws, 0] <= rate) & (rate <= ends[draws, 1])) >= 0.94


def test_a_process_that_gives_no_exact_interval_loads_no_scipy():
    modules = ["intervals", "sizes", "stages", "claims", "estimators", "limits", "agreement"]
    said = (
        f"import sys; from audits.domain import {', '.join(modules)}; print(*({{'scipy', 'numpy'}} & {{*sys.modules}}))"
    )
    run = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
