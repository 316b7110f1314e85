"""The score's arithmetic."""

from audits.domain.scoring import score


def question(key, weight=10, *, critical=False, fails="", section="said"):
    return {
        "key": key,
        "weight": weight,
        "critical": critical,
        "fails": fails or ("form" if critical else ""),
        "section": section,
    }


def test_the_arithmetic_is_shown_as_it_is_counted():
    # given eight questions that weigh 65, of which four are answered, one with a critical no
    asked = [
        question("recording", critical=True),
        question("purpose"),
        question("retention", 5),
        question("refusal", critical=True),
        *(question(f"later-{number}", 5) for number in range(6)),
    ]
    # when they are scored
    result = score(asked, {"recording": "yes", "purpose": "yes", "retention": "yes", "refusal": "no"})
    # then the sum names every term
    assert result.arithmetic == "10 + 10 + 5 \N{MINUS SIGN} 10 = 15 of 65"
    assert (result.points, result.of, result.answered, result.questions) == (15, 65, 4, 10)


def test_a_critical_no_fails_the_whole_form():
    result = score([question("recording", critical=True), question("purpose")], {"recording": "no", "purpose": "yes"})
    assert result.failed
    assert result.percent == 0.0
    assert result.critical == ("recording",)
    assert result.said_all is False


def test_a_critical_no_of_a_section_leaves_the_other_sections_their_points():
    asked = [
        question("recording", critical=True, fails="section", section="said"),
        question("purpose", section="said"),
        question("polite", 20, section="led"),
    ]
    result = score(asked, {"recording": "no", "purpose": "yes", "polite": "yes"})
    assert not result.failed
    assert result.failed_sections == ("said",)
    assert result.arithmetic == "0 + 0 + 20 = 20 of 40"
    assert result.percent == 50.0


def test_what_does_not_apply_leaves_the_denominator():
    asked = [question("recording"), question("late_joiner")]
    assert score(asked, {"recording": "yes", "late_joiner": "na"}).percent == 100.0


def test_where_nothing_applies_there_is_no_score():
    result = score([question("late_joiner", critical=True)], {"late_joiner": "na"})
    assert result.percent is None
    assert result.said_all is None
    assert result.arithmetic == "nothing applied: no score"


def test_what_cannot_be_told_was_not_shown():
    result = score(
        [question("recording", critical=True), question("purpose")], {"recording": "unknown", "purpose": "yes"}
    )
    assert result.percent == 50.0
    assert not result.failed
    assert result.said_all is False


def test_a_sum_that_begins_below_nothing_says_so():
    result = score(
        [question("recording", critical=True), question("purpose", 5)], {"recording": "no", "purpose": "yes"}
    )
    assert result.arithmetic == "\N{MINUS SIGN}10 + 5 = \N{MINUS SIGN}5 of 15"
