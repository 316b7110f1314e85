"""Database sessions that go wrong: a wire that is cut at a chosen COMMIT, a stranger who holds rows."""

import contextlib
import select
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection


@dataclass
class CutWire:
    """A Unix socket before PostgreSQL's own, which passes everything on until the Nth COMMIT."""

    folder: Path
    behind: str  # PostgreSQL's own socket
    nth: int
    after: bool  # cut after PostgreSQL has committed, so that its answer is lost; else before it hears of it
    commits: int = 0
    was_cut: bool = False
    threads: list[threading.Thread] = field(default_factory=list)

    def serve(self) -> socket.socket:
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(self.folder / ".s.PGSQL.5432"))
        listening.listen()
        self._begin(self._accept, listening)
        return listening

    def _begin(self, work, *args) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        thread.start()
        self.threads.append(thread)

    def _accept(self, listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listening.accept()
                self._begin(self._pass_on, client)

    def _pass_on(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        server.connect(self.behind)
        with client, server, contextlib.suppress(OSError):
            while True:
                ready, _, _ = select.select([client, server], [], [])
                if client in ready:
                    block = client.recv(65536)
                    if not block:
                        return
                    if b"COMMIT" in block and self._counts():
                        self._cut(block, server)
                        return
                    server.sendall(block)
                if server in ready:
                    block = server.recv(65536)
                    if not block:
                        return
                    client.sendall(block)

    def _counts(self) -> bool:
        self.commits += 1
        return self.commits == self.nth

    def _cut(self, block: bytes, server: socket.socket) -> None:
        self.was_cut = True
        if self.after:
            server.sendall(block)
            server.recv(65536)


@contextlib.contextmanager
def wire_cut_at(nth: int, folder: Path, *, after: bool) -> Iterator[CutWire]:
    """This process talks to its database through a wire that is cut at its Nth COMMIT from here on."""
    host = connection.settings_dict["HOST"]
    wire = CutWire(folder, f"{host}/.s.PGSQL.5432", nth, after)
    listening = wire.serve()
    connection.close()
    connection.settings_dict["HOST"] = str(folder)
    try:
        yield wire
    finally:
        connection.close()
        connection.settings_dict["HOST"] = host
        listening.close()
        (folder / ".s.PGSQL.5432").unlink()
