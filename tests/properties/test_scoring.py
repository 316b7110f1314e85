"""What holds for every form and every set of answers."""

from decimal import Decimal

from hypothesis import given
from hypothesis.strategies import booleans, composite, integers, lists, sampled_from

from audits.domain.intervals import wilson_interval
from audits.domain.scoring import score

VALUES = ["yes", "no", "unknown", "na", ""]
OPTIONS = [{"key": f"o{n}", "text": f"Option {n}", "share": share} for n, share in enumerate((0, 0.3, 0.5, 1))]
OTHERS = [
    ({"kind": "scale", "low": 0, "high": 7}, ["0", "3", "7", "na", ""]),
    ({"kind": "choice", "options": OPTIONS}, ["o0", "o1", "o2", "o3", "na", ""]),
    ({"kind": "number", "accepted": [0, 60]}, ["0", "60", "60.5", "na", ""]),
]


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
    for number in range(draw(integers(0, 4))):
        kind, values = draw(sampled_from(OTHERS))
        about = {"section": draw(sampled_from(["said", "led"])), "critical": False, "fails": "", **kind}
        asked.append({"key": f"other{number}", "weight": draw(integers(0, 20)), "required": draw(booleans()), **about})
        answers[f"other{number}"] = draw(sampled_from(values))
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
def test_the_printed_terms_add_up_to_the_printed_points(review):
    result = score(*review)
    if " = " in result.arithmetic:
        terms, points = result.arithmetic.split(" of ")[0].replace("\N{MINUS SIGN}", "-").split(" = ")
        assert sum(map(Decimal, terms.replace("- ", "-").replace("+ ", "").split())) == Decimal(points)


@given(reviews(), sampled_from(OTHERS), integers(0, 20))
def test_what_may_be_left_open_and_is_changes_nothing(review, other, weight):
    asked, answers = review
    more = {"key": "extra", "weight": weight, "critical": False, "fails": "", "section": "said", "required": False}
    assert score([*asked, more | other[0]], answers) == score(asked, answers)


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
