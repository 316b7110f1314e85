"""Audio that is asked for piece by piece over a pipe, opened as sound. Nothing of it is written anywhere."""

from collections.abc import Callable
from typing import Any

import av

MOST_CHANNELS = 64
LEAST_RATE_HZ, MOST_RATE_HZ = 1_000, 768_000
LONGEST_SECONDS = 26 * 3600.0  # longer than a day with its clock set back: hours of nothing fit in a few bytes
WITHOUT_LENGTH = {"aac", "amr", "mulaw", "alaw", "s16le", "g722", "g729", "gsm"}


class Unreadable(Exception):
    """Nothing in these bytes can be decoded as sound."""


class PipedAudio:
    """A file whose pieces are asked for over a pipe; the last one is kept at hand."""

    name = "audio"

    def __init__(self, ask: Callable[[int], bytes], size: int, piece_bytes: int) -> None:
        self.ask, self.size, self.piece_bytes = ask, size, piece_bytes
        self.position = 0
        self.at_hand: tuple[int, bytes] = (-1, b"")

    def read(self, count: int = -1) -> bytes:
        end = self.size if count < 0 else min(self.position + count, self.size)
        found = b""
        while self.position < end:
            number, inside = divmod(self.position, self.piece_bytes)
            if self.at_hand[0] != number:
                self.at_hand = (number, self.ask(number))
            part = self.at_hand[1][inside : inside + end - self.position]
            if not part:
                break
            found += part
            self.position += len(part)
        return found

    def seek(self, offset: int, whence: int = 0) -> int:
        self.position = max((0, self.position, self.size)[whence] + offset, 0)
        return self.position

    def tell(self) -> int:
        return self.position

    def seekable(self) -> bool:
        return True


def opened(audio: Any, form: str = "", rate_hz: int = 0) -> Any:
    """The container; `form` and `rate_hz` name what has no header. Raises Unreadable."""
    options = {"sample_rate": str(rate_hz)} if form in {"mulaw", "alaw", "s16le"} else {}
    try:
        return av.open(audio, mode="r", format=form or None, options=options, metadata_errors="ignore")
    except (av.FFmpegError, ValueError) as error:
        raise Unreadable(f"no container: {error.__class__.__name__}") from error


class Sound:
    """The frames of a container's first audio stream. What cannot be decoded is counted and passed over."""

    def __init__(self, container: Any) -> None:
        """Raises Unreadable: no sound, or a rate or number of channels that nothing can be made of."""
        if not container.streams.audio:
            raise Unreadable("no sound in it")
        self.container, self.stream = container, container.streams.audio[0]
        self.seconds, self.errors = 0.0, 0
        codec = self.stream.codec_context
        if codec is None:
            raise Unreadable("no decoder for it")
        if not LEAST_RATE_HZ <= (codec.sample_rate or 0) <= MOST_RATE_HZ:
            raise Unreadable(f"{codec.sample_rate} samples a second")
        if not 1 <= codec.channels <= MOST_CHANNELS:
            raise Unreadable(f"{codec.channels} channels")
        self.codec, self.channels, self.rate_hz = codec.name, codec.channels, codec.sample_rate

    def frames(self) -> Any:
        """One after the other. Raises Unreadable: longer than any call."""
        packets = self.container.demux(self.stream)
        while True:
            packet = None
            try:
                packet = next(packets, None)
                if packet is None:
                    return
                decoded = packet.decode()
            except av.FFmpegError:
                self.errors += 1
                if packet is None:  # the container itself cannot be read on
                    return
                continue
            for frame in decoded:
                self.seconds += frame.samples / frame.sample_rate
                if self.seconds > LONGEST_SECONDS:
                    raise Unreadable("longer than a day")
                yield frame

    @property
    def announced_seconds(self) -> float | None:
        """What the container says; None where it says nothing, and any length is a guess from the number of bytes."""
        if self.container.format.name in WITHOUT_LENGTH:
            return None
        if self.stream.duration and self.stream.time_base:
            return float(self.stream.duration * self.stream.time_base)
        return self.container.duration / av.time_base if self.container.duration else None


class Resampled:
    """Frames in one form, whatever they come in, and whenever that changes on the way."""

    def __init__(self, *, form: str, rate_hz: int, layout: str | None = None) -> None:
        self.form, self.rate_hz, self.layout = form, rate_hz, layout
        self.comes_in: tuple[object, ...] = ()
        self.resampler: Any = None

    def take(self, frame: Any) -> list[Any]:
        frame.pts = None  # gaps in the numbers are not gaps in the sound
        comes_in = (frame.format.name, frame.layout.name, frame.sample_rate)
        rest: list[Any] = []
        if comes_in != self.comes_in:
            rest = self.rest()
            self.resampler = av.AudioResampler(format=self.form, layout=self.layout, rate=self.rate_hz)
            self.comes_in = comes_in
        return [*rest, *self.resampler.resample(frame)]

    def rest(self) -> list[Any]:
        try:
            return list(self.resampler.resample(None)) if self.resampler is not None else []
        except (av.FFmpegError, ValueError):
            return []
