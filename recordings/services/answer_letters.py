"""The letter that answers a person: what went, what stays, why, until when. Plain text in their language."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import timezone

from recordings.domain.person_requests import HOUSE, clock_of
from recordings.models import PersonRequest, PersonRequestItem
from recordings.services.person_requests import Requester

LANGUAGES = {"en": "English", "es": "Spanish", "fr": "French", "de": "German"}
FORMS = {"en": "%d/%m/%Y", "es": "%d/%m/%Y", "fr": "%d/%m/%Y", "de": "%d.%m.%Y"}
US_FORM = "%m/%d/%Y"
Outcome = PersonRequestItem.Outcome


@dataclass(frozen=True)
class Line:
    """One call of the letter: when it was, and until when and by which rule it stays."""

    at: str
    outcome: str
    until: str
    rule: str


def letter(request: PersonRequest, requester: Requester, items: list[PersonRequestItem]) -> str:
    """The text, from what is settled now; a call that a hold keeps is told without its matter."""
    form = US_FORM if request.place.startswith("US") and request.language == "en" else FORMS[request.language]
    lines = [_line(item, form) for item in items if item.choice == PersonRequestItem.Choice.THEIRS]
    kind = "refused" if request.state == PersonRequest.State.REFUSED else request.kind
    context = {
        "requester": requester,
        "received_on": request.received_on.strftime(form),
        "today": timezone.localdate().strftime(form),
        "extended": request.extended_on is not None,
        "law": "" if clock_of(request.place) is HOUSE else clock_of(request.place).law,
        "copied": [line for line in lines if line.outcome == Outcome.COPIED],
        "destroyed": [line for line in lines if line.outcome in {Outcome.DESTROYED, Outcome.GONE}],
        "kept": [line for line in lines if line.outcome in PersonRequestItem.KEPT],
    }
    text = render_to_string(f"recordings/letters/{kind}.{request.language}.txt", context)
    return "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n"


def _line(item: PersonRequestItem, form: str) -> Line:
    return Line(_day(item.started_at, item.zone, f"{form} %H:%M"), item.outcome, _until(item, form), item.rule)


def _until(item: PersonRequestItem, form: str) -> str:
    """The last day: what is stored is the first moment after it."""
    return _day(item.kept_until - timedelta(seconds=1), item.zone, form) if item.kept_until else ""


def _day(at: datetime, zone: str, form: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime(form)
