"""Children under supervision: lines with a prefix, restarted when they die, all stopped together. One thread."""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from compliance_site.private.processes import Group, dies_with_parent, end, kill_group, record

STEADY_SECONDS = 60  # a child that lived this long starts anew at once; one that died sooner waits longer each time
LONGEST_WAIT = 30.0
FEWEST_DEATHS = 5  # a child that died so often while all is just starting will not come up
PROGRAM_SECONDS = 5.0  # to stop by themselves; the whole has ten
ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class Child:
    """One supervised program. `launch` starts it; `word` is in the command line of it and of all it starts."""

    name: str
    launch: Callable[[], "subprocess.Popen[bytes]"]
    word: str
    restarts: bool = True
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    deaths: int = 0
    start_at: float | None = None  # a restart waits for this moment
    unfinished: bytes = b""
    captured: list[str] | None = None  # standard output is collected here instead of printed
    streams: list[IO[bytes]] = field(default_factory=list)


class Supervisor:
    """Starts, watches and stops children. Everything happens inside `turn`, in the caller's thread."""

    def __init__(self, groups: Path, say: Callable[[str], None]) -> None:
        self.children: dict[str, Child] = {}
        self.stopping = False
        self.say = say
        self._groups = groups
        self._selector = selectors.DefaultSelector()

    def add(self, child: Child) -> Child:
        self.children[child.name] = child
        self._launch(child)
        return child

    def turn(self, seconds: float = 0.05) -> None:
        """Print what the children said, for up to `seconds`, and see to those that died."""
        if self._selector.get_map():
            for key, _ in self._selector.select(seconds):
                self._read(key.data, key.fileobj)  # type: ignore[arg-type]
        else:
            time.sleep(seconds)
        for child in list(self.children.values()):
            self._see_to(child)

    def dying(self) -> str:
        """The name of a child that died again and again; empty where all is well."""
        return next((child.name for child in self.children.values() if child.deaths >= FEWEST_DEATHS), "")

    def stop(self, services: tuple[str, ...]) -> None:
        """The programs first, then the services that they lean on; within ten seconds. Nothing of a group stays."""
        self.stopping = True
        running = {name: child.process for name, child in self.children.items() if child.process}
        programs = [process for name, process in running.items() if name not in services]
        end(programs, sent=signal.SIGTERM, seconds=PROGRAM_SECONDS)
        for name, sent in (("broker", signal.SIGTERM), ("database", signal.SIGINT)):
            if name in services and name in running:
                end([running[name]], sent=sent, seconds=3.5)
        for process in running.values():
            kill_group(process.pid)
        while self._selector.get_map() and (ready := self._selector.select(0)):
            for key, _ in ready:
                self._read(key.data, key.fileobj)  # type: ignore[arg-type]
        self._groups.unlink(missing_ok=True)

    def _launch(self, child: Child) -> None:
        child.process, child.started_at, child.start_at = child.launch(), time.monotonic(), None
        for stream in (child.process.stdout, child.process.stderr):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
                self._selector.register(stream, selectors.EVENT_READ, child)
        alive = [each for each in self.children.values() if each.process]
        record(self._groups, [Group(each.name, each.process.pid, each.word) for each in alive if each.process])

    def _read(self, child: Child, stream: IO[bytes]) -> None:
        block = stream.read(65536)
        if not block:
            self._selector.unregister(stream)
            stream.close()
            block, child.unfinished = child.unfinished, b""
            lines = [block] if block else []
        else:
            *lines, child.unfinished = (child.unfinished + block).split(b"\n")
        for line in lines:
            text = line.decode(errors="replace")
            if child.captured is not None:
                child.captured.append(text)
            else:
                self.say(f"[{child.name}] {text}")

    def _see_to(self, child: Child) -> None:
        if self.stopping or child.process is None:
            return
        now = time.monotonic()
        if child.start_at is not None:
            if now >= child.start_at:
                self._launch(child)
        elif child.process.poll() is not None and child.restarts:
            kill_group(child.process.pid)  # what it started may still hold its port
            child.deaths = 1 if now - child.started_at > STEADY_SECONDS else child.deaths + 1
            wait = 0.0 if child.deaths == 1 else min(LONGEST_WAIT, 2.0 ** (child.deaths - 2))
            child.start_at = now + wait
            self.say(f"[{child.name}] ended with code {child.process.returncode}; starts again in {wait:.0f} s")


def program(
    arguments: list[str], environment: Mapping[str, str], *, captured: bool = False
) -> "subprocess.Popen[bytes]":
    """Start a Python program in a session of its own: a terminal's Ctrl-C reaches its owner alone, who then ends it.

    Its lines come through a pipe. With `captured`, standard output does and standard error stays the terminal's.
    """
    return subprocess.Popen(
        [sys.executable, *arguments],
        env=dict(environment),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=None if captured else subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=dies_with_parent(),
    )
