"""The score of a review, with its arithmetic.

A yes gives its question's weight; a no gives nothing. *Cannot tell* gives nothing and stays in the denominator: what
could not be heard was not shown. *n/a* leaves the denominator, and so does a question that may be left open and was.
An option, a place on a scale or a number gives its share of the weight (`audits.domain.kinds`), rounded to hundredths.
What weighs 0 does not enter. A critical no fails, as the form says, its section, that then gives nothing, or the whole
form: it takes its weight and the form is 0 %. Where nothing is left to count there is no score.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from audits.domain import kinds
from audits.domain.kinds import CANNOT_TELL, NO, NOT_APPLICABLE, YES

__all__ = ["CANNOT_TELL", "NO", "NOT_APPLICABLE", "YES", "Score", "score"]

MINUS = "\N{MINUS SIGN}"
HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class Score:
    """Points of what could be had, and how they came about."""

    points: float  # whole numbers stay whole
    of: int
    percent: float | None  # None: nothing applied, so there is no score
    failed: bool  # a critical no fails the whole form
    critical: tuple[str, ...]  # questions with a critical no
    failed_sections: tuple[str, ...]
    said_all: bool | None  # every critical question that applied is a yes; None: none applied
    answered: int
    questions: int  # that are answered or have to be
    arithmetic: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"critical": list(self.critical), "failed_sections": list(self.failed_sections)}


def score(questions: Sequence[Mapping[str, Any]], answers: Mapping[str, str]) -> Score:
    """The score of these answers (question key → its answer; missing or empty: not answered yet).

    Weights 10, 10, 5 with yes and 10 with a critical no, of 65 in all: `10 + 10 + 5 - 10 = 15 of 65`,
    with a true minus sign. 4 on a scale from 1 to 5 that weighs 2 gives 1.5.
    """
    asked = [one for one in questions if answers.get(one["key"]) or kinds.is_required(one)]
    counted = [one for one in asked if not _is_left_out(one, answers)]
    critical = [one for one in counted if one["critical"] and answers.get(one["key"]) == NO]
    failed_sections = sorted({one["section"] for one in critical if one["fails"] == "section"})
    scored = [one for one in counted if one["weight"] and answers.get(one["key"])]
    terms = [_term(one, answers[one["key"]], failed_sections) for one in scored]
    points, of = sum(terms, Decimal(0)), sum(one["weight"] for one in counted)
    failed = any(one["fails"] == "form" for one in critical)
    return Score(
        points=_plain(points),
        of=of,
        percent=None if of == 0 else 0.0 if failed else round(float(max(Decimal(0), points) * 100 / of), 1),
        failed=failed,
        critical=tuple(one["key"] for one in critical),
        failed_sections=tuple(failed_sections),
        said_all=_said_all(counted, answers),
        answered=sum(1 for one in asked if answers.get(one["key"])),
        questions=len(asked),
        arithmetic=_arithmetic(terms, points, of),
    )


def _is_left_out(question: Mapping[str, Any], answers: Mapping[str, str]) -> bool:
    """n/a, of whatever kind; a text that reads so is a text."""
    return answers.get(question["key"]) == NOT_APPLICABLE and kinds.kind_of(question) != kinds.TEXT


def _term(question: Mapping[str, Any], answer: str, failed_sections: Sequence[str]) -> Decimal:
    weight: int = question["weight"]
    if question["section"] in failed_sections:
        return Decimal(0)
    if answer == NO and question["critical"]:
        return Decimal(-weight)
    part = weight * kinds.share(question, answer)
    return (Decimal(part.numerator) / part.denominator).quantize(HUNDREDTH, ROUND_HALF_UP)


def _said_all(counted: Sequence[Mapping[str, Any]], answers: Mapping[str, str]) -> bool | None:
    critical = [one for one in counted if one["critical"]]
    return all(answers.get(one["key"]) == YES for one in critical) if critical else None


def _arithmetic(terms: Sequence[Decimal], points: Decimal, of: int) -> str:
    if of == 0:
        return "nothing applied: no score"
    shown = "".join(f" {MINUS if term < 0 else '+'} {_plain(abs(term))}" for term in terms)
    first = shown.removeprefix(" + ") if not shown.startswith(f" {MINUS}") else shown.replace(" ", "", 2)
    total = f"{MINUS}{_plain(abs(points))}" if points < 0 else str(_plain(points))
    return f"{first} = {total} of {of}" if terms else f"0 of {of}"


def _plain(amount: Decimal) -> float:
    """Whole where it is whole: 2.50 → 2.5, 10.00 → 10."""
    return int(amount) if amount == int(amount) else float(amount)
