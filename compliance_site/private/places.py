"""Where the state lies: CALLWARD_HOME, with short socket paths, on a place that PostgreSQL's user can reach."""

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

SOCKET_LIMIT = 100  # bytes; sockaddr_un holds 107, and PostgreSQL adds a lock file's suffix
SHARED = Path("/var/lib/callward")  # for what root's PostgreSQL cannot reach elsewhere


@dataclass(frozen=True)
class Places:
    """Folders of one copy of Callward."""

    home: Path  # everything that Callward keeps
    database: Path  # PostgreSQL's data folder
    run: Path  # sockets and service logs; elsewhere where the home's path is too long for a socket
    store: Path  # encrypted audio
    keys: Path  # keyset and signing keys, 0700

    @property
    def services(self) -> Path:
        """The folder above PostgreSQL's data: the home, or a shared place where others cannot enter the home."""
        return self.database.parent

    @property
    def serve_lock(self) -> Path:
        """Held by the `manage.py serve` that runs here."""
        return self.home / "serve.lock"

    @property
    def database_lock(self) -> Path:
        """Held by whoever started the private PostgreSQL."""
        return self.home / "postgres.lock"

    @property
    def groups(self) -> Path:
        """The process groups that `manage.py serve` started, for the next start after a kill -9 of everything."""
        return self.home / "groups.json"

    @property
    def prepared(self) -> Path:
        """By which code which private database was last prepared."""
        return self.home / "prepared"

    @property
    def demo(self) -> Path:
        """Marks this home as a demo's; holds the demo's closing words once it is complete."""
        return self.home / "demo.txt"


def home() -> Path:
    root = Path(__file__).resolve().parent.parent.parent
    return Path(os.environ.get("CALLWARD_HOME") or root / "var").resolve()


def digest(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()[:12]


def reachable_by_others(path: Path) -> bool:
    """Whether a user without rights of its own can pass through every folder down to `path`, as far as it exists."""
    existing = [folder for folder in (path, *path.parents) if folder.is_dir()]
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in existing)


def places(*, is_root: bool | None = None) -> Places:
    """The folders of this copy. Data that exists stays where it is; only a new copy chooses."""
    base = home()
    root = os.geteuid() == 0 if is_root is None else is_root
    shared = SHARED / digest(base)
    moved = root and ((shared / "postgres").exists() or not reachable_by_others(base))
    services = shared if moved and not (base / "postgres").exists() else base
    run = services / "run"
    if len(str(run / ".s.PGSQL.5432").encode()) > SOCKET_LIMIT:
        run = Path(tempfile.gettempdir()) / f"callward-{digest(base)}"
    return Places(home=base, database=services / "postgres", run=run, store=base / "store", keys=base / "keys")


def make_home(places: Places) -> None:
    """Make the home. Root's PostgreSQL passes through it, so it may be entered, though not listed."""
    missing = [folder for folder in (places.home, *places.home.parents) if not folder.exists()]
    places.home.mkdir(parents=True, exist_ok=True)
    for folder in missing:
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
