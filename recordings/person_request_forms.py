"""What officers fill in about the request of a person. Whatever names somebody is sealed by the service."""

from typing import Any

from django import forms
from django.utils import timezone

from recordings import words
from recordings.models import PersonRequest
from recordings.services.answer_letters import LANGUAGES
from recordings.services.person_requests import Requester


class OpenRequestForm(forms.Form):
    kind = forms.ChoiceField(label="They ask for", choices=PersonRequest.Kind.choices, widget=forms.RadioSelect)
    received_on = forms.DateField(
        label="Received on",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="The clock runs from this day.",
        error_messages={"required": "Write the day on which it came."},
    )
    place = forms.ChoiceField(label="Where they live", help_text="Its law sets how long you have.")
    number = forms.CharField(
        required=False, max_length=40, label="Their telephone number", help_text="As +1 312 555 0142, with the country."
    )
    name = forms.CharField(
        required=False, max_length=200, label="Their name", help_text="Others may have the same name; you look."
    )
    address = forms.CharField(
        required=False,
        max_length=500,
        label="Where to send the answer",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    language = forms.ChoiceField(label="Language of the letter", choices=list(LANGUAGES.items()))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        places = sorted(words.place_names().items(), key=lambda named: named[1])
        choices: Any = [("", "Choose a place"), *places, ("OTHER", "Elsewhere")]
        self.fields["place"].choices = choices  # type: ignore[attr-defined]

    def clean_received_on(self) -> Any:
        day = self.cleaned_data["received_on"]
        if day > timezone.localdate():
            raise forms.ValidationError("A request was received today or before.")
        return day

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("number") and not given.get("name"):
            self.add_error("number", "Write a number or a name to find their calls by.")
        return given

    def requester(self) -> Requester:
        return Requester(**{field: self.cleaned_data[field].strip() for field in ("name", "number", "address")})


class IdentityForm(forms.Form):
    how = forms.ChoiceField(label="Checked by", choices=PersonRequest.Identity.choices)


class ToldReasonForm(forms.Form):
    """A reason that the letter tells them."""

    reason = forms.CharField(
        label="Reason that is told to them",
        min_length=10,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why, in ten letters or more."},
    )
