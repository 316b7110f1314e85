"""Funnel and control limits: published values, exact tails, and grey where calls are few."""

import numpy as np
import pytest
from scipy import stats

from audits.domain.limits import ACTION, WARNING, Standing, funnel_limits, standing, trend


def test_the_limits_of_twenty_calls():
    assert funnel_limits(0.5, 20, 0.95) == (0.3, 0.7)


@pytest.mark.parametrize("target", [0.0, 0.02, 0.5, 0.95, 1.0])
@pytest.mark.parametrize("n", [1, 30, 250])
@pytest.mark.parametrize("confidence", [WARNING, ACTION])
def test_beyond_either_limit_lies_at_most_half_of_the_risk_and_not_one_call_less(target, n, confidence):
    low, high = (round(end * n) for end in funnel_limits(target, n, confidence))
    half = (1 - confidence) / 2
    assert stats.binom.cdf(low - 1, n, target) <= half < stats.binom.cdf(low, n, target)
    assert stats.binom.sf(high, n, target) <= half < stats.binom.sf(high - 1, n, target)


@pytest.mark.parametrize(
    ("said", "n", "place"),
    [(0, 29, "too few"), (95, 100, "within"), (88, 100, "warning"), (86, 100, "action"), (100, 100, "warning")],
)
def test_an_agent_stands_within_or_beyond_the_limits(said, n, place):
    assert standing(said, n, 0.95) == Standing(place)


def test_the_control_limits_are_the_published_ones():
    """Montgomery, chapter 7: 347 of 30 samples of 50."""
    found = trend([(12, 50)] * 17 + [(11, 50)] * 13)
    assert found.center == pytest.approx(0.2313, abs=5e-5)
    assert (found.periods[0].low, found.periods[0].high) == pytest.approx((0.0524, 0.4102), abs=5e-5)
    assert not found.is_overdispersed


def test_a_week_beyond_three_deviations_is_outside():
    found = trend([*[(95, 100)] * 11, (78, 100)])
    assert [one.is_outside for one in found.periods] == [False] * 11 + [True]


def test_weeks_that_scatter_more_than_chance_get_wider_limits():
    counts = [(1800, 2000), (1900, 2000), (1790, 2000), (1910, 2000), (1805, 2000), (1895, 2000)]
    found = trend(counts)
    z = [(said / 2000 - found.center) / (found.center * (1 - found.center) / 2000) ** 0.5 for said, _ in counts]
    assert found.is_overdispersed
    assert found.sigma == pytest.approx(np.mean(np.abs(np.diff(z))) / 1.128)
    assert not any(one.is_outside for one in found.periods)


def test_few_calls_are_grey_and_never_outside():
    found = trend([(95, 100), (0, 29), (0, 0), (96, 100)])
    assert [one.is_grey for one in found.periods] == [False, True, True, False]
    assert not any(one.is_outside for one in found.periods)
    assert found.periods[2].rate is None


def test_where_all_said_so_no_week_is_outside():
    assert not any(one.is_outside for one in trend([(50, 50)] * 5).periods)


def test_without_calls_there_is_no_trend():
    assert trend([]) is None
    assert trend([(0, 0)]) is None


@pytest.mark.parametrize(("target", "n", "confidence"), [(1.1, 5, 0.95), (0.5, 0, 0.95), (0.5, 5, 1.0)])
def test_limits_that_cannot_be_are_refused(target, n, confidence):
    with pytest.raises(ValueError, match="target"):
        funnel_limits(target, n, confidence)
