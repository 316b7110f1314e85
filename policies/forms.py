"""The forms of this room: a policy's document in fields, and a call to try."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import LineOfBusiness
from policies.domain.calls import DIRECTIONS, MEDIA, PURPOSES
from policies.domain.conditions import FACTS
from policies.domain.disclosures import CORE
from policies.domain.documents import ADDED, CAREFUL_DEFAULT, READINGS, REFUSALS
from policies.domain.errors import PeriodUnreadable
from policies.domain.law import FORMS, STANDARDS
from policies.domain.periods import in_words, period
from policies.domain.places import international, is_place
from policies.domain.scripts import ENGLISH

_WORDS = re.compile(r"(\d+)\s*(years?|months?|weeks?|days?|hours?|minutes?|seconds?)", re.IGNORECASE)
_LETTER = {"y": "Y", "w": "W", "d": "D", "h": "H", "s": "S"}
SCRIPTED = (*CORE, "consent", "agent_and_company_identity", "call_purpose")


def period_text(said: str) -> str:
    """`3 years and 6 months` → P3Y6M; what is a period already stays. Raises ValidationError."""
    text = said.strip()
    if not text:
        return ""
    if re.sub(r"[\s,]|and", "", _WORDS.sub("", text.lower())) == "" and _WORDS.search(text):
        text = _iso(_WORDS.findall(text.lower()))
    try:
        return period(text).text
    except PeriodUnreadable as error:
        raise forms.ValidationError("Write years, months or days, such as 3 years.") from error


def _iso(amounts: Sequence[tuple[str, str]]) -> str:
    days, clock = "", ""
    for unit in ("year", "month", "week", "day", "hour", "minute", "second"):
        for number, name in amounts:
            if name.removesuffix("s") != unit:
                continue
            if unit in {"hour", "minute", "second"}:
                clock += number + unit[0].upper()
            else:
                days += number + unit[0].upper()
    return f"P{days}T{clock}" if clock else f"P{days}"


class CheckList(forms.CheckboxSelectMultiple):
    template_name = "policies/_checks.html"


class PeriodField(forms.CharField):
    """A period in words or ISO 8601; its value is ISO 8601."""

    def clean(self, value: Any) -> str:
        return period_text(super().clean(value))

    def prepare_value(self, value: Any) -> Any:
        try:
            return in_words(period(value)) if value else ""
        except PeriodUnreadable:
            return value


def _said(words: Mapping[str, str], values: Sequence[str]) -> list[tuple[str, str]]:
    return [(value, words.get(value, value.replace("_", " ").capitalize())) for value in values]


STANDARD_WORDS = {
    "one_party": "No more than law asks",
    "notice_required": "Tell every party",
    "basis_required": "Tell every party, on a lawful basis",
    "all_party": "Every party has to agree",
}
FORM_WORDS = {
    "none": "No more than law asks",
    "implied_by_notice": "Staying on the line after the notice",
    "express": "A yes, a key press or another active step",
    "written": "A signed document",
}
READING_WORDS = {"best": "The best reading", "cautious": "The cautious reading, where law is not settled"}
REFUSAL_WORDS = {
    "stop_recording": "Stop recording, keep nothing from then on",
    "delete": "Stop recording and delete what there is",
    "keep_reason_only": "Stop recording and keep the reason alone",
}
SCRIPT_WORDS = {
    "recording": "That the call is recorded",
    "purpose": "How the recording is used",
    "retention": "How long it is kept",
    "storage": "How it is stored",
    "refusal": "That they may refuse",
    "consent": "The question for consent",
    "agent_and_company_identity": "Who is speaking",
    "call_purpose": "Why you are calling",
    "controller_identity": "Who is responsible for the data",
    "rights_notice": "Which rights they have",
}


class PolicyForm(forms.Form):
    """A policy's document, field by field. What is left as it ships is not written into the document."""

    name = forms.CharField(max_length=120, label="Name of the policy", help_text="Such as Home cover.")
    lines = forms.ModelMultipleChoiceField(LineOfBusiness.objects.none(), label="Lines of business", widget=CheckList)
    company = forms.CharField(max_length=120, label="Company", help_text="As it is said aloud.")
    summary = forms.CharField(max_length=500, required=False, label="In short", widget=forms.Textarea({"rows": 2}))
    standard = forms.ChoiceField(
        choices=_said(STANDARD_WORDS, STANDARDS), label="Consent", help_text="Never less than the strictest law asks."
    )
    form = forms.ChoiceField(choices=_said(FORM_WORDS, FORMS), label="What counts as agreement")
    reading = forms.ChoiceField(choices=_said(READING_WORDS, READINGS), label="How we read law")
    min_period = PeriodField(required=False, label="Kept at least", help_text="Such as 3 years. Empty: no minimum.")
    max_period = PeriodField(label="Kept at most", help_text="Such as 90 days. A longer minimum of law lifts it.")
    cooling_period = PeriodField(label="Listed before it goes", help_text="So that a person can object.")
    needs_approval = forms.BooleanField(required=False, label="A person approves before anything is destroyed")
    purposes = forms.MultipleChoiceField(choices=_said({}, tuple(PURPOSES)), label="Purposes", widget=CheckList)
    disclosures = forms.MultipleChoiceField(
        choices=_said(SCRIPT_WORDS, ADDED),
        required=False,
        label="What we announce",
        help_text="On top of what law and Callward's baseline ask; those are always said.",
        widget=CheckList,
    )
    on_refusal = forms.ChoiceField(choices=_said(REFUSAL_WORDS, REFUSALS), label="When somebody refuses")
    next_review_on = forms.DateField(
        required=False,
        label="Looked at again by",
        help_text="From then on Today asks for a review. Empty: a year after it is published.",
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, lines: Any, is_new: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["lines"].queryset = lines  # type: ignore[attr-defined]
        if not is_new:
            del self.fields["name"], self.fields["lines"]
        for key in SCRIPTED:
            self.fields[f"say_{key}"] = forms.CharField(
                max_length=1000,
                required=False,
                label=SCRIPT_WORDS[key],
                help_text=f"Empty: {ENGLISH[key]}",
                widget=forms.Textarea({"rows": 2}),
            )

    @property
    def script_fields(self) -> list[Any]:
        return [self[f"say_{key}"] for key in SCRIPTED]

    @property
    def rule_fields(self) -> list[Any]:
        return [field for field in self.visible_fields() if not field.name.startswith("say_")]

    def clean_next_review_on(self) -> date | None:
        day: date | None = self.cleaned_data["next_review_on"]
        if day and day <= timezone.localdate():
            raise forms.ValidationError("Choose a later day.")
        return day

    def document(self) -> dict[str, Any]:
        """The document that the fields describe."""
        values = self.cleaned_data
        return {
            "summary": values["summary"],
            "company": values["company"],
            "consent": {name: values[name] for name in ("standard", "form", "reading")},
            "retention": {
                "min_period": values["min_period"] or None,
                "max_period": values["max_period"],
                "cooling_period": values["cooling_period"],
                "needs_approval": values["needs_approval"],
            },
            "purposes": values["purposes"],
            "disclosures": values["disclosures"],
            "on_refusal": values["on_refusal"],
            "script": {"en": {key: values[f"say_{key}"] for key in SCRIPTED if values.get(f"say_{key}")}},
        }

    def refuse(self, fields: Sequence[Mapping[str, str]]) -> None:
        """Put what the document's own check found at the field that it is about."""
        for field in fields:
            parts = field["pointer"].split("/")
            names = [f"say_{parts[-1]}", parts[-1], parts[1] if len(parts) > 1 else ""]
            self.add_error(next((name for name in names if name in self.fields), None), field["detail"])


def initial_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document as the form's first values."""
    whole = CAREFUL_DEFAULT | dict(document)
    script = whole.get("script", {}).get("en", {})
    return {
        **{name: whole.get(name) for name in ("company", "summary", "purposes", "disclosures", "on_refusal")},
        **CAREFUL_DEFAULT["consent"],
        **whole["consent"],
        **CAREFUL_DEFAULT["retention"],
        **whole["retention"],
        **{f"say_{key}": text for key, text in script.items()},
    }


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


class TryForm(forms.Form):
    """A call to try. A party is a number with its country code, or a place."""

    direction = forms.ChoiceField(choices=_said({}, DIRECTIONS), widget=forms.RadioSelect, initial="outbound")
    medium = forms.ChoiceField(choices=_said({"in_person": "In person"}, MEDIA), initial="phone")
    line = forms.ModelChoiceField(
        LineOfBusiness.objects.none(), label="Line of business", to_field_name="code", empty_label=None
    )
    sector = forms.ChoiceField(required=False)
    channel = forms.ChoiceField(required=False)
    entity = forms.ChoiceField(required=False, label="What we are")
    purpose = forms.ChoiceField(
        required=False, choices=[("", "All that the policy allows"), *_said({}, tuple(PURPOSES))]
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
            words = _said({}, sorted(FACTS[key]))
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
