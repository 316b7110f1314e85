"""Imports of files with what they refused, and lists of calls compared with what is here."""

import csv
import io
import json
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode

from accounts.pages import Page, signed_in, toast
from accounts.permissions import Act, may
from recordings.call_list_forms import CallListForm
from recordings.domain.cells import safe_row
from recordings.domain.errors import CallListRefused, ImportRefused
from recordings.importing.call_lists import as_text, listed_calls
from recordings.models import CallListEntry, Certificate, ImportItem, ImportRun, Recording
from recordings.services.call_lists import answer_of, call_lists_of, causes_of, compare, ids_of
from recordings.services.imports.dropping import watched
from recordings.services.imports.runs import (
    STANDS_STILL,
    imports_of,
    name_of,
    place_of,
    reasons_of,
    refusals_of,
)
from recordings.views.keyset import newest_page

AT_ONCE = 200  # entries of one page
SHOWN = {
    "running": ("awaiting_audio", "Running"),
    "complete": ("stored", "Complete"),
    "incomplete": ("failed", "Some refused"),
}
STOPPED = ("late", "Interrupted")
OF_CAUSE = {  # cause: state of the style sheet; the others are quiet
    "unknown": "late",
    "dead_letter": "failed",
    "refused": "failed",
    "fetch_failed": "failed",
    "awaiting_audio": "awaiting_audio",
    "waiting": "awaiting_audio",
    "destroyed": "destroyed",
    "without_call": "due",
}


class Imports(Page):
    """Every import, newest first, and the folders that are watched."""

    act = Act.SEE_INTAKE

    def get(self, request: HttpRequest) -> HttpResponse:
        actor = signed_in(request)
        page, older = newest_page(imports_of(actor), request.GET.get("cursor", ""), field="started_at")
        folders, problem = _folders(request)
        context = {
            "rows": [(run, *_state(run)) for run in page],
            "folders": folders,
            "problem": problem,
            "older_url": f"?{urlencode({'cursor': older})}" if older else "",
            "newest_url": "?" if request.GET.get("cursor") else "",
        }
        return render(request, "recordings/imports.html", context)


class OneImport(Page):
    """What one import took in, and each file that it refused with its reason."""

    act = Act.SEE_INTAKE

    def get(self, request: HttpRequest, import_id: UUID) -> HttpResponse:
        actor = signed_in(request)
        run = _found(imports_of(actor), import_id)
        reason = request.GET.get("reason", "")
        rows = ImportItem.objects.filter(run=run).refused()
        rows = rows.filter(reason_code=reason) if reason else rows
        after = _whole_number(request.GET.get("after", ""))
        items = list(rows.filter(pk__gt=after).order_by("pk")[: AT_ONCE + 1])
        sees_names = may(actor, Act.SEE_NAMES)
        kept = {"reason": reason} if reason else {}
        context = {
            "run": run,
            "state": _state(run),
            "place": place_of(run) if may(actor, Act.ADMINISTER_INTAKE) else "",
            "items": [(item, name_of(item) if sees_names else "") for item in items[:AT_ONCE]],
            "sees_names": sees_names,
            "reasons": reasons_of(run),
            "reason": reason,
            "older_url": f"?{urlencode(kept | {'after': items[AT_ONCE - 1].pk})}" if len(items) > AT_ONCE else "",
        }
        return render(request, "recordings/import.html", context)


class ImportRefusals(Page):
    """The same as CSV. Names of files may tell numbers: it is for who may see those."""

    act = Act.SEE_NAMES

    def get(self, request: HttpRequest, import_id: UUID) -> HttpResponse:
        run = _found(imports_of(signed_in(request)), import_id)
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(["file", "code", "reason"])
        for one in refusals_of(run):
            writer.writerow(safe_row([one["name"], one["code"], one["reason"]]))
        return _download(out.getvalue(), "text/csv; charset=utf-8", f"refused-{run.pk}.csv")


class CallLists(Page):
    """Lists that were compared, newest first, and the form that compares another."""

    act = {"GET": Act.SEE_INTAKE, "POST": Act.ADMINISTER_INTAKE}

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._shown(request, CallListForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = CallListForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._shown(request, form, status=422)
        given = form.cleaned_data
        try:
            text = as_text(given["file"].file)
            calls = listed_calls(text, zone=given["zone"], region=given["region"].upper())
            made = compare(source=given["source"], calls=calls, actor=signed_in(request))
        except CallListRefused as error:
            form.add_error("file", str(error))
            return self._shown(request, form, status=422)
        toast(request, f"{made.calls:,} calls compared.")
        return redirect("recordings:call-list", made.pk)

    def _shown(self, request: HttpRequest, form: CallListForm, status: int = 200) -> HttpResponse:
        actor = signed_in(request)
        page, older = newest_page(call_lists_of(actor), request.GET.get("cursor", ""), field="made_at")
        context = {
            "form": form,
            "may_compare": may(actor, Act.ADMINISTER_INTAKE),
            "rows": page,
            "older_url": f"?{urlencode({'cursor': older})}" if older else "",
            "newest_url": "?" if request.GET.get("cursor") else "",
        }
        return render(request, "recordings/call_lists.html", context, status=status)


class OneCallList(Page):
    """One comparison: calls without a recording, each with its cause, and recordings without a call."""

    act = Act.SEE_INTAKE

    def get(self, request: HttpRequest, list_id: UUID) -> HttpResponse:
        actor = signed_in(request)
        made = _found(call_lists_of(actor), list_id)
        causes = causes_of(made)
        cause = request.GET.get("cause", "")
        cause = cause if cause in causes else next((one for one in ("unknown", *causes) if one in causes), "")
        after = _whole_number(request.GET.get("after", ""))
        rows = made.entries.filter(cause=cause, pk__gt=after).order_by("pk")
        entries = list(rows[: AT_ONCE + 1])
        kept = {"cause": cause}
        context = {
            "made": made,
            "causes": [(one, CallListEntry.Cause(one).label, count) for one, count in causes.items()],
            "cause": cause,
            "shown": (OF_CAUSE.get(cause, "stored"), CallListEntry.Cause(cause).label) if cause else None,
            "entries": _lines(entries[:AT_ONCE], actor),
            "sees_names": may(actor, Act.SEE_NAMES),
            "older_url": f"?{urlencode(kept | {'after': entries[AT_ONCE - 1].pk})}" if len(entries) > AT_ONCE else "",
        }
        return render(request, "recordings/call_list.html", context)


class CallListFile(Page):
    """The same as JSON, with what the list called its calls."""

    act = Act.SEE_NAMES

    def get(self, request: HttpRequest, list_id: UUID) -> HttpResponse:
        made = _found(call_lists_of(signed_in(request)), list_id)
        told = json.dumps(answer_of(made), indent=1, ensure_ascii=False)
        return _download(told, "application/json", f"calls-{made.pk}.json")


def _lines(entries: list[CallListEntry], actor: Any) -> list[tuple[CallListEntry, str, str]]:
    """Each entry with the ids that the list gave it, and the page that tells more: recording, certificate."""
    ids = [entry.recording_id for entry in entries if entry.recording_id]
    here = set(Recording.objects.visible_to(actor).filter(pk__in=ids).values_list("pk", flat=True))
    gone = set(
        Certificate.objects.visible_to(actor).filter(recording_id__in=ids).values_list("recording_id", flat=True)
    )
    sees_names = may(actor, Act.SEE_NAMES)
    return [
        (
            entry,
            ", ".join(ids_of(entry)) if sees_names else "",
            "detail" if entry.recording_id in here else "certificate" if entry.recording_id in gone else "",
        )
        for entry in entries
    ]


def _folders(request: HttpRequest) -> tuple[list[dict[str, Any]], str]:
    """The watched folders, for who administers intake, and what is wrong with the setting."""
    if not may(signed_in(request), Act.ADMINISTER_INTAKE):
        return [], ""
    try:
        return [
            {
                "source": one.plan.defaults.source,
                "place": str(one.plan.root),
                "is_there": one.plan.root.is_dir(),
                "keep_days": one.keep_days,
            }
            for one in watched()
        ], ""
    except ImportRefused as error:
        return [], str(error)


def _state(run: ImportRun) -> tuple[str, str]:
    """State of the style sheet, and the word; a run that moves no more was killed."""
    stands_still = run.moved_at < timezone.now() - STANDS_STILL
    if run.state == ImportRun.State.RUNNING and run.kind != ImportRun.Kind.DROP and stands_still:
        return STOPPED
    return SHOWN[run.state]


def _found(rows: "QuerySet[Any]", pk: UUID) -> Any:
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def _whole_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _download(content: str, media_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
