"""Children that never outlive their owner: tied by the kernel, in groups of their own, found again after kill -9."""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)  # loaded before any fork


class PrivateServiceFailed(RuntimeError):
    """A part of Callward did not start; the message says why and what to do."""


def dies_with_parent(sent: int = signal.SIGKILL) -> Callable[[], None]:
    """For Popen's `preexec_fn`: the kernel sends this to the child when its parent dies, so kill -9 leaves none."""

    def tie() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, sent)

    return tie


def tie_to_parent() -> None:
    """Called by a grandchild (a web or task worker) about itself: its parent's death is its own."""
    parent = os.getppid()
    dies_with_parent()()
    if os.getppid() != parent:  # it died before the tie held
        os.kill(os.getpid(), signal.SIGKILL)


def end(processes: Iterable["subprocess.Popen[bytes]"], *, sent: int, seconds: float) -> None:
    """Ask all at once, wait for all together, kill the groups of those that stay."""
    waiting = [process for process in processes if process.poll() is None]
    for process in waiting:
        process.send_signal(sent)
    until = time.monotonic() + seconds
    for process in waiting:
        try:
            process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            kill_group(process.pid)
            process.wait()


def kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


@dataclass(frozen=True)
class Group:
    """A process group that was started, and the word by which its command lines are known again."""

    name: str
    group: int
    word: str


def record(file: Path, groups: Iterable[Group]) -> None:
    """Write the groups, whole or not at all."""
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps([vars(group) for group in groups]))
    fresh.replace(file)


def recorded(file: Path) -> list[Group]:
    try:
        return [Group(**group) for group in json.loads(file.read_text())]
    except (FileNotFoundError, ValueError, TypeError):
        return []


def leftovers(groups: Iterable[Group]) -> list[int]:
    """Processes that still live in a recorded group and whose command line says that they are ours.

    A number is reused by the system; only number and command line together tell.
    """
    known = {group.group: group.word for group in groups}
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            group = int((entry / "stat").read_text().rpartition(")")[2].split()[2])
            command = (entry / "cmdline").read_bytes().decode(errors="replace")
        except (OSError, IndexError, ValueError):
            continue
        if group in known and known[group] in command:
            found.append(int(entry.name))
    return found


def end_leftovers(file: Path, seconds: float = 5) -> int:
    """End what an earlier start left behind; how many processes that were."""
    groups = [group for group in recorded(file) if group.group != os.getpgrp()]
    first = leftovers(groups)
    until = time.monotonic() + seconds
    remaining = first
    while remaining and time.monotonic() < until:
        for process in remaining:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        time.sleep(0.05)
        remaining = leftovers(groups)
    file.unlink(missing_ok=True)
    return len(first)
