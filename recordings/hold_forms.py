"""What people fill in about legal holds."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms

from accounts.models import LineOfBusiness
from recordings.disposition_forms import reason_field
from recordings.forms import Filters
from recordings.services.holds import Custodian

# filter of the list's page: what a hold asks for. A state is not among them: a hold follows calls whatever their state.
FROM_THE_LIST = {
    "line": "line_of_business",
    "direction": "direction",
    "agent": "agent",
    "caller": "number_index",
    "person": "name_index",
    "external": "external_id",
}


def asked_of_the_list(filters: Filters) -> dict[str, Any]:
    """The filters of the list's page as a hold's query; what a hold cannot follow is left out, so it keeps more."""
    filters.is_valid()
    given = filters.cleaned_data
    query = {name: given[of_page] for of_page, name in FROM_THE_LIST.items() if given.get(of_page)}
    moments = {"from": filters.moment_from(), "to": filters.moment_to()}
    return query | {name: moment for name, moment in moments.items() if moment}


class PlaceHoldForm(forms.Form):
    """A hold on calls by their ids, on every call of people, on what a search of the list found, or on all of these."""

    matter = forms.CharField(
        max_length=200,
        help_text="Such as a case or a complaint, with its number.",
        error_messages={"required": "Name the matter, such as Complaint 2026-118."},
    )
    reference = forms.CharField(
        label="File number elsewhere", max_length=120, required=False, help_text="Counsel's or the court's, if any."
    )
    reason = reason_field("Reason", "Say which request this is and from when. Ten letters are enough.")
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
    person = forms.CharField(
        label="Every call with this name",
        help_text="As the phone system brings it. Only a digest of it is kept.",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    agents = forms.CharField(
        label="Every call of these agents",
        help_text="The phone system's ids of agents, one in a line.",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
    )
    later_calls = forms.BooleanField(
        label="Later calls join too", required=False, initial=True, help_text="Of these people, or of this search."
    )

    def clean_recordings(self) -> list[UUID]:
        try:
            return [UUID(text) for text in self.cleaned_data["recordings"].replace(",", " ").split()]
        except ValueError as error:
            raise forms.ValidationError("Write ids of calls only, one in a line, as their pages show them.") from error

    def clean_agents(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["agents"].splitlines() if line.strip()]

    def custodians(self) -> list[Custodian]:
        given = self.cleaned_data
        people = [Custodian(agent=agent) for agent in given["agents"]]
        people += [Custodian(number=given["number"])] if given["number"] else []
        return people + ([Custodian(name=given["person"])] if given["person"] else [])

    def asks_for_something(self, query: dict[str, Any]) -> bool:
        """Says where to begin, if not."""
        given = self.cleaned_data
        if given["recordings"] or self.custodians() or query:
            return True
        self.add_error("recordings", "Name a call here, or a number below.")
        return False


class ListedSearch(Filters):
    """The search of the list, carried along by the form: hidden, as codes, days and digests."""

    def __init__(self, *args: object, lines: Iterable[LineOfBusiness] = (), **kwargs: object) -> None:
        super().__init__(*args, lines=lines, prefix="of", **kwargs)
        for field in self.fields.values():
            field.widget = forms.HiddenInput()


class ReleaseHoldForm(forms.Form):
    reason = reason_field(
        "Why it ends", "Say what ended the matter and when. Ten letters are enough.", "Say what ended it, and when."
    )
    preview = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput())
