"""What each kind of question takes, what an answer is worth, and how it reads."""

import pytest

from audits.domain.kinds import read, takes, words
from audits.domain.scoring import score

BASE = {"section": "went", "weight": 10, "critical": False, "fails": "", "may_be_na": True}
SCALE = BASE | {"key": "clear", "kind": "scale", "low": 1, "high": 5, "low_words": "hard", "high_words": "easy"}
OPTIONS = [
    {"key": "early", "text": "Before the matter", "share": 1},
    {"key": "late", "text": "After it began", "share": 0.25},
    {"key": "never", "text": "Never", "share": 0},
]
CHOICE = BASE | {"key": "when", "kind": "choice", "options": OPTIONS}
NUMBER = BASE | {"key": "hold", "kind": "number", "least": 0, "most": 600, "unit": "seconds", "accepted": [0, 60]}
TEXT = BASE | {"key": "note", "kind": "text", "weight": 0, "may_be_na": False}
YES_NO = BASE | {"key": "said"}


@pytest.mark.parametrize(
    ("question", "given", "stored"),
    [
        (YES_NO, "unknown", "unknown"),
        (SCALE, " 5 ", "5"),
        (CHOICE, "late", "late"),
        (CHOICE, "na", "na"),
        (NUMBER, "040", "40"),
        (NUMBER, "2.50", "2.5"),
        (NUMBER, "100", "100"),
        (NUMBER, "-0", "0"),
        (NUMBER, "", ""),
        (TEXT, " na ", "na"),
    ],
)
def test_an_answer_is_stored_in_one_form(question, given, stored):
    assert read(question, given) == stored


@pytest.mark.parametrize(
    ("question", "given", "says"),
    [
        (YES_NO, "5", "Answer one of yes, no, unknown"),
        (SCALE, "6", "Answer one of 1, 2, 3, 4, 5"),
        (SCALE, "yes", "Answer one of 1"),
        (CHOICE, "Never", "Answer one of early, late, never"),
        (NUMBER, "soon", "Write a number"),
        (NUMBER, "1,000", "Write a number"),
        (NUMBER, "1e3", "Write a number"),
        (NUMBER, "-1", "from 0"),
        (NUMBER, "601", "up to 600"),
        (TEXT, "x" * 4001, "at most 4,000"),
        (TEXT, "a\0b", "cannot be read"),
    ],
)
def test_what_a_question_does_not_take_is_refused_in_words(question, given, says):
    with pytest.raises(ValueError, match=says):
        read(question, given)


@pytest.mark.parametrize(
    ("question", "answer", "arithmetic"),
    [
        (SCALE, "1", "0 = 0 of 10"),
        (SCALE, "4", "7.5 = 7.5 of 10"),
        (SCALE | {"high": 4}, "3", "6.67 = 6.67 of 10"),
        (CHOICE, "late", "2.5 = 2.5 of 10"),
        (NUMBER, "60", "10 = 10 of 10"),
        (NUMBER, "60.001", "0 = 0 of 10"),
        (SCALE, "na", "nothing applied: no score"),
        (SCALE, "", "nothing applied: no score"),
        (SCALE | {"required": True}, "", "0 of 10"),
        (TEXT, "Well done.", "nothing applied: no score"),
        (CHOICE | {"weight": 0}, "early", "nothing applied: no score"),
    ],
)
def test_an_answer_gives_its_share_of_the_weight(question, answer, arithmetic):
    assert score([question], {question["key"]: answer}).arithmetic == arithmetic


def test_all_kinds_add_up_in_one_sum():
    answers = {"said": "yes", "clear": "4", "when": "late", "hold": "90", "note": "no"}
    result = score([YES_NO, SCALE, CHOICE, NUMBER, TEXT], answers)
    assert result.arithmetic == "10 + 7.5 + 2.5 + 0 = 20 of 40"
    assert (result.points, result.percent, result.answered, result.questions) == (20, 50.0, 5, 5)
    assert result.critical == ()


def test_a_failed_section_takes_its_scales_along():
    critical = YES_NO | {"critical": True, "fails": "section"}
    assert score([critical, SCALE], {"said": "no", "clear": "5"}).arithmetic == "0 + 0 = 0 of 20"


@pytest.mark.parametrize(
    ("question", "value", "said"),
    [
        (YES_NO, "unknown", "Cannot tell"),
        (SCALE, "4", "4 of 5"),
        (CHOICE, "late", "After it began"),
        (CHOICE, "na", "n/a"),
        (NUMBER, "40", "40 seconds"),
        (TEXT, "no", "no"),
        (SCALE, "", ""),
    ],
)
def test_an_answer_reads_as_people_say_it(question, value, said):
    assert words(question, value) == said


def test_the_form_says_what_each_kind_takes():
    assert takes(SCALE) == "1 (hard) to 5 (easy)"
    assert takes(CHOICE) == "One of: Before the matter (100%); After it began (25%); Never (0%)"
    assert takes(CHOICE | {"weight": 0}) == "One of: Before the matter; After it began; Never"
    assert takes(NUMBER) == "A number, in seconds; 0 to 60 is accepted"
    assert (takes(TEXT), takes(YES_NO)) == ("A text", "")
