"""Small questions that `manage.py serve` asks of the machine, the files and its own web server."""

import hashlib
import http.client
import json
import os
import socket
from pathlib import Path
from typing import IO

from compliance_site.private.places import Places
from compliance_site.private.supervisor import ROOT

HOST = "127.0.0.1"


def note(lock: IO[str], text: str) -> None:
    """What a lock's holder writes for those who find it taken."""
    lock.truncate(0)
    lock.write(text)
    lock.flush()


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True


def free_port(after: int) -> int:
    """The next port that can be taken, to be named in advice."""
    return next((port for port in range(after + 1, min(after + 200, 65536)) if is_free(port)), 8000)


def wants(name: str) -> bool:
    return os.environ.get(name, "").lower() in {"1", "true", "yes"}


def prepared_by(where: Places) -> str:
    """Names, sizes and times of our code and data, and the cluster: what is edited, added or removed changes it."""
    cluster = (where.database / "PG_VERSION").stat()
    parts = hashlib.sha256(f"{cluster.st_ino} {cluster.st_mtime_ns}".encode())
    for top in ("compliance_site", "audits", "recordings", "policies", "accounts", "trail", "requirements"):
        for file in sorted((ROOT / top).rglob("*")):
            if file.suffix in {".py", ".csv", ".json", ".md", ".txt", ".toml", ".yaml"}:
                about = file.stat()
                parts.update(f"{file}:{about.st_size}:{about.st_mtime_ns}\n".encode())
    return parts.hexdigest()


def half_done(file: Path) -> bool:
    return file.exists() and not file.read_text().strip()


def not_ready(port: int) -> str:
    """Why /readyz does not say yes; empty where it does."""
    connection = http.client.HTTPConnection(HOST, port, timeout=3)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        body = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError):
        return "the web server does not answer yet"
    finally:
        connection.close()
    if answer.status == 200:
        return ""
    return ", ".join(f"{name}: {part['detail']}" for name, part in body["parts"].items() if not part["ok"])
