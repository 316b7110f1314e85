"""Objects as files on a disk that all processes share. File and folder are fsynced before `keep` returns."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from recordings.domain.errors import AudioIntegrityLost
from recordings.store.port import unavailable


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
        raise unavailable(error.strerror or type(error).__name__) from error


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
