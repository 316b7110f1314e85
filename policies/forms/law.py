"""Forms about the law register: a day to look at it, an override to propose, why one is refused or ended."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms import BoundField
from django.utils import timezone

from policies.domain.disclosures import WHEN
from policies.domain.law import CONFIDENCES, FORMS, SEVERITIES, STANDARDS
from policies.forms.choices import said
from policies.forms.periods import PeriodField

EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
LONGEST_DOCUMENT = 50 * 1024 * 1024  # bytes; only its hash is kept
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
RULE_WORDS = {
    "one_party": "1, one party",
    "notice_required": "N, told",
    "basis_required": "B, lawful basis and told",
    "all_party": "A, all parties",
}
FORM_WORDS = {
    "none": "No agreement is needed",
    "implied_by_notice": "Staying on the line after a clear notice",
    "express": "A yes, a key press or another active step",
    "written": "A signed document",
}
YES_NO = [("true", "Yes"), ("false", "No")]
WHEN_WORDS = {"any": "At any time", "end": "At the end", "start": "First words"}


def _day_field(label: str, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput({"type": "date"}), **options)


class AsOfForm(forms.Form):
    """A day of a call, and the day on which we knew what we knew."""

    day = _day_field("Law of the day", required=False)
    known = _day_field("As we knew it on", required=False, help_text="Empty: as we know it today")

    def clean_day(self) -> date | None:
        return self._within("day")

    def clean_known(self) -> date | None:
        return self._within("known")

    def _within(self, name: str) -> date | None:
        day: date | None = self.cleaned_data[name]
        if day and not EARLIEST <= day <= LATEST:
            raise forms.ValidationError("Write a day from 1900 to 2199.")
        return day


class ReasonForm(forms.Form):
    """Why a step is taken; the reason stays in the trail of the thing."""

    reason = forms.CharField(max_length=1000, label="Why?", widget=forms.Textarea({"rows": 3}))


def _choice(label: str, choices: Sequence[tuple[str, str]]) -> forms.Field:
    return forms.ChoiceField(label=label, choices=choices)


def _text(label: str, rows: int = 2) -> forms.Field:
    return forms.CharField(label=label, max_length=4000, widget=forms.Textarea({"rows": rows}))


def _period(label: str) -> forms.Field:
    return PeriodField(label=label, required=False, help_text="Such as 3 years; empty: no number")


def _rules(label: str) -> forms.Field:
    return _choice(label, said(RULE_WORDS, STANDARDS))


def row_fields(table: str, kind: str) -> dict[str, forms.Field]:
    """The columns that an override may say otherwise, each as a field; to confirm a reading: how sure, until when."""
    if kind == "sign_off":
        return _reading_field(table) | _certainty_fields() | {"reviewed_on": _day_field("Reviewed", required=False)}
    rules = {
        "jurisdiction": {
            "telephone_rule": _rules("On the telephone"),
            "in_person_rule": _rules("In person"),
            "cautious_rule": _rules("If careful"),
            "consent_form": _choice("Agreement", said(FORM_WORDS, FORMS)),
            "beep_tone_allowed_as_notice": _choice("A beep tone counts as notice", YES_NO),
            "statute": _text("Clause"),
            "summary": _text("Summary", 3),
        },
        "retention": {
            "min_period": _period("Kept at least"),
            "max_period": _period("Kept at most"),
            "must_record": _choice("Has to be recorded", YES_NO),
            "legal_authority_to_record": _choice("The duty stands in for consent", YES_NO),
            "citation": _text("Clause"),
            "summary": _text("Summary", 3),
        },
        "disclosure": {
            "when": _choice("When it is said", said(WHEN_WORDS, WHEN)),
            "text_example": _text("Words", 3),
            "severity": _choice("Severity", said({}, SEVERITIES)),
            "satisfies_consent": _choice("Counts as consent", YES_NO),
            "citation": _text("Clause"),
        },
    }
    return rules[table] | _certainty_fields()


def _reading_field(table: str) -> dict[str, forms.Field]:
    if table != "jurisdiction":
        return {}
    readings = [("", "As the row stands"), ("best", "The best reading"), ("cautious", "The cautious reading")]
    return {"reading": forms.ChoiceField(label="The reading that counts", required=False, choices=readings)}


def _certainty_fields() -> dict[str, forms.Field]:
    note = forms.CharField(label="Check first", required=False, max_length=4000, widget=forms.Textarea({"rows": 2}))
    return {
        "confidence": _choice("Certainty", said({}, CONFIDENCES)),
        "verify_note": note,
        "next_review_on": _day_field("Next review", required=False),
    }


class OverrideForm(forms.Form):
    """A shipped row's columns, to be said otherwise; the ground on which, and until when."""

    reason = _text("Because", 3)
    opinion_by = forms.CharField(label="Opinion by", max_length=120, help_text="The lawyer or the firm")
    document = forms.FileField(
        label="The opinion", required=False, help_text="It is hashed and not kept: file it where your opinions lie"
    )
    document_sha256 = forms.CharField(
        label="Or its SHA-256", required=False, max_length=64, help_text="64 hexadecimal digits"
    )
    effective_from = _day_field("In force from")
    expires_on = _day_field("Expires on", help_text="The shipped row counts again from this day on")

    def __init__(
        self,
        *args: Any,
        table: str,
        kind: str,
        row: Mapping[str, str],
        examples: Sequence[Mapping[str, Any]] = (),
        **options: Any,
    ) -> None:
        self._columns = row_fields(table, kind)
        self._row = {name: row.get(name, "") for name in self._columns}
        self._examples = {f"example_{place}": example for place, example in enumerate(examples)}
        today = timezone.localdate()
        start = {"effective_from": today, "expires_on": today + timedelta(days=365)}
        expected = {name: example["expects"] for name, example in self._examples.items()}
        options["initial"] = self._row | expected | start
        super().__init__(*args, **options)
        self.fields.update(self._columns)
        for name, example in self._examples.items():
            self.fields[name] = forms.CharField(
                label=example["name"], max_length=1000, help_text=_told(example), widget=forms.Textarea({"rows": 2})
            )

    def row_fields(self) -> Iterator[BoundField]:
        return (self[name] for name in self._columns)

    def ground_fields(self) -> Iterator[BoundField]:
        return (self[name] for name in self.base_fields)

    def example_fields(self) -> list[BoundField]:
        return [self[name] for name in self._examples]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        begins, ends = values.get("effective_from"), values.get("expires_on")
        if begins and ends and ends <= begins:
            self.add_error("expires_on", "Choose a day after the one on which it begins.")
        self._hash(values)
        if not self.errors and not self.changes():
            raise forms.ValidationError("Nothing differs from the row as it is. Change what counsel reads otherwise.")
        return values

    def changes(self) -> dict[str, str]:
        """{column: text} of what is said otherwise, as the register's files write it."""
        now = {name: _cell(self.cleaned_data.get(name)) for name in self._columns}
        return {name: text for name, text in now.items() if text != _cell(self._row[name])}

    def restated(self) -> list[dict[str, Any]]:
        """The example calls that expect something else under the override, each on a day on which it counts."""
        begins, ends = (self.cleaned_data[name].isoformat() for name in ("effective_from", "expires_on"))
        now = {name: _cell(self.cleaned_data.get(name)) for name in self._examples}
        return [
            {**example, "expects": now[name], "day": example["day"] if begins <= example["day"] < ends else begins}
            for name, example in self._examples.items()
            if now[name] != example["expects"]
        ]

    def refuse(self, problems: Sequence[Mapping[str, str]]) -> None:
        """Each problem at its field; what belongs to none above them."""
        for problem in problems:
            name = problem.get("pointer", "").rpartition("/")[2]
            self.add_error(name if name in self.fields else None, problem["detail"])

    def _hash(self, values: dict[str, Any]) -> None:
        file, typed = values.get("document"), str(values.get("document_sha256") or "").strip().lower()
        if isinstance(file, UploadedFile):
            if (file.size or 0) > LONGEST_DOCUMENT:
                self.add_error("document", "The document is longer than 50 MB. Give its SHA-256 instead.")
                return
            digest = hashlib.sha256()
            for piece in file.chunks():
                digest.update(piece)
            typed = typed or digest.hexdigest()
            if typed != digest.hexdigest():
                self.add_error("document_sha256", "This is not the hash of the document above. Leave one of them out.")
        elif not typed:
            self.add_error("document", "Choose the opinion, or give its SHA-256.")
        elif not _SHA256.fullmatch(typed):
            self.add_error("document_sha256", "Write the 64 hexadecimal digits that sha256sum prints.")
        values["document_sha256"] = typed


def _told(example: Mapping[str, Any]) -> str:
    """The example's call in one line: who is where, on which day."""
    return "; ".join(str(part) for part in (example["call"], example["parties"], example["day"]) if part)


def _cell(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return str(value or "").replace("\r\n", "\n").strip()
