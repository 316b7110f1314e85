"""The same sound in a form that every browser plays: Opus in WebM, channels kept apart, with an index to seek by."""

import io
from fractions import Fraction
from typing import Any

import av

from recordings.decoding.piped import Resampled, Sound, Unreadable

MEDIA_TYPE = "audio/webm"
BITS_A_CHANNEL = 32_000  # a second: good speech, and neither side is mixed into the other to save bits
MOST_BYTES = 300 << 20  # ten hours of two channels: longer than calls are
_RATES_HZ = (8_000, 12_000, 16_000, 24_000, 48_000)  # those of Opus


class Bounded(io.BytesIO):
    """Bytes in memory: the process that fills it may write to no file."""

    name = "rendition"

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > MOST_BYTES:
            raise Unreadable("too long to be made playable")
        return super().write(data)


def render(container: Any) -> bytes:
    """All that can be decoded, encoded anew; what cannot is missing, as in its drawing. Raises Unreadable."""
    sound = Sound(container)
    rate = next((rate for rate in _RATES_HZ if rate >= sound.rate_hz), _RATES_HZ[-1])
    layout = "mono" if sound.channels == 1 else "stereo"
    target = Bounded()
    with av.open(target, mode="w", format="webm") as written:
        stream = written.add_stream("libopus", rate=rate, layout=layout)
        stream.bit_rate = BITS_A_CHANNEL * (1 if layout == "mono" else 2)
        resampled, written_samples = Resampled(form="s16", rate_hz=rate, layout=layout), 0
        for frame in _resampled(sound, resampled):
            frame.pts, frame.time_base = written_samples, Fraction(1, rate)
            written_samples += frame.samples
            written.mux(stream.encode(frame))
        if not sound.seconds:
            raise Unreadable("nothing could be decoded")
        written.mux(stream.encode(None))
    return target.getvalue()


def _resampled(sound: Sound, resampled: Resampled) -> Any:
    for frame in sound.frames():
        try:
            parts = resampled.take(frame)
        except (av.FFmpegError, ValueError):
            sound.errors += 1
            continue
        yield from parts
    yield from resampled.rest()
