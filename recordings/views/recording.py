"""The page of one call: hear it, why it is kept, consent, parties, holds, the audio, its history."""

from typing import Any
from uuid import UUID

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.history import history
from accounts.models import User
from accounts.pages import Page, signed_in, toast
from accounts.permissions import Act, may
from accounts.services import names_of
from recordings import words
from recordings.domain.errors import RecordingDestroyed
from recordings.domain.formats import codec_name
from recordings.forms import ReleaseFromQuarantine
from recordings.models import Certificate, HoldMember, Recording
from recordings.player import player_of
from recordings.services.people import People, people_of
from recordings.services.playback import note_view
from recordings.services.quarantine import release_from_quarantine
from recordings.services.renditions import needs_one
from recordings.services.sight import find_recording
from recordings.views.consent import consent_of, parties_of
from recordings.views.quarantine import reasons_of
from recordings.views.rows import customer_of, last_moment, state_of
from recordings.views.why import counting_of, scale_of
from recordings.views.why import reasons_of as why_kept


class RecordingDetail(Page):
    act = Act.SEE_RECORDING

    def get(self, request: HttpRequest, recording_id: UUID) -> HttpResponse:
        seen = Recording.objects.visible_to(signed_in(request)).filter(pk=recording_id).first()
        if seen is not None:
            note_view(recording=seen, actor=signed_in(request))
        return detail_page(request, recording_id)


class Release(Page):
    """Let this one call out of quarantine."""

    act = Act.JUDGE_QUARANTINE

    def post(self, request: HttpRequest, recording_id: UUID) -> HttpResponse:
        recording = find_recording(recording_id, signed_in(request))
        form = ReleaseFromQuarantine(request.POST)
        if not form.is_valid():
            return detail_page(request, recording_id, release=form, status=422)
        release_from_quarantine(recording=recording, reason=form.cleaned_data["reason"], actor=signed_in(request))
        toast(request, "Released from quarantine.")
        return redirect("recordings:detail", recording_id)


class PlayerPart(Page):
    """The player alone, for a page that waits for the drawing."""

    act = Act.HEAR_RECORDING

    def get(self, request: HttpRequest, recording_id: UUID) -> HttpResponse:
        recording = _whole(recording_id, signed_in(request))
        return render(request, "components/player.html", {"player": player_of(recording, actor=signed_in(request))})


def detail_page(
    request: HttpRequest,
    recording_id: UUID,
    *,
    release: Form | None = None,
    telling: Form | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, or where the recording was destroyed its certificate's address, as 410."""
    actor = signed_in(request)
    try:
        recording = _whole(recording_id, actor)
    except RecordingDestroyed:
        gone = Certificate.objects.visible_to(actor).get(recording_id=recording_id)
        context = {"certificate": gone, "may_certify": may(actor, Act.SEE_CERTIFICATE, gone)}
        return render(request, "recordings/destroyed.html", context, status=410)
    people = people_of([recording], actor)[recording.pk]
    holds = list(recording.holds.select_related("hold").order_by("hold__placed_at"))
    context = _about(recording, people, actor, holds) | _margin(recording, people, actor, holds)
    context["release"] = release or ReleaseFromQuarantine()
    context |= counting_of(recording, actor, telling)
    return render(request, "recordings/detail.html", context, status=status)


def _whole(recording_id: UUID, actor: User) -> Recording:
    """The recording with all that its page reads. Raises RecordingNotFound, RecordingDestroyed."""
    find_recording(recording_id, actor)
    parts = ("parties", "consent__party", "call_events", "holds")
    return (
        Recording.objects.select_related("line_of_business", "profile", "key", "telephony")
        .prefetch_related(*parts)
        .get(pk=recording_id)
    )


def _about(recording: Recording, people: People, actor: User, holds: list[HoldMember]) -> dict[str, Any]:
    now = timezone.now()
    customer = customer_of(recording)
    places = words.place_names()
    place = places.get(customer.jurisdiction, customer.jurisdiction) if customer else ""
    number = people.number_of(customer) if customer else ""
    in_force = [member for member in holds if member.released_at is None]
    return {
        "recording": recording,
        "title": f"Call with {number}"
        if number
        else f"Call with a customer in {place}"
        if place
        else "Call with a customer",
        "place": place,
        "state": state_of(recording, now),
        "now": now,
        "seconds": recording.length_seconds,
        "player": player_of(recording, actor=actor),
        "reasons": why_kept(recording, in_force if may(actor, Act.SEE_HOLDS) else []),
        "scale": scale_of(recording, in_force, now),
        "keep_until": last_moment(recording.keep_until, recording.zone),
        "delete_by": last_moment(recording.delete_by, recording.zone),
        "has_minimum": recording.keep_until > recording.ended_at,
        "conflicts": recording.decided.get("conflicts", []),
        "apart": reasons_of(recording),
        "may_judge": may(actor, Act.JUDGE_QUARANTINE, recording),
        "may_hold": may(actor, Act.PLACE_HOLD, recording),
        "may_download": may(actor, Act.DOWNLOAD_RECORDING, recording),
    }


def _sound(recording: Recording) -> dict[str, Any]:
    """What its audio itself told, beside what was told of it."""
    profile = getattr(recording, "profile", None)
    return {
        "profile": profile,
        "codec": codec_name(profile.codec) if profile else "",
        "heard_seconds": profile.duration_seconds if profile else None,
        "is_rendered": recording.object_key is not None and needs_one(recording, profile),
    }


def _margin(recording: Recording, people: People, actor: User, holds: list[HoldMember]) -> dict[str, Any]:
    sees_holds = may(actor, Act.SEE_HOLDS)
    names = names_of(member.hold.placed_by_id for member in holds) if sees_holds else {}
    return {
        "consent": consent_of(recording),
        "parties": parties_of(recording, people),
        "agent": people.agent or (recording.agent_id if may(actor, Act.SEE_NAMES) else ""),
        "sees_holds": sees_holds,
        "holds": [(member, names.get(member.hold.placed_by_id, "Somebody who is gone")) for member in holds]
        if sees_holds
        else [],
        "sees_names": may(actor, Act.SEE_NAMES),
        "sha256": bytes(recording.sha256).hex() if recording.sha256 else "",
        **_sound(recording),
        "history": history("recordings.recording", recording.pk) if may(actor, Act.SEE_TRAIL) else None,
    }
