"""Calls that a person must look at: why each is set apart, what to do, and the release of the chosen."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode

from accounts.pages import Page, signed_in, toast
from accounts.permissions import Act, may
from recordings.domain.errors import ReleaseRefused
from recordings.domain.lifecycle import WORDS, QuarantineReason
from recordings.forms import ReleaseFromQuarantine
from recordings.models import Recording
from recordings.services.quarantine import release_from_quarantine
from recordings.services.sight import find_recording
from recordings.views.keyset import newest_page
from recordings.views.rows import Row, for_rows, rows_of

WHAT_TO_DO: dict[str, str] = {
    QuarantineReason.CONSENT_MISSING: "Hear the beginning. If all agreed, release it and say where; else let it go.",
    QuarantineReason.CONSENT_REFUSED: "Hear the refusal. Release it only where it was withdrawn on the call.",
    QuarantineReason.NO_LINE: "Ask the source which line it belongs to. It cannot be reviewed until it has one.",
    QuarantineReason.NO_POLICY: "Publish a policy for its line, then release it. The careful default's dates hold.",
    QuarantineReason.RETENTION_CONFLICT: "Ask counsel which rule yields. It stays until somebody decides.",
    QuarantineReason.DAMAGED_AUDIO: "Hear what is there. Release it if that is enough, or ask for a better copy.",
    QuarantineReason.UNREADABLE_AUDIO: "Ask the source for a copy under a new id. This one goes on its day.",
    QuarantineReason.CHANGED_AUDIO: "Put its object back from a backup; the next look at the store lets it out.",
}


@dataclass(frozen=True)
class Apart:
    """A quarantined call with each of its reasons, and what to do about it."""

    row: Row
    reasons: tuple[tuple[str, str], ...]


class QuarantineList(Page):
    act = {"GET": Act.SEE_RECORDING, "POST": Act.JUDGE_QUARANTINE}

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, ReleaseFromQuarantine())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Release the chosen, each by itself: one that was released meanwhile is left as it is."""
        form = ReleaseFromQuarantine(request.POST)
        chosen = [find_recording(key, signed_in(request)) for key in _ids(request.POST.getlist("chosen"))]
        if not chosen:
            form.add_error(None, "Choose the calls to release.")
        if not form.is_valid():
            return self._page(request, form, chosen={recording.pk for recording in chosen}, status=422)
        released = sum(_released(recording, form.cleaned_data["reason"], request) for recording in chosen)
        toast(request, f"{released} released from quarantine.")
        return redirect("recordings:quarantine")

    def _page(
        self,
        request: HttpRequest,
        form: ReleaseFromQuarantine,
        *,
        chosen: frozenset[UUID] | set[UUID] = frozenset(),
        status: int = 200,
    ) -> HttpResponse:
        if not may(signed_in(request), Act.JUDGE_QUARANTINE):
            return redirect("recordings:list")
        reason = request.GET.get("reason", "")
        apart = Recording.objects.visible_to(signed_in(request)).filter(state=Recording.State.QUARANTINED)
        if reason in WORDS:
            apart = apart.filter(quarantine_reasons__contains=[reason])
        joined, fetched = for_rows()
        page, older = newest_page(
            apart.select_related(*joined).prefetch_related(*fetched), request.GET.get("cursor", "")
        )
        kept = {"reason": reason} if reason in WORDS else {}
        context = {
            "apart": [Apart(row, reasons_of(row.recording)) for row in rows_of(page, signed_in(request))],
            "form": form,
            "chosen": chosen,
            "reasons": WORDS,
            "reason": kept.get("reason", ""),
            "older_url": f"?{urlencode(kept | {'cursor': older})}" if older else "",
            "newest_url": f"?{urlencode(kept)}" if request.GET.get("cursor") else "",
        }
        return render(request, "recordings/quarantine.html", context, status=status)


def reasons_of(recording: Recording) -> tuple[tuple[str, str], ...]:
    """Each reason in words, with what to do about it."""
    return tuple(
        (WORDS[QuarantineReason(reason)], WHAT_TO_DO[QuarantineReason(reason)])
        for reason in recording.quarantine_reasons
    )


def _released(recording: Recording, reason: str, request: HttpRequest) -> bool:
    try:
        release_from_quarantine(recording=recording, reason=reason, actor=signed_in(request))
    except ReleaseRefused:
        return False
    return True


def _ids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
