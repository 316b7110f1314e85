"""What a page needs to let somebody hear a call: the drawing, the moments, the purposes, the audio's address."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from django.urls import reverse

from accounts.domain.errors import NotAllowed
from recordings import words
from recordings.domain import waves
from recordings.domain.errors import AudioNotKept, InQuarantine, Restricted
from recordings.domain.gaps import PAUSED, RESUMED, Gap, Timeline, Told, timeline
from recordings.models import AudioProfile, CallEvent, ConsentEvidence, Recording, Rendition
from recordings.services import audio, playback
from recordings.services.authenticity import Standing, standing
from recordings.services.renditions import needs_one, rendition_of
from trail.domain.actors import Actor

AGENT_OVER_THE_API = 0  # who delivers over the API puts the agent left


@dataclass(frozen=True)
class Lane:
    """One channel: its name, its bars, and its number in the audio."""

    key: str
    name: str
    path: str
    channel: int


@dataclass(frozen=True)
class Moment:
    """Something that happened at a second of the call, in a few words."""

    at_seconds: float
    words: str
    kind: str = "event"  # event, claim (somebody says that this was said), mark (the reviewer's own)
    is_bad: bool = False
    key: str = ""  # of the disclosure that was played
    x: float = 0.0


@dataclass(frozen=True)
class GapShown:
    """A stretch that was not recorded, explained. Its span has no width where it was left out of the audio."""

    span: waves.Span
    call_seconds: float
    why: str
    how: str
    is_left_out: bool


@dataclass(frozen=True)
class Player:
    """`condition`: ready, waiting (for its drawing), making (its playable form), no_audio, unreadable, unplayable, or
    for this person quarantined, restricted or closed."""

    recording_id: str
    condition: str
    duration_seconds: float
    purpose: str = ""
    purposes: tuple[tuple[str, str], ...] = ()
    audio_address: str = ""  # without the purpose
    lanes: tuple[Lane, ...] = ()
    moments: tuple[Moment, ...] = ()
    quiet: tuple[waves.Span, ...] = ()
    claimed: waves.Span | None = None
    axis: str = ""
    times: tuple[float, ...] = ()
    marks: tuple[str, ...] = field(default=())  # what the probe noted: truncated, silent, …
    gaps: tuple[GapShown, ...] = ()
    standing: Standing | None = None

    @property
    def playable_address(self) -> str:
        """Without the purpose."""
        return f"{self.audio_address}?playable=1"

    @property
    def audio_url(self) -> str:
        return f"{self.playable_address}&purpose={self.purpose}"

    @property
    def is_coming(self) -> bool:
        """Something of it is there in a few seconds, so the page asks again."""
        return self.condition in {"waiting", "making"}

    @property
    def has_two_lanes(self) -> bool:
        return len(self.lanes) > 1


def player_of(
    recording: Recording, *, actor: Actor, purpose: str | None = None, moments: Iterable[Moment] = ()
) -> Player:
    """The player of this call for this person; `moments` are the page's own, such as a reviewer's marks.

    The purpose is one of those that were announced; another one, or none, gives the first.
    """
    profile = getattr(recording, "profile", None)
    condition, purposes = _heard_by(actor, recording, profile)
    player = Player(
        recording_id=str(recording.pk),
        condition=condition,
        duration_seconds=_duration(recording, profile),
        purposes=tuple((value, words.PURPOSES.get(value, value)) for value in purposes),
        purpose=purpose if purpose in purposes else next(iter(purposes), ""),
        marks=tuple(words.AUDIO_MARKS.get(mark, mark.replace("_", " ")) for mark in profile.marks) if profile else (),
    )
    if condition not in {"ready", "waiting", "making"}:
        return player
    return _drawn(player, recording, profile, moments)


def _drawn(player: Player, recording: Recording, profile: AudioProfile | None, own: Iterable[Moment]) -> Player:
    duration = player.duration_seconds
    channels = audio.peaks(recording) if profile and bytes(profile.sealed_peaks) else []
    course = timeline_of(recording, duration)
    moments = moments_of(recording, own, duration=duration, course=course)
    claims = [moment.at_seconds for moment in moments if moment.kind == "claim"]
    return replace(
        player,
        audio_address=reverse("recordings:audio", args=[recording.pk]),
        lanes=_lanes(channels, recording),
        moments=moments,
        quiet=tuple(waves.silences(channels, duration=duration)),
        gaps=tuple(_shown(gap, duration) for gap in course.gaps),
        claimed=waves.span(min(claims), max(claims), duration=duration) if len(claims) > 1 else None,
        axis=waves.axis_path(duration),
        times=tuple(waves.axis_times(duration)),
        standing=standing(recording),
    )


def timeline_of(recording: Recording, duration: float) -> Timeline:
    """The call's pauses on the clock of its audio."""
    told = (Told(event.kind, event.offset_seconds, event.detail) for event in recording.call_events.all())
    known = (event for event in told if event.kind in {PAUSED, RESUMED})
    return timeline(known, audio_seconds=duration, call_seconds=recording.length_seconds)


def _shown(gap: Gap, duration: float) -> GapShown:
    return GapShown(
        span=waves.span(gap.start, gap.end, duration=duration),
        call_seconds=gap.seconds,
        why=words.pause_reason(gap.reason),
        how=words.pause_course(gap),
        is_left_out=gap.is_left_out,
    )


def moments_of(
    recording: Recording, own: Iterable[Moment] = (), *, duration: float, course: Timeline | None = None
) -> tuple[Moment, ...]:
    """The call's events, its consent evidence and the page's own moments, in the order in which they are heard.

    Events are told on the call's clock; where pauses were left out of the audio, `course` says where they are heard.
    """
    course = course or timeline_of(recording, duration)
    found = [_of_event(event) for event in recording.call_events.all()]
    told = {(round(moment.at_seconds), moment.words.split()[0]) for moment in found}
    for evidence in recording.consent.all():
        if evidence.offset_seconds is not None:
            moment = _of_evidence(evidence)
            if (round(moment.at_seconds), moment.words.split()[0]) not in told:
                found.append(moment)
    heard = [replace(moment, at_seconds=course.place(moment.at_seconds)) for moment in found]
    ordered = sorted([*heard, *own], key=lambda moment: moment.at_seconds)
    return tuple(replace(moment, x=waves.x_of(moment.at_seconds, duration=duration)) for moment in ordered)


def _of_event(event: CallEvent) -> Moment:
    said = words.said_at(event)
    kind = "claim" if event.kind == "disclosure_played" else "event"
    return Moment(event.offset_seconds, said, kind, event.kind == "consent_refused", event.detail)


def _of_evidence(evidence: ConsentEvidence) -> Moment:
    return Moment(evidence.offset_seconds or 0.0, words.evidence(evidence), "event", evidence.result == "refused")


def _duration(recording: Recording, profile: AudioProfile | None) -> float:
    """The audio's own length as the probe read it; before that, the call's as the phone system said it."""
    read = profile.duration_seconds if profile else None
    return float(read or max((recording.ended_at - recording.started_at).total_seconds(), 1.0))


def _heard_by(actor: Actor, recording: Recording, profile: AudioProfile | None) -> tuple[str, list[str]]:
    """The player's condition for this person, and the purposes for which they may hear the call."""
    try:
        purposes = playback.purposes_for(recording, actor)
    except AudioNotKept:
        return "no_audio", []
    except InQuarantine:
        return "quarantined", []
    except Restricted:
        return "restricted", []
    except NotAllowed:
        return "closed", []
    if profile is not None and profile.outcome == AudioProfile.Outcome.UNREADABLE:
        return "unreadable", []
    if needs_one(recording, profile):
        state = rendition_of(recording).state
        if state != Rendition.State.READY:
            return "unplayable" if state == Rendition.State.FAILED else "making", purposes
    return "ready" if profile is not None and bytes(profile.sealed_peaks) else "waiting", purposes


def _lanes(channels: list[list[int]], recording: Recording) -> tuple[Lane, ...]:
    """Which channel is the agent's is a setting of the source; where that is open, a channel has no name."""
    facts = getattr(recording, "telephony", None)
    agent = facts.agent_channel if facts is not None else AGENT_OVER_THE_API
    if len(channels) != 2 or agent not in {0, 1}:
        return tuple(
            Lane(f"channel-{number}", "Both sides" if len(channels) == 1 else f"Channel {number + 1}", path, number)
            for number, path in enumerate(_paths(channels))
        )
    names = (("agent", "Agent"), ("customer", "Customer"))
    return tuple(Lane(*names[number ^ agent], path, number) for number, path in enumerate(_paths(channels)))


def _paths(channels: list[list[int]]) -> Iterable[str]:
    loudest, lanes = waves.loudest_of(channels), len(channels)
    return (waves.lane_path(peaks, lane=lane, lanes=lanes, loudest=loudest) for lane, peaks in enumerate(channels))
