"""What leaves, when, and by whose leave: the list, the objections, the approval."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from accounts.pages import Page, signed_in, toast
from accounts.permissions import Act, may
from accounts.services import names_of
from policies.domain.periods import in_words, period
from recordings.disposition_forms import ApproveForm, ExtendForm, ObjectForm
from recordings.domain.errors import CountChanged, ExtensionRefused, NotListed, RecordingNotFound
from recordings.models import Certificate, DispositionRun, ObjectRemoval, Recording
from recordings.models.queries import RecordingQuerySet
from recordings.services.calendar import ZONES, leaving_between, leaving_by_day
from recordings.services.dates import Given, given_dates
from recordings.services.disposition.extending import extend_recordings
from recordings.services.disposition.pause import pause_in_force
from recordings.services.figures import figures
from recordings.services.objections import (
    approve_chosen,
    approve_disposition,
    end_objection,
    object_to_disposition,
    withdraw_approval,
)
from recordings.services.trust import mistrust
from recordings.views.keyset import soonest_page
from recordings.views.rows import Row, for_rows, rows_of
from recordings.views.runs import seen_by

SHOWN = {
    "listed": "On the list",
    "approve": "Waiting for approval",
    "objected": "Objected to",
    "late": "Late",
    "held": "Past their day, kept by a hold",
    "conflict": "Kept by rules in conflict",
    "day": "Leaving after one day",
}
LAST_DESTROYED = 6


@dataclass(frozen=True)
class Leaving:
    """One recording on its way out: why it goes, and what stands against it."""

    row: Row
    because: str
    period: str
    objected_by: str


class DispositionPage(Page):
    act = Act.SEE_DISPOSITION

    def get(self, request: HttpRequest) -> HttpResponse:
        return disposition_page(request, ObjectForm())


class ObjectToDisposition(Page):
    """Object to the chosen; they stay until it is decided or its time is over."""

    act = Act.OBJECT_TO_DISPOSITION

    def post(self, request: HttpRequest) -> HttpResponse:
        form, chosen = ObjectForm(request.POST), _ids(request.POST.getlist("chosen"))
        if not chosen:
            form.add_error(None, "Choose the recordings that should stay.")
        if not form.is_valid():
            return disposition_page(request, form, chosen=set(chosen), status=422)
        objected = [pk for pk in chosen if _objected(pk, form, request)]
        count = len(objected)
        undo = (
            f"{reverse('recordings:end-objection')}?{urlencode({'id': [str(pk) for pk in objected]}, doseq=True)}"
            if objected
            else ""
        )
        verb = "stays" if count == 1 else "stay"
        toast(request, f"Objection noted. {count} {verb} until it is decided.", undo_url=undo)
        return redirect("recordings:disposition")


class ExtendRetention(Page):
    """Let the chosen go on a later day than their own."""

    act = Act.OBJECT_TO_DISPOSITION

    def post(self, request: HttpRequest) -> HttpResponse:
        form, chosen = ExtendForm(request.POST), _ids(request.POST.getlist("chosen"))
        if not chosen:
            form.add_error(None, "Choose the recordings that should stay.")
        if not form.is_valid():
            return disposition_page(request, ObjectForm(), extend=form, chosen=set(chosen), status=422)
        after = datetime.combine(form.cleaned_data["until"] + timedelta(days=1), time.min)
        try:
            count = extend_recordings(
                recording_ids=chosen,
                delete_by=timezone.make_aware(after),
                reason=form.cleaned_data["extend_reason"],
                actor=signed_in(request),
            )
        except (ExtensionRefused, RecordingNotFound) as error:
            form.add_error(None, str(error))
            return disposition_page(request, ObjectForm(), extend=form, chosen=set(chosen), status=409)
        toast(request, f"{count:,} kept longer. They are listed anew before that day.")
        return redirect("recordings:disposition")


class ApproveChosen(Page):
    """Approve the chosen of what waits for approval; each leaves when its own day comes."""

    act = Act.APPROVE_DISPOSITION

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            moment, count = approve_chosen(recording_ids=_ids(request.POST.getlist("chosen")), actor=signed_in(request))
        except CountChanged:
            toast(request, "None of the chosen waits for approval.")
            return redirect("recordings:disposition")
        undo = f"{reverse('recordings:withdraw-approval')}?{urlencode({'at': moment.isoformat()})}"
        toast(request, f"{count:,} approved. They leave when their day comes.", undo_url=undo)
        return redirect("recordings:disposition")


class EndObjection(Page):
    act = Act.OBJECT_TO_DISPOSITION

    def post(self, request: HttpRequest) -> HttpResponse:
        ids = _ids(request.GET.getlist("id") or request.POST.getlist("id"))
        for pk in ids:
            end_objection(recording_id=pk, actor=signed_in(request))
        toast(request, f"{len(ids)} on the way out again.")
        return redirect("recordings:disposition")


class Approve(Page):
    """The number that will go, typed by who approves it."""

    act = Act.APPROVE_DISPOSITION

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, ApproveForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ApproveForm(request.POST)
        if not form.is_valid():
            return self._page(request, form, status=422)
        confirmed = form.cleaned_data["confirmed"]
        try:
            moment = approve_disposition(confirmed=confirmed, actor=signed_in(request))
        except CountChanged as changed:
            form.add_error("confirmed", str(changed))
            return self._page(request, form, status=409)
        undo = f"{reverse('recordings:withdraw-approval')}?{urlencode({'at': moment.isoformat()})}"
        toast(request, f"{confirmed:,} approved. They leave when their day comes.", undo_url=undo)
        return redirect("recordings:disposition")

    def _page(self, request: HttpRequest, form: ApproveForm, *, status: int = 200) -> HttpResponse:
        now = timezone.now()
        context = {"form": form, "figures": figures(signed_in(request), now)}
        return render(request, "recordings/approve.html", context, status=status)


class WithdrawApproval(Page):
    act = Act.APPROVE_DISPOSITION

    def post(self, request: HttpRequest) -> HttpResponse:
        moment = _moment(request.GET.get("at", ""))
        count = withdraw_approval(approved_at=moment, actor=signed_in(request)) if moment else 0
        toast(request, f"Approval of {count:,} taken back.")
        return redirect("recordings:disposition")


def disposition_page(
    request: HttpRequest,
    form: ObjectForm,
    *,
    extend: ExtendForm | None = None,
    chosen: set[UUID] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, with an objection that is being written."""
    actor, now = signed_in(request), timezone.now()
    show, day = _asked(request)
    joined, fetched = for_rows()
    rows = _rows(actor, show, day, now).select_related(*joined).prefetch_related(*fetched)
    page, later = soonest_page(rows, request.GET.get("cursor", ""))
    query = {"show": show} | ({"day": day.isoformat()} if day else {})
    context: dict[str, Any] = {
        "figures": figures(actor, now),
        "now": now,
        "stopped": mistrust(),
        "show": show,
        "heading": f"Leaving after {day.day} {day:%B %Y}" if day else SHOWN[show],
        "leaving": _leaving(page, actor),
        "later_url": f"?{urlencode(query | {'cursor': later})}" if later else "",
        "weeks": leaving_by_day(actor, now),
        "weekdays": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
        "last": _last_destroyed(actor),
        "form": form,
        "extend": extend or ExtendForm(),
        "pause": pause_in_force(),
        "alarms": [seen_by(actor, run) for run in DispositionRun.objects.visible_to(actor).alarming()],
        "may_pause": may(actor, Act.PAUSE_DISPOSITION),
        "may_ask_early": may(actor, Act.ASK_EARLY_DISPOSAL),
        "chosen": chosen or set(),
        "may_object": may(actor, Act.OBJECT_TO_DISPOSITION) and show not in {"day", "held", "conflict"},
        "may_approve": may(actor, Act.APPROVE_DISPOSITION),
    }
    context["calendar"] = list(zip(context["weekdays"], zip(*context["weeks"], strict=True), strict=True))
    return render(request, "recordings/disposition.html", context, status=status)


def _rows(actor: Any, show: str, day: date | None, now: datetime) -> RecordingQuerySet:
    mine = Recording.objects.visible_to(actor)
    if day:
        return leaving_between(mine.without_hold(), day, day + timedelta(days=1))
    if show == "held":
        return mine.filter(hold_count__gt=0, delete_by__lte=now)
    if show == "conflict":
        return mine.filter(quarantine_reasons__contains=["retention_conflict"])
    if show == "late":
        return mine.late(now)
    if show == "objected":
        return mine.filter(objected_until__gt=now)
    listed = mine.filter(listed_at__isnull=False)
    return listed.filter(needs_approval=True, approved_at=None) if show == "approve" else listed


def _leaving(page: list[Recording], actor: Any) -> list[Leaving]:
    names = names_of({row.objected_by_id for row in page if row.objected_by_id})
    given = given_dates(page)
    return [
        Leaving(row, *_because(given[row.recording.pk]), names.get(row.recording.objected_by_id, ""))
        for row in rows_of(page, actor)
    ]


def _because(given: Given) -> tuple[str, str]:
    """The rule that decided the day it goes, and its period in words."""
    explained = given.explanation
    deciding = [rule for rule in explained if rule.get("kind") == "maximum" and rule.get("standing") == "decides"]
    rule: dict[str, Any] = next(iter(deciding or explained), {})
    length = in_words(period(rule["period"])) if rule.get("period") else ""
    return str(rule.get("citation") or "the policy in force"), length


@dataclass(frozen=True)
class Gone:
    certificate: Certificate
    is_read_back: bool


def _last_destroyed(actor: Any) -> list[Gone]:
    rows = list(Certificate.objects.visible_to(actor).select_related("line_of_business")[:LAST_DESTROYED])
    waiting = ObjectRemoval.objects.filter(recording_id__in=[row.recording_id for row in rows], absent_at=None)
    to_come = set(waiting.values_list("recording_id", flat=True))
    return [Gone(row, row.recording_id not in to_come) for row in rows]


def _objected(pk: UUID, form: ObjectForm, request: HttpRequest) -> bool:
    """What left or was taken off the list meanwhile is passed over."""
    try:
        object_to_disposition(
            recording_id=pk, reason=form.cleaned_data["reason"], until=form.until(), actor=signed_in(request)
        )
    except (NotListed, RecordingNotFound):
        return False
    return True


def _asked(request: HttpRequest) -> tuple[str, date | None]:
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        day = date.max
    if date.min + ZONES < day < date.max - ZONES:  # the days beside it are there too
        return "day", day
    show = request.GET.get("show", "listed")
    return (show if show in SHOWN and show != "day" else "listed"), None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _ids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
