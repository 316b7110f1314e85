"""A call to try."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from accounts.models import LineOfBusiness
from policies.domain.calls import DIRECTIONS, MEDIA, PURPOSES
from policies.domain.conditions import FACTS
from policies.domain.places import international, is_place
from policies.forms.choices import said


class TryForm(forms.Form):
    """A call to try. A party is a number with its country code, or a place."""

    direction = forms.ChoiceField(choices=said({}, DIRECTIONS), widget=forms.RadioSelect, initial="outbound")
    medium = forms.ChoiceField(choices=said({"in_person": "In person"}, MEDIA), initial="phone")
    line = forms.ModelChoiceField(
        LineOfBusiness.objects.none(), label="Line of business", to_field_name="code", empty_label=None
    )
    sector = forms.ChoiceField(required=False)
    channel = forms.ChoiceField(required=False)
    entity = forms.ChoiceField(required=False, label="What we are")
    purpose = forms.ChoiceField(
        required=False, choices=[("", "All that the policy allows"), *said({}, tuple(PURPOSES))]
    )
    customer = forms.CharField(
        required=False, max_length=64, help_text="A number, or a place such as US-FL. Empty: unknown"
    )
    agent = forms.CharField(required=False, max_length=64, initial="US-TX", help_text="A place, or a number")
    third = forms.CharField(
        required=False, max_length=64, label="Third party", help_text="Leave empty if there is none"
    )
    day = forms.DateField(required=False, label="Day of the call", widget=forms.DateInput({"type": "date"}))
    version = forms.ChoiceField(required=False, label="Policy", help_text="A draft can be tried before it is published")

    def __init__(self, *args: Any, lines: Any, versions: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["line"].queryset = lines  # type: ignore[attr-defined]
        for key in ("sector", "channel", "entity"):
            words = said({}, sorted(FACTS[key]))
            self.fields[key].choices = [("", "Not said"), *words]  # type: ignore[attr-defined]
        self.fields["version"].choices = [("", "In force on that day"), *versions]  # type: ignore[attr-defined]

    def clean_customer(self) -> str:
        return self._party("customer")

    def clean_agent(self) -> str:
        return self._party("agent")

    def clean_third(self) -> str:
        return self._party("third")

    def clean_day(self) -> date | None:
        day: date | None = self.cleaned_data["day"]
        if day and not 1970 <= day.year < 2200:
            raise forms.ValidationError("Write a day from 1970 to 2199.")
        return day

    def _party(self, name: str) -> str:
        text = str(self.cleaned_data[name]).strip()
        if not text or is_place(text.upper()):
            return text.upper()
        if not international(text):
            raise forms.ValidationError(
                "Write a number with its country code, such as +1 813-555-0142, or a place such as US-FL."
            )
        return text
