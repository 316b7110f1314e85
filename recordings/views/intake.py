"""What phone systems deliver: the log, the dead letters with their reasons, the sources. No content is shown."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode

from accounts.pages import Page, signed_in, toast
from accounts.permissions import Act, may
from recordings.domain.errors import NotRunnable
from recordings.models import IntakeDelivery, Recording
from recordings.services.fetching import fetch_again
from recordings.services.intake_log import (
    dead_audio_of,
    dead_letters,
    deliveries_of,
    run_all_again,
    source_rows,
    sources_of,
)
from recordings.services.working import run_again
from recordings.views.keyset import newest_page

SHOWN = {"waiting": "awaiting_audio", "done": "stored", "dead": "failed"}  # state of a delivery: of the style sheet
WORDS = {"waiting": "Waiting", "done": "Worked", "dead": "Given up"}


@dataclass(frozen=True)
class Line:
    """One delivery as a row; `recording_ids` are those that this person may see."""

    delivery: IntakeDelivery
    state: str
    word: str
    recording_ids: tuple[UUID, ...]


class IntakeLog(Page):
    """Every delivery, newest first."""

    act = Act.SEE_INTAKE

    def get(self, request: HttpRequest) -> HttpResponse:
        state, source = request.GET.get("state", ""), request.GET.get("source", "")
        rows = deliveries_of(signed_in(request))
        known = list(sources_of(signed_in(request)))
        kept = {}
        if state in IntakeDelivery.State.values:
            rows, kept["state"] = rows.filter(state=state), state
        if source in {one.pk for one in known}:
            rows, kept["source"] = rows.filter(source=source), source
        page, older = newest_page(rows, request.GET.get("cursor", ""), field="received_at")
        context = {
            "lines": _lines(page, request),
            "states": WORDS.items(),
            "sources": known,
            "kept": kept,
            "older_url": f"?{urlencode(kept | {'cursor': older})}" if older else "",
            "newest_url": f"?{urlencode(kept)}" if request.GET.get("cursor") else "",
            "dead": dead_letters(signed_in(request)),
        }
        return render(request, "recordings/intake.html", context)


class DeadLetters(Page):
    """What was given up, with its reason, and the button that runs it again."""

    act = {"GET": Act.SEE_INTAKE, "POST": Act.ADMINISTER_INTAKE}

    def get(self, request: HttpRequest) -> HttpResponse:
        actor = signed_in(request)
        rows = deliveries_of(actor).filter(state=IntakeDelivery.State.DEAD)
        page, older = newest_page(rows, request.GET.get("cursor", ""), field="received_at")
        audio, older_audio = newest_page(dead_audio_of(actor), request.GET.get("audio", ""), field="asked_at")
        context = {
            "lines": _lines(page, request),
            "with_content": set(_with_content(page)),
            "audio": audio,
            "older_url": f"?{urlencode({'cursor': older})}" if older else "",
            "older_audio_url": f"?{urlencode({'audio': older_audio})}" if older_audio else "",
            "may_run": may(actor, Act.ADMINISTER_INTAKE),
            "count": dead_letters(actor),
        }
        return render(request, "recordings/dead_letters.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Run one again, or all. One that somebody else has run meanwhile is left as it is."""
        actor = signed_in(request)
        if request.POST.get("all"):
            count = run_all_again(actor=actor)
            toast(request, f"{count:,} run again.")
            return redirect("recordings:dead-letters")
        try:
            for delivery in deliveries_of(actor).filter(pk__in=_ids(request.POST.getlist("delivery"))):
                run_again(delivery=delivery, actor=actor)
            for fetch in dead_audio_of(actor).filter(pk__in=_ids(request.POST.getlist("audio"))):
                fetch_again(fetch=fetch, actor=actor)
        except NotRunnable as error:
            toast(request, str(error))
        else:
            toast(request, "It runs again.")
        return redirect("recordings:dead-letters")


class Sources(Page):
    """The phone systems that deliver here, each with its last delivery."""

    act = Act.SEE_INTAKE

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = source_rows(signed_in(request), timezone.now())
        return render(request, "recordings/sources.html", {"rows": rows, "dead": dead_letters(signed_in(request))})


def _lines(deliveries: list[IntakeDelivery], request: HttpRequest) -> list[Line]:
    ids = {pk for delivery in deliveries for pk in delivery.recording_ids}
    visible = set(Recording.objects.visible_to(signed_in(request)).filter(pk__in=ids).values_list("pk", flat=True))
    return [
        Line(
            delivery=delivery,
            state=SHOWN[delivery.state],
            word=WORDS[delivery.state],
            recording_ids=tuple(pk for pk in delivery.recording_ids if pk in visible),
        )
        for delivery in deliveries
    ]


def _with_content(deliveries: list[IntakeDelivery]) -> list[UUID]:
    """Those whose content is still kept, so that they can be run again."""
    ids = [delivery.pk for delivery in deliveries]
    return list(IntakeDelivery.objects.filter(pk__in=ids).exclude(sealed=b"").values_list("pk", flat=True))


def _ids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
