"""Children that decode audio: forked by a small server that has the decoder loaded and nothing else.

A new interpreter with PyAV costs 200 ms, such a child a few. The server inherits neither environment nor descriptors,
so no key and no connection is where hostile audio is decoded. It ends with the process that started it.
"""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from django.conf import settings

DECODER = "recordings.decoder"


class Server:
    """The fork server of one process; started when first needed, and anew where it has died."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.owner = 0
        self.control: socket.socket | None = None
        self.process: subprocess.Popen[bytes] | None = None

    def send(self, descriptor: int, message: bytes) -> None:
        with self.lock:
            for is_last in (False, True):
                try:
                    socket.send_fds(self._running(), [message], [descriptor])
                    return
                except OSError:
                    self.control = None
                    if is_last:
                        raise

    def _running(self) -> socket.socket:
        if self.control is None or self.owner != os.getpid():  # a forked worker gets a server of its own
            self._start()
        assert self.control is not None  # noqa: S101
        return self.control

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", DECODER, str(theirs.fileno())]
            self.process = subprocess.Popen(  # noqa: S603  our own module, by our own interpreter
                command, pass_fds=(theirs.fileno(),), cwd=settings.BASE_DIR, env={}, stdin=subprocess.DEVNULL
            )
        self.owner, self.control = os.getpid(), ours


_server = Server()


@contextmanager
def reader(size: int, piece_bytes: int) -> Iterator[Connection]:
    """A pipe to a child that reads audio of this size. It ends when the pipe closes, or at its own limits."""
    ours, theirs = socket.socketpair()
    with theirs:
        _server.send(theirs.fileno(), f"{size} {piece_bytes}".encode())
    with Connection(ours.detach()) as pipe:
        yield pipe
