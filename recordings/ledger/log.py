"""The log's files: appended under a lock, durable before `append` returns, read without one.

`<folder>/<number of its first line, 16 digits>.log`, a new one after SEGMENT_BYTES; `<folder>/lock`. A second folder,
where one is set, gets every byte as well. What a crash cut off was never acknowledged: the next writer removes it.
"""

import contextlib
import fcntl
import os
import threading
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from recordings import keys
from recordings.domain.errors import LedgerUnavailable
from recordings.domain.ledger_lines import NOTHING_BEFORE, Line, LineBroken, body_of, line_bytes, line_of

SEGMENT_BYTES = 64 * 1024 * 1024
READ_BYTES = 8 * 1024 * 1024


class DispositionLog:
    """The log in one folder. Each process keeps the heads of its latest lines, and reads on from where it was."""

    def __init__(self, folder: Path, copy: Path | None = None) -> None:
        self.folder, self.copy = folder, copy
        self._reading = threading.Lock()
        self._lines: list[Line] = []  # without a gap, the last one at the end
        self._segment: Path | None = None
        self._position = 0

    # --- reading

    def lines(self, *, after: int = 0) -> list[Line]:
        """Heads of the lines behind this number, in order. Raises LedgerUnavailable: unreadable, or a broken chain."""
        with self._reading, _as_unavailable("read"):
            self._read_on(after)
            if not self._lines or self._lines[-1].number <= after:
                return []
            return self._lines[max(0, after + 1 - self._lines[0].number) :]

    def line(self, number: int) -> Line | None:
        """The head of this line; None where the log has none."""
        found = self.lines(after=number - 1)[:1]
        return found[0] if found and found[0].number == number else None

    def last(self) -> Line | None:
        with self._reading, _as_unavailable("read"):
            self._read_on(None)
            return self._lines[-1] if self._lines else None

    def body(self, line: Line) -> Any:
        """What the line tells, its signature verified. Raises LedgerUnavailable."""
        with _as_unavailable("read"):
            segment = next(path for path in reversed(self._segments()) if _first(path) <= line.number)
            with segment.open("rb") as file:
                raw = os.pread(file.fileno(), line.length, line.offset)
        try:
            header, signature, body = body_of(raw)
        except LineBroken as error:
            raise LedgerUnavailable(f"Line {line.number} of the disposition log: {error}") from error
        key_id, _, text = signature.partition(":")
        if line_of(raw).digest != line.digest or not keys.verify(header, text, key_id):
            raise LedgerUnavailable(f"Line {line.number} of the disposition log is not signed by a key of ours.")
        return body

    def _read_on(self, after: int | None) -> None:
        """Take in what was written since; from an earlier segment where lines behind `after` are not known yet."""
        segments = self._segments()
        if not segments:
            self._forget()
            return
        if self._segment not in segments or self._segment.stat().st_size < self._position:
            self._forget()  # the files are others than they were
        wanted = segments[-1] if after is None else _holding(segments, after + 1)
        if self._segment is None or (self._lines and _first(wanted) < self._lines[0].number):
            self._forget()
            self._segment = wanted
        for segment in segments[segments.index(self._segment) :]:
            if segment != self._segment:
                self._segment, self._position = segment, 0
            self._read_segment(segment)

        if after is None and not self._lines and len(segments) > 1:  # a crash left a segment without a whole line
            self._forget()
            self._read_on(_first(segments[-2]))

    def _read_segment(self, segment: Path) -> None:
        if segment.stat().st_size == self._position:
            return
        with segment.open("rb") as file:
            file.seek(self._position)
            rest = b""
            while chunk := file.read(READ_BYTES):
                *whole, rest = (rest + chunk).split(b"\n")
                for raw in whole:
                    self._take(raw)

    def _take(self, raw: bytes) -> None:
        try:
            line = line_of(raw, offset=self._position)
        except LineBroken as error:
            raise LedgerUnavailable(str(error)) from error
        if line.installation != installation():
            raise LedgerUnavailable("The disposition log is another installation's. Put this one's own log back.")
        expected = (self._lines[-1].number + 1, self._lines[-1].digest) if self._lines else None
        if expected and (line.number, line.before) != expected:
            self._forget()
            raise LedgerUnavailable(
                f"Line {line.number} of the disposition log does not follow the one before it: a line was changed, "
                "removed or added. Put the log back from its copy."
            )
        self._lines.append(line)
        self._position += len(raw) + 1

    def forget_before(self, number: int) -> None:
        """Keep no heads of lines before this one; they are read again where somebody asks."""
        with self._reading:
            if self._lines and self._lines[0].number < number - 1_000:
                self._lines = [line for line in self._lines if line.number >= number] or self._lines[-1:]

    def forget(self) -> None:
        """Read everything anew: the files are others now."""
        with self._reading:
            self._forget()

    def _forget(self) -> None:
        self._lines, self._segment, self._position = [], None, 0

    def _segments(self) -> list[Path]:
        return sorted(self.folder.glob("*.log"))

    # --- writing

    def append(
        self,
        kind: str,
        body: Mapping[str, Any] | None = None,
        *,
        intent: str = "",
        transaction: str = "",
        settles: tuple[str, ...] = (),
        durable: bool = True,
    ) -> Line:
        """Write one line; on the disk before this returns (`durable=False`: with the next one that is).

        Raises LedgerUnavailable: nothing was written, or what was cannot be known to last.
        """
        at = timezone.now().isoformat()
        with _as_unavailable("written"), self._locked():
            last = self.last()
            number, before = (last.number + 1, last.digest) if last else (1, NOTHING_BEFORE)
            header, encoded = line_bytes(
                number=number,
                at=at,
                kind=kind,
                before=before,
                installation=installation(),
                intent=intent,
                transaction=transaction,
                settles=settles,
                body=body,
            )
            signature, key_id = keys.sign(header)
            raw = header + b"\t" + f"{key_id}:{signature}".encode() + b"\t" + encoded.encode() + b"\n"
            self._write(number, raw, durable=durable)
            written = self.last()
        if written is None or written.number != number:
            raise LedgerUnavailable("The disposition log does not read back what was written to it.")
        return written

    def sync(self) -> None:
        """Make durable what was written without it."""
        with _as_unavailable("written"):
            for folder in self._folders():
                for segment in sorted(folder.glob("*.log"))[-1:]:
                    with segment.open("rb") as file:
                        os.fsync(file.fileno())

    def _write(self, number: int, raw: bytes, *, durable: bool) -> None:
        segment, is_new = self._segment, False
        if segment is None or self._position >= SEGMENT_BYTES:
            segment, is_new = self.folder / f"{number:016d}.log", True
        start = 0 if is_new else self._position
        for folder in self._folders():
            if folder != self.folder:
                self._catch_up(folder / segment.name, segment, start)
            _write_at(folder / segment.name, start, raw, durable=durable, is_new=is_new)

    def _catch_up(self, copy: Path, segment: Path, start: int) -> None:
        """The copy has every byte before; where it was away for a while, it gets them now."""
        there = copy.stat().st_size if copy.exists() else 0
        if there < start:
            with segment.open("rb") as source:
                source.seek(there)
                _write_at(copy, there, source.read(start - there), durable=True, is_new=not there)

    def _folders(self) -> list[Path]:
        return [self.folder, *([self.copy] if self.copy else [])]

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        for folder in self._folders():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _write_at(file: Path, start: int, raw: bytes, *, durable: bool, is_new: bool) -> None:
    """Write from `start`, over what a crash left there. Half a line is taken back where the disk is full."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        if os.fstat(descriptor).st_size > start:
            os.ftruncate(descriptor, start)
        os.lseek(descriptor, start, os.SEEK_SET)
        try:
            view = memoryview(raw)
            while view:
                view = view[os.write(descriptor, view) :]
            if durable or is_new:
                os.fsync(descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, start)
            raise
    finally:
        os.close(descriptor)
    if is_new:
        folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _first(segment: Path) -> int:
    return int(segment.stem)


def _holding(segments: list[Path], number: int) -> Path:
    """The segment in which this line lies, or would."""
    return next((path for path in reversed(segments) if _first(path) <= number), segments[0])


@contextlib.contextmanager
def _as_unavailable(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise LedgerUnavailable(f"The disposition log cannot be {what}: {reason}. Mend its folder.") from error


def installation() -> str:
    """What tells this installation's log and store from another's: 32 letters from the keyset, the same for ever."""
    return keys.blind_index("installation", "callward").hex()[:32]


@cache
def _log(folder: str, copy: str) -> DispositionLog:
    return DispositionLog(Path(folder), Path(copy) if copy else None)


def log() -> DispositionLog:
    """The log that DISPOSITION_LOG names."""
    return _log(settings.DISPOSITION_LOG, settings.DISPOSITION_LOG_COPY)
