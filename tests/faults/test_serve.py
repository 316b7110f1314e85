"""`manage.py serve` as people start it: says READY, survives the end of everything, leaves nothing behind."""

import contextlib
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import pytest

from compliance_site.private.processes import Group, leftovers

ROOT = Path(__file__).resolve().parent.parent.parent
LONGEST_START = 60


@pytest.fixture
def home():
    with tempfile.TemporaryDirectory(prefix="callward-serve-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Served:
    """One run of `manage.py serve`; its lines are read as they come."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.port, self.said = home, port, ""
        kept = {
            name: value for name, value in os.environ.items() if name not in {"DJANGO_SETTINGS_MODULE", "CALLWARD_DEMO"}
        }
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=kept | {"CALLWARD_HOME": str(home), "PORT": str(port), "WEB_WORKERS": "1", "WORKER_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def until(self, pattern: str, seconds: float = LONGEST_START) -> str:
        end = time.monotonic() + seconds
        while not re.search(pattern, self.said, re.MULTILINE):
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))
            block = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            assert block, f"{pattern} was never said:\n{self.said}"
            self.said += block.decode()
        return self.said

    def groups(self) -> list[Group]:
        return [Group(**group) for group in json.loads((self.home / "groups.json").read_text())]

    def ask(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.read().decode()

    def end(self, sent: signal.Signals) -> int:
        self.process.send_signal(sent)
        rest, _ = self.process.communicate(timeout=20)
        self.said += rest.decode()
        return self.process.returncode


@pytest.fixture
def serve(home):
    started: list[Served] = []

    def start(port: int) -> Served:
        started.append(Served(home, port))
        return started[-1]

    yield start
    for served in started:
        if served.process.poll() is None:
            served.process.kill()
            served.process.wait()
        served.process.stdout.close()


def kill_everything(served: Served) -> list[Group]:
    """What `kill -9` of all of it does: the supervisor and each group at the same moment."""
    groups = served.groups()
    served.process.kill()
    for group in groups:
        with contextlib.suppress(ProcessLookupError):  # tied to the supervisor, and quicker
            os.killpg(group.group, signal.SIGKILL)
    served.process.wait()
    return groups


def last_event(served: Served) -> float:
    """The number of the newest trail event: nothing is lost, and starting again ships nothing twice."""
    return float(re.search(r"^callward_trail_last_sequence (\S+)$", served.ask("/metrics"), re.MULTILINE)[1])


@pytest.mark.timeout(180)
def test_it_comes_up_again_with_its_data_after_everything_was_killed_and_leaves_nothing(serve, home):
    port = free_port()
    first = serve(port)
    first.until(rf"^READY http://127.0.0.1:{port} ")
    assert '"ready": true' in first.ask("/readyz")
    secret = subprocess.run(
        [sys.executable, "manage.py", "issue_token", "Austin exchange", "--scope", "decisions"],
        cwd=ROOT,
        env=os.environ | {"CALLWARD_HOME": str(home), "DJANGO_SETTINGS_MODULE": "compliance_site.settings.local"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert re.fullmatch(r"cw_\w+_[\w-]+\n", secret)

    second = serve(free_port())
    assert second.process.wait(20) == 1
    second.until("already running here")

    told = last_event(first)
    killed = kill_everything(first)
    again = serve(port)
    again.until("^READY ")
    assert leftovers(killed) == []
    assert last_event(again) == told

    groups = again.groups()
    assert {group.name for group in groups} == {"database", "broker", "web", "worker", "beat"}
    began = time.monotonic()
    assert again.end(signal.SIGTERM) == 0
    assert time.monotonic() - began < 12
    assert leftovers(groups) == []
    assert not (home / "groups.json").exists()


def test_a_taken_port_is_named_with_its_cure_before_anything_is_started(serve, home):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        served = serve(other.getsockname()[1])
        assert served.process.wait(20) == 1
        served.until(rf"^Port {served.port} is taken by another program. Choose another: PORT=\d+ make run")
    assert not (home / "postgres").exists()
