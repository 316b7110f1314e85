"""Runs of disposition: how far each is, what resists, what the brake asks; what would go now; the pause."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views import View

from accounts.history import history
from accounts.models import LineOfBusiness, User
from accounts.pages import Page, signed_in, toast
from accounts.permissions import Act, lines_of, may
from accounts.services import names_of
from recordings import keys
from recordings.disposition_forms import ApproveForm, PauseForm
from recordings.domain.certificates import verify_manifest
from recordings.domain.errors import CountChanged, PauseNotMovable, RunNotMovable
from recordings.models import DispositionRun
from recordings.services.disposition import runs
from recordings.services.disposition.dry_run import STAYS, dry_run
from recordings.services.disposition.manifests import manifest_document, note_manifest_export
from recordings.services.disposition.pause import pause_disposition, pause_in_force, resume_disposition
from recordings.services.doorbell import ring
from recordings.services.papers import manifest_paper
from recordings.views.rows import for_rows, rows_of

TASK = "recordings.tasks.dispose_due"
State = DispositionRun.State
STATES = {  # of a run: (data-state, symbol, word)
    State.RUNNING: ("listed", "listed", "Running"),
    State.ASKING: ("due", "clock", "Asks before it goes on"),
    State.INCOMPLETE: ("late", "late", "Incomplete"),
    State.COMPLETE: ("met", "check", "Complete"),
}
LISTED = 100
SCRIPT = "verify_certificate.py"


@dataclass(frozen=True)
class Seen:
    """A run as far as the reader sees its lines."""

    run: DispositionRun
    state: tuple[str, str, str]
    due: int
    done: int
    size_bytes: int
    is_whole: bool  # the reader sees every line of it


class Runs(Page):
    act = Act.SEE_DISPOSITION

    def get(self, request: HttpRequest) -> HttpResponse:
        actor = signed_in(request)
        rows = [seen_by(actor, run) for run in DispositionRun.objects.visible_to(actor)[:LISTED]]
        return render(request, "recordings/runs.html", {"rows": rows, "pause": pause_in_force()})


class Run(Page):
    """One run; a POST answers its brake, or tries again what was set aside."""

    act = {"GET": Act.SEE_DISPOSITION, "POST": Act.APPROVE_DISPOSITION}

    def get(self, request: HttpRequest, run_id: UUID) -> HttpResponse:
        return run_page(request, run_id, ApproveForm())

    def post(self, request: HttpRequest, run_id: UUID) -> HttpResponse:
        actor, now = signed_in(request), timezone.now()
        if request.POST.get("step") == "again":
            count = runs.try_again(run_id=run_id, actor=actor, at=now)
            toast(request, f"{count:,} tried again.")
            ring(TASK)
            return redirect("recordings:run", run_id)
        form = ApproveForm(request.POST)
        if not form.is_valid():
            return run_page(request, run_id, form, status=422)
        try:
            runs.let_run_go_on(run_id=run_id, confirmed=form.cleaned_data["confirmed"], actor=actor, at=now)
        except CountChanged as changed:
            form.add_error("confirmed", str(changed))
            return run_page(request, run_id, form, status=409)
        except RunNotMovable as reason:
            form.add_error(None, str(reason))
            return run_page(request, run_id, form, status=409)
        ring(TASK)
        toast(request, "The run goes on. Pause it on the page of disposition if something is wrong.")
        return redirect("recordings:run", run_id)


class Manifest(Page):
    """The signed manifest of a run that is complete, as JSON or PDF, to who sees every line of it."""

    act = Act.SEE_CERTIFICATE

    def get(self, request: HttpRequest, run_id: UUID, form: str) -> HttpResponse:
        actor = signed_in(request)
        run = DispositionRun.objects.wholly_visible_to(actor).filter(pk=run_id).first()
        document = manifest_document(run) if run else None
        if run is None or document is None:
            raise Http404
        if request.method == "GET":
            note_manifest_export(run=run, actor=actor)
        return signed_file(document, manifest_paper(document) if form == "pdf" else None, f"manifest-{run_id}")


class DryRun(Page):
    act = Act.SEE_DISPOSITION

    def get(self, request: HttpRequest) -> HttpResponse:
        actor = signed_in(request)
        found = dry_run(timezone.now(), actor=actor)
        joined, fetched = for_rows()
        rows = found.rows.select_related(*joined).prefetch_related(*fetched).order_by("delete_by", "pk")[:LISTED]
        stays = [(STAYS[name], count) for name, count in found.stays.items()]
        context = {"found": found, "stays": stays, "rows": rows_of(rows, actor)}
        return render(request, "recordings/dry_run.html", context)


class Pause(Page):
    """Stop all destruction, with a reason; or let it go on, which is an officer's."""

    act = Act.PAUSE_DISPOSITION

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, PauseForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        actor, form = signed_in(request), PauseForm(request.POST)
        try:
            if request.POST.get("step") == "resume":
                resume_disposition(actor=actor)
                ring(TASK)
                toast(request, "Destruction goes on.")
                return redirect("recordings:disposition")
            if not form.is_valid():
                return self._page(request, form, status=422)
            pause_disposition(reason=form.cleaned_data["reason"], actor=actor)
        except PauseNotMovable as reason:
            toast(request, str(reason))
            return redirect("recordings:pause")
        toast(request, "Destruction is paused. A batch that was under way has ended or ends in seconds.")
        return redirect("recordings:disposition")

    def _page(self, request: HttpRequest, form: PauseForm, *, status: int = 200) -> HttpResponse:
        pause = pause_in_force()
        context = {
            "form": form,
            "pause": pause,
            "by": names_of([pause.paused_by_id]).get(pause.paused_by_id, "") if pause else "",
            "may_resume": may(signed_in(request), Act.APPROVE_DISPOSITION),
        }
        return render(request, "recordings/pause.html", context, status=status)


class VerifyScript(View):
    """The script that verifies certificates and manifests without us. It says nothing of any call."""

    def get(self, request: HttpRequest) -> FileResponse:
        file = (settings.BASE_DIR / "scripts" / SCRIPT).open("rb")
        return FileResponse(file, as_attachment=True, filename=SCRIPT, content_type="text/x-python")


def run_page(request: HttpRequest, run_id: UUID, form: ApproveForm, *, status: int = 200) -> HttpResponse:
    actor = signed_in(request)
    run = runs.find_run(run_id, actor)
    seen = seen_by(actor, run)
    document = manifest_document(run)
    answered = run.answered_by_id
    context: dict[str, Any] = {
        "seen": seen,
        "run": run,
        "form": form,
        "lines": _lines(actor, run),
        "failing": list(run.claims.failing().exclude(last_error="")[:LISTED]) if seen.is_whole else [],
        "objects": list(run.removals.filter(absent_at=None).exclude(last_error="")[:LISTED]) if seen.is_whole else [],
        "may_answer": may(actor, Act.APPROVE_DISPOSITION) and seen.is_whole,
        "answered_by": names_of([answered]).get(answered, answered) if answered else "",
        "faults": verify_manifest(document, _signed_by(document["key_id"])) if document else [],
        "history": history("recordings.dispositionrun", run.pk) if seen.is_whole else [],
    }
    return render(request, "recordings/run.html", context, status=status)


def seen_by(actor: User, run: DispositionRun) -> Seen:
    lines = lines_of(actor)
    mine = {str(line) for line in run.lines if lines is None or line in lines}
    due = sum(figures["count"] for line, figures in run.due.items() if line in mine)
    done = [figures for line, figures in run.done.items() if line in mine]
    return Seen(
        run=run,
        state=STATES[State(run.state)],
        due=due,
        done=sum(figures["count"] for figures in done),
        size_bytes=sum(figures["bytes"] for figures in done),
        is_whole=len(mine) == len(run.lines),
    )


def _lines(actor: User, run: DispositionRun) -> list[tuple[str, int, int]]:
    """(name, due, destroyed) of each line that the reader sees."""
    mine = lines_of(actor)
    shown = [line for line in run.lines if mine is None or line in mine]
    none = {"count": 0}
    return [
        (line.name, run.due.get(str(line.pk), none)["count"], run.done.get(str(line.pk), none)["count"])
        for line in LineOfBusiness.objects.filter(pk__in=shown).order_by("name")
    ]


def signed_file(document: dict[str, Any], paper: bytes | None, name: str) -> HttpResponse:
    """A signed document to take away: as JSON, or as the PDF that carries it."""
    kind, content = ("pdf", paper) if paper else ("json", json.dumps(document, indent=1, ensure_ascii=False).encode())
    response = HttpResponse(content, content_type=f"application/{kind}")
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


def _signed_by(key_id: str) -> Any:
    return lambda message, signature: keys.verify(message, signature, key_id)
