"""Requests of people: the list with its clock, a new one, one request step by step, its letter."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.history import history
from accounts.models import User
from accounts.pages import Page, signed_in, toast
from accounts.permissions import Act, may
from accounts.services import names_of
from recordings import words
from recordings.domain.errors import PersonRequestNotMovable
from recordings.domain.person_requests import FORGET_AFTER_MONTHS, clock_of
from recordings.models import PersonRequest, PersonRequestItem, Recording
from recordings.person_request_forms import IdentityForm, OpenRequestForm, ToldReasonForm
from recordings.services import person_requests as requests
from recordings.services.answer_letters import LANGUAGES, letter
from recordings.services.doorbell import ring
from recordings.services.person_copies import FETCHED_WITHIN, fetch_copy, standing_copy
from recordings.views.keyset import newest_page
from recordings.views.rows import Row, for_rows, last_moment, rows_of

TASK = "recordings.tasks.work_person_requests"
State, Choice = PersonRequest.State, PersonRequestItem.Choice
STATES = {  # (data-state, symbol, word)
    State.OPEN: ("due", "clock", "Being looked through"),
    State.ASKED: ("due", "clock", "Waits for a second person"),
    State.WORKING: ("listed", "listed", "Under way"),
    State.READY: ("due", "clock", "Letter to be sent"),
    State.ANSWERED: ("met", "check", "Answered"),
    State.REFUSED: ("destroyed", "cross", "Refused"),
}
OUTCOMES = {  # of an item
    "copied": ("met", "check"),
    "destroyed": ("destroyed", "destroyed"),
    "gone": ("destroyed", "destroyed"),
}
MOST_SHOWN = 200  # items on one page of the list that people look through


@dataclass(frozen=True)
class Clock:
    """How long there is left, in words; `is_late` where nothing is."""

    text: str
    is_late: bool


@dataclass(frozen=True)
class Listed:
    """One call of the list: the item, the recording as a row where it is still there, why it was left out."""

    item: PersonRequestItem
    row: Row | None
    reason: str
    kept_until: str
    shown: tuple[str, str]


class PersonRequests(Page):
    """All requests that reach into the reader's lines, the newest first."""

    act = Act.SEE_PERSON_REQUESTS

    def get(self, request: HttpRequest) -> HttpResponse:
        actor, today = signed_in(request), timezone.localdate()
        mine = PersonRequest.objects.visible_to(actor)
        page, older = newest_page(mine, request.GET.get("cursor", ""), field="opened_at")
        context = {
            "rows": [(asked, STATES[State(asked.state)], clock(asked, today), _title(asked)) for asked in page],
            "running": mine.unanswered().count(),
            "late": mine.overdue(today).count(),
            "older_url": f"?cursor={older}" if older else "",
            "may_open": may(actor, Act.HANDLE_PERSON_REQUEST),
        }
        return render(request, "recordings/person_requests.html", context)


class NewPersonRequest(Page):
    """What came in, and who they are; the clock runs from the day of receipt."""

    act = Act.HANDLE_PERSON_REQUEST

    def get(self, request: HttpRequest) -> HttpResponse:
        form = OpenRequestForm(initial={"received_on": timezone.localdate(), "language": "en"})
        return render(request, "recordings/person_request_new.html", {"form": form})

    def post(self, request: HttpRequest) -> HttpResponse:
        form = OpenRequestForm(request.POST)
        if not form.is_valid():
            return render(request, "recordings/person_request_new.html", {"form": form}, status=422)
        given = form.cleaned_data
        try:
            opened = requests.open_request(
                kind=given["kind"],
                requester=form.requester(),
                received_on=given["received_on"],
                place=given["place"],
                language=given["language"],
                actor=signed_in(request),
            )
        except PersonRequestNotMovable as reason:
            form.add_error(None, str(reason))
            return render(request, "recordings/person_request_new.html", {"form": form}, status=409)
        found = opened.items.count()
        toast(request, f"The clock runs. {found:,} call{'' if found == 1 else 's'} found.")
        return redirect("recordings:person-request", opened.pk)


class OnePersonRequest(Page):
    """One request: whose move it is, its steps, its calls. Each step is a form with its own name."""

    act = {"GET": Act.SEE_PERSON_REQUESTS, "POST": Act.HANDLE_PERSON_REQUEST}

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        return request_page(request, pk)

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        requests.find_request(pk, signed_in(request))
        step = request.POST.get("step", "")
        form = FORMS[step](request.POST) if step in FORMS else None
        if form is not None and not form.is_valid():
            return request_page(request, pk, bound={step: form}, status=422)
        try:
            said = _step(step, pk, form, request)
        except PersonRequestNotMovable as reason:
            return request_page(request, pk, problem=str(reason), status=409)
        toast(request, said)
        return redirect("recordings:person-request", pk)


class PersonLetter(Page):
    """The letter as plain text, to print or to copy."""

    act = Act.HANDLE_PERSON_REQUEST

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        asked = requests.find_request(pk, signed_in(request))
        requester = requests.requester_of(asked)
        has_text = requester is not None and asked.state in {State.READY, State.ANSWERED, State.REFUSED}
        text = letter(asked, requester, list(asked.items.all())) if requester and has_text else ""
        return render(request, "recordings/person_letter.html", {"asked": asked, "text": text, "title": _title(asked)})


class PersonCopyFile(Page):
    """The copy, once: by a form, so that no link to it exists that somebody could follow later."""

    act = {"POST": Act.HANDLE_PERSON_REQUEST}

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponseBase:
        fetched = fetch_copy(request_id=pk, actor=signed_in(request))
        response = StreamingHttpResponse(fetched.pieces, content_type="application/zip")
        response["Content-Disposition"] = f'attachment; filename="calls-{pk}.zip"'
        response["Content-Length"] = str(fetched.size_bytes)
        return response


FORMS: dict[str, type[Form]] = {"identity": IdentityForm, "extend": ToldReasonForm, "refuse": ToldReasonForm}


def _step(step: str, pk: UUID, form: Form | None, request: HttpRequest) -> str:
    """Take one step; what is said about it. Raises PersonRequestNotMovable: no such step, or not now."""
    actor, given = signed_in(request), form.cleaned_data if form else {}
    if step == "identity":
        requests.check_identity(request_id=pk, how=given["how"], actor=actor)
        return "Noted how their identity was checked."
    if step == "extend":
        requests.extend_request(request_id=pk, reason=given["reason"], actor=actor)
        return "The time is extended. Tell them before the first time is over."
    if step == "refuse":
        requests.refuse_request(request_id=pk, reason=given["reason"], actor=actor)
        return "Refused. Send them the letter."
    if step == "choose":
        changed = requests.choose_calls(request_id=pk, choices=_choices(request), actor=actor)
        return f"{changed:,} call{'' if changed == 1 else 's'} looked at."
    plain = {
        "ask": (requests.ask_erasure, "Another officer has to approve it."),
        "approve": (requests.approve_erasure, "Approved. What nothing keeps goes now, with its certificate."),
        "back": (requests.send_back, "Sent back. Nothing was erased."),
        "copy": (requests.start_copy, "The worker makes the copy."),
        "answer": (requests.answer_request, "Answered. The clock has stopped."),
    }
    if step not in plain:
        raise PersonRequestNotMovable("There is no such step.")
    act, said = plain[step]
    act(request_id=pk, actor=actor)
    if step in {"approve", "copy"}:
        ring(TASK)
    return said


def _choices(request: HttpRequest) -> dict[int, tuple[str, str]]:
    """`choice-<item>` and `reason-<item>` of the form; an item that was not chosen stays open."""
    found = {}
    for name, choice in request.POST.items():
        number = name.removeprefix("choice-")
        is_number = number.isascii() and number.isdigit() and len(number) < 19
        if name.startswith("choice-") and is_number and choice in {Choice.THEIRS, Choice.LEFT_OUT}:
            found[int(number)] = (str(choice), str(request.POST.get(f"reason-{number}", ""))[:1000])
    return found


def request_page(
    request: HttpRequest, pk: UUID, *, bound: dict[str, Form] | None = None, problem: str = "", status: int = 200
) -> HttpResponse:
    actor = signed_in(request)
    asked = requests.find_request(pk, actor)
    handles = requests.may_handle(actor, asked)
    items = _items(asked, actor)
    counted = PersonRequestItem.objects.visible_to(actor).filter(request=asked)
    names = names_of({asked.opened_by_id, asked.identity_checked_by_id, asked.asked_by_id, asked.approved_by_id} - {""})
    context: dict[str, Any] = {
        "asked": asked,
        "title": _title(asked),
        "state": STATES[State(asked.state)],
        "clock": clock(asked, timezone.localdate()),
        "law": clock_of(asked.place).law,
        "place": words.place_names().get(asked.place, "Elsewhere"),
        "language": LANGUAGES[asked.language],
        "requester": requests.requester_of(asked) if may(actor, Act.HANDLE_PERSON_REQUEST) else None,
        "handles": handles,
        "is_asker": (asked.asked_by_kind, asked.asked_by_id) == (actor.actor_kind, actor.actor_id),
        "may_approve": handles and may(actor, Act.APPROVE_ERASURE, asked),
        "names": {key: names.get(value, "somebody who is gone") for key, value in _people(asked).items()},
        "items": items,
        "total": counted.count(),
        "unseen": counted.filter(choice=Choice.OPEN).count(),
        "theirs": counted.filter(choice=Choice.THEIRS).count(),
        "copy": standing_copy(asked) if handles else None,
        "copy_days": FETCHED_WITHIN.days,
        "may_extend": handles and asked.extended_on is None and not asked.is_closed,
        "extended_to": clock_of(asked.place).extended_to(asked.received_on),
        "kept_months": FORGET_AFTER_MONTHS,
        "problem": problem,
        "history": history("recordings.personrequest", asked.pk),
    }
    for step, form in FORMS.items():
        context[f"{step}_form"] = (bound or {}).get(step) or form(auto_id=f"{step}-%s")
    return render(request, "recordings/person_request.html", context, status=status)


def _people(asked: PersonRequest) -> dict[str, str]:
    return {
        "opened": asked.opened_by_id,
        "checked": asked.identity_checked_by_id,
        "asked": asked.asked_by_id,
        "approved": asked.approved_by_id,
    }


def _items(asked: PersonRequest, actor: User) -> list[Listed]:
    """The first of the list that are still open, else the first of all: whoever is through them finds the next."""
    mine = PersonRequestItem.objects.visible_to(actor).filter(request=asked)
    to_see = list(mine.filter(choice=Choice.OPEN)[:MOST_SHOWN]) or list(mine[:MOST_SHOWN])
    joined, fetched = for_rows()
    there = Recording.objects.visible_to(actor).filter(pk__in=[item.recording_id for item in to_see])
    rows = {row.recording.pk: row for row in rows_of(there.select_related(*joined).prefetch_related(*fetched), actor)}
    may_read = may(actor, Act.HANDLE_PERSON_REQUEST)
    reasons = requests.reasons_left_out(asked, to_see) if may_read else {}
    return [
        Listed(
            item,
            rows.get(item.recording_id),
            reasons.get(item.pk, ""),
            last_moment(item.kept_until, item.zone).text if item.kept_until else "",
            OUTCOMES.get(item.outcome, ("held", "hold")),
        )
        for item in to_see
    ]


def clock(asked: PersonRequest, today: date) -> Clock:
    """`12 days left`, `today`, `3 days late`; nothing runs once it is closed."""
    if asked.is_closed:
        return Clock("", is_late=False)
    days = (asked.due_on - today).days
    if days < 0:
        return Clock(f"{-days} day{'' if days == -1 else 's'} late", is_late=True)
    return Clock(f"{days} day{'' if days == 1 else 's'} left" if days else "due today", is_late=False)


def _title(asked: PersonRequest) -> str:
    """Nobody is named in a heading: it stands in the history of a browser."""
    what = "Copy" if asked.kind == PersonRequest.Kind.ACCESS else "Erasure"
    return f"{what}, received {asked.received_on.day} {asked.received_on:%b %Y}"
