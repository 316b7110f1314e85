"""Files in a folder that somebody else fills: found one by one, opened without leaving the folder.

No link is followed, not in the middle of a path either, and a name has to be one that can be shown.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recordings.domain.errors import FileRefused

SIDE_FILES = (".json", ".csv")  # what tells of the audio file of the same name
NOT_AUDIO = (*SIDE_FILES, ".txt", ".xml", ".log", ".md5", ".sha256", ".pdf", ".html")  # passed over
UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".swp", "~")
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar")
LONGEST_NAME = 500
DEEPEST = 20  # folders within folders
SIDE_FILE_BYTES = 1 << 20


@dataclass(frozen=True)
class Found:
    """One file that may be a call's audio. `problem`: why it is none that can be taken."""

    name: str  # relative to the folder, parted by /
    size_bytes: int = 0
    changed_ns: int = 0
    number: int = 0  # of its line in a manifest; 0: it was found in a folder
    row: Mapping[str, Any] | None = None  # what a manifest tells of it
    problem: FileRefused | None = field(default=None, compare=False)

    @property
    def stem(self) -> str:
        """The file's own name, without the folders and its ending."""
        return self.name.rpartition("/")[2].rpartition(".")[0] or self.name.rpartition("/")[2]


def files_in(root: Path, *, skipping: frozenset[str] = frozenset()) -> Iterator[Found]:
    """Every file below `root` that is not passed over; folders of these names at the top are left out.

    Holds one folder's names at a time as the system gives them, never all files.
    """
    waiting = [("", 0)]
    while waiting:
        folder, depth = waiting.pop()
        with os.scandir(root / folder) as entries:
            for entry in entries:
                name = f"{folder}/{entry.name}" if folder else entry.name
                if entry.name.startswith(".") or entry.name.lower().endswith(UNFINISHED):
                    continue
                if entry.is_symlink():
                    yield Found(shown(name), problem=_refused("link", "It is a link. Put the file itself there."))
                elif entry.is_dir(follow_symlinks=False):
                    if depth < DEEPEST and not (depth == 0 and entry.name in skipping):
                        waiting.append((name, depth + 1))
                elif not entry.name.lower().endswith(NOT_AUDIO):
                    yield _found(entry, name)


def _found(entry: "os.DirEntry[str]", name: str) -> Found:
    try:
        assert_name(name)
        facts = entry.stat(follow_symlinks=False)
        if not stat.S_ISREG(facts.st_mode):
            raise _refused("not_a_file", "It is no regular file.")
    except FileRefused as problem:
        return Found(shown(name), problem=problem)
    except OSError as error:
        return Found(shown(name), problem=_unreadable(error))
    return Found(name, facts.st_size, facts.st_mtime_ns)


def looked_up(root: Path, name: str, *, number: int, row: Mapping[str, Any]) -> Found:
    """The file that a manifest names."""
    try:
        descriptor = opened(root, name)
    except FileRefused as problem:
        return Found(shown(name), number=number, row=row, problem=problem)
    try:
        facts = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    return Found("/".join(_parts(name)), facts.st_size, facts.st_mtime_ns, number, row)


def opened(root: Path, name: str) -> int:
    """A descriptor of a regular file below `root`. Raises FileRefused: a link, a way out, no file, unreadable."""
    try:
        with _folder_of(root, name) as (place, last):
            # not blocking: somebody else's named pipe would hold us for ever
            descriptor = os.open(last, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=place)
    except OSError as error:
        raise _unreadable(error) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _refused("not_a_file", "It is no regular file.")
    return descriptor


def move(root: Path, name: str, into: str) -> None:
    """Put the file into the folder `into` below `root`; nothing that lies there is written over. Raises OSError."""
    flat = name.replace("/", "_")
    stem, dot, ending = flat.rpartition(".")
    with _folder_of(root, name) as (place, last), _folder_of(root, f"{into}/{flat}") as (target, _):
        for number in range(1, 1000):
            free = flat if number == 1 else f"{stem or ending}-{number}{dot if stem else ''}{ending if stem else ''}"
            if not _is_there(free, target):
                os.rename(last, free, src_dir_fd=place, dst_dir_fd=target)
                return
    raise FileExistsError(flat)


def remove(root: Path, name: str) -> None:
    """Raises OSError."""
    with _folder_of(root, name) as (place, last):
        os.unlink(last, dir_fd=place)


def make_folder(root: Path, name: str) -> None:
    """A folder below `root`, where there is none. Raises OSError, also where somebody put a link in its place."""
    for end in range(1, name.count("/") + 2):
        inner = "/".join(name.split("/")[:end])
        with _folder_of(root, inner) as (place, last), contextlib.suppress(FileExistsError):
            os.mkdir(last, 0o700, dir_fd=place)
    with _folder_of(root, f"{name}/x"):
        return


def write_note(root: Path, name: str, text: str) -> None:
    """A short text beside what was refused; one that is there stays. Raises OSError."""
    with _folder_of(root, name) as (place, last):
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with contextlib.suppress(FileExistsError), os.fdopen(os.open(last, flags, 0o600, dir_fd=place), "w") as out:
            out.write(text)


@contextlib.contextmanager
def _folder_of(root: Path, name: str) -> Iterator[tuple[int, str]]:
    """A descriptor of the folder in which the file is, and its own name there; no link is followed on the way."""
    *folders, last = _parts(name)
    place = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for folder in folders:
            inner = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=place)
            os.close(place)
            place = inner
        yield place, last
    finally:
        os.close(place)


def _is_there(name: str, place: int) -> bool:
    try:
        os.stat(name, dir_fd=place, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def side_file(root: Path, found: Found) -> tuple[str, bytes] | None:
    """Name and content of what tells of this file: `call.wav.json`, `call.json`, or the same with csv. None: nothing.

    Raises FileRefused: it is there, and is too large or cannot be read.
    """
    bare = found.name.removesuffix(found.name.rpartition("/")[2]) + found.stem
    for name in (f"{base}{ending}" for ending in SIDE_FILES for base in (found.name, bare)):
        try:
            descriptor = opened(root, name)
        except FileRefused as problem:
            if problem.reason_code == "not_there":
                continue
            raise
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(SIDE_FILE_BYTES + 1)
        if len(content) > SIDE_FILE_BYTES:
            raise _refused("side_file", f"Its side file has more than {SIDE_FILE_BYTES} bytes.")
        return name, content
    return None


def assert_name(name: str) -> None:
    """Raises FileRefused: a name that leaves its folder, or that cannot be shown."""
    parts = name.replace("\\", "/").split("/")
    if name.startswith("/") or "\\" in name or any(part in {"", ".", ".."} for part in parts):
        raise _refused("outside", "Its name leads out of the folder. Write a path below the folder, parted by /.")
    if not name.isprintable() or len(name) > LONGEST_NAME:
        raise _refused("bad_name", f"Its name has control characters, is no UTF-8, or is over {LONGEST_NAME} long.")
    if parts[-1].lower().endswith(ARCHIVES):
        raise _refused("archive", "It is an archive. Unpack it first: archives are not opened here.")


def shown(name: str) -> str:
    """The name with what cannot be printed written as an escape, so that a report of it harms no terminal."""
    safe = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in name)
    return safe[:LONGEST_NAME]


def _parts(name: str) -> list[str]:
    assert_name(name)
    return name.split("/")


def _refused(code: str, detail: str) -> FileRefused:
    return FileRefused(code, detail)


def _unreadable(error: OSError) -> FileRefused:
    if error.errno == errno.ENOENT:
        return _refused("not_there", "There is no such file. Check its name.")
    if error.errno in {errno.ENOTDIR, errno.ELOOP}:  # of a link where a folder should be, of a link itself
        return _refused("link", "A part of its path is a link. Put the file itself there.")
    return _refused("unreadable", f"It cannot be read: {error.strerror or type(error).__name__}.")
