"""Reads audio in a process of its own: no database, no keys, no files, hard limits. Knows nothing of the rest.

The audio comes piece by piece over the pipe, decrypted by whoever asked; nothing of it is written anywhere.
"""

import contextlib
import json
import os
import resource
import signal
import socket
import sys
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, Self

import av

PEAKS = 500  # of each channel
MOST_CHANNELS = 64
PEAK_RATE_HZ = 8_000  # what the audio is brought to before its peaks are taken
BUCKET = 80  # samples of that rate: 10 ms
SILENT = 1  # of 255: below -42 dBFS
CPU_SECONDS = 120
MEMORY_BYTES = 2 << 30
STRAY_ERRORS = 1  # broken packets that a whole file may have, such as the junk before an MP3's first frame


@dataclass(frozen=True)
class Reading:
    """What the audio told. `lanes`: of each channel up to 500 peaks, 0 … 255."""

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
                duration_seconds=_finite(content["duration_seconds"]),
                announced_seconds=None if announced is None else _finite(announced),
                errors=int(content["errors"]),
                lanes=lanes,
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"no reading: {error}") from error

    @property
    def is_damaged(self) -> bool:
        return self.errors > STRAY_ERRORS

    def marks(self) -> list[str]:
        """What a listener should know: silent, one_sided, shorter_than_announced."""
        loudest = [max(lane, default=0) for lane in self.lanes]
        found = []
        if all(peak <= SILENT for peak in loudest):
            found.append("silent")
        elif len(loudest) == 2 and min(loudest) <= SILENT:
            found.append("one_sided")
        if self.announced_seconds and self.duration_seconds < self.announced_seconds * 0.98 - 0.5:
            found.append("shorter_than_announced")
        return found


def _finite(value: Any) -> float:
    number = float(value)
    if not 0 <= number < 1e9:
        raise ValueError(f"{number} seconds")
    return number


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


def read(audio: Any) -> Reading:
    """Decode it all. Raises Unreadable."""
    try:
        container = av.open(audio, mode="r", metadata_errors="ignore")
    except (av.FFmpegError, ValueError) as error:
        raise Unreadable(f"no container: {error.__class__.__name__}") from error
    with container:
        if not container.streams.audio:
            raise Unreadable("no sound in it")
        return _decoded(container, container.streams.audio[0])


def _decoded(container: Any, stream: Any) -> Reading:
    peaks, seconds, errors = Peaks(), 0.0, 0
    resampler = av.AudioResampler(format="s16p", rate=PEAK_RATE_HZ)
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            if packet is None:
                break
            for frame in packet.decode():
                seconds += frame.samples / frame.sample_rate
                for thin in resampler.resample(frame):
                    peaks.add(thin)
        except av.FFmpegError:
            errors += 1
            if packet is None:  # the container itself cannot be read on
                break
    with contextlib.suppress(av.FFmpegError, ValueError):
        for thin in resampler.resample(None):
            peaks.add(thin)
    if not seconds:
        raise Unreadable("nothing could be decoded")
    return Reading(
        codec=stream.codec_context.name,
        channels=stream.codec_context.channels,
        sample_rate_hz=stream.codec_context.sample_rate,
        duration_seconds=round(seconds, 3),
        announced_seconds=_announced(container, stream),
        errors=errors,
        lanes=peaks.lanes(),
    )


def _announced(container: Any, stream: Any) -> float | None:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else None


def confine() -> None:
    """Bounds of this process: processor time, memory, no core, nothing written."""
    for limit, value in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(limit, (value, value))


def serve(pipe: Connection, size: int, piece_bytes: int) -> None:
    """What a child does: asks `{"piece": number}`, ends with `{"reading": …}` or `{"unreadable": why}`.

    Plain JSON both ways but for the pieces: whoever asked never unpickles what a decoder made of hostile bytes.
    """
    confine()
    av.logging.set_level(None)

    def ask(number: int) -> bytes:
        pipe.send_bytes(json.dumps({"piece": number}).encode())
        return pipe.recv_bytes()

    try:
        answer: dict[str, object] = {"reading": read(PipedAudio(ask, size, piece_bytes)).as_json()}
    except Unreadable as why:
        answer = {"unreadable": str(why)}
    pipe.send_bytes(json.dumps(answer).encode())


def main(control: socket.socket) -> None:
    """The fork server: for each end of a pipe that comes in, a child with everything loaded. Ends with its owner."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 64, 1)
        if not message:
            return
        if os.fork() == 0:
            control.close()
            size, piece_bytes = (int(number) for number in message.split())
            with contextlib.suppress(EOFError, OSError):  # whoever asked is gone
                serve(Connection(descriptors[0]), size, piece_bytes)
            os._exit(0)
        os.close(descriptors[0])


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
