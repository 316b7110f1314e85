"""What kind of audio this is, judged from the bytes themselves while they stream past. Names and types are not trusted.

Nothing is kept but headers. Reading does not decode: what only a decoder can know is left to the probe.
"""

from recordings.domain import container_readers
from recordings.domain.container_readers import ogg_checksum
from recordings.domain.container_steps import HEAD_BYTES, Container, EndOfAudio, Reader, Skip, Take, not_audio, rest
from recordings.domain.errors import AudioRefused
from recordings.domain.formats import headerless

__all__ = ["Container", "Judge", "ogg_checksum"]


class Judge:
    """Takes the audio in chunks of any size; `verdict` at the end. Holds one header, or one Ogg page, at a time."""

    def __init__(self, declared: str = "") -> None:
        """`declared`: the media type of audio that has no header (recordings.domain.formats); else it is not asked."""
        self.size_bytes = 0
        self._reader: Reader | None = _any_audio(headerless(declared))
        self._asked: Take | Skip = next(self._reader)
        self._had = 0  # of what was asked
        self._taken = bytearray()
        self._verdict: Container | None = None

    def feed(self, chunk: bytes) -> None:
        """The next bytes. Raises AudioRefused as soon as they show what is wrong."""
        self.size_bytes += len(chunk)
        position = 0
        while self._reader is not None and position < len(chunk):
            position += self._use(memoryview(chunk)[position:])

    def verdict(self) -> Container:
        """What it is, now that all bytes were seen. Raises AudioRefused."""
        if self.size_bytes == 0:
            raise AudioRefused("empty", "The audio has no bytes. Send the recording itself.")
        while self._reader is not None:
            self._step(end=EndOfAudio(self._had))
        assert self._verdict is not None  # noqa: S101
        return self._verdict

    def _use(self, chunk: memoryview) -> int:
        """Serve the reader from the chunk; how many bytes of it that took."""
        asked = self._asked.count
        used = len(chunk) if asked is None else min(asked - self._had, len(chunk))
        if isinstance(self._asked, Take):
            self._taken += chunk[:used]
        self._had += used
        while self._reader is not None and self._had == self._asked.count:
            self._step()
        return used

    def _step(self, end: EndOfAudio | None = None) -> None:
        """Hand over what was asked for, or say that it will not come."""
        assert self._reader is not None  # noqa: S101
        taken, self._taken, self._had = bytes(self._taken), bytearray(), 0
        try:
            self._asked = self._reader.throw(end) if end else self._reader.send(taken)
        except StopIteration as done:
            self._verdict, self._reader = done.value, None


def _any_audio(declared: str) -> Reader:
    """Choose the reader by the first bytes; where they say nothing, by what was declared."""
    try:
        head = yield Take(HEAD_BYTES)
    except EndOfAudio:
        raise not_audio() from None
    if head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return (yield from container_readers.wav(head[12:]))
    if head[:4] == b"OggS":
        return (yield from container_readers.ogg(head))
    if head[4:8] == b"ftyp":
        return (yield from container_readers.mp4(head))
    if head[:4] == b"fLaC":
        return (yield from container_readers.flac(head))
    if head.startswith((b"#!AMR\n", b"#!AMR-WB\n")):
        yield from rest()
        return Container("audio/amr")
    if head[:4] == b"\x1aE\xdf\xa3":
        return (yield from container_readers.webm())
    if declared:
        return (yield from container_readers.headerless(head, declared))
    if head[:3] == b"ID3" or container_readers.mpeg_frame_bytes(head):
        return (yield from container_readers.mp3(head))
    if container_readers.adts_frame_bytes(head):
        return (yield from container_readers.adts(head))
    raise not_audio()
