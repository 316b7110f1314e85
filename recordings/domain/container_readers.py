"""One reader for each kind of container: lengths and checksums that a head can tell. Nothing is decoded."""

import contextlib
import zlib
from collections.abc import Generator

from recordings.domain.container_steps import (
    HEAD_BYTES,
    Container,
    EndOfAudio,
    Reader,
    Skip,
    Take,
    not_audio,
    rest,
    truncated,
)
from recordings.domain.errors import AudioRefused
from recordings.domain.formats import HEADERLESS

UNKNOWN_LENGTH = 0xFFFFFFFF  # what a WAV says that was written to a pipe

# --- WAV (Microsoft, "Multimedia Programming Interface and Data Specifications 1.0")


def wav(begun: bytes) -> Reader:
    """Chunks to the end: a format that can be played, and a data chunk as long as it says."""
    has_format = has_data = False
    while True:
        try:
            header = begun + (yield Take(8 - len(begun)))
        except EndOfAudio as end:
            if has_data and end.had < 8:
                return Container("audio/wav")
            raise truncated("The WAV ends before its data.") from None
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
        raise truncated("The WAV ends inside its format.") from None
    channels, rate = int.from_bytes(body[2:4], "little"), int.from_bytes(body[4:8], "little")
    if not 1 <= channels <= 64:
        raise AudioRefused("bad_header", f"The WAV says it has {channels} channels; 1 to 64 can be played.")
    if not 1000 <= rate <= 768_000:
        raise AudioRefused("bad_header", f"The WAV says it has {rate} samples a second; 1000 to 768000 can be played.")


def _wav_data(size: int) -> Generator[Take | Skip, bytes, None]:
    if size == 0:
        raise AudioRefused("empty", "The WAV announces no sound. Send the recording itself.")
    if size == UNKNOWN_LENGTH:
        yield from rest()
        return
    try:
        yield Skip(size)
    except EndOfAudio as end:
        raise truncated(f"The WAV announces {size} bytes of sound and holds {end.had}.") from None
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


def ogg(begun: bytes) -> Reader:
    """Pages to the end, each checked. After a lost page the next one is not searched: the rest is the probe's."""
    first = True
    while True:
        try:
            header = begun + (yield Take(27 - len(begun)))
        except EndOfAudio as end:
            if first:
                raise truncated("The Ogg ends inside its first page.") from None
            return Container("audio/ogg", damaged=end.had > 0)
        begun = b""
        if header[:4] != b"OggS":
            break
        try:
            lengths = yield Take(header[26]) if header[26] else Skip(0)
            body = (yield Take(sum(lengths))) if sum(lengths) else b""
        except EndOfAudio:
            raise truncated("The Ogg ends inside a page.") from None
        page = header[:22] + b"\x00\x00\x00\x00" + header[26:] + lengths + body
        if ogg_checksum(page) != int.from_bytes(header[22:26], "little"):
            break
        first = False
    if first:
        raise AudioRefused("bad_header", "The first page of the Ogg fails its checksum. Send the file again.")
    yield from rest()
    return Container("audio/ogg", damaged=True)


# --- MP4 (ISO 14496-12)


def mp4(begun: bytes) -> Reader:
    """Boxes to the end, as long as they say; the one that lists the sound has to be among them."""
    has_index = False
    while True:
        try:
            header = begun + (yield Take(16 - len(begun)))
        except EndOfAudio as end:
            if has_index and end.had < 16:
                return Container("audio/mp4")
            raise truncated("The MP4 ends without its index.") from None
        begun = b""
        size, name = int.from_bytes(header[:4]), header[4:8]
        has_index = has_index or name in (b"moov", b"moof")
        if size == 0:
            yield from rest()
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
            raise truncated("The MP4 ends inside a box.") from None


# --- the others: a head that makes sense


def flac(head: bytes) -> Reader:
    """Magic, then the block that tells the sample rate (RFC 9639, 8.2)."""
    try:
        info = head[8:] + (yield Take(18))
    except EndOfAudio:
        raise truncated("The FLAC ends inside its header.") from None
    rate = int.from_bytes(info[10:13]) >> 4
    if head[4] & 0x7F != 0 or rate == 0:
        raise AudioRefused("bad_header", "The FLAC does not say how many samples a second it has. Write it again.")
    yield from rest()
    return Container("audio/flac")


def webm() -> Reader:
    yield from rest()
    return Container("audio/webm")


def headerless(head: bytes, declared: str) -> Reader:
    """Sound alone. Refused is what plainly is something else: text, or GSM whose frames (GSM 06.10) begin otherwise."""
    frame = HEADERLESS[declared].frame_bytes
    start = head
    with contextlib.suppress(EndOfAudio):
        start += yield Take(_LOOKED_AT - len(start) % _LOOKED_AT)
        while len(start) < 32 * _LOOKED_AT:
            start += yield Take(_LOOKED_AT)
    if all(byte in _TEXT for byte in start):
        raise not_audio()
    if declared == "audio/gsm" and any(byte >> 4 != 0xD for byte in start[::frame]):
        raise AudioRefused(
            "not_audio", "Frames of GSM begin otherwise. Send the audio with the media type that it has."
        )
    yield from rest()
    return Container(declared)


_LOOKED_AT = 33  # bytes: a frame of GSM
_TEXT = frozenset((*range(32, 127), 9, 10, 13))


def adts(head: bytes) -> Reader:
    """AAC frames, the second where the first says (ISO 13818-7, 6.2)."""
    try:
        yield Skip(adts_frame_bytes(head) - HEAD_BYTES)
        second = yield Take(7)
    except EndOfAudio:
        raise not_audio() from None
    if not adts_frame_bytes(second):
        raise not_audio()
    yield from rest()
    return Container("audio/aac")


def adts_frame_bytes(head: bytes) -> int:
    """Length of the AAC frame that begins here; 0 where none does."""
    if head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or head[2] >> 2 & 0xF > 12:
        return 0
    size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return size if size > HEAD_BYTES else 0


def mp3(head: bytes) -> Reader:
    """An ID3 tag, then frames; or frames at once, the second where the first says."""
    if head[:3] == b"ID3":
        tag = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
        try:
            yield Skip(max(tag + 10 - HEAD_BYTES, 0))
            yield Take(1)
        except EndOfAudio:
            raise truncated("The MP3 ends inside its tag.") from None
    else:
        try:
            yield Skip(mpeg_frame_bytes(head) - HEAD_BYTES)
            second = yield Take(4)
        except EndOfAudio:
            return Container("audio/mpeg")
        if not mpeg_frame_bytes(second):
            raise not_audio()
    yield from rest()
    return Container("audio/mpeg")


_KBITS = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),  # MPEG 1, layer III
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),  # MPEG 2 and 2.5, layer III
}
_RATES = {3: (44_100, 48_000, 32_000, 0), 2: (22_050, 24_000, 16_000, 0), 0: (11_025, 12_000, 8_000, 0)}


def mpeg_frame_bytes(head: bytes) -> int:
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
