"""A call to try: who takes part and where they are, what it is about, which policy speaks."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django import forms
from django.forms import BoundField

from accounts.models import LineOfBusiness
from policies.domain.calls import DIRECTIONS, MEDIA, PURPOSES
from policies.domain.conditions import DERIVED, FACTS
from policies.domain.places import international, is_place
from policies.forms.choices import said

LANGUAGE_WORDS = {"en": "English", "es": "Spanish", "fr": "French", "de": "German"}
OFTEN_STATED = ("sector", "channel")
STATED = tuple(key for key in FACTS if key not in DERIVED)
FACT_WORDS = {
    "entity": "What we are",
    "agent": "Who speaks",
    "party": "Who is called",
    "content": "What is said",
    "event": "What happened",
    "consent": "Consent on file",
    "call_no": "Which call",
    "locality": "Locality",
    "use": "What it is used for",
}
VALUE_WORDS = {"ai": "A bot", "new_york_city": "New York City", "ai_voice": "A voice made by AI"}
ROLES = (("customer", "customer"), ("agent", "agent"), ("third", "third_party"), ("fourth", "third_party"))
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


class TryForm(forms.Form):
    """A call to try. A party is a number with its country code, or a place; an address on file is a place."""

    direction = forms.ChoiceField(choices=said({}, DIRECTIONS), widget=forms.RadioSelect, initial="outbound")
    line = forms.ModelChoiceField(
        LineOfBusiness.objects.none(), label="Line of business", to_field_name="code", empty_label=None
    )
    customer = forms.CharField(
        required=False, max_length=64, help_text="A number, or a place such as US-FL. Empty: unknown"
    )
    customer_address = forms.CharField(
        required=False, max_length=6, label="Address on file", help_text="A place: where the record says that they live"
    )
    agent = forms.CharField(required=False, max_length=64, initial="US-TX", help_text="A place, or a number")
    language = forms.ChoiceField(
        choices=[("", "As the policy speaks"), *LANGUAGE_WORDS.items()], label="Language of the call", required=False
    )
    day = forms.DateField(required=False, label="Day of the call", widget=forms.DateInput({"type": "date"}))
    version = forms.ChoiceField(required=False, label="Policy", help_text="A draft can be tried before it is published")
    third = forms.CharField(required=False, max_length=64, label="Third party", help_text="A number, or a place")
    fourth = forms.CharField(required=False, max_length=64, label="Another party", help_text="A number, or a place")
    medium = forms.ChoiceField(choices=said({"in_person": "In person"}, MEDIA), initial="phone", required=False)
    purpose = forms.ChoiceField(
        required=False, choices=[("", "All that the policy allows"), *said({}, tuple(PURPOSES))]
    )
    document = forms.CharField(
        required=False, max_length=64, label="SHA-256 of the signed document", help_text="64 hexadecimal digits"
    )
    signed_on = forms.DateField(required=False, label="Signed on", widget=forms.DateInput({"type": "date"}))

    def __init__(self, *args: Any, lines: Any, versions: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["line"].queryset = lines  # type: ignore[attr-defined]
        for key in STATED:
            words = said(VALUE_WORDS, sorted(FACTS[key]))
            label = FACT_WORDS.get(key, key.replace("_", " ").capitalize())
            self.fields[f"fact_{key}"] = forms.ChoiceField(
                required=False, label=label, choices=[("", "Not said"), *words]
            )
        self.fields["version"].choices = [("", "In force on that day"), *versions]  # type: ignore[attr-defined]

    def main_fields(self) -> Iterator[BoundField]:
        """What most calls need, below the direction."""
        facts = (f"fact_{key}" for key in OFTEN_STATED)
        names = ("line", "customer", "customer_address", "agent", *facts, "language", "day", "version")
        return (self[name] for name in names)

    def more_parties(self) -> Iterator[BoundField]:
        return (self[name] for name in ("third", "fourth", "medium", "purpose"))

    def more_facts(self) -> Iterator[BoundField]:
        return (self[f"fact_{key}"] for key in STATED if key not in OFTEN_STATED)

    def document_fields(self) -> Iterator[BoundField]:
        return (self[name] for name in ("document", "signed_on"))

    def opened(self) -> set[str]:
        """The folded groups in which something is said, or wrong."""
        groups = {"parties": self.more_parties(), "facts": self.more_facts(), "document": self.document_fields()}
        usual = {"medium": "phone"}
        return {
            name
            for name, fields in groups.items()
            if any(field.errors or self._is_said(field, usual.get(field.name, "")) for field in fields)
        }

    def _is_said(self, field: BoundField, usual: str) -> bool:
        return self.is_bound and field.value() not in (None, "", usual)

    def clean_customer(self) -> str:
        return self._party("customer")

    def clean_agent(self) -> str:
        return self._party("agent")

    def clean_third(self) -> str:
        return self._party("third")

    def clean_fourth(self) -> str:
        return self._party("fourth")

    def clean_customer_address(self) -> str:
        text = str(self.cleaned_data["customer_address"]).strip().upper()
        if text and not is_place(text):
            raise forms.ValidationError("Write a country such as DE, or a part of one such as US-FL.")
        return text

    def clean_day(self) -> date | None:
        return self._day("day")

    def clean_signed_on(self) -> date | None:
        return self._day("signed_on")

    def clean_document(self) -> str:
        text = str(self.cleaned_data["document"]).strip().lower()
        if text and not _SHA256.fullmatch(text):
            raise forms.ValidationError("Write the 64 hexadecimal digits that `sha256sum` prints.")
        return text

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("document") and not values.get("signed_on"):
            self.add_error("signed_on", "Give the day on which the document was signed.")
        return values

    def as_request(self) -> dict[str, Any]:
        """The call as the API takes it, only what was said."""
        values = self.cleaned_data
        facts = {key: values[f"fact_{key}"] for key in STATED if values[f"fact_{key}"]}
        body: dict[str, Any] = {"direction": values["direction"], "line_of_business": values["line"].code}
        if values["medium"] not in ("", "phone"):
            body["medium"] = values["medium"]
        if values["purpose"]:
            body["purposes"] = [values["purpose"]]
        if values["language"]:
            body["language"] = values["language"]
        if values["day"]:
            body["day"] = values["day"].isoformat()
        if values["document"]:
            body["consent_document"] = {"sha256": values["document"], "signed_on": values["signed_on"].isoformat()}
        if facts:
            body["facts"] = facts
        return body | {"parties": list(self._parties())}

    def _parties(self) -> Iterator[dict[str, str]]:
        for name, role in ROLES:
            text = self.cleaned_data[name]
            if role == "third_party" and not text:
                continue
            place = {"jurisdiction": text} if is_place(text) else {"number": text} if text else {}
            address = self.cleaned_data["customer_address"] if name == "customer" else ""
            yield {"role": role} | place | ({"address": address} if address else {})

    def _day(self, name: str) -> date | None:
        day: date | None = self.cleaned_data[name]
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
