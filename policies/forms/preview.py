"""What to look at while a document is written: for whom, in which language."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from policies.domain.languages import BY_CODE

OFTEN = ("US-NY", "US-FL", "US-CA", "GB", "DE", "FR", "ES", "CA-QC")  # one of each kind of law


class PreviewForm(forms.Form):
    """The margin of the editor. Without a choice: somewhere that the policy is for, in the language it speaks."""

    as_place = forms.ChoiceField(required=False, label="To a customer in")
    as_language = forms.ChoiceField(required=False, label="In")

    def __init__(self, *args: Any, names: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        places: Sequence[str] = [code for code in OFTEN if code in names]
        self.fields["as_place"].choices = [  # type: ignore[attr-defined]
            ("", "Most likely place"),
            *((code, names[code]) for code in places),
        ]
        self.fields["as_language"].choices = [  # type: ignore[attr-defined]
            ("", "Its language"),
            *((code, language.in_english) for code, language in BY_CODE.items()),
        ]
