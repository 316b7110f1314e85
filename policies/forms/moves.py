"""What is filled in when a version moves on: why it goes back, when it begins, why it ends, when it is looked at."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import LineOfBusiness
from policies.domain.periods import a_year_after
from policies.forms.choices import CheckList

BEGINS = (("now", "From now on"), ("day", "From a day"), ("always", "Also for earlier calls that arrive late"))
REASON_ENOUGH = 10


def _reason(label: str, help_text: str = "An auditor reads this.") -> forms.CharField:
    say = "Say why, in ten letters or more."
    return forms.CharField(
        min_length=REASON_ENOUGH,
        max_length=1000,
        label=label,
        help_text=help_text,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": say, "min_length": say},
    )


class SendBackForm(forms.Form):
    reason = forms.CharField(
        max_length=1000, label="Why?", help_text="Its author reads this.", widget=forms.Textarea({"rows": 3})
    )


class PublishForm(forms.Form):
    """From when a version is in force; `report` is the what-if that stood on the page."""

    begins = forms.ChoiceField(label="In force", choices=BEGINS)
    day = forms.DateField(
        required=False,
        label="From this day",
        help_text="It begins with the day, in your time zone.",
        widget=forms.DateInput({"type": "date"}),
    )
    report = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, is_first: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not is_first:
            self.fields["begins"].choices = BEGINS[:2]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        day = values.get("day")
        if values.get("begins") == "day" and "day" not in self.errors:
            if not day:
                self.add_error("day", "Give the day from which it is in force.")
            elif day <= timezone.localdate():
                self.add_error("day", "Choose a later day, or from now on.")
        return values


class RetireForm(forms.Form):
    retirement_reason = _reason("Why should it end?")


class ConfirmForm(forms.Form):
    """That a version was looked at and stays as it is."""

    next_review_on = forms.DateField(
        label="Looked at again by", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("initial", {"next_review_on": a_year_after(timezone.localdate())})
        super().__init__(*args, **options)

    def clean_next_review_on(self) -> date:
        day: date = self.cleaned_data["next_review_on"]
        if day <= timezone.localdate():
            raise forms.ValidationError("Choose a later day.")
        return day


class CloneForm(forms.Form):
    """A policy of its own that begins as another one's version."""

    name = forms.CharField(max_length=120, label="Name of the new policy", help_text="Such as Home cover in Texas.")
    lines = forms.ModelMultipleChoiceField(LineOfBusiness.objects.none(), label="Lines of business", widget=CheckList)

    def __init__(self, *args: Any, lines: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["lines"].queryset = lines  # type: ignore[attr-defined]
