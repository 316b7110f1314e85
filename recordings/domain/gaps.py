"""Stretches of a call that were not recorded, explained: a pause and its end are paired, and what has no pair is told.

Phone systems tell offsets on the call's clock. Some leave a paused stretch out of the audio, some fill it with silence;
which of both it was is seen from the audio's own length.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

PAUSED, RESUMED = "paused", "resumed"
LEAST_CUT_SECONDS = 1.0  # pauses shorter than that say nothing about the audio's length
CALL_LONGER_BY = 0.6  # of what was paused: so much of it has to be missing in the audio before it counts as left out


@dataclass(frozen=True)
class Told:
    """An event of the call: its kind, its second on the call's clock, and the key of its reason."""

    kind: str
    at_seconds: float
    reason: str = ""


@dataclass(frozen=True)
class Gap:
    """`start`, `end` on the audio's clock, equal where it was left out; `call_start`, `call_end` on the call's.

    `open_side`: "" paired, "end" nobody told that it went on, "start" it went on without a pause that was told.
    """

    call_start: float
    call_end: float
    reason: str = ""
    open_side: str = ""
    start: float = 0.0
    end: float = 0.0
    is_left_out: bool = False

    @property
    def seconds(self) -> float:
        return self.call_end - self.call_start


@dataclass(frozen=True)
class Timeline:
    """The gaps, and where a second of the call lies in the audio."""

    gaps: tuple[Gap, ...] = ()
    is_cut: bool = False

    def place(self, call_second: float) -> float:
        """The second of the audio at which this second of the call is heard; in a gap that was left out: its cut."""
        if not self.is_cut:
            return call_second
        missing = sum(
            min(max(call_second - gap.call_start, 0.0), gap.seconds) for gap in self.gaps if not gap.open_side
        )
        return call_second - missing


def paused_seconds(gaps: Iterable[Gap]) -> float:
    """Of those that have both ends."""
    return sum(gap.seconds for gap in gaps if not gap.open_side)


def paired(told: Iterable[Told], *, end: float) -> tuple[Gap, ...]:
    """Each pause with the next resumption; a second pause inside one tells nothing new. `end`: of the call."""
    found: list[Gap] = []
    began: Told | None = None
    for event in sorted(told, key=lambda one: one.at_seconds):
        if event.kind == PAUSED and began is None:
            began = event
        elif event.kind == PAUSED and began is not None and not began.reason:
            began = replace(began, reason=event.reason)
        elif event.kind == RESUMED and began is not None:
            found.append(Gap(began.at_seconds, event.at_seconds, began.reason or event.reason))
            began = None
        elif event.kind == RESUMED:
            found.append(Gap(event.at_seconds, event.at_seconds, event.reason, "start"))
    if began is not None:
        found.append(Gap(began.at_seconds, max(end, began.at_seconds), began.reason, "end"))
    return tuple(found)


def timeline(told: Iterable[Told], *, audio_seconds: float, call_seconds: float | None) -> Timeline:
    """The gaps on both clocks. `call_seconds` None: not told, so nothing is known to have been left out.

    Left out is what is missing: with a call of 100 s that was paused for 20 s, an audio of 88 s or less has them cut.
    """
    gaps = paired(told, end=max(call_seconds or 0.0, audio_seconds))
    paused = paused_seconds(gaps)
    is_cut = (
        call_seconds is not None
        and paused >= LEAST_CUT_SECONDS
        and call_seconds - audio_seconds >= paused * CALL_LONGER_BY
    )
    whole = Timeline(gaps, is_cut)
    return replace(whole, gaps=tuple(_placed(gap, whole, audio_seconds) for gap in gaps))


def _placed(gap: Gap, course: Timeline, length: float) -> Gap:
    is_left_out = course.is_cut and not gap.open_side
    start = min(max(course.place(gap.call_start), 0.0), length)
    end = start if is_left_out else min(max(course.place(gap.call_end), start), length)
    return replace(gap, start=start, end=end, is_left_out=is_left_out)
