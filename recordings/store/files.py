"""Objects as files on a disk that all processes share. File and folder are fsynced before `keep` returns."""

import contextlib
import errno
import os
import re
import secrets
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from recordings.domain.errors import AudioIntegrityLost, StoreUnavailable
from recordings.store.parallel import each
from recordings.store.port import Lock, Refused, StoredObject, full, unavailable

OBJECT_KEY = re.compile(r"[0-9a-f]{32}")  # what else lies beside our objects is not ours
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
NOT_A_FILE = {errno.ELOOP, errno.EISDIR, errno.ESPIPE, errno.ENXIO}  # a link, a folder or a pipe lies in its place
MARKER = "callward-store"
READ_ONLY = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class FileStore:
    """Objects as files: `<root>/<first two of the key>/<key>`; what is not yet kept lies in `<root>/incoming`."""

    locks = False  # a file system keeps nothing from its owner

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
                descriptor = os.open(self.path(object_key), READ_ONLY)
            except FileNotFoundError as error:
                self._assert_there()
                raise AudioIntegrityLost("The audio of this recording is missing from the store.") from error
            except OSError as error:
                raise _instead_of_a_file(error) from error
            try:
                return os.pread(descriptor, length, start)
            except OSError as error:
                raise _instead_of_a_file(error) from error
            finally:
                os.close(descriptor)

    def head(self, object_key: str) -> int | None:
        with _as_unavailable():
            try:
                return os.stat(self.path(object_key), follow_symlinks=False).st_size
            except FileNotFoundError:
                self._assert_there()
                return None

    def delete(self, object_key: str) -> None:
        with _as_unavailable():
            file = self.path(object_key)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(file)
                _fsync_folder(file.parent)

    def delete_many(self, object_keys: Collection[str]) -> dict[str, Refused]:
        """Unlinked by several threads; each folder is made durable once. A folder that cannot be refuses all in it."""
        refused = dict(each(self._unlink, object_keys))
        refused |= dict(each(self._settle, {key[:2] for key in object_keys}))
        return {key: refused[name] for key in object_keys for name in (key, key[:2]) if name in refused}

    def _unlink(self, object_keys: Sequence[str]) -> Iterator[tuple[str, Refused]]:
        root = str(self.root)
        for key in object_keys:
            try:
                os.unlink(f"{root}/{key[:2]}/{key}")  # a Path for each would take longer than the removal
            except FileNotFoundError:
                continue
            except OSError as error:
                yield key, Refused(str(unavailable(_words(error))))

    def _settle(self, folders: Sequence[str]) -> Iterator[tuple[str, Refused]]:
        for name in folders:
            try:
                _fsync_folder(self.root / name)
            except FileNotFoundError:
                continue
            except OSError as error:
                yield name, Refused(str(unavailable(_words(error))))

    def remaining(self, object_keys: Collection[str]) -> set[str]:
        with _as_unavailable():
            root, there, missing = str(self.root), set(), False
            for key in object_keys:
                try:
                    os.lstat(f"{root}/{key[:2]}/{key}")
                    there.add(key)
                except FileNotFoundError:
                    missing = True
            if missing:
                self._assert_there()
            return there

    def object_keys(self, *, older_than: float) -> Iterator[str]:
        """Keys of the objects whose files were last changed before this Unix time."""
        return (found.key for found in self.objects(older_than=older_than) if found.is_ours)

    def objects(self, *, older_than: float) -> Iterator[StoredObject]:
        """Every file in the folders of objects, as of its last change; what lies elsewhere is not looked at."""
        with _as_unavailable():
            for folder in sorted(self.root.glob("??")):
                with os.scandir(folder) as entries:
                    for entry in entries:
                        with contextlib.suppress(FileNotFoundError):
                            status = entry.stat(follow_symlinks=False)
                            if status.st_mtime < older_than:
                                is_ours = bool(OBJECT_KEY.fullmatch(entry.name)) and entry.name[:2] == folder.name
                                yield StoredObject(entry.name, status.st_size, is_ours=is_ours)

    def room(self) -> int | None:
        with _as_unavailable():
            try:
                space = os.statvfs(self.root)
            except FileNotFoundError:
                return None
            return space.f_bavail * space.f_frsize

    def marker(self) -> bytes | None:
        with _as_unavailable():
            try:
                return (self.root / MARKER).read_bytes()
            except FileNotFoundError:
                return None

    def put_marker(self, content: bytes) -> None:
        with _as_unavailable():
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh = self.root / f"{MARKER}.{secrets.token_hex(4)}"
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                os.write(descriptor, content)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            os.replace(fresh, self.root / MARKER)
            _fsync_folder(self.root)

    def lock(self, object_key: str, *, until: datetime | None, held: bool) -> None:
        """Nothing: what keeps an object here is the database."""

    def lock_of(self, object_key: str) -> Lock | None:
        return Lock() if self.head(object_key) is not None else None

    def _assert_there(self) -> None:
        """An empty mount point is not a store from which everything is gone. Raises StoreUnavailable."""
        if not self.root.is_dir():
            raise unavailable("its folder is not there")

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
        raise _told(error) from error


def _told(error: OSError) -> StoreUnavailable:
    return full() if error.errno in NO_ROOM else unavailable(_words(error))


def _instead_of_a_file(error: OSError) -> Exception:
    if error.errno in NOT_A_FILE:
        return AudioIntegrityLost("Something else lies in the store where the audio of this recording was.")
    return _told(error)


def _words(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
