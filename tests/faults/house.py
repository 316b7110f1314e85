"""Callward as real processes that a test may kill one by one: PostgreSQL, Valkey, web, worker and beat of one home.

`manage.py serve` starts the same programs with the same arguments and restarts what dies; here nobody does, so that a
test decides what is there. What is slow (migrations, the law) is done once, in a home that others are copied from.
"""

import atexit
import contextlib
import http.client
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg

from compliance_site.private import postgres, valkey
from compliance_site.private.places import Places, places
from compliance_site.private.processes import kill_group
from compliance_site.private.serve import Serve
from compliance_site.private.supervisor import Child

ROOT = Path(__file__).resolve().parent.parent.parent
CLIP = (ROOT / "compliance_site/demo/clips/full_inbound.opus").read_bytes()
LINE = "demo-line"
LONGEST_START = 60
PROGRAMS = ("web", "worker", "beat")
ON_ONE_CORE = {"WEB_WORKERS": "1", "WEB_THREADS": "8", "WORKER_THREADS": "2"}

_FURNISH = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import LineOfBusiness
from accounts.services import issue_token
from trail.domain.actors import CALLWARD
LineOfBusiness.objects.create(code="demo-line", name="Demo line", is_demo=True, zone="America/New_York")
scopes = ("decisions", "recordings:write", "recordings:read", "recordings:listen", "holds:write")
until = timezone.now() + timedelta(days=1)
print(issue_token(name="Austin exchange", scopes=scopes, sources=(), lines=(), expires_at=until, actor=CALLWARD))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class House:
    """One home and its programs. Nothing is restarted by itself."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home, self.port = home, free_port()
        local = {"DJANGO_SETTINGS_MODULE": "compliance_site.settings.local", "CALLWARD_DEMO": "1"}
        self.settings = local | ON_ONE_CORE | settings
        with mock.patch.dict(os.environ, {"CALLWARD_HOME": str(home)}):
            self.places: Places = places()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.pipes: dict[str, int] = {}
        self.unheard: set[str] = set()
        self.said = b""

    # starting, killing, ending

    def start(self, *names: str) -> "House":
        for name in names:
            assert name not in self.running, f"{name} runs already"
            self.running[name] = self._launched(name)
        for name in names:
            self._await(name)
        return self

    def kill(self, name: str, sent: signal.Signals = signal.SIGKILL) -> None:
        """The whole group at once, as an out-of-memory killer or an operator with `kill -9` does."""
        process = self.running.pop(name)
        if sent == signal.SIGKILL:
            kill_group(process.pid)
        else:
            process.send_signal(sent)
        process.wait(30)
        if name == "database":
            self._await_the_end_of_sessions()

    def crash_database(self) -> None:
        """`pg_ctl stop -m immediate`: no checkpoint, every session cut off, recovery at the next start."""
        self.kill("database", signal.SIGQUIT)

    def end(self) -> None:
        for name in [name for name in (*PROGRAMS, "broker", "database") if name in self.running]:
            self.kill(name)

    def children_of(self, name: str) -> list[int]:
        parent = self.running[name].pid
        found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return [int(child) for child in found]

    def _launched(self, name: str) -> "subprocess.Popen[bytes]":
        if name == "database":
            return postgres.launch(self.places)
        if name == "broker":
            return valkey.launch(self.places)
        process = self._programs()[name].launch()
        assert process.stdout is not None
        self.pipes[name] = os.dup(process.stdout.fileno())
        process.stdout.close()
        threading.Thread(target=self._listen, args=(name, self.pipes[name]), daemon=True).start()
        return process

    def _programs(self) -> dict[str, Child]:
        """What `manage.py serve` would start, with its own arguments."""
        with mock.patch.dict(os.environ, self.settings):
            serve = Serve(self.places, self.port)
            serve.supervisor = collected = _Collected()  # type: ignore[assignment]
            serve._start_programs()
        return collected.children

    def _listen(self, name: str, pipe: int) -> None:
        """Until the program ends or nobody wants to hear it; only this thread closes the pipe."""
        with os.fdopen(pipe, "rb", buffering=0) as wire:
            while self.pipes.get(name) == pipe:
                if select.select([wire], [], [], 0.05)[0]:
                    block = wire.read(65536)
                    if not block:
                        return
                    self.said = (self.said + block)[-200_000:]
            self.unheard.add(name)

    def stop_listening_to(self, name: str) -> None:
        """Nobody takes its log any more: every line that it writes fails."""
        del self.pipes[name]
        self.until(lambda: name in self.unheard, 10, "the pipe is not closed")

    def _await(self, name: str) -> None:
        ready: dict[str, Callable[[], bool]] = {
            "database": lambda: postgres.is_ready(self.places),
            "broker": lambda: valkey.answers(self.places),
            "web": lambda: self._answers(),
        }
        if name in ready:
            self.until(ready[name], LONGEST_START, f"{name} does not come up")

    def _answers(self) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.ask("GET", "/healthz").status == 200
        return False

    def _await_the_end_of_sessions(self) -> None:
        self.until(lambda: not postgres.answers(self.places), 30, "PostgreSQL does not end")

    def until(self, done: Callable[[], bool], seconds: float, failed: str) -> None:
        """Wait for what must come. Long enough for a busy machine; how long it took is nobody's business."""
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, f"{failed}:\n{self.said.decode(errors='replace')[-3000:]}"
            time.sleep(0.02)

    # asking

    def ask(self, method: str, path: str, body: Any = None, *, timeout: float = 30, **headers: str) -> "Answer":
        """One request on a connection of its own. Raises OSError, HTTPException: there was no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, {"Authorization": f"Bearer {self.token}"} | named)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.headers.items()), answer.read())
        finally:
            connection.close()

    @property
    def token(self) -> str:
        return (self.home / "token").read_text().strip()

    def upload(self, external_id: str, audio: bytes = CLIP, *, key: str = "", source: str = "austin") -> "Answer":
        body, kind = multipart(external_id, audio, source=source)
        return self.ask("POST", "/api/v1/recordings/", body, Content_Type=kind, Idempotency_Key=key or external_id)

    def audio(self, recording_id: str) -> bytes:
        answer = self.ask("GET", f"/api/v1/recordings/{recording_id}/audio?purpose=quality_assurance")
        assert answer.status == 200, answer
        return answer.body

    def sql(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database, autocommit=True) as connection:
            found = connection.execute(question, values)
            return found.fetchall() if found.description else []

    @property
    def database(self) -> str:
        return f"host={self.places.run} user={postgres.USER} dbname={postgres.DATABASE}"

    def count(self, table: str, condition: str = "true") -> int:
        return int(self.sql(f"SELECT count(*) FROM {table} WHERE {condition}")[0][0])  # noqa: S608  words of tests

    def manage(self, *words: str, check: bool = True, **settings: str) -> "subprocess.CompletedProcess[str]":
        environment = os.environ | self.settings | settings
        environment |= {"CALLWARD_HOME": str(self.home), "PORT": str(self.port), "CALLWARD_SERVED": "1"}
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr[-3000:]
        return done

    def problems(self) -> list[dict[str, Any]]:
        """What reconciling finds, but for what only waits: an upload that just died is swept an hour later."""
        return list(json.loads(self.manage("shell", "-v0", "-c", _SWEEP_AND_RECONCILE).stdout))

    def fall_due(self, where: str = "true") -> None:
        """Let recordings come to their day, cooled and listed, as time would have it."""
        self.sql(_FALL_DUE + where)

    def stored_files(self) -> list[Path]:
        return [file for file in self.places.store.rglob("*") if file.is_file()]


_FALL_DUE = """
    SET session_replication_role = replica;
    UPDATE recordings_recording SET keep_until = now() - interval '2 minutes', delete_by = now() - interval '1 minute',
        listed_at = now() - interval '30 days' WHERE """


class Answer:
    """Status, headers, body."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    def json(self) -> Any:
        return json.loads(self.body)

    def __repr__(self) -> str:
        return f"{self.status} {self.body[:500]!r}"


class _Collected:
    """Stands where the supervisor would, and only takes note."""

    def __init__(self) -> None:
        self.children: dict[str, Child] = {}

    def add(self, child: Child) -> Child:
        self.children[child.name] = child
        return child


def multipart(external_id: str, audio: bytes = CLIP, *, source: str = "austin") -> tuple[bytes, str]:
    """The body of an upload, and its content type."""
    boundary = uuid.uuid4().hex
    metadata = {
        "source": source,
        "external_id": external_id,
        "started_at": "2026-11-24T14:02:00Z",
        "duration_s": 20,
        "direction": "inbound",
        "line_of_business": LINE,
        "purposes": ["quality_assurance"],
        "parties": [{"role": "agent", "jurisdiction": "US-TX"}, {"role": "customer", "jurisdiction": "US-TX"}],
    }
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="metadata"\r\n'
        f"Content-Type: application/json\r\n\r\n{json.dumps(metadata)}\r\n".encode(),
        f'--{boundary}\r\nContent-Disposition: form-data; name="audio"; filename="call.opus"\r\n'
        "Content-Type: audio/ogg\r\n\r\n".encode(),
        audio,
        f"\r\n--{boundary}--\r\n".encode(),
    ]
    return b"".join(parts), f"multipart/form-data; boundary={boundary}"


_SWEEP_AND_RECONCILE = """
import json
from dataclasses import asdict
from datetime import timedelta
from django.utils import timezone
from recordings.services.storekeeping import orphans
from trail.invariants import reconcile
later = timezone.now() + timedelta(hours=2)
orphans.clear_arrivals(later)
orphans.scan(later)
orphans.remove_set_aside(later + timedelta(days=400))
print(json.dumps([asdict(problem) for problem in reconcile(at=timezone.now())]))
"""


@cache
def prepared() -> Path:
    """A home with tables, law, a demo line and a token, made once for this run of tests."""
    folder = Path(tempfile.mkdtemp(prefix="callward-house-"))
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    house = House(folder / "first")
    house.home.mkdir()
    house.home.chmod(0o755)
    try:
        house.start("database", "broker")
        house.manage("prepare")
        (house.home / "token").write_text(house.manage("shell", "-v0", "-c", _FURNISH).stdout)
        house.kill("database", signal.SIGINT)
    finally:
        house.end()
    return house.home


@contextlib.contextmanager
def house(*names: str, home: Path | None = None, **settings: str) -> Iterator[House]:
    """A house of its own with these programs running; all of them end with it."""
    with contextlib.ExitStack() as held:
        if home is None:
            folder = held.enter_context(
                tempfile.TemporaryDirectory(prefix="callward-house-", ignore_cleanup_errors=True)
            )
            Path(folder).chmod(0o755)
            home = Path(folder) / "home"
        copy_prepared(home)
        lived_in = House(home, **settings)
        held.callback(lived_in.end)
        yield lived_in.start(*names)


def copy_prepared(home: Path) -> None:
    """With owners and modes: PostgreSQL's data belongs to another user where tests run as root."""
    shutil.rmtree(home, ignore_errors=True)
    subprocess.run(["cp", "-a", str(prepared()), str(home)], check=True)
    shutil.rmtree(home / "run", ignore_errors=True)
