"""Sizes of samples, what they show, and a second stage that was planned: against tables and counted-out chances."""

import math
from itertools import product

import pytest
from scipy import stats

from audits.domain.sizes import (
    Size,
    Standing,
    attribute_size,
    chance_of_pass,
    discovery_size,
    more_needed,
    smallest,
    standing,
)
from audits.domain.stages import chance_of_pass_in_two, two_stages

# AICPA, Audit Sampling, table A-1 (5 % risk): tolerable, expected, calls, deviations
TABLE = [
    (0.05, 0, 59, 0), (0.05, 0.005, 93, 1), (0.05, 0.01, 93, 1), (0.05, 0.0125, 124, 2), (0.05, 0.015, 124, 2),
    (0.05, 0.0175, 153, 3), (0.05, 0.02, 181, 4), (0.10, 0, 29, 0), (0.10, 0.02, 46, 1), (0.03, 0.01, 257, 3),
    (0.07, 0.01, 66, 1), (0.02, 0.005, 313, 2),
]  # fmt: skip


@pytest.mark.parametrize(("tolerable", "expected", "calls", "deviations"), TABLE)
def test_the_size_is_the_one_of_the_table(tolerable, expected, calls, deviations):
    found = attribute_size(tolerable_rate=tolerable, confidence=0.95, expected_rate=expected)
    assert found == Size(calls, deviations)


@pytest.mark.parametrize(("deviations", "calls"), [(0, 59), (1, 93), (2, 124), (3, 153)])
def test_under_five_percent_takes_so_many_calls(deviations, calls):
    assert smallest(deviations, 0.05, 0.05) == calls


@pytest.mark.parametrize(("population", "calls"), [(100, 45), (200, 51), (500, 56), (5_000_000, 59)])
def test_a_small_population_needs_fewer(population, calls):
    assert attribute_size(tolerable_rate=0.05, confidence=0.95, population=population) == Size(calls, 0)


def test_an_expected_rate_too_near_the_tolerable_one_is_refused():
    with pytest.raises(ValueError, match="too near"):
        attribute_size(tolerable_rate=0.05, confidence=0.95, expected_rate=0.0499)


@pytest.mark.parametrize("population", [1, 5, 10, 19])
def test_where_no_sample_shows_it_all_calls_are_heard(population):
    assert attribute_size(tolerable_rate=0.05, confidence=0.95, population=population).calls == population
    found = attribute_size(tolerable_rate=0.05, confidence=0.95, expected_rate=0.04, population=population)
    assert (found.calls, found.is_census) == (population, True)


def test_discovery_finds_one_in_a_hundred():
    assert discovery_size(rate=0.01, confidence=0.95) == 299
    assert discovery_size(rate=0.05, confidence=0.95) == math.ceil(math.log(0.05) / math.log(0.95)) == 59


@pytest.mark.parametrize(
    "wrong",
    [{"tolerable_rate": 0}, {"tolerable_rate": 1}, {"confidence": 1}, {"expected_rate": 0.05}, {"population": 0}],
)
def test_a_size_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"rate|population"):
        attribute_size(**{"tolerable_rate": 0.05, "confidence": 0.95} | wrong)


@pytest.mark.parametrize(
    ("deviations", "calls", "shows"),
    [(0, 59, "pass"), (0, 58, "open"), (1, 93, "pass"), (2, 93, "open"), (6, 59, "open"), (7, 59, "fail")],
)
def test_a_sample_passes_fails_or_shows_neither(deviations, calls, shows):
    assert standing(deviations, calls, tolerable_rate=0.05, confidence=0.95) == Standing(shows)


def test_a_census_always_passes_or_fails():
    shown = [standing(k, 100, tolerable_rate=0.05, confidence=0.95, population=100) for k in (4, 6)]
    assert shown == [Standing.PASS, Standing.FAIL]


def test_what_would_have_been_needed_is_counted_from_what_was_heard():
    assert more_needed(1, 60, tolerable_rate=0.05, confidence=0.95) == 33
    assert more_needed(0, 59, tolerable_rate=0.05, confidence=0.95) == 0
    assert more_needed(6, 60, tolerable_rate=0.05, confidence=0.95, population=100) is None


def test_two_looks_at_five_percent_each_pass_too_often():
    assert chance_of_pass_in_two(Size(60, 0), 93, 3, 0.05) == pytest.approx(0.081, abs=5e-4)


PLANS = [*product((0.02, 0.05, 0.1), (0.9, 0.95), (0.3, 0.5), ((0, 1), (0, 3), (1, 4)), (None,))]
SMALL = [*product((0.05, 0.1), (0.95,), (0.5,), ((0, 1), (0, 2)), (200, 500))]


@pytest.mark.parametrize(("tolerable", "confidence", "share", "allowed", "population"), [*PLANS, *SMALL])
def test_two_planned_stages_together_keep_the_stated_risk(tolerable, confidence, share, allowed, population):
    first, most = allowed
    plan = two_stages(
        tolerable_rate=tolerable, confidence=confidence, share_of_first=share,
        first_deviations=first, most=most, population=population,
    )  # fmt: skip
    assert _enumerated(plan, tolerable, population) == pytest.approx(plan.risk, abs=1e-9)
    assert plan.risk <= 1 - confidence
    assert chance_of_pass(first, plan.first.calls, tolerable, population) <= (1 - confidence) * share
    one_less = chance_of_pass_in_two(plan.first, plan.more - 1, most, tolerable, population)
    assert plan.more == 1 or one_less > 1 - confidence


def _enumerated(plan, rate, population):
    """The chance of a pass, added up over every pair of results that the two stages can have."""
    n, more = plan.first.calls, plan.more
    deviating = math.ceil(rate * population - 1e-9) if population else 0
    passed = 0.0
    for a in range(plan.most + 1):
        one = stats.hypergeom.pmf(a, population, deviating, n) if population else stats.binom.pmf(a, n, rate)
        if a <= plan.first.deviations:
            passed += one
            continue
        rest = range(plan.most - a + 1)
        if population:
            passed += one * sum(stats.hypergeom.pmf(b, population - n, deviating - a, more) for b in rest)
        else:
            passed += one * sum(stats.binom.pmf(b, more, rate) for b in rest)
    return passed


def test_two_stages_of_the_usual_plan():
    plan = two_stages(tolerable_rate=0.05, confidence=0.95)
    assert (plan.first, plan.more, plan.most, plan.calls) == (Size(72, 0), 26, 1, 98)
    assert plan.risk == pytest.approx(0.0498, abs=5e-5)


@pytest.mark.parametrize("wrong", [{"most": 0}, {"share_of_first": 1}, {"population": 10}, {"confidence": 0}])
def test_two_stages_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError, match=r"stage|share|calls"):
        two_stages(**{"tolerable_rate": 0.05, "confidence": 0.95} | wrong)
