"""What people fill in about holds and disposition. A reason is read by an auditor, so it is more than a word."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone

WORDS_ENOUGH = 10
OBJECTION_DAYS = (7, 30, 90)


def reason_field(label: str, say: str, name: str = "Name the request and its date.") -> forms.CharField:
    """Why, for whoever checks it later: `say` where it is missing or too short, `name` what belongs into it."""
    return forms.CharField(
        label=label,
        help_text=f"An auditor reads this. {name}",
        min_length=WORDS_ENOUGH,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": say, "min_length": say},
    )


class ObjectForm(forms.Form):
    """Why chosen recordings should stay, and for how long at most."""

    use_required_attribute = False  # it stands in one form with the next: a browser would ask for the fields of both

    reason = reason_field("Why they should stay", "Say why, in ten letters or more.")
    days = forms.TypedChoiceField(
        label="For",
        coerce=int,
        initial=30,
        choices=[(days, f"{days} days") for days in OBJECTION_DAYS],
        help_text="Place a hold where it must be longer.",
    )

    def until(self) -> Any:
        return timezone.now() + timedelta(days=self.cleaned_data["days"])


class ExtendForm(forms.Form):
    """Until when chosen recordings stay in place of their own day, and why. It stays in their history."""

    use_required_attribute = False  # as above

    extend_reason = reason_field("Why they stay longer", "Say why, in ten letters or more. Name nobody.")
    until = forms.DateField(
        label="Keep through",
        help_text="The last day on which they are readable.",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": "Choose a day.", "invalid": "Write a day, such as 2027-03-31."},
    )


class PauseForm(forms.Form):
    reason = reason_field("Why it stops", "Say why, in ten letters or more.", "Name what has to be cleared up first.")


class EarlyForm(forms.Form):
    """Recordings by their ids, and why they should go before their day."""

    recordings = forms.CharField(
        label="Calls",
        help_text="Ids of calls, one in a line, as their pages show them.",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        error_messages={"required": "Name at least one call."},
    )
    reason = reason_field("Why they should go now", "Say why, in ten letters or more.")

    def clean_recordings(self) -> list[UUID]:
        try:
            return [UUID(text) for text in self.cleaned_data["recordings"].replace(",", " ").split()]
        except ValueError as error:
            raise forms.ValidationError("Write ids of calls only, one in a line, as their pages show them.") from error


class ApproveForm(forms.Form):
    confirmed = forms.CharField(
        label="Type the number of recordings to be destroyed",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def clean_confirmed(self) -> int:
        digits = self.cleaned_data["confirmed"].replace(",", "").strip()
        if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
            raise forms.ValidationError("Write the number in digits, as it stands above.")
        return int(digits)


class ShortenForm(forms.Form):
    """The number of a list of shortenings; only a long list asks for it."""

    confirmed = forms.CharField(
        required=False,
        label="Type the number of recordings whose dates come earlier",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def clean_confirmed(self) -> int | None:
        digits = self.cleaned_data["confirmed"].replace(",", "").strip()
        if not digits:
            return None
        if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
            raise forms.ValidationError("Write the number in digits, as it stands above.")
        return int(digits)


class RefuseShorteningForm(forms.Form):
    because = reason_field("Why the dates stay", "Say why, in ten letters or more.", "Name what was wrong with them.")
