"""Calls whose dates need a person: the list with its ages, one case with both rules, and what people may decide."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode

from accounts.history import history
from accounts.models import LineOfBusiness, User
from accounts.pages import Page, signed_in, toast
from accounts.permissions import Act, lines_of, may
from accounts.services import names_of
from policies.domain.periods import in_words, period
from recordings.domain.errors import CaseNotMovable
from recordings.models import Certificate, Recording, RetentionCase
from recordings.retention_forms import AssignForm, DecideForm
from recordings.services.dates import given_dates
from recordings.services.retention.cases import DUE_AFTER, case_figures, find_case
from recordings.services.retention.conflicts import decide_conflict, rules_in_conflict
from recordings.services.retention.governing import assign_line
from recordings.views.rows import Moment, Row, for_rows, last_moment, rows_of

AT_ONCE = 50
Kind, State = RetentionCase.Kind, RetentionCase.State


@dataclass(frozen=True)
class Rule:
    """One of the rules that contradict each other, in words."""

    says: str
    because: str
    citation: str
    until: Moment
    is_law: bool
    is_minimum: bool


@dataclass(frozen=True)
class Waiting:
    """A case with its call."""

    case: RetentionCase
    row: Row
    rules: tuple[Rule, ...]
    is_late: bool


class Inbox(Page):
    """Oldest first; the late ones are red."""

    act = {"GET": Act.SEE_DISPOSITION, "POST": Act.JUDGE_QUARANTINE}

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, _assign_form(request))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Assign the chosen to one line, each by itself: what was settled meanwhile is left as it is."""
        form, user = _assign_form(request, request.POST), signed_in(request)
        chosen = [find_case(pk, user) for pk in _ids(request.POST.getlist("chosen"))]
        if not chosen:
            form.add_error(None, "Choose the calls to assign.")
        if not form.is_valid():
            return self._page(request, form, status=422)
        assigned, refused = 0, ""
        for case in chosen:
            try:
                assign_line(case=case, line=form.chosen(), reason=form.cleaned_data["reason"], actor=user)
                assigned += 1
            except CaseNotMovable as reason:
                refused = str(reason)
        if refused and not assigned:
            form.add_error(None, refused)
            return self._page(request, form, status=409)
        toast(request, f"{assigned} assigned to {form.chosen().name}. {refused}".strip())
        return redirect("recordings:inbox")

    def _page(self, request: HttpRequest, form: AssignForm, *, status: int = 200) -> HttpResponse:
        user, now = signed_in(request), timezone.now()
        kind = request.GET.get("kind", "")
        cases = RetentionCase.objects.visible_to(user).open()
        if kind in Kind.values:
            cases = cases.filter(kind=kind)
        after = _cursor(request)
        if after is not None:
            cases = cases.filter(since__gte=after[0]).exclude(since=after[0], pk__lte=after[1])
        page = list(cases.order_by("since", "pk")[: AT_ONCE + 1])
        more = page[AT_ONCE - 1] if len(page) > AT_ONCE else None
        kept = {"kind": kind} if kind in Kind.values else {}
        cursor = f"{more.since.isoformat()}~{more.pk}" if more else ""
        context = {
            "waiting": waiting_of(page[:AT_ONCE], user, now),
            "figures": case_figures(user, now),
            "kinds": Kind.choices,
            "kind": kept.get("kind", ""),
            "form": form,
            "may_assign": may(user, Act.JUDGE_QUARANTINE) and kind == Kind.NO_POLICY,
            "may_judge": may(user, Act.JUDGE_QUARANTINE),
            "due_after": DUE_AFTER.days,
            "more_url": f"?{urlencode(kept | {'after': cursor})}" if cursor else "",
        }
        return render(request, "recordings/inbox.html", context, status=status)


class Case(Page):
    """One case: what its rules say, what was decided."""

    act = {"GET": Act.SEE_DISPOSITION, "POST": Act.DECIDE_RETENTION}

    def get(self, request: HttpRequest, case_id: UUID) -> HttpResponse:
        return self._page(request, find_case(case_id, signed_in(request)), DecideForm())

    def post(self, request: HttpRequest, case_id: UUID) -> HttpResponse:
        case, form = find_case(case_id, signed_in(request)), DecideForm(request.POST)
        if not form.is_valid():
            return self._page(request, case, form, status=422)
        try:
            case = decide_conflict(
                case=case,
                last_readable=form.cleaned_data["until"],
                reason=form.cleaned_data["reason"],
                actor=signed_in(request),
            )
        except CaseNotMovable as reason:
            form.add_error("until" if reason.fields else None, str(reason))
            return self._page(request, case, form, status=409)
        if case.job_id and case.state == State.PROPOSED:
            toast(request, "Asked. It ends before a rule says, so a second officer has to approve it.")
            return redirect("recordings:shortening", case.job_id)
        toast(request, "Decided. Its dates are those that you chose.")
        return redirect("recordings:detail", case.recording_id)

    def _page(self, request: HttpRequest, case: RetentionCase, form: DecideForm, *, status: int = 200) -> HttpResponse:
        user, now = signed_in(request), timezone.now()
        shown = next(iter(waiting_of([case], user, now)), None)
        is_open = case.state == State.OPEN and shown is not None
        context: dict[str, Any] = {
            "case": case,
            "shown": shown,
            "is_late": case.state != State.CLOSED and case.due_at <= now,
            "decider": names_of({case.decided_by_id} - {""}).get(case.decided_by_id, ""),
            "kept_until": last_moment(case.kept_until, shown.row.recording.zone if shown else "UTC")
            if case.kept_until
            else None,
            "certificate": Certificate.objects.visible_to(user).filter(recording_id=case.recording_id).first(),
            "may_decide": is_open and case.kind == Kind.CONFLICT and may(user, Act.DECIDE_RETENTION, case),
            "may_assign": is_open and case.kind == Kind.NO_POLICY and may(user, Act.JUDGE_QUARANTINE, case),
            "form": form,
            "history": history("recordings.retentioncase", case.pk),
            "now": now,
        }
        return render(request, "recordings/case.html", context, status=status)


def waiting_of(cases: list[RetentionCase], user: User, now: datetime) -> list[Waiting]:
    """Each with its call; one whose call is gone is closed within a minute, and left out."""
    joined, fetched = for_rows()
    rows = Recording.objects.visible_to(user).filter(pk__in=[case.recording_id for case in cases])
    found = {row.recording.pk: row for row in rows_of(rows.select_related(*joined).prefetch_related(*fetched), user)}
    given = given_dates([row.recording for row in found.values()])
    return [
        Waiting(case, row, rules_of(row.recording, given[row.recording.pk].explanation), case.due_at <= now)
        for case in cases
        if (row := found.get(case.recording_id)) is not None
    ]


def rules_of(recording: Recording, explained: list[dict[str, Any]]) -> tuple[Rule, ...]:
    """The rules that contradict each other, the minimum first; none where they agree."""
    codes = rules_in_conflict(explained)
    told = [each for code in codes for each in explained if each["rule"] == code and each["until"]]
    return tuple(_rule(recording, each) for each in told)


def _rule(recording: Recording, each: dict[str, Any]) -> Rule:
    is_minimum = each["kind"] == "minimum"
    length = in_words(period(each["period"])) if each["period"] else ""
    return Rule(
        says=f"Keep it {length} at {'least' if is_minimum else 'most'}".replace("  ", " "),
        because=each["because"],
        citation=each["citation"],
        until=last_moment(datetime.fromisoformat(each["until"]), recording.zone),
        is_law=each["by"] == "law",
        is_minimum=is_minimum,
    )


def _assign_form(request: HttpRequest, data: Any = None) -> AssignForm:
    lines = LineOfBusiness.objects.exclude(code=LineOfBusiness.UNASSIGNED).order_by("name")
    seen = lines_of(signed_in(request))
    return AssignForm(data, lines=lines if seen is None else lines.filter(pk__in=seen))


def _cursor(request: HttpRequest) -> tuple[datetime, UUID] | None:
    since, _, pk = request.GET.get("after", "").partition("~")
    try:
        return datetime.fromisoformat(since), UUID(pk)
    except ValueError:
        return None


def _ids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
