"""Rates and their intervals, against published values."""

import pytest

from audits.domain.intervals import rate_of, wilson_interval

# Newcombe (1998), table I, method 3
PUBLISHED = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]


@pytest.mark.parametrize(("said", "n", "low", "high"), PUBLISHED)
def test_the_interval_is_the_published_one(said, n, low, high):
    assert wilson_interval(said, n) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_all_of_them_reach_up_to_one():
    low, high = wilson_interval(20, 20)
    assert high == 1.0
    assert low == pytest.approx(1 - 0.1611, abs=5e-5)


def test_under_thirty_calls_there_is_no_rate():
    assert rate_of(29, 29).rate is None
    assert rate_of(29, 29).low is None
    assert rate_of(30, 30).rate == 1.0


@pytest.mark.parametrize(("said", "n", "confidence"), [(1, 0, 0.95), (3, 2, 0.95), (-1, 2, 0.95), (1, 2, 1.0)])
def test_counts_that_cannot_be_are_refused(said, n, confidence):
    with pytest.raises(ValueError, match="of"):
        wilson_interval(said, n, confidence)
