"""Where the state lies: CALLWARD_HOME, with short socket paths, on a place that PostgreSQL's user can reach."""

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

SOCKET_LIMIT = 100  # bytes; sockaddr_un holds 107, and PostgreSQL adds a lock file's suffix


@dataclass(frozen=True)
class Places:
    """Folders of one copy of Callward."""

    home: Path  # everything that Callward keeps
    database: Path  # PostgreSQL's data folder
    run: Path  # sockets and lock files; elsewhere where the home's path is too long for a socket
    store: Path  # encrypted audio
    keys: Path  # keyset and signing keys, 0700


def home() -> Path:
    root = Path(__file__).resolve().parent.parent.parent
    return Path(os.environ.get("CALLWARD_HOME") or root / "var").resolve()


def digest(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:12]


def reachable_by_others(path: Path) -> bool:
    """Whether a user without rights of its own can pass through every folder above `path`."""
    existing = [parent for parent in (path, *path.parents) if parent.exists()]
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in existing)


def places() -> Places:
    base = home()
    services = base
    if os.geteuid() == 0 and not reachable_by_others(base):
        services = Path("/var/lib/callward") / digest(base)
    run = services / "run"
    if len(str(run / ".s.PGSQL.5432").encode()) > SOCKET_LIMIT:
        run = Path(tempfile.gettempdir()) / f"callward-{digest(base)}"
    return Places(home=base, database=services / "postgres", run=run, store=base / "store", keys=base / "keys")
