"""What is filled in when a version moves on: why it goes back, when it begins."""

from typing import Any

from django import forms


class SendBackForm(forms.Form):
    reason = forms.CharField(max_length=1000, label="Why?", widget=forms.Textarea({"rows": 3}))


class PublishForm(forms.Form):
    """From when a version is in force."""

    begins = forms.ChoiceField(
        label="In force", choices=[("now", "From now on"), ("day", "From a day"), ("always", "Also for earlier calls")]
    )
    day = forms.DateField(required=False, label="From this day", widget=forms.DateInput({"type": "date"}))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("begins") == "day" and not values.get("day"):
            self.add_error("day", "Give the day from which it is in force.")
        return values
