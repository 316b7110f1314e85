"""What the audio tells: its codec, channels and length, how loud it is, and what of it cannot be decoded."""

from array import array
from dataclasses import dataclass, field
from typing import Any, Self

import av

from recordings.decoding.piped import MOST_CHANNELS, Resampled, Sound, Unreadable

PEAKS = 500  # of each channel
PEAK_RATE_HZ = 8_000  # what the audio is brought to before its peaks are taken
BUCKET = 80  # samples of that rate: 10 ms


@dataclass(frozen=True)
class Reading:
    """`announced_seconds`: by its container. `lanes`: of each channel up to 500 peaks, 0 … 255."""

    codec: str
    channels: int
    sample_rate_hz: int
    duration_seconds: float
    announced_seconds: float | None
    errors: int
    lanes: list[bytes] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {**self.__dict__, "lanes": [lane.hex() for lane in self.lanes]}

    @classmethod
    def of(cls, content: dict[str, Any]) -> Self:
        """What `as_json` gave, checked anew: a decoder that was overrun may say anything. Raises ValueError."""
        try:
            lanes = [bytes.fromhex(lane)[:PEAKS] for lane in content["lanes"][:MOST_CHANNELS]]
            announced = content["announced_seconds"]
            return cls(
                codec=str(content["codec"])[:32],
                channels=int(content["channels"]) % 1000,
                sample_rate_hz=int(content["sample_rate_hz"]) % 10_000_000,
                duration_seconds=finite(content["duration_seconds"]),
                announced_seconds=None if announced is None else finite(announced),
                errors=int(content["errors"]),
                lanes=lanes,
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"no reading: {error}") from error

    @property
    def loudest(self) -> list[int]:
        """Each channel's highest peak."""
        return [max(lane, default=0) for lane in self.lanes]


def finite(value: Any) -> float:
    """Seconds that can be. Raises ValueError."""
    number = float(value)
    if not 0 <= number < 1e9:
        raise ValueError(f"{number} seconds")
    return number


class Peaks:
    """The loudest sample of every 10 ms, as it comes."""

    def __init__(self) -> None:
        self.waiting: list[array[int]] = []
        self.loudest: list[bytearray] = []

    def add(self, frame: Any) -> None:
        for number, plane in enumerate(frame.planes):
            if number == len(self.waiting):
                self.waiting.append(array("h"))
                self.loudest.append(bytearray())
            samples = self.waiting[number]
            samples.frombytes(bytes(plane)[: frame.samples * 2])
            whole = len(samples) - len(samples) % BUCKET
            lane = self.loudest[number]
            for begin in range(0, whole, BUCKET):
                bucket = samples[begin : begin + BUCKET]
                lane.append(min(max(max(bucket), -min(bucket)) >> 7, 255))
            del samples[:whole]

    def lanes(self) -> list[bytes]:
        return [_thinned(lane) for lane in self.loudest]


def _thinned(lane: bytearray) -> bytes:
    """At most 500 of them, each the loudest of its stretch."""
    if len(lane) <= PEAKS:
        return bytes(lane)
    return bytes(max(lane[number * len(lane) // PEAKS : (number + 1) * len(lane) // PEAKS]) for number in range(PEAKS))


def read(container: Any) -> Reading:
    """Decode it all. Raises Unreadable."""
    sound, peaks = Sound(container), Peaks()
    thin = Resampled(form="s16p", rate_hz=PEAK_RATE_HZ)
    for frame in sound.frames():
        try:
            for small in thin.take(frame):
                peaks.add(small)
        except (av.FFmpegError, ValueError):
            sound.errors += 1
    for small in thin.rest():
        peaks.add(small)
    if not sound.seconds:
        raise Unreadable("nothing could be decoded")
    return Reading(
        codec=sound.codec,
        channels=sound.channels,
        sample_rate_hz=sound.rate_hz,
        duration_seconds=round(sound.seconds, 3),
        announced_seconds=sound.announced_seconds,
        errors=sound.errors,
        lanes=peaks.lanes(),
    )
