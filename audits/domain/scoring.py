"""The score of a review, with its arithmetic.

A yes gives its question's weight; a no gives nothing. *Cannot tell* gives nothing and stays in the denominator: what
could not be heard was not shown. *n/a* leaves the denominator. A critical no fails, as the form says, its section, that
then gives nothing, or the whole form: it takes its weight and the form is 0 %. Where nothing is left to count there is
no score.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

YES, NO, CANNOT_TELL, NOT_APPLICABLE = "yes", "no", "unknown", "na"
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Score:
    """Points of what could be had, and how they came about."""

    points: int
    of: int
    percent: float | None  # None: nothing applied, so there is no score
    failed: bool  # a critical no fails the whole form
    critical: tuple[str, ...]  # questions with a critical no
    failed_sections: tuple[str, ...]
    said_all: bool | None  # every critical question that applied is a yes; None: none applied
    answered: int
    questions: int
    arithmetic: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"critical": list(self.critical), "failed_sections": list(self.failed_sections)}


def score(questions: Sequence[Mapping[str, Any]], answers: Mapping[str, str]) -> Score:
    """The score of these answers (question key → yes, no, unknown, na; missing or empty: not answered yet).

    Weights 10, 10, 5 with yes and 10 with a critical no, of 65 in all: `10 + 10 + 5 - 10 = 15 of 65`,
    with a true minus sign.
    """
    counted = [one for one in questions if answers.get(one["key"]) != NOT_APPLICABLE]
    critical = [one for one in counted if one["critical"] and answers.get(one["key"]) == NO]
    failed_sections = sorted({one["section"] for one in critical if one["fails"] == "section"})
    answered = [one for one in counted if answers.get(one["key"])]
    terms = [_term(one, answers[one["key"]], failed_sections) for one in answered]
    points, of = sum(terms), sum(one["weight"] for one in counted)
    failed = any(one["fails"] == "form" for one in critical)
    return Score(
        points=points,
        of=of,
        percent=None if of == 0 else 0.0 if failed else round(max(0, points) * 100 / of, 1),
        failed=failed,
        critical=tuple(one["key"] for one in critical),
        failed_sections=tuple(failed_sections),
        said_all=_said_all(counted, answers),
        answered=sum(1 for one in questions if answers.get(one["key"])),
        questions=len(questions),
        arithmetic=_arithmetic(terms, points, of),
    )


def _term(question: Mapping[str, Any], answer: str, failed_sections: Sequence[str]) -> int:
    weight: int = question["weight"]
    if question["section"] in failed_sections:
        return 0
    if answer == NO and question["critical"]:
        return -weight
    return weight if answer == YES else 0


def _said_all(counted: Sequence[Mapping[str, Any]], answers: Mapping[str, str]) -> bool | None:
    critical = [one for one in counted if one["critical"]]
    return all(answers.get(one["key"]) == YES for one in critical) if critical else None


def _arithmetic(terms: Sequence[int], points: int, of: int) -> str:
    if of == 0:
        return "nothing applied: no score"
    shown = "".join(f" {MINUS if term < 0 else '+'} {abs(term)}" for term in terms)
    first = shown.removeprefix(" + ") if not shown.startswith(f" {MINUS}") else shown.replace(" ", "", 2)
    total = f"{MINUS}{abs(points)}" if points < 0 else str(points)
    return f"{first} = {total} of {of}" if terms else f"0 of {of}"
