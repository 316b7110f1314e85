"""How bytes that stream past are read: a reader asks for some (`Take`) or passes over them (`Skip`)."""

import contextlib
from collections.abc import Generator
from dataclasses import dataclass

from recordings.domain.errors import AudioRefused

HEAD_BYTES = 16


@dataclass(frozen=True)
class Container:
    """What the bytes are. `damaged`: part of them is lost, the rest may be heard."""

    media_type: str
    damaged: bool = False


@dataclass(frozen=True)
class Take:
    count: int


@dataclass(frozen=True)
class Skip:
    count: int | None  # None: all that follows


class EndOfAudio(Exception):
    """The bytes ended inside what was asked for. `had` is how many of it there were."""

    def __init__(self, had: int) -> None:
        super().__init__(had)
        self.had = had


Reader = Generator[Take | Skip, bytes, Container]


def not_audio() -> AudioRefused:
    known = "WAV, Ogg, MP3, MP4/M4A, AAC, FLAC, AMR or WebM"
    raw = "G.711, G.722, G.729, GSM or L16 without a header with its own media type, such as audio/pcmu"
    return AudioRefused("not_audio", f"This is not audio that Callward knows. Send {known}; {raw}.")


def truncated(detail: str) -> AudioRefused:
    return AudioRefused("truncated", f"{detail} Send the whole file.")


def rest() -> Generator[Take | Skip, bytes, None]:
    with contextlib.suppress(EndOfAudio):
        yield Skip(None)
