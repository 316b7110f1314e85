"""What people fill in about holds and disposition. A reason is read by an auditor, so it is more than a word."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone

WORDS_ENOUGH = 10
OBJECTION_DAYS = (7, 30, 90)


def _reason(label: str, say: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text="An auditor reads this. Name the request and its date.",
        min_length=WORDS_ENOUGH,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": say, "min_length": say},
    )


class PlaceHoldForm(forms.Form):
    """A hold on calls by their ids, on every call of a number from now on, or on both."""

    matter = forms.CharField(
        max_length=200,
        help_text="Such as a case or a complaint, with its number.",
        error_messages={"required": "Name the matter, such as Complaint 2026-118."},
    )
    reason = _reason("Reason", "Say which request this is and from when. Ten letters are enough.")
    recordings = forms.CharField(
        label="Calls",
        help_text="Ids of calls, one in a line.",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
    )
    number = forms.CharField(
        label="Every call with this number",
        help_text="With its country code, such as +1 813-555-0142. Later calls join by themselves.",
        max_length=32,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )

    def clean_recordings(self) -> list[UUID]:
        try:
            return [UUID(text) for text in self.cleaned_data["recordings"].replace(",", " ").split()]
        except ValueError as error:
            raise forms.ValidationError("Write ids of calls only, one in a line, as their pages show them.") from error

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and not given["recordings"] and not given["number"]:
            self.add_error("recordings", "Name a call here, or a number below.")
        return given


class ReleaseHoldForm(forms.Form):
    reason = _reason("Why it ends", "Say what ended the matter and when. Ten letters are enough.")


class ObjectForm(forms.Form):
    """Why chosen recordings should stay, and for how long at most."""

    reason = _reason("Why they should stay", "Say why, in ten letters or more.")
    days = forms.TypedChoiceField(
        label="For",
        coerce=int,
        initial=30,
        choices=[(days, f"{days} days") for days in OBJECTION_DAYS],
        help_text="Place a hold where it must be longer.",
    )

    def until(self) -> Any:
        return timezone.now() + timedelta(days=self.cleaned_data["days"])


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
    because = _reason("Why the dates stay", "Say why, in ten letters or more.")
