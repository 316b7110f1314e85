"""The audio store: sealed audio in, any range of it out. Files by default, behind a port of four acts.

An object is the recording's audio in pieces of 256 KiB, each sealed with the recording's key and bound to it, to its
place and to being the last, so that no piece can be moved, dropped or cut off unnoticed. Nothing is ever written
in the clear. Bytes are durable (file and folder fsynced) before `keep` returns.
"""

import contextlib
import hashlib
import os
import secrets
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

from django.conf import settings
from tink import aead

from recordings import keys
from recordings.domain.errors import AudioIntegrityLost, AudioNotKept, StoreUnavailable

if TYPE_CHECKING:
    from recordings.models import Recording

PIECE_BYTES = 256 * 1024
SEALED_PIECE_BYTES = PIECE_BYTES + keys.SEAL_OVERHEAD


class IncomingObject(Protocol):
    """An object that is being written; it exists for nobody until it is kept."""

    def write(self, data: bytes) -> None: ...

    def keep(self) -> str:
        """Make it durable under a fresh key, which is returned. Raises StoreUnavailable."""
        ...

    def discard(self) -> None:
        """Leave nothing behind, kept or not. Doing it twice is doing it once."""
        ...


class Store(Protocol):
    """What Callward asks of a place for audio."""

    def incoming(self) -> IncomingObject: ...

    def read(self, object_key: str, start: int, length: int) -> bytes:
        """These bytes of an object. Raises AudioIntegrityLost where it is absent, StoreUnavailable."""
        ...

    def head(self, object_key: str) -> int | None:
        """Size in bytes; None where there is no such object."""
        ...

    def delete(self, object_key: str) -> None:
        """Remove the object. "Already absent" is success."""
        ...


class FileStore:
    """Objects as files: `<root>/<first two of the key>/<key>`; what is not yet kept lies in `<root>/incoming`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.arrivals = root / "incoming"

    def incoming(self) -> "IncomingFile":
        return IncomingFile(self)

    def path(self, object_key: str) -> Path:
        return self.root / object_key[:2] / object_key

    def read(self, object_key: str, start: int, length: int) -> bytes:
        with _as_unavailable():
            try:
                descriptor = os.open(self.path(object_key), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            except FileNotFoundError as error:
                raise AudioIntegrityLost("The audio of this recording is missing from the store.") from error
            try:
                return os.pread(descriptor, length, start)
            finally:
                os.close(descriptor)

    def head(self, object_key: str) -> int | None:
        with _as_unavailable():
            try:
                return os.stat(self.path(object_key), follow_symlinks=False).st_size
            except FileNotFoundError:
                return None

    def delete(self, object_key: str) -> None:
        with _as_unavailable():
            file = self.path(object_key)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(file)
                _fsync_folder(file.parent)

    def object_keys(self, *, older_than: float) -> Iterator[str]:
        """Keys of the objects whose files were last changed before this Unix time."""
        for folder in sorted(self.root.glob("??")):
            with os.scandir(folder) as entries:
                for entry in entries:
                    with contextlib.suppress(FileNotFoundError):
                        if entry.stat(follow_symlinks=False).st_mtime < older_than:
                            yield entry.name

    def clear_arrivals(self, *, older_than: float) -> int:
        """Remove what was never kept, such as by a process that died; how many went."""
        cleared = 0
        with contextlib.suppress(FileNotFoundError), os.scandir(self.arrivals) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):
                    if entry.stat(follow_symlinks=False).st_mtime < older_than:
                        os.unlink(entry.path)
                        cleared += 1
        return cleared


class IncomingFile:
    """One file on its way into the store."""

    def __init__(self, store: FileStore) -> None:
        self.store = store
        self.file = store.arrivals / secrets.token_hex(16)
        self.kept: str | None = None
        with _as_unavailable():
            try:
                self.descriptor: int | None = self._open()
            except FileNotFoundError:
                store.arrivals.mkdir(parents=True, exist_ok=True, mode=0o700)
                self.descriptor = self._open()

    def _open(self) -> int:
        return os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)

    def write(self, data: bytes) -> None:
        assert self.descriptor is not None, "written after it was kept or discarded"  # noqa: S101
        with _as_unavailable():
            view = memoryview(data)
            while view:
                view = view[os.write(self.descriptor, view) :]

    def keep(self) -> str:
        """A failed fsync is a failed upload: the kernel may have dropped the bytes, so it is never tried again."""
        assert self.descriptor is not None, "kept twice"  # noqa: S101
        object_key = self.file.name
        target = self.store.path(object_key)
        with _as_unavailable():
            os.fsync(self.descriptor)
            self._close()
            try:
                os.replace(self.file, target)
            except FileNotFoundError:
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                _fsync_folder(target.parent.parent)
                os.replace(self.file, target)
            self.kept = object_key
            _fsync_folder(target.parent)
        return object_key

    def discard(self) -> None:
        with contextlib.suppress(OSError):
            self._close()
        for file in (self.file, self.store.path(self.file.name)):
            with contextlib.suppress(OSError):
                os.unlink(file)

    def _close(self) -> None:
        if self.descriptor is not None:
            descriptor, self.descriptor = self.descriptor, None
            os.close(descriptor)


@contextlib.contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StoreUnavailable(f"The audio store cannot be used just now: {reason}. Try again later.") from error


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@cache
def store() -> FileStore:
    """The store that STORAGE_URL names. `file:///path` is served here; other schemes say so."""
    parts = urlsplit(settings.STORAGE_URL)
    if parts.scheme != "file":
        raise StoreUnavailable(f"STORAGE_URL begins with {parts.scheme}:, which this copy cannot serve. Use file:///….")
    return FileStore(Path(unquote(parts.path)))


# --- audio: pieces, sealed


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


def read_range(recording: "Recording", start: int = 0, stop: int | None = None) -> Iterator[bytes]:
    """The bytes from `start` up to, not including, `stop`; only their pieces are opened. Raises AudioIntegrityLost."""
    if recording.object_key is None or recording.size_bytes is None:
        raise AudioNotKept
    end = recording.size_bytes if stop is None else min(stop, recording.size_bytes)
    key = keys.open_key(recording.pk, recording.key.wrapped)
    for number in range(start // PIECE_BYTES, -(-end // PIECE_BYTES)):
        begin = number * PIECE_BYTES
        yield read_piece(recording, key, number)[max(start - begin, 0) : end - begin]


def is_ready() -> bool:
    """Whether an object can be written, kept, read and removed now. Raises StoreUnavailable."""
    probe = store().incoming()
    try:
        probe.write(time.time_ns().to_bytes(16))
        return store().read(probe.keep(), 0, 16) != b""
    finally:
        probe.discard()
