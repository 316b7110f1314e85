"""A policy's document in fields."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import LineOfBusiness
from policies.domain.calls import PURPOSES
from policies.domain.disclosures import CORE
from policies.domain.documents import ADDED, CAREFUL_DEFAULT, READINGS, REFUSALS
from policies.domain.law import FORMS, STANDARDS
from policies.domain.scripts import ENGLISH
from policies.forms.choices import CheckList, said
from policies.forms.periods import PeriodField

SCRIPTED = (*CORE, "consent", "agent_and_company_identity", "call_purpose")

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
        choices=said(STANDARD_WORDS, STANDARDS), label="Consent", help_text="Never less than the strictest law asks."
    )
    form = forms.ChoiceField(choices=said(FORM_WORDS, FORMS), label="What counts as agreement")
    reading = forms.ChoiceField(choices=said(READING_WORDS, READINGS), label="How we read law")
    min_period = PeriodField(required=False, label="Kept at least", help_text="Such as 3 years. Empty: no minimum.")
    max_period = PeriodField(label="Kept at most", help_text="Such as 90 days. A longer minimum of law lifts it.")
    cooling_period = PeriodField(label="Listed before it goes", help_text="So that a person can object.")
    needs_approval = forms.BooleanField(required=False, label="A person approves before anything is destroyed")
    purposes = forms.MultipleChoiceField(choices=said({}, tuple(PURPOSES)), label="Purposes", widget=CheckList)
    disclosures = forms.MultipleChoiceField(
        choices=said(SCRIPT_WORDS, ADDED),
        required=False,
        label="What we announce",
        help_text="On top of what law and Callward's baseline ask; those are always said.",
        widget=CheckList,
    )
    on_refusal = forms.ChoiceField(choices=said(REFUSAL_WORDS, REFUSALS), label="When somebody refuses")
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
