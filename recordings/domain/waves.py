"""The drawing of a call: lanes from peaks, a graduated time axis, silences. Numbers in, SVG path data out.

The drawing is `WIDTH` by `HEIGHT` units, whatever the call's length; the page stretches it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 1000
HEIGHT = 120
BARS = 250
SILENT_PEAK = 6  # of 255: line noise stays below it
QUIETEST_FULL = 48  # of 255: a call quieter than this does not fill its band
LONG_SILENCE_SECONDS = 8.0
_TICKS_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)


@dataclass(frozen=True)
class Span:
    """From one moment of the call to another, in seconds, with its place in the drawing."""

    start: float
    end: float
    x: float
    width: float


def span(start: float, end: float, *, duration: float) -> Span:
    """Raises ValueError: the call has no length."""
    if duration <= 0:
        raise ValueError(f"a call of {duration} s")
    start, end = max(0.0, start), min(end, duration)
    return Span(start, end, x_of(start, duration=duration), round((max(end - start, 0.0)) / duration * WIDTH, 1))


def x_of(seconds: float, *, duration: float) -> float:
    return round(min(max(seconds / duration, 0.0), 1.0) * WIDTH, 1)


def lane_path(peaks: Sequence[int], *, lane: int, lanes: int, loudest: int = 255) -> str:
    """Bars of one channel as path data, in the band of `lane` out of `lanes`; the peak `loudest` fills the band."""
    band = HEIGHT / lanes
    middle = band * (lane + 0.5)
    tallest = band * 0.86
    bars = _fewer(peaks, BARS)
    pitch = WIDTH / max(len(bars), 1)
    wide = f"{pitch * 0.62:.1f}"
    parts = []
    for number, peak in enumerate(bars):
        height = max(1.2, min(peak / loudest, 1.0) * tallest)
        parts.append(f"M{number * pitch:.1f} {middle - height / 2:.1f}h{wide}v{height:.1f}h-{wide}z")
    return "".join(parts)


def loudest_of(channels: Sequence[Sequence[int]]) -> int:
    """What fills a band: the call's loudest moment, so that quiet calls are drawn too; line noise stays noise."""
    return max([QUIETEST_FULL, *(peak for peaks in channels for peak in peaks)])


def silences(channels: Sequence[Sequence[int]], *, duration: float) -> list[Span]:
    """Where nobody on any channel was heard for `LONG_SILENCE_SECONDS` or more."""
    if not channels or not channels[0] or duration <= 0:
        return []
    loudest = [max(values) for values in zip(*channels, strict=False)]
    second = duration / len(loudest)
    found, began = [], None
    for place, peak in enumerate([*loudest, 255]):
        if peak < SILENT_PEAK:
            began = place if began is None else began
        elif began is not None:
            if (place - began) * second >= LONG_SILENCE_SECONDS:
                found.append(span(began * second, place * second, duration=duration))
            began = None
    return found


def axis_path(duration: float) -> str:
    """Ticks of the axis, every fifth one long: at most about a hundred of them."""
    step = next((step for step in _TICKS_SECONDS if duration / step <= 100), _TICKS_SECONDS[-1])
    count = int(duration / step)
    marks = (f"M{x_of(n * step, duration=duration)} 0V{8 if n % 5 == 0 else 4}" for n in range(count + 1))
    return "".join(marks)


def axis_times(duration: float, parts: int = 6) -> list[float]:
    return [duration * part / parts for part in range(parts + 1)]


def _fewer(peaks: Sequence[int], count: int) -> list[int]:
    """At most `count` values, each the highest of those that it stands for."""
    size = len(peaks)
    if size <= count:
        return list(peaks)
    return [max(peaks[place * size // count : (place + 1) * size // count]) for place in range(count)]
