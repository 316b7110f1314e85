"""What people fill in on the pages of recordings."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django import forms
from django.utils import timezone

from accounts.models import LineOfBusiness
from recordings import words
from recordings.domain.marks import MARKS
from recordings.models import Recording

STATES = [
    ("", "Any"),
    *Recording.State.choices,
    ("held", "On hold"),
    ("listed", "Listed"),
    ("late", "Late"),
    ("destroyed", "Destroyed"),
]


class Filters(forms.Form):
    """What the list shows. Only codes, ids, dates and keyed digests: an address of a page is no place for a number."""

    state = forms.ChoiceField(choices=STATES, required=False)
    line = forms.ChoiceField(label="Line of business", required=False)
    direction = forms.ChoiceField(choices=[("", "Any"), *Recording.Direction.choices], required=False)
    mark = forms.ChoiceField(choices=[("", "Any"), *((mark, words.MARKED[mark]) for mark in MARKS)], required=False)
    agent = forms.CharField(max_length=120, required=False, label="Agent")
    since = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    to = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    caller = forms.RegexField(r"^[0-9a-f]{64}$", required=False)  # keyed digest of a number
    person = forms.RegexField(r"^[0-9a-f]{64}$", required=False)  # keyed digest of a name
    external = forms.CharField(max_length=200, required=False)

    def __init__(self, *args: object, lines: Iterable[LineOfBusiness] = (), **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["line"].choices = [("", "Any"), *((line.code, line.name) for line in lines)]  # type: ignore[attr-defined]

    def given(self) -> dict[str, str]:
        """The filters that are set and understood, as they stand in the address."""
        self.is_valid()
        return {name: str(value) for name, value in self.cleaned_data.items() if value not in (None, "")}

    def moment_from(self) -> datetime | None:
        day = self.cleaned_data.get("since")
        return timezone.make_aware(datetime.combine(day, time.min)) if day else None

    def moment_to(self) -> datetime | None:
        """The first moment after the last day."""
        day = self.cleaned_data.get("to")
        if not day or day == date.max:
            return None
        return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


class ReleaseFromQuarantine(forms.Form):
    reason = forms.CharField(
        label="Reason",
        help_text="An auditor reads this. Say what you checked.",
        min_length=10,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": "Say what you checked, in ten letters or more.",
            "min_length": "Say what you checked, in ten letters or more.",
        },
    )
