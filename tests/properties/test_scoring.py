"""What holds for every form and every set of answers."""

from hypothesis import given
from hypothesis.strategies import booleans, composite, integers, lists, sampled_from

from audits.domain.intervals import wilson_interval
from audits.domain.scoring import score

VALUES = ["yes", "no", "unknown", "na", ""]


@composite
def reviews(draw):
    asked, answers = [], {}
    for number in range(draw(integers(1, 12))):
        fails = draw(sampled_from(["", "", "section", "form"]))
        section = draw(sampled_from(["said", "led"]))
        weight = draw(integers(0, 20))
        asked.append(
            {"key": f"q{number}", "weight": weight, "critical": bool(fails), "fails": fails, "section": section}
        )
        answers[f"q{number}"] = draw(sampled_from(VALUES))
    return asked, answers


@given(reviews(), lists(booleans(), max_size=5), integers(0, 50))
def test_questions_that_do_not_apply_change_nothing(review, criticals, weight):
    asked, answers = review
    more = [
        {
            "key": f"extra{n}",
            "weight": weight,
            "critical": critical,
            "fails": "form" if critical else "",
            "section": "said",
        }
        for n, critical in enumerate(criticals)
    ]
    before = score(asked, answers)
    after = score([*asked, *more], answers | {question["key"]: "na" for question in more})
    assert (after.points, after.of, after.percent) == (before.points, before.of, before.percent)
    assert (after.failed, after.said_all, after.arithmetic) == (before.failed, before.said_all, before.arithmetic)


@given(reviews())
def test_a_percent_lies_between_nothing_and_all(review):
    result = score(*review)
    assert result.percent is None or 0 <= result.percent <= 100
    assert (result.percent is None) == (result.of == 0)


@given(reviews())
def test_the_order_of_questions_changes_no_points(review):
    asked, answers = review
    before, after = score(asked, answers), score(asked[::-1], answers)
    assert (before.points, before.of, before.percent) == (after.points, after.of, after.percent)


@given(reviews())
def test_a_better_answer_never_gives_less(review):
    asked, answers = review
    before = score(asked, answers)
    for question in asked:
        if answers[question["key"]] in {"no", "unknown"}:
            after = score(asked, answers | {question["key"]: "yes"})
            assert after.points >= before.points or after.percent is not None
            assert (after.percent or 0) >= (before.percent or 0)


@given(integers(1, 3000), integers(0, 3000))
def test_the_interval_holds_the_rate_and_stays_within_nothing_and_all(n, said):
    said = min(said, n)
    low, high = wilson_interval(said, n)
    assert 0 <= low <= said / n <= high <= 1
