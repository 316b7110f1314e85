"""Dates that come earlier: proposed, counted, looked through, approved by a second person, done. No way back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.history import history
from accounts.models import User
from accounts.pages import Page, is_part, signed_in, toast
from accounts.permissions import Act, lines_of, may
from accounts.services import names_of
from policies.models import ImpactReport, LawRelease, PolicyVersion
from policies.services.impact import impact_of
from policies.views.impact import subject_seen
from recordings.disposition_forms import RefuseShorteningForm, ShortenForm
from recordings.domain.errors import BrakeHolds, CountChanged
from recordings.models import Recording, ShorteningItem, ShorteningJob
from recordings.services import shortening
from recordings.services.doorbell import ring
from recordings.views.rows import Moment, Row, for_rows, last_moment, rows_of

TASK = "recordings.tasks.shorten_recordings"
State = ShorteningJob.State
STATES = {  # of a job: (data-state, symbol, word)
    State.COUNTING: ("awaiting_audio", "waiting", "Being counted"),
    State.PROPOSED: ("due", "clock", "Waits for a second person"),
    State.RUNNING: ("listed", "listed", "Running"),
    State.DONE: ("met", "check", "Done"),
    State.REFUSED: ("destroyed", "cross", "Laid aside"),
}


@dataclass(frozen=True)
class Listed:
    """One recording of the list: its dates when it was listed, and those that it gets."""

    row: Row
    item: ShorteningItem
    keep_until_before: str
    keep_until: str
    delete_by_before: Moment
    delete_by: Moment


class ShorteningList(Page):
    """Every shortening of the lines that the reader sees, the newest first."""

    act = Act.SEE_DISPOSITION

    def get(self, request: HttpRequest) -> HttpResponse:
        jobs = list(ShorteningJob.objects.visible_to(signed_in(request))[:100])
        names = names_of({job.proposed_by_id for job in jobs})
        rows = [(job, STATES[State(job.state)], names.get(job.proposed_by_id, "")) for job in jobs]
        return render(request, "recordings/shortenings.html", {"rows": rows})


class ProposeShortening(Page):
    """Ask for the list under a version or release in force; nothing is shortened by that."""

    act = {"POST": Act.PROPOSE_SHORTENING}

    def post(self, request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
        subject = subject_seen(kind, subject_id, signed_in(request))
        if not isinstance(subject, PolicyVersion | LawRelease):
            raise Http404
        report = impact_of(subject)
        is_done = report is not None and report.state == ImpactReport.State.DONE
        job = shortening.propose_shortening(report if report and is_done else subject, signed_in(request))
        ring(TASK)
        return redirect("recordings:shortening", job.pk)


class ShorteningPage(Page):
    act = Act.SEE_DISPOSITION

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        job = job_seen(pk, signed_in(request))
        if not is_part(request):
            return job_page(request, job)
        if job.state in {State.COUNTING, State.RUNNING}:
            return render(request, "recordings/_shortening_job.html", {"job": job})
        response = HttpResponse(status=200)
        response["HX-Refresh"] = "true"
        return response


class ApproveShortening(Page):
    """The second person's word, with the number typed where the list is long."""

    act = {"POST": Act.APPROVE_SHORTENING}

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        job = job_seen(pk, signed_in(request))
        form = ShortenForm(request.POST)
        if not form.is_valid():
            return job_page(request, job, form=form, status=422)
        try:
            job = shortening.approve_shortening(job, form.cleaned_data["confirmed"], signed_in(request))
        except (BrakeHolds, CountChanged) as held:
            form.add_error("confirmed", str(held))
            return job_page(request, job, form=form, status=409)
        ring(TASK)
        toast(request, f"{job.count:,} approved. They are shortened batch by batch; holds are passed over.")
        return redirect("recordings:shortening", pk)


class RefuseShortening(Page):
    """Lay it aside: the dates stay as they are."""

    act = {"POST": Act.PROPOSE_SHORTENING}

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        job = job_seen(pk, signed_in(request))
        form = RefuseShorteningForm(request.POST)
        if not form.is_valid():
            return job_page(request, job, refuse=form, status=422)
        shortening.refuse_shortening(job, form.cleaned_data["because"], signed_in(request))
        toast(request, "Laid aside. Every date stays as it was.")
        return redirect("recordings:shortening", pk)


def job_seen(pk: UUID, user: User) -> ShorteningJob:
    job = ShorteningJob.objects.visible_to(user).filter(pk=pk).first()
    if job is None:
        raise Http404
    return job


def job_page(
    request: HttpRequest,
    job: ShorteningJob,
    *,
    form: ShortenForm | None = None,
    refuse: RefuseShorteningForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = signed_in(request)
    lines = lines_of(user)
    sees_all = lines is None or set(job.lines) <= lines
    listed, more = listed_of(job, _cursor(request), user)
    names = names_of({job.proposed_by_id, job.settled_by_id} - {""})
    context: dict[str, Any] = {
        "job": job,
        "state": STATES[State(job.state)],
        "share": job.count / job.of if job.of else 0.0,
        "is_braked": shortening.needs_number(job),
        "listed": listed,
        "more_url": f"?cursor={more}" if more else "",
        "proposer": names.get(job.proposed_by_id, "Callward"),
        "settler": names.get(job.settled_by_id, "Callward"),
        "is_proposer": (job.proposed_by_kind, job.proposed_by_id) == (user.actor_kind, user.actor_id),
        "may_approve": sees_all and may(user, Act.APPROVE_SHORTENING, job),
        "may_refuse": sees_all and may(user, Act.PROPOSE_SHORTENING),
        "sees_all": sees_all,
        "history": history("recordings.shorteningjob", job.pk),
        "form": form or ShortenForm(),
        "refuse": refuse or RefuseShorteningForm(),
    }
    return render(request, "recordings/shortening.html", context, status=status)


def listed_of(job: ShorteningJob, cursor: UUID | None, user: User) -> tuple[list[Listed], UUID | None]:
    """One page of the list, those that the reader sees, and where the next one begins."""
    found, more = shortening.shortening_list(job, cursor, user)
    items = {one.recording.pk: one.item for one in found}
    joined, fetched = for_rows()
    rows = Recording.objects.filter(pk__in=items).select_related(*joined).prefetch_related(*fetched).order_by("pk")
    return [_listed(row, items[row.recording.pk]) for row in rows_of(rows, user)], more


def _listed(row: Row, item: ShorteningItem) -> Listed:
    zone = row.recording.zone
    return Listed(
        row,
        item,
        least(row.recording, item.keep_until_before),
        least(row.recording, item.keep_until),
        last_moment(item.delete_by_before, zone),
        last_moment(item.delete_by, zone),
    )


def least(recording: Recording, keep_until: datetime) -> str:
    """Until when it has to stay; where nothing asks for that, the call's own end is stored."""
    return last_moment(keep_until, recording.zone).text if keep_until > recording.ended_at else "no minimum"


def _cursor(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("cursor", ""))
    except ValueError:
        return None
