"""Audio on its way in, and what the probe read from it on its way out."""

from collections.abc import Iterator
from types import TracebackType
from typing import Self
from uuid import UUID

from django.conf import settings
from tink import aead

from recordings import keys
from recordings.domain.containers import Container, Judge
from recordings.domain.errors import AudioTooLarge, DigestMismatch
from recordings.ledger.place import assert_ours
from recordings.models import AudioProfile, Recording
from recordings.store import AudioWriter
from trail.domain.ids import uuid7

PEAKS_LABEL = b"peaks"


class Arriving:
    """Audio that streams in: judged, counted, digested and sealed as it comes; leaves nothing unless it is kept.

    Used as a context: `with Arriving() as audio: audio.write(chunk) …`. What left the context unclaimed is gone.
    """

    def __init__(self, recording_id: UUID | None = None, key: aead.Aead | None = None, *, declared: str = "") -> None:
        """`declared`: the media type that was told; asked only where the audio has no header."""
        self.recording_id = recording_id or uuid7()
        self.wrapped = b""
        if key is None:
            self.wrapped, key = keys.new_key(self.recording_id)
        self.key = key
        self.declared = declared
        self.judge = Judge(declared)
        assert_ours()
        self.writer = AudioWriter(self.recording_id, key)
        self.object_key = ""
        self.is_claimed = False

    def write(self, chunk: bytes) -> None:
        """Raises AudioTooLarge, AudioRefused, StoreUnavailable."""
        if self.writer.size_bytes + len(chunk) > settings.AUDIO_MAX_BYTES:
            raise AudioTooLarge(settings.AUDIO_MAX_BYTES)
        self.judge.feed(chunk)
        self.writer.write(chunk)

    @property
    def sha256(self) -> bytes:
        return self.writer.sha256

    @property
    def size_bytes(self) -> int:
        return self.writer.size_bytes

    def assert_digest(self, expected: bytes | None, *, pointer: str) -> None:
        """Raises DigestMismatch: other bytes arrived than were announced."""
        if expected is not None and expected != self.sha256:
            raise DigestMismatch(pointer)

    def container(self) -> Container:
        """What the bytes are, now that all have come. Raises AudioRefused."""
        return self.judge.verdict()

    def keep(self) -> None:
        """Make the object durable; from here on only a row has to point at it."""
        self.object_key = self.writer.keep()

    def pieces(self) -> Iterator[bytes]:
        """The bytes once more, to seal them with another recording's key."""
        if not self.object_key:
            self.keep()
        return self.writer.pieces()

    def claim(self) -> None:
        """A row that may be committed points at the object: it stays, whatever happens next."""
        self.is_claimed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if not self.is_claimed:
            self.writer.discard()


def peaks(recording: Recording) -> list[list[int]]:
    """The loudest moment of each of up to 500 stretches, 0 … 255, one list a channel; empty before the probe."""
    profile = AudioProfile.objects.filter(recording=recording).first()
    if profile is None or not profile.sealed_peaks:
        return []
    key = keys.open_key(recording.pk, recording.key.wrapped)
    return [list(lane) for lane in _lanes(keys.unseal(key, profile.sealed_peaks, PEAKS_LABEL), profile.channels or 1)]


def sealed_peaks(key: aead.Aead, lanes: list[bytes]) -> bytes:
    """What `peaks` opens: lanes of equal length, one behind the other."""
    return keys.seal(key, b"".join(lanes), PEAKS_LABEL) if lanes else b""


def _lanes(together: bytes, channels: int) -> list[bytes]:
    length = len(together) // channels
    return [together[begin : begin + length] for begin in range(0, length * channels, length)] if length else []
