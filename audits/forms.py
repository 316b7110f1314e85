"""What people fill in about plans, findings and reassignment."""

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.db.models import QuerySet

from accounts.models import LineOfBusiness, Role, User
from accounts.permissions import lines_of
from audits.domain.errors import Refused
from audits.models import AuditPlan, EvaluationForm, Per
from recordings.models import Recording


class Choices(forms.CheckboxSelectMultiple):
    """Boxes to tick, drawn as every other choice."""

    option_template_name = "audits/_choice.html"


class PlanForm(forms.Form):
    """A plan in the words of whoever makes it; its rules are the service's."""

    name = forms.CharField(max_length=120, help_text="As results and queues will name it.")
    lines = forms.ModelMultipleChoiceField(
        LineOfBusiness.objects.none(),
        label="Lines of business",
        widget=Choices,
        help_text="Calls of these lines can be drawn.",
    )
    direction = forms.ChoiceField(
        choices=[("", "Any"), *Recording.Direction.choices], required=False, label="Direction of the calls"
    )
    size = forms.IntegerField(
        min_value=1, max_value=10_000, label="Calls", help_text="Under 30 reviewed calls there is no rate."
    )
    per = forms.ChoiceField(
        choices=Per.choices,
        label="Counted for",
        help_text="An agent or a place gives all it has where that is less. Only calls of each draw give a rate.",
    )
    period_days = forms.IntegerField(
        min_value=1,
        max_value=366,
        label="Days between draws",
        help_text="Each draw covers the calls since the last one.",
    )
    due_working_days = forms.IntegerField(
        min_value=1,
        max_value=60,
        label="Due after working days",
        help_text="Monday to Friday, at 17:00 where the line is.",
    )
    reviewers = forms.ModelMultipleChoiceField(
        User.objects.none(),
        widget=Choices,
        help_text="Each drawn call goes to whoever of them has the fewest open reviews.",
    )
    form = forms.ModelChoiceField(EvaluationForm.objects.all(), label="Evaluation form", empty_label=None)
    is_active = forms.BooleanField(required=False, initial=True, label="Draws by itself, at 06:00")

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reach = lines_of(actor)
        lines = LineOfBusiness.objects.filter(retired_at=None).exclude(code=LineOfBusiness.UNASSIGNED)
        self.fields["lines"].queryset = lines if reach is None else lines.filter(pk__in=reach)  # type: ignore[attr-defined]
        self.fields["reviewers"].queryset = reviewers()  # type: ignore[attr-defined]

    def refuse(self, error: Refused) -> None:
        """Say beside each field what the service wants mended."""
        for field in error.fields or [{"pointer": "", "detail": str(error)}]:
            name = field["pointer"].lstrip("/")
            self.add_error(name if name in self.fields else NON_FIELD_ERRORS, field["detail"])


def plan_values(plan: AuditPlan) -> dict[str, Any]:
    """The plan as the form's first values."""
    names = ("name", "direction", "size", "per", "period_days", "due_working_days", "form", "is_active")
    lists = {"lines": list(plan.lines.all()), "reviewers": list(plan.reviewers.all())}
    return {name: getattr(plan, name) for name in names} | lists


class CloseForm(forms.Form):
    note = forms.CharField(
        max_length=4000,
        label="What was done about it",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Such as: spoken with the agent on 24 Nov, the script now says it first. Nobody changes it later.",
    )


class ReassignForm(forms.Form):
    reviewer = forms.ModelChoiceField(User.objects.none(), label="Give it to", empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reviewer"].queryset = reviewers()  # type: ignore[attr-defined]


def reviewers() -> QuerySet[User]:
    """People who review, by name."""
    people = User.objects.filter(role=Role.REVIEWER, is_active=True)
    return people.order_by("first_name", "last_name", "username")
