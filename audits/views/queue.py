"""Reviews: a reviewer's own queue in the drawn order; for supervisors, everybody's, with whom each is."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from accounts.models import LineOfBusiness, User
from accounts.pages import Page, signed_in, toast
from accounts.permissions import Act, lines_of, may
from audits.domain import skipping
from audits.domain.errors import (
    AssignmentClosed,
    AssignmentNotFound,
    CallUnavailable,
    NotYourReview,
    ReassignmentRefused,
)
from audits.forms import ReassignForm, reviewers
from audits.models import Assignment
from audits.models.plans import AssignmentQuerySet
from audits.services.assignments import reassign, withdraw_if_gone
from audits.services.figures import figures
from audits.services.reviews import next_assignment, start_review
from recordings.services.frames import CallFacts, call_facts

PAGE_SIZE = 40
SHOWN = {
    "open": "Still to be done",
    "overdue": "Overdue",
    "submitted": "Submitted",
    "replaced": "Replaced",
}


@dataclass(frozen=True)
class Row:
    """One assignment with its call, as a line of a list."""

    assignment: Assignment
    call: CallFacts | None
    is_overdue: bool
    is_leased: bool

    @property
    def seconds(self) -> float | None:
        return self.call.length_seconds if self.call else None

    @property
    def why_replaced(self) -> str:
        return skipping.WORDS.get(self.assignment.replaced_reason, self.assignment.replaced_reason)


class Queue(Page):
    def is_open(self, request: HttpRequest) -> bool:
        user = signed_in(request)
        return may(user, Act.DO_REVIEW) or may(user, Act.SEE_AUDITS)

    def get(self, request: HttpRequest) -> HttpResponse:
        user = signed_in(request)
        return self.mine(request, user) if may(user, Act.DO_REVIEW) else self.everybodys(request, user)

    def mine(self, request: HttpRequest, user: User) -> HttpResponse:
        """What this reviewer shall review, in the drawn order."""
        now = timezone.now()
        assignments = Assignment.objects.open().filter(reviewer=user).select_related("sample__plan").in_drawn_order()
        page, first = _page_of(assignments, request)
        upcoming = next_assignment(user)
        later_url = _later(request, first, page)
        context = {
            "rows": rows_of(page, now),
            "first": first,
            "next": rows_of([upcoming], now)[0] if upcoming else None,
            "figures": figures(user, now),
            "now": now,
            "later_url": later_url,
        }
        return render(request, "audits/queue.html", context)

    def everybodys(self, request: HttpRequest, user: User) -> HttpResponse:
        """Everybody's reviews in the lines of this person."""
        now = timezone.now()
        asked = _asked(request)
        found = _filtered(Assignment.objects.visible_to(user), asked, now)
        page, first = _page_of(found.select_related("sample__plan", "reviewer", "line_of_business"), request)
        later_url = _later(request, first, page)
        context: dict[str, Any] = {
            "rows": rows_of(page, now),
            "figures": figures(user, now),
            "asked": asked,
            "shown": SHOWN,
            "people": list(reviewers()),
            "lines": _lines(user),
            "may_reassign": may(user, Act.ADMINISTER_PLAN),
            "now": now,
            "first": first,
            "later_url": later_url,
        }
        return render(request, "audits/reviews.html", context)


class Start(Page):
    """Begins the review of one assignment, or goes on with it; then the workbench."""

    act = Act.DO_REVIEW

    def post(self, request: HttpRequest, assignment_id: UUID) -> HttpResponse:
        user = signed_in(request)
        assignment = find_assignment(assignment_id, user)
        try:
            start_review(assignment=assignment, actor=user)
        except CallUnavailable as gone:
            withdraw_if_gone(assignment.pk)
            toast(request, str(gone))
            return redirect("audits:queue")
        except (AssignmentClosed, NotYourReview) as closed:
            toast(request, str(closed))
            return redirect("audits:queue")
        return redirect("audits:workbench", assignment.pk)


class Reassign(Page):
    """Gives one assignment to another reviewer."""

    act = Act.ADMINISTER_PLAN

    def post(self, request: HttpRequest, assignment_id: UUID) -> HttpResponse:
        user = signed_in(request)
        assignment = find_assignment(assignment_id, user)
        form = ReassignForm(request.POST)
        if not form.is_valid():
            toast(request, "Choose a reviewer from the list.")
        else:
            try:
                given = reassign(assignment=assignment, reviewer=form.cleaned_data["reviewer"], actor=user)
                toast(request, f"Given to {given.reviewer}.")
            except (AssignmentClosed, ReassignmentRefused) as refused:
                toast(request, str(refused))
        return redirect(f"{reverse('audits:queue')}?{urlencode(_asked(request))}")


def find_assignment(assignment_id: UUID, user: User) -> Assignment:
    """Raises AssignmentNotFound: wrong or foreign."""
    visible = Assignment.objects.visible_to(user).select_related("sample__plan", "reviewer", "line_of_business")
    if (found := visible.filter(pk=assignment_id).first()) is None:
        raise AssignmentNotFound
    return found


def rows_of(assignments: list[Assignment], now: datetime) -> list[Row]:
    """Assignments with their calls, in one query; a destroyed call leaves an empty place."""
    calls = call_facts([one.recording_id for one in assignments])
    return [Row(one, calls.get(one.recording_id), one.is_overdue(now), one.is_leased(now)) for one in assignments]


def _filtered(found: AssignmentQuerySet, asked: dict[str, str], now: datetime) -> AssignmentQuerySet:
    match asked["show"]:
        case "overdue":
            found = found.overdue(now).in_drawn_order()
        case "submitted":
            found = found.filter(state=Assignment.State.SUBMITTED).order_by("-due_at", "position")
        case "replaced":
            found = found.filter(state__in=[Assignment.State.REPLACED, Assignment.State.GONE]).order_by(
                "-due_at", "position"
            )
        case _:
            found = found.open().in_drawn_order()
    if "reviewer" in asked:
        found = found.filter(reviewer=UUID(asked["reviewer"]))
    if "line" in asked:
        found = found.filter(line_of_business__code=asked["line"])
    return found


def _asked(request: HttpRequest) -> dict[str, str]:
    """The filters that stand in the address; what cannot be one is left out."""
    asked = {"show": request.GET.get("show", "open")}
    if asked["show"] not in SHOWN:
        asked["show"] = "open"
    with suppress(KeyError, ValueError):
        asked["reviewer"] = str(UUID(request.GET["reviewer"]))
    if line := request.GET.get("line"):
        asked["line"] = line[:50]
    return asked


def _lines(user: User) -> list[LineOfBusiness]:
    reach = lines_of(user)
    lines = LineOfBusiness.objects.all()
    return list(lines if reach is None else lines.filter(pk__in=reach))


def _page_of(found: AssignmentQuerySet, request: HttpRequest) -> tuple[list[Assignment], int]:
    """A page of a list that is worked off from its top, and the place of its first row."""
    text = request.GET.get("from", "0")
    first = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
    return list(found[first : first + PAGE_SIZE + 1]), first


def _later(request: HttpRequest, first: int, page: list[Assignment]) -> str:
    if len(page) <= PAGE_SIZE:
        return ""
    page.pop()
    asked = {name: str(value) for name, value in request.GET.items() if name != "from"}
    return f"?{urlencode(asked | {'from': str(first + PAGE_SIZE)})}"
