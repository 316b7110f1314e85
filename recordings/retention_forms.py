"""What people fill in about a recording's dates: what happened, until when it is kept, whose call it is."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from accounts.models import LineOfBusiness
from recordings.disposition_forms import reason_field
from recordings.domain.triggers import KINDS, WORDS

DAY = forms.DateInput(attrs={"type": "date"})


class TellTriggerForm(forms.Form):
    """What a period counts from, and the local day on which it happened."""

    kind = forms.ChoiceField(label="What happened")
    on = forms.DateField(label="On", widget=DAY, help_text="The period runs from the end of this day.")
    replace = forms.BooleanField(required=False, label="What was told before was wrong")

    def __init__(self, *args: Any, first: Iterable[str] = (), **kwargs: Any) -> None:
        """`first`: what its rules wait for stands before all others."""
        super().__init__(*args, **kwargs)
        waited = [kind for kind in first if kind in KINDS]
        others = [kind for kind in KINDS if kind not in waited]
        told = [(kind, _sentence(WORDS[kind])) for kind in [*waited, *others]]
        self.fields["kind"].choices = told  # type: ignore[attr-defined]

    def happened_at(self, zone: str) -> datetime:
        """Noon of the day in the line's zone: every zone has it, and the period ends with a day."""
        return datetime.combine(self.cleaned_data["on"], time(12), ZoneInfo(zone))


class DecideForm(forms.Form):
    """The last day on which a recording whose rules contradict each other is readable, and why."""

    until = forms.DateField(label="Keep it to the end of", widget=DAY)
    reason = reason_field(
        "Why the other rule gives way",
        "Say why, in ten letters or more. Name nobody on the call.",
        "Name the advice that you follow, and nobody on the call.",
    )


class AssignForm(forms.Form):
    """The line of business that chosen calls belong to."""

    line = forms.ChoiceField(label="They belong to")
    reason = reason_field("How you know", "Say how you know, in ten letters or more.", "Name where you looked it up.")

    def __init__(self, *args: Any, lines: Iterable[LineOfBusiness] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = {line.code: line for line in lines}
        self.fields["line"].choices = [(code, line.name) for code, line in self.lines.items()]  # type: ignore[attr-defined]

    def chosen(self) -> LineOfBusiness:
        return self.lines[self.cleaned_data["line"]]


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
