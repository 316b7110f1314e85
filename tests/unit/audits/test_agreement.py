"""Agreement and severity, against worked examples that were published."""

import numpy as np
import pytest
from scipy import stats

from audits.domain.agreement import cohen_kappa, drift, krippendorff_alpha, severity

_ = None
OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
    [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
]  # Krippendorff (2011)
UNITS = list(zip(*OBSERVERS, strict=True))


def pairs(table):
    return [(a, b) for a, row in enumerate(table) for b, count in enumerate(row) for _ in range(count)]


COHEN = pairs([[88, 10, 2], [14, 40, 6], [18, 10, 12]])  # Cohen (1968), 200 calls
FLEISS = pairs([[75, 1, 4], [5, 4, 1], [0, 0, 10]])


def test_kappa_is_the_published_one_with_its_standard_error():
    found = cohen_kappa(FLEISS, range(3))
    assert found.coefficient == pytest.approx(0.68, abs=5e-3)
    assert (found.high - found.low) / 2 / 1.959964 == pytest.approx(0.087, abs=1e-3)
    assert (found.agreeing, found.units) == (0.89, 100)


def test_weighted_kappa_is_the_published_one():
    apart = [[0, 1, 3], [1, 0, 6], [3, 6, 0]]
    assert cohen_kappa(COHEN, range(3)).coefficient == pytest.approx(0.492, abs=5e-4)
    weighted = cohen_kappa(COHEN, range(3), disagreement=lambda a, b: apart[a][b])
    assert weighted.coefficient == pytest.approx(0.348, abs=5e-4)
    assert weighted.low < 0.348 < weighted.high


def test_a_slip_to_the_next_category_weighs_less_than_one_across_the_scale():
    near = [(1, 2), (2, 2), (3, 3), (1, 1), (3, 2)]
    plain, linear, quadratic = (
        cohen_kappa(near, [1, 2, 3], weighing=one).coefficient for one in ("none", "linear", "quadratic")
    )
    assert plain < linear < quadratic
    a, b = np.array(near).T
    expected = 1 - np.mean((a - b) ** 2) / np.mean((a[:, None] - b[None, :]) ** 2)
    assert quadratic == pytest.approx(expected)


def test_of_yes_and_no_every_weighing_is_the_same():
    said = [("yes", "yes")] * 6 + [("yes", "no")] * 2 + [("no", "no")] * 3
    found = {cohen_kappa(said, ["yes", "no"], weighing=one).coefficient for one in ("none", "linear", "quadratic")}
    assert len({round(one, 12) for one in found}) == 1


def test_where_both_always_say_the_same_there_is_no_kappa():
    found = cohen_kappa([("yes", "yes")] * 9, ["yes", "no"])
    assert (found.coefficient, found.low, found.agreeing) == (None, None, 1.0)
    assert cohen_kappa([], ["yes", "no"]).units == 0


def test_an_answer_that_is_none_of_the_categories_is_refused():
    with pytest.raises(ValueError, match="maybe"):
        cohen_kappa([("yes", "maybe")], ["yes", "no"])


@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_is_the_published_one(level, alpha):
    found = krippendorff_alpha(UNITS, level)
    assert found.coefficient == pytest.approx(alpha, abs=5e-4)
    assert found.low < alpha < found.high <= 1
    assert found.units == 11
    assert found == krippendorff_alpha(UNITS, level)


def test_alpha_takes_words_where_they_have_no_order():
    words = {1: "a", 2: "b", 3: "c", 4: "d", 5: "e", None: None}
    named = [[words[one] for one in unit] for unit in UNITS]
    assert krippendorff_alpha(named).coefficient == pytest.approx(0.743, abs=5e-4)


def test_alpha_is_lost_where_all_answers_are_the_same_or_none_is_shared():
    assert krippendorff_alpha([("yes", "yes")] * 4).coefficient is None
    assert krippendorff_alpha([("yes", "yes")] * 4).agreeing == 1.0
    assert krippendorff_alpha([("yes", None), (None, "no")]).units == 0


def test_the_interval_of_alpha_covers_what_many_calls_show():
    random = np.random.default_rng(23)

    def scored(calls):
        true = random.random(calls) < 0.6
        return [[bool(one ^ (random.random() < 0.1)) * 1.0 for _ in range(2)] for one in true]

    truth = krippendorff_alpha(scored(20_000), draws=0).coefficient
    found = [krippendorff_alpha(scored(80), draws=300, seed=one) for one in range(200)]
    assert sum(one.low <= truth <= one.high for one in found) / 200 >= 0.88


SCORES = [{"a": 80, "b": 90, "c": 94}, {"a": 70, "b": 84}, {"b": 90, "c": 80}, {"a": 77, "c": 85}, {"a": 60}]


def test_a_stricter_reviewer_lies_below_the_others_on_the_same_calls():
    found = severity(SCORES, "a")
    gaps = [80 - 92, 70 - 84, 77 - 85]
    expected = stats.ttest_1samp(gaps, 0).confidence_interval(0.95)
    assert (found.mean, found.calls) == (pytest.approx(np.mean(gaps)), 3)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.is_shown


def test_one_shared_call_gives_no_interval_and_none_gives_nothing():
    found = severity([{"a": 80, "b": 90}], "a")
    assert (found.mean, found.low, found.is_shown) == (-10, None, False)
    assert severity([{"a": 60}], "a") is None


def test_a_reviewer_who_becomes_stricter_drifts():
    gaps = [1, -1, 0, 2, 0, -9, -11, -10, -8, -12]
    found = drift([{"a": 80 + gap, "b": 80} for gap in gaps], "a")
    expected = stats.ttest_ind(gaps[5:], gaps[:5], equal_var=False).confidence_interval(0.95)
    assert found.mean == pytest.approx(-10.4)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.is_shown
    assert drift([{"a": 80, "b": 80}] * 3, "a") is None
    assert drift([{"a": 80, "b": 80}] * 4, "a").mean == 0
