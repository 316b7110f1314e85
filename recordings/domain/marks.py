"""What a listener should know of a recording's audio before trusting it. Numbers that were read in, marks out."""

from collections.abc import Sequence
from dataclasses import dataclass

TRUNCATED, DAMAGED, SILENT = "truncated", "damaged", "silent"
ONE_SIDED, LENGTH_DIFFERS = "one_sided", "length_differs"
MARKS = (TRUNCATED, DAMAGED, SILENT, ONE_SIDED, LENGTH_DIFFERS)

SILENT_PEAK = 1  # of 255: below -42 dBFS, under the noise of any phone line that somebody speaks on
STRAY_ERRORS = 1  # packets that a whole file may lose, such as the junk before an MP3's first frame
SHORT_SECONDS, SHORT_SHARE = 0.5, 0.02  # an MP3's container announces up to 0.15 s more than it holds
APART_SECONDS, APART_SHARE = 3.0, 0.05  # ringing and rounding lie between a phone system's clock and its audio


@dataclass(frozen=True)
class Heard:
    """`loudest`: each channel's highest peak, 0 … 255. `announced_seconds`: by the container; `call_seconds`: by the
    phone system; `paused_seconds`: told to lie between a pause and its end, so they may have been left out."""

    seconds: float
    loudest: Sequence[int]
    errors: int = 0
    announced_seconds: float | None = None
    call_seconds: float | None = None
    paused_seconds: float = 0.0


def is_damaged(errors: int) -> bool:
    """More packets than one could not be decoded."""
    return errors > STRAY_ERRORS


def marks_of(heard: Heard) -> list[str]:
    """The marks, in the order of MARKS.

    truncated: over 0.5 s and 2 % of what the container announces is missing (27.4 s announced: 1.05 s or more).
    damaged: more than one packet cannot be decoded. silent: no channel rises over -42 dBFS. one_sided: of two channels
    one never does. length_differs: the call, as its phone system timed it, was over 3 s and over 5 % longer or shorter
    than the audio; an audio that is shorter by up to what was paused does not differ.
    """
    found = []
    if heard.announced_seconds and heard.seconds < heard.announced_seconds * (1 - SHORT_SHARE) - SHORT_SECONDS:
        found.append(TRUNCATED)
    if is_damaged(heard.errors):
        found.append(DAMAGED)
    if all(peak <= SILENT_PEAK for peak in heard.loudest):
        found.append(SILENT)
    elif len(heard.loudest) == 2 and min(heard.loudest) <= SILENT_PEAK:
        found.append(ONE_SIDED)
    if heard.call_seconds is not None and _apart(heard.seconds, heard.call_seconds, heard.paused_seconds):
        found.append(LENGTH_DIFFERS)
    return found


def _apart(seconds: float, call: float, paused: float) -> bool:
    least = max(call - paused, 0.0)
    off = seconds - call if seconds > call else max(least - seconds, 0.0)
    return off > max(APART_SECONDS, call * APART_SHARE)
