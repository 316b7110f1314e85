"""What can be wrong about plans, samples, reviews and findings."""

from datetime import datetime
from uuid import UUID


class Refused(Exception):
    """Something about the request has to be mended first; `fields` says what, one entry a field."""

    def __init__(self, detail: str, fields: list[dict[str, str]] | None = None) -> None:
        super().__init__(detail)
        self.fields = fields or []


class FormRefused(Refused):
    """The document of a form version does not have the shape of a form."""


class PlanRefused(Refused):
    """The plan cannot be as it was asked for."""


class NothingToDraw(Exception):
    """No call of this plan lies in the period."""

    def __init__(self, period_from: datetime, period_to: datetime) -> None:
        super().__init__(
            f"No call of this plan is stored from {period_from:%d %b %Y %H:%M} to {period_to:%d %b %Y %H:%M} UTC. "
            "Wait for calls, or choose other lines."
        )


class NobodyToReview(Exception):
    """No active reviewer of the plan sees a line whose calls are drawn."""

    def __init__(self, line: str) -> None:
        super().__init__(f"No active reviewer of this plan sees {line}. Choose one for the plan; then it draws.")


class PeriodDrawn(Exception):
    """This plan has drawn this period already."""

    def __init__(self, period_from: datetime) -> None:
        super().__init__(f"The period from {period_from:%d %b %Y %H:%M} UTC was drawn already; its sample stands.")


class PlanNotFound(LookupError):
    """No such plan that the actor may know of."""


class SampleNotFound(LookupError):
    """No such sample that the actor may know of."""


class AssignmentNotFound(LookupError):
    """No such assignment that the actor may know of."""


class NotYourReview(Exception):
    """The call is somebody else's to review."""

    def __init__(self, name: str, until: datetime | None) -> None:
        super().__init__(
            f"{name} has this call until {until:%H:%M} UTC." if until else f"This call is assigned to {name}."
        )
        self.name, self.until = name, until


class AssignmentClosed(Exception):
    """The assignment is submitted, replaced or gone: there is nothing to do on it any more."""

    def __init__(self, state: str) -> None:
        super().__init__(f"This assignment is closed: {state}. Go on with the next one.")
        self.state = state


class CallUnavailable(Exception):
    """The call was destroyed or quarantined since it was drawn, so it cannot be heard."""

    def __init__(self, recording_id: UUID) -> None:
        super().__init__("This call is no longer there to be heard. The next in the draw takes its place.")
        self.recording_id = recording_id


class AnswerRefused(Refused):
    """The answer does not fit its question."""


class AnswerSuperseded(Exception):
    """A newer answer is stored, or another one under the same revision: probably a second tab."""

    def __init__(self, revision: int) -> None:
        super().__init__(f"A newer answer is stored, revision {revision}. Load the review again and answer from there.")
        self.revision = revision


class ReviewIncomplete(Refused):
    """Some questions are not answered, or a critical no lacks its comment or moment."""


class ReviewSubmitted(Exception):
    """The review was submitted; its answers are closed."""

    def __init__(self) -> None:
        super().__init__("This review is submitted. Undo the submission within ten seconds, or leave it as it is.")


class ReviewFinal(Exception):
    """The ten seconds of undo are over."""

    def __init__(self) -> None:
        super().__init__("Ten seconds have passed since the submission; from then on the review never changes.")


class ReassignmentRefused(Refused):
    """The assignment cannot go to this person."""


class FindingNotFound(LookupError):
    """No such finding that the actor may know of."""


class FindingClosed(Exception):
    """The finding is not open any more."""

    def __init__(self) -> None:
        super().__init__("This finding is closed already; its note stands.")


class FindingRefused(Refused):
    """The finding cannot be closed like this."""
