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


class PolicyFileRefused(DocumentRefused):
    """A policy file that is no YAML or JSON of ours; the text says at which line."""


class VersionLaxerThanLaw(PolicyProblem):
    """The document asks for less than law does. `fields` name each point, its rule and the citation."""


class LawRefused(PolicyProblem):
    """A law release with a wrong row: nothing of it was loaded."""


class ExampleUnreadable(PolicyProblem, ValueError):
    """An example call that does not follow its grammar. `fields` names the column."""


class ReleaseNotMovable(PolicyProblem):
    """The law release is not in the state from which this step leads on, or its what-if report is missing."""


class OverrideRefused(PolicyProblem, ValueError):
    """An override that cannot stand: a column that the rule has not, or an example call that it would break."""


class OverrideNotMovable(PolicyProblem):
    """The override is not in the state from which this step leads on."""


class UnknownLine(PolicyProblem, LookupError):
    """No line of business has this code, or not one that the asker may decide for."""


def unknown_line(code: str) -> UnknownLine:
    """The one answer for a line that does not exist and for one that belongs to others."""
    detail = f"No line of business has the code {code!r}. Use the code of one that you may see."
    return UnknownLine(detail, [{"pointer": "/line_of_business", "detail": detail}])


class NoPolicyInForce(PolicyProblem):
    """No published policy speaks for the call's line on its day."""


class RulesUnsettled(PolicyProblem):
    """What governs was changed each time before the decision could be stored. Nothing was stored."""


class DecisionNotFound(PolicyProblem, LookupError):
    """No decision has this id, or one of a line that the asker may not see."""


class OutcomeContradicts(PolicyProblem):
    """Another outcome of this decision was told before."""


class OutcomeRefused(PolicyProblem, ValueError):
    """An outcome that cannot be: consent without its method, or of a party that is not on the call."""


class DecisionTokenRefused(PolicyProblem):
    """The decision token was not made here, is too old, or belongs to another call."""


class ImpactNotMovable(PolicyProblem):
    """The what-if report is not in the state from which this step leads on."""


class VersionNotMovable(PolicyProblem):
    """The version is not in the state from which this step leads on."""


class SecondPersonNeeded(PolicyProblem):
    """The author of a version cannot be the one who approves it."""
