"""The kinds of a question: which answers each takes, what they are worth, and how they read.

    yes_no   yes, no, cannot tell
    choice   "options": [{"key": "late", "text": "After the matter began", "share": 0.5}, …]
    scale    "low": 1, "high": 5, "low_words": "hard to follow", "high_words": "clear throughout"
    number   "least": 0, "most": 3600, "unit": "seconds", "accepted": [0, 60]
    text     what somebody writes

A share, from 0 to 1, is the part of the question's weight that an answer gives: an option's own; on a scale, its place
between the ends; of a number, all of it within `accepted`, else nothing. A text, and whatever weighs 0, is not scored.
*n/a* is an answer to any kind but a text, where the question takes it.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

YES_NO, CHOICE, SCALE, NUMBER, TEXT = "yes_no", "choice", "scale", "number", "text"
KINDS = (YES_NO, CHOICE, SCALE, NUMBER, TEXT)
YES, NO, CANNOT_TELL, NOT_APPLICABLE = "yes", "no", "unknown", "na"
WORDS = {YES: "Yes", NO: "No", CANNOT_TELL: "Cannot tell", NOT_APPLICABLE: "n/a"}
MEMBERS = {
    CHOICE: ("options",),
    SCALE: ("low", "high", "low_words", "high_words"),
    NUMBER: ("least", "most", "unit", "accepted"),
}
LONGEST_TEXT = 4000
MOST_OPTIONS = 9  # one digit each
MOST_STEPS = 11  # 0 to 10
NUMBER_FORM = re.compile(r"-?\d{1,9}(\.\d{1,3})?")
OPTION_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


def kind_of(question: Mapping[str, Any]) -> str:
    """A question that names no kind is one of yes and no."""
    return str(question.get("kind") or YES_NO)


def is_required(question: Mapping[str, Any]) -> bool:
    """Whether a review waits for its answer: a yes or no does, the other kinds where the form says so."""
    return bool(question.get("required", kind_of(question) == YES_NO))


def members(question: Mapping[str, Any]) -> dict[str, Any]:
    """What describes the question's kind, without what is left out."""
    return {name: question[name] for name in MEMBERS.get(kind_of(question), ()) if question.get(name) is not None}


def read(question: Mapping[str, Any], given: str) -> str:
    """The answer as it is stored; empty: none. Raises ValueError, whose words say what the question takes."""
    kind, text = kind_of(question), given.strip()
    if not text or (text == NOT_APPLICABLE and kind != TEXT):
        return text
    if kind == NUMBER:
        return _number(question, text)
    if kind == TEXT:
        return _written(text)
    if text not in (takes := answers_of(question)):
        raise ValueError(f"Answer one of {', '.join(takes)}.")
    return text


def answers_of(question: Mapping[str, Any]) -> dict[str, str]:
    """The answers to choose from with their words, without n/a; none for a number and a text."""
    kind = kind_of(question)
    if kind == CHOICE:
        return {option["key"]: option["text"] for option in question["options"]}
    if kind == SCALE:
        return {str(step): str(step) for step in range(question["low"], question["high"] + 1)}
    return {YES: "Yes", NO: "No", CANNOT_TELL: "Cannot tell"} if kind == YES_NO else {}


def words(question: Mapping[str, Any], value: str) -> str:
    """The answer as people read it: `40 seconds`, `4 of 5`, an option's text."""
    kind = kind_of(question)
    if not value or kind == TEXT:
        return value
    if value in WORDS and kind != CHOICE:
        return WORDS[value]
    if kind == SCALE:
        return f"{value} of {question['high']}"
    if kind == NUMBER:
        return f"{value} {question.get('unit', '')}".strip()
    return WORDS.get(value) or answers_of(question).get(value, value)


def takes(question: Mapping[str, Any]) -> str:
    """What a question of another kind than yes and no takes, in words; empty for yes and no."""
    kind, weighs = kind_of(question), bool(question.get("weight"))
    if kind == CHOICE:
        options = question["options"]
        return "One of: " + "; ".join(_option(one, weighs=weighs) for one in options)
    if kind == SCALE:
        return f"{question['low']} ({question['low_words']}) to {question['high']} ({question['high_words']})"
    if kind == NUMBER:
        unit = f", in {question['unit']}" if question.get("unit") else ""
        accepted = question.get("accepted")
        return f"A number{unit}" + (f"; {accepted[0]} to {accepted[1]} is accepted" if accepted else "")
    return "A text" if kind == TEXT else ""


def _option(option: Mapping[str, Any], *, weighs: bool) -> str:
    return f"{option['text']} ({float(option['share']):.0%})" if weighs else str(option["text"])


def share(question: Mapping[str, Any], value: str) -> Fraction:
    """The part of its weight that this answer gives, from 0 to 1."""
    kind = kind_of(question)
    if kind == CHOICE:
        shares = {option["key"]: option.get("share") or 0 for option in question["options"]}
        return Fraction(str(shares.get(value, 0)))
    if kind == SCALE:
        low, high = question["low"], question["high"]
        return Fraction(int(value) - low, high - low)
    if kind == NUMBER:
        least, most = question["accepted"]
        return Fraction(Decimal(str(least)) <= Decimal(value) <= Decimal(str(most)))
    return Fraction(value == YES)


def _number(question: Mapping[str, Any], text: str) -> str:
    if not NUMBER_FORM.fullmatch(text):
        raise ValueError("Write a number, such as 40 or 2.5.")
    number, least, most = Decimal(text), question.get("least"), question.get("most")
    if least is not None and number < Decimal(str(least)):
        raise ValueError(f"Write a number from {least}.")
    if most is not None and number > Decimal(str(most)):
        raise ValueError(f"Write a number up to {most}.")
    return f"{number.normalize():f}" if number else "0"


def _written(text: str) -> str:
    if "\0" in text:
        raise ValueError("Leave out the characters that cannot be read.")
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"Write at most {LONGEST_TEXT:,} characters.")
    return text
