"""Audio in pieces of 256 KiB, each sealed with the recording's key and bound to it, to its place and to being the last.

So no piece can be moved, dropped or cut off unnoticed, and a range opens only its own. Nothing is ever written
in the clear.
"""

import hashlib
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import UUID

from tink import aead

from recordings import keys
from recordings.domain.errors import AudioNotKept
from recordings.store.chosen import store
from recordings.store.port import Store

if TYPE_CHECKING:
    from recordings.models import Recording

PIECE_BYTES = 256 * 1024
SEALED_PIECE_BYTES = PIECE_BYTES + keys.SEAL_OVERHEAD


def piece_label(recording_id: UUID, number: int, *, last: bool) -> bytes:
    """What a piece is bound to: its recording, its place, and whether nothing follows."""
    return recording_id.bytes + number.to_bytes(8) + (b"\x01" if last else b"\x00")


class AudioWriter:
    """Audio that streams in: sealed piece by piece, digested and counted on the way."""

    def __init__(self, recording_id: UUID, key: aead.Aead, into: Store | None = None) -> None:
        self.recording_id = recording_id
        self.key = key
        self.target = (into or store()).incoming()
        self.digest = hashlib.sha256()
        self.size_bytes = 0
        self._number = 0
        self._kept = ""
        self._held = bytearray()

    def write(self, chunk: bytes) -> None:
        self.digest.update(chunk)
        self.size_bytes += len(chunk)
        begin, room = 0, PIECE_BYTES - len(self._held)
        while len(chunk) - begin > room:  # a full piece is held until more comes: it may be the last
            self._seal(self._filled(chunk[begin : begin + room]), last=False)
            begin, room = begin + room, PIECE_BYTES
        self._held += chunk[begin:]

    def keep(self) -> str:
        """Seal the last piece and make the object durable. Returns the object's key."""
        self._seal(bytes(self._held), last=True)
        self._held.clear()
        self._kept = self.target.keep()
        return self._kept

    def pieces(self) -> Iterator[bytes]:
        """What was kept, opened again piece by piece."""
        for number in range(self._number):
            yield _opened(self._kept, self.recording_id, self.size_bytes, self.key, number)

    def discard(self) -> None:
        self.target.discard()

    def _filled(self, rest: bytes) -> bytes:
        """The piece that is held, with its rest; mostly nothing was held, and nothing is copied."""
        if not self._held:
            return rest
        piece = bytes(self._held) + rest
        self._held.clear()
        return piece

    @property
    def sha256(self) -> bytes:
        return self.digest.digest()

    def _seal(self, piece: bytes, *, last: bool) -> None:
        self.target.write(keys.seal(self.key, piece, piece_label(self.recording_id, self._number, last=last)))
        self._number += 1


def read_piece(recording: "Recording", key: aead.Aead, number: int) -> bytes:
    """One piece of the recording's audio, opened. Raises AudioIntegrityLost."""
    if recording.object_key is None or recording.size_bytes is None:
        raise AudioNotKept
    return _opened(recording.object_key, recording.pk, recording.size_bytes, key, number)


def _opened(object_key: str, recording_id: UUID, size_bytes: int, key: aead.Aead, number: int) -> bytes:
    sealed = store().read(object_key, number * SEALED_PIECE_BYTES, SEALED_PIECE_BYTES)
    return keys.unseal(key, sealed, piece_label(recording_id, number, last=number == last_piece(size_bytes)))


def last_piece(size_bytes: int) -> int:
    return max(size_bytes - 1, 0) // PIECE_BYTES


def sealed_size(size_bytes: int) -> int:
    """How many bytes lie in the store for so many bytes of audio: 28 more for each piece."""
    return size_bytes + (last_piece(size_bytes) + 1) * keys.SEAL_OVERHEAD


def read_range(recording: "Recording", start: int = 0, stop: int | None = None) -> Iterator[bytes]:
    """The bytes from `start` up to, not including, `stop`; only their pieces are opened. Raises AudioIntegrityLost."""
    if recording.object_key is None or recording.size_bytes is None:
        raise AudioNotKept
    key = keys.open_key(recording.pk, recording.key.wrapped)
    yield from read_object(recording.object_key, recording.pk, recording.size_bytes, key, start, stop)


def read_object(
    object_key: str, owner_id: UUID, size_bytes: int, key: aead.Aead, start: int = 0, stop: int | None = None
) -> Iterator[bytes]:
    """As `read_range`, of whatever an `AudioWriter` sealed for `owner_id`. Raises AudioIntegrityLost."""
    end = size_bytes if stop is None else min(stop, size_bytes)
    for number in range(start // PIECE_BYTES, -(-end // PIECE_BYTES)):
        begin = number * PIECE_BYTES
        piece = _opened(object_key, owner_id, size_bytes, key, number)
        yield piece[max(start - begin, 0) : end - begin]


def is_ready() -> bool:
    """Whether an object can be written, kept, read and removed now. Raises StoreUnavailable."""
    probe, written = store().incoming(), time.time_ns().to_bytes(16)
    try:
        probe.write(written)
        object_key = probe.keep()
        is_whole = store().read(object_key, 0, 16) == written
        store().delete(object_key)  # discarding alone would not tell that it cannot be removed
        return is_whole
    finally:
        probe.discard()
