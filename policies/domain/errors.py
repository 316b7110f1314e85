"""What can be wrong with a law file, a policy, a call to decide, or a token. Each text says how to mend it."""

from collections.abc import Sequence


class PolicyProblem(Exception):
    """Something that a person or a program can mend. `fields` names the places, as JSON pointers."""

    def __init__(self, detail: str, fields: Sequence[dict[str, str]] = ()) -> None:
        super().__init__(detail)
        self.fields = list(fields)


class PeriodUnreadable(PolicyProblem, ValueError):
    """A period that is no ISO 8601 duration of ours."""


class ConditionUnreadable(PolicyProblem, ValueError):
    """An `applies_when` that does not follow the grammar or leaves the closed set."""


class DocumentRefused(PolicyProblem, ValueError):
    """A policy document whose shape or sense is wrong."""


class LawRefused(PolicyProblem):
    """A law release with a wrong row: nothing of it was loaded."""


class UnknownLine(PolicyProblem, LookupError):
    """No line of business has this code, or not one that the asker may decide for."""


def unknown_line(code: str) -> UnknownLine:
    """The one answer for a line that does not exist and for one that belongs to others."""
    detail = f"No line of business has the code {code!r}. Use the code of one that you may see."
    return UnknownLine(detail, [{"pointer": "/line_of_business", "detail": detail}])


class NoPolicyInForce(PolicyProblem):
    """No published policy speaks for the call's line on its day."""


class DecisionTokenRefused(PolicyProblem):
    """The decision token was not made here, is too old, or belongs to another call."""


class VersionNotMovable(PolicyProblem):
    """The version is not in the state from which this step leads on."""


class SecondPersonNeeded(PolicyProblem):
    """The author of a version cannot be the one who approves it."""
