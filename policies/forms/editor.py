"""A policy's document in fields, in the groups in which an officer thinks of them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import LineOfBusiness
from policies.domain.calls import DIRECTIONS, MEDIA, PURPOSES
from policies.domain.documents import (
    ADDED,
    HINTS,
    PAUSES,
    PHONE_KEYS,
    READINGS,
    REFUSALS,
    SECTORS,
)
from policies.domain.languages import BY_CODE
from policies.domain.law import FORMS, STANDARDS
from policies.domain.places import is_place
from policies.forms import words
from policies.forms.choices import CheckList, said
from policies.forms.document import READING, SCRIPTED, document_of, field_at, initial_of
from policies.forms.periods import PeriodField

IF_IT_HAPPENS = (  # said on some calls alone
    "refusal_honoured",
    "notice_to_late_joiner",
    "recording_resumed_notice",
    "recording_paused_for_payment",
    "emotion_recognition_notice",
    "third_party_ai_notice",
)


@dataclass(frozen=True)
class Unsettled:
    """A place whose law is read in two ways, and what each reading asks, in words."""

    code: str
    name: str
    best: str
    cautious: str


@dataclass(frozen=True)
class Fold:
    """Fields that lie folded until somebody filled one in."""

    title: str
    fields: list[Any]
    is_open: bool
    rest: "Fold | None" = None
    is_short: bool = False  # short choices, which stand side by side where there is room


@dataclass(frozen=True)
class Group:
    """Fields that are filled in together, and below them what is needed less often."""

    key: str
    title: str
    note: str
    fields: list[Any]
    folds: list[Fold]


LAYOUT: Sequence[tuple[str, str, str, tuple[str, ...]]] = (
    ("whom", "Whose policy", "as it is said and listed", ("name", "lines", "company", "summary")),
    (
        "calls",
        "Which calls",
        "every call, unless you narrow it; the most specific policy wins",
        ("scope_direction", "scope_medium", "scope_countries"),
    ),
    ("consent", "Consent", "on top of law, never less", ("standard", "form", "reading")),
    ("location", "Where people are", "when nobody said it", ("withheld_default", "hints")),
    ("during", "During the call", "", ("card_data", "on_refusal")),
    ("kept", "How long it is kept", "", ("min_period", "max_period", "cooling_period", "needs_approval")),
    ("uses", "What it is for, what is announced", "", ("purposes", "disclosures")),
    ("words", "Words to say", "per language; empty: as they ship", ("language", "opt_out_key")),
    ("again", "Looked at again", "", ("next_review_on",)),
)


def _several(choices: Sequence[tuple[str, str]], label: str, help_text: str = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        choices=choices, required=False, label=label, help_text=help_text, widget=CheckList
    )


class PolicyForm(forms.Form):
    """A policy's document, field by field. What is left as it ships is not written into the document."""

    name = forms.CharField(max_length=120, label="Name of the policy", help_text="Such as Home cover.")
    lines = forms.ModelMultipleChoiceField(LineOfBusiness.objects.none(), label="Lines of business", widget=CheckList)
    company = forms.CharField(max_length=120, label="Company", help_text="As it is said aloud.")
    summary = forms.CharField(max_length=500, required=False, label="In short", widget=forms.Textarea({"rows": 2}))
    scope_direction = _several(said({}, DIRECTIONS), "Direction", "None chosen: every direction.")
    scope_medium = _several(said({"in_person": "In person"}, MEDIA), "Medium", "None chosen: every medium.")
    scope_countries = forms.CharField(
        required=False,
        max_length=1000,
        label="Countries and states",
        help_text="Codes of the register, such as DE, US-CA. Empty: everywhere.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    scope_sectors = _several(said({}, SECTORS), "Sector", "None chosen: every sector.")
    standard = forms.ChoiceField(
        choices=said(words.STANDARDS, STANDARDS),
        label="Who agrees",
        help_text="Never less than the strictest law asks.",
    )
    form = forms.ChoiceField(choices=said(words.FORMS, FORMS), label="What counts as agreement")
    reading = forms.ChoiceField(choices=said(words.READINGS, READINGS), label="How we read law that is not settled")
    withheld_default = forms.CharField(
        required=False,
        max_length=16,
        label="Where an unknown caller is taken to be",
        help_text="A code such as US-TX, for calls that come in without a number. It adds that place's rules; who is"
        " not known still counts as the strictest. Empty: unknown.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    hints = forms.ChoiceField(choices=said(words.HINTS, HINTS), label="When hints name different places")
    card_data = forms.ChoiceField(choices=said(words.PAUSES, PAUSES), label="While card data are read out")
    on_refusal = forms.ChoiceField(
        choices=said(words.REFUSALS, REFUSALS),
        label="When somebody refuses",
        help_text="Where law orders the recording, the call ends instead.",
    )
    min_period = PeriodField(required=False, label="Kept at least", help_text="Such as 3 years. Empty: no minimum.")
    max_period = PeriodField(label="Kept at most", help_text="Such as 90 days. A longer minimum of law lifts it.")
    cooling_period = PeriodField(label="Listed before it goes", help_text="So that a person can object.")
    needs_approval = forms.BooleanField(required=False, label="A person approves before anything is destroyed")
    purposes = forms.MultipleChoiceField(choices=said({}, tuple(PURPOSES)), label="Purposes", widget=CheckList)
    disclosures = _several(
        said(words.SCRIPT, ADDED),
        "What we announce",
        "On top of what law and Callward's baseline ask; those are always said.",
    )
    language = forms.ChoiceField(
        choices=[(code, language.in_english) for code, language in BY_CODE.items()],
        label="Spoken unless a call says otherwise",
    )
    opt_out_key = forms.ChoiceField(
        choices=[(key, key) for key in PHONE_KEYS], label="Key that says no", help_text="Said where a script has it."
    )
    next_review_on = forms.DateField(
        required=False,
        label="Looked at again by",
        help_text="From then on Today asks for a review. Empty: a year after it is published.",
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(
        self,
        *args: Any,
        base: Mapping[str, Any],
        lines: Any,
        is_new: bool,
        codes: Collection[str],
        unsettled: Sequence[Unsettled],
        **options: Any,
    ) -> None:
        """`base` is the document to begin with, `codes` are all places of the register."""
        options["initial"] = initial_of(base) | options.get("initial", {})
        super().__init__(*args, **options)
        self._base, self._codes = base, codes
        self.fields["lines"].queryset = lines  # type: ignore[attr-defined]
        if not is_new:
            del self.fields["name"], self.fields["lines"]
        for place in unsettled:
            self.fields[READING + place.code] = forms.ChoiceField(
                required=False,
                label=place.name,
                choices=[
                    ("", "As above"),
                    ("best", f"Best: {place.best.lower()}"),
                    ("cautious", f"Cautious: {place.cautious.lower()}"),
                ],
            )
        for code in BY_CODE:
            for key in SCRIPTED:
                self.fields[f"say_{code}_{key}"] = _words_to_say(code, key)

    def groups(self) -> Iterator[Group]:
        """The form as the page lays it out."""
        folds = {"calls": self._sectors, "consent": self._places, "words": self._languages}
        for key, title, note, names in LAYOUT:
            fields = [self[name] for name in names if name in self.fields]
            yield Group(key, title, note, fields, list(folds[key]()) if key in folds else [])

    def _sectors(self) -> Iterator[Fold]:
        yield _fold("Only some sectors", [self["scope_sectors"]])

    def _places(self) -> Iterator[Fold]:
        fields = [self[name] for name in self.fields if name.startswith(READING)]
        if fields:
            yield replace(_fold(f"Place by place: the law of {len(fields)} is not settled", fields), is_short=True)

    def _languages(self) -> Iterator[Fold]:
        spoken = self["language"].value() or "en"
        for code, language in BY_CODE.items():
            fields = {key: self[f"say_{code}_{key}"] for key in SCRIPTED}
            rest = _fold("Only if it happens", [field for key, field in fields.items() if key in IF_IT_HAPPENS])
            usual = [field for key, field in fields.items() if key not in IF_IT_HAPPENS]
            yield _fold(language.in_english, usual, is_open=code == spoken or rest.is_open, rest=rest)

    def clean_next_review_on(self) -> date | None:
        day: date | None = self.cleaned_data["next_review_on"]
        if day and day <= timezone.localdate():
            raise forms.ValidationError("Choose a later day.")
        return day

    def clean_scope_countries(self) -> list[str]:
        codes = [code.upper() for code in self.cleaned_data["scope_countries"].replace(",", " ").split()]
        if strange := [code for code in codes if code not in self._codes]:
            raise forms.ValidationError(f"The register has no {', '.join(strange)}. Write codes such as DE, US-CA.")
        return list(dict.fromkeys(codes))

    def clean_withheld_default(self) -> str | None:
        code = str(self.cleaned_data["withheld_default"]).strip().upper()
        if code and (not is_place(code) or code not in self._codes):
            raise forms.ValidationError("Write a code of the register, such as US-TX, or leave it empty.")
        return code or None

    def document(self) -> dict[str, Any]:
        """The document that the fields describe; words under keys that have no field stay as they were."""
        return document_of(self.cleaned_data, self._base) if self.is_bound else dict(self._base)

    def refuse(self, fields: Sequence[Mapping[str, str]]) -> None:
        """Put what the document's own check found at the field that it is about."""
        for field in fields:
            name = field_at(field["pointer"], self.fields)
            self.add_error(name, field["detail"])


def _words_to_say(code: str, key: str) -> forms.CharField:
    return forms.CharField(
        max_length=1000,
        required=False,
        label=words.SCRIPT.get(key, key.replace("_", " ").capitalize()),
        help_text=f"Empty: {BY_CODE[code].texts.get(key) or 'the words of the rule that asks for it.'}",
        widget=forms.Textarea({"rows": 2, "lang": code}),
    )


def _fold(title: str, fields: list[Any], *, is_open: bool = False, rest: Fold | None = None) -> Fold:
    return Fold(title, fields, is_open or any(field.value() or field.errors for field in fields), rest)
