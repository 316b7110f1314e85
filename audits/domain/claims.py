"""Which samples may be called 95 %: those whose every stage was fixed before the first result of any was known.

A stated confidence belongs to a procedure, not to the calls at hand. A sample that was topped up because of what it
showed, or whose stages did not share one risk, has no confidence that could be stated, however many calls it has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Stage:
    """Calls drawn together. `planned`: so many calls, fixed at `planned_at`; None where the plan does not have it."""

    drawn: int
    reviewed: int
    planned: int | None
    planned_at: datetime | None
    is_random: bool = True  # in the seed's order; not chosen by risk or by hand


@dataclass(frozen=True)
class Claim:
    """The confidence that may be stated; None with the reason, a sentence for people."""

    confidence: float | None
    reason: str


def claim(
    stages: Sequence[Stage], *, confidence: float, first_result_at: datetime | None, risk: float | None = None
) -> Claim:
    """What may be said of these stages together.

    `first_result_at`: when the first review of any of them was submitted; None: not yet. `risk`: of a wrong pass by the
    stages together, as planned (`audits.domain.stages`); needed where there are two or more.
    """
    for reason in (
        _is_not_drawn(stages),
        _was_not_planned(stages, first_result_at),
        _does_not_share_the_risk(stages, confidence, risk),
        _is_not_heard(stages),
    ):
        if reason:
            return Claim(None, reason)
    return Claim(confidence, "Every stage was planned before the first result was known.")


def _is_not_drawn(stages: Sequence[Stage]) -> str:
    if not any(stage.drawn for stage in stages):
        return "No call was drawn."
    return "" if all(stage.is_random for stage in stages) else "Some of these calls were chosen, not drawn at random."


def _was_not_planned(stages: Sequence[Stage], first_result_at: datetime | None) -> str:
    for stage in stages:
        if stage.planned is None or stage.planned_at is None:
            return "It was topped up without a plan: a new sample can be given a confidence, this one cannot."
        if first_result_at is not None and stage.planned_at >= first_result_at:
            return "A stage was planned after the first result was known: that is a top-up, not a plan."
        if stage.drawn > stage.planned:
            return f"{stage.drawn} calls were drawn where {stage.planned} were planned."
    return ""


def _does_not_share_the_risk(stages: Sequence[Stage], confidence: float, risk: float | None) -> str:
    if len(stages) < 2:
        return ""
    if risk is None:
        return "Its stages did not share one risk when they were planned."
    is_within = risk <= 1 - confidence + 1e-12
    return (
        "" if is_within else f"Its stages together risk {100 * risk:.1f} %, more than {100 * (1 - confidence):.1f} %."
    )


def _is_not_heard(stages: Sequence[Stage]) -> str:
    left = sum(stage.drawn - stage.reviewed for stage in stages)
    return f"{left} drawn calls are not reviewed yet." if left > 0 else ""
