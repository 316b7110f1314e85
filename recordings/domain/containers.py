"""What kind of audio this is, judged from the bytes themselves while they stream past. Names and types are not trusted.

A reader is a generator that asks for bytes (`Take`) or passes over them (`Skip`), so that nothing is kept but headers.
Reading does not decode: what only a decoder can know is left to the probe.
"""

import contextlib
import zlib
from collections.abc import Generator
from dataclasses import dataclass

from recordings.domain.errors import AudioRefused

UNKNOWN_LENGTH = 0xFFFFFFFF  # what a WAV says that was written to a pipe
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


class Judge:
    """Takes the audio in chunks of any size; `verdict` at the end. Holds one header, or one Ogg page, at a time."""

    def __init__(self) -> None:
        self.size_bytes = 0
        self._reader: Reader | None = _any_audio()
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


def _not_audio() -> AudioRefused:
    known = "WAV, Ogg, MP3, MP4/M4A, FLAC, AMR or WebM"
    return AudioRefused("not_audio", f"This is not audio that Callward knows. Send {known}.")


def _truncated(detail: str) -> AudioRefused:
    return AudioRefused("truncated", f"{detail} Send the whole file.")


def _any_audio() -> Reader:
    """Choose the reader by the first bytes."""
    try:
        head = yield Take(HEAD_BYTES)
    except EndOfAudio:
        raise _not_audio() from None
    if head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return (yield from _wav(head[12:]))
    if head[:4] == b"OggS":
        return (yield from _ogg(head))
    if head[4:8] == b"ftyp":
        return (yield from _mp4(head))
    if head[:4] == b"fLaC":
        return (yield from _flac(head))
    if head.startswith((b"#!AMR\n", b"#!AMR-WB\n")):
        yield from _rest()
        return Container("audio/amr")
    if head[:4] == b"\x1aE\xdf\xa3":
        return (yield from _webm())
    if head[:3] == b"ID3" or _mpeg_frame_bytes(head):
        return (yield from _mp3(head))
    raise _not_audio()


# --- WAV (Microsoft, "Multimedia Programming Interface and Data Specifications 1.0")


def _wav(begun: bytes) -> Reader:
    """Chunks to the end: a format that can be played, and a data chunk as long as it says."""
    has_format = has_data = False
    while True:
        try:
            header = begun + (yield Take(8 - len(begun)))
        except EndOfAudio as end:
            if has_data and end.had < 8:
                return Container("audio/wav")
            raise _truncated("The WAV ends before its data.") from None
        begun = b""
        name, size = header[:4], int.from_bytes(header[4:], "little")
        if name == b"fmt ":
            yield from _wav_format(size)
            has_format = True
        elif name == b"data":
            if not has_format:
                raise AudioRefused("bad_header", "The WAV has data before its format. Write it again.")
            yield from _wav_data(size)
            has_data = True
        elif not (name.isascii() and name.decode("ascii", "replace").isprintable()):
            raise AudioRefused(
                "length_mismatch", "The WAV goes on after the length in its header. Write the header again."
            )
        else:
            yield from _chunk_body(size)


def _wav_format(size: int) -> Generator[Take | Skip, bytes, None]:
    if not 14 <= size <= 1024:
        raise AudioRefused("bad_header", "The WAV's format chunk has no sensible length. Write it again.")
    try:
        body = yield Take(size + size % 2)
    except EndOfAudio:
        raise _truncated("The WAV ends inside its format.") from None
    channels, rate = int.from_bytes(body[2:4], "little"), int.from_bytes(body[4:8], "little")
    if not 1 <= channels <= 64:
        raise AudioRefused("bad_header", f"The WAV says it has {channels} channels; 1 to 64 can be played.")
    if not 1000 <= rate <= 768_000:
        raise AudioRefused("bad_header", f"The WAV says it has {rate} samples a second; 1000 to 768000 can be played.")


def _wav_data(size: int) -> Generator[Take | Skip, bytes, None]:
    if size == 0:
        raise AudioRefused("empty", "The WAV announces no sound. Send the recording itself.")
    if size == UNKNOWN_LENGTH:
        yield from _rest()
        return
    try:
        yield Skip(size)
    except EndOfAudio as end:
        raise _truncated(f"The WAV announces {size} bytes of sound and holds {end.had}.") from None
    if size % 2:
        yield from _chunk_body(1, padded=False)


def _chunk_body(size: int, *, padded: bool = True) -> Generator[Take | Skip, bytes, None]:
    """Pass over a chunk; one that ends early holds no sound, so that is no matter."""
    with contextlib.suppress(EndOfAudio):
        yield Skip(size + size % 2 if padded else size)


# --- Ogg (RFC 3533): every page carries its own checksum

_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def ogg_checksum(page: bytes) -> int:
    """CRC-32 with polynomial 0x04c11db7, most significant bit first, from zero. `b"\\x00\\x01"` → 0x04c11db7.

    zlib's runs the other way round, so bytes and result are mirrored.
    """
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)


def _ogg(begun: bytes) -> Reader:
    """Pages to the end, each checked. After a lost page the next one is not searched: the rest is the probe's."""
    first = True
    while True:
        try:
            header = begun + (yield Take(27 - len(begun)))
        except EndOfAudio as end:
            if first:
                raise _truncated("The Ogg ends inside its first page.") from None
            return Container("audio/ogg", damaged=end.had > 0)
        begun = b""
        if header[:4] != b"OggS":
            break
        try:
            lengths = yield Take(header[26]) if header[26] else Skip(0)
            body = (yield Take(sum(lengths))) if sum(lengths) else b""
        except EndOfAudio:
            raise _truncated("The Ogg ends inside a page.") from None
        page = header[:22] + b"\x00\x00\x00\x00" + header[26:] + lengths + body
        if ogg_checksum(page) != int.from_bytes(header[22:26], "little"):
            break
        first = False
    if first:
        raise AudioRefused("bad_header", "The first page of the Ogg fails its checksum. Send the file again.")
    yield from _rest()
    return Container("audio/ogg", damaged=True)


def _rest() -> Generator[Take | Skip, bytes, None]:
    with contextlib.suppress(EndOfAudio):
        yield Skip(None)


# --- MP4 (ISO 14496-12)


def _mp4(begun: bytes) -> Reader:
    """Boxes to the end, as long as they say; the one that lists the sound has to be among them."""
    has_index = False
    while True:
        try:
            header = begun + (yield Take(16 - len(begun)))
        except EndOfAudio as end:
            if has_index and end.had < 16:
                return Container("audio/mp4")
            raise _truncated("The MP4 ends without its index.") from None
        begun = b""
        size, name = int.from_bytes(header[:4]), header[4:8]
        has_index = has_index or name in (b"moov", b"moof")
        if size == 0:
            yield from _rest()
            return Container("audio/mp4")
        if size == 1:
            size = int.from_bytes(header[8:16])
        if size < 8:
            raise AudioRefused("bad_header", "The MP4 has a box without a length. Send the file again.")
        if size < 16:
            begun = header[size:]
            continue
        try:
            yield Skip(size - 16)
        except EndOfAudio:
            raise _truncated("The MP4 ends inside a box.") from None


# --- the others: a head that makes sense


def _flac(head: bytes) -> Reader:
    """Magic, then the block that tells the sample rate (RFC 9639, 8.2)."""
    try:
        info = head[8:] + (yield Take(18))
    except EndOfAudio:
        raise _truncated("The FLAC ends inside its header.") from None
    rate = int.from_bytes(info[10:13]) >> 4
    if head[4] & 0x7F != 0 or rate == 0:
        raise AudioRefused("bad_header", "The FLAC does not say how many samples a second it has. Write it again.")
    yield from _rest()
    return Container("audio/flac")


def _webm() -> Reader:
    yield from _rest()
    return Container("audio/webm")


def _mp3(head: bytes) -> Reader:
    """An ID3 tag, then frames; or frames at once, the second where the first says."""
    if head[:3] == b"ID3":
        tag = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
        try:
            yield Skip(max(tag + 10 - HEAD_BYTES, 0))
            yield Take(1)
        except EndOfAudio:
            raise _truncated("The MP3 ends inside its tag.") from None
    else:
        try:
            yield Skip(_mpeg_frame_bytes(head) - HEAD_BYTES)
            second = yield Take(4)
        except EndOfAudio:
            return Container("audio/mpeg")
        if not _mpeg_frame_bytes(second):
            raise _not_audio()
    yield from _rest()
    return Container("audio/mpeg")


_KBITS = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),  # MPEG 1, layer III
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),  # MPEG 2 and 2.5, layer III
}
_RATES = {3: (44_100, 48_000, 32_000, 0), 2: (22_050, 24_000, 16_000, 0), 0: (11_025, 12_000, 8_000, 0)}


def _mpeg_frame_bytes(head: bytes) -> int:
    """Length of the MPEG layer III frame that begins here; 0 where none does (ISO 11172-3, 2.4.1.3)."""
    if head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    if version not in _RATES or layer != 1:
        return 0
    kbits = _KBITS[1 if version == 3 else 2][head[2] >> 4]
    rate = _RATES[version][head[2] >> 2 & 3]
    if not kbits or not rate:
        return 0
    return (144 if version == 3 else 72) * kbits * 1000 // rate + (head[2] >> 1 & 1)
