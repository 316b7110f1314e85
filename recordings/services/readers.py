"""Children that decode audio: forked by a small server that has the decoder loaded and nothing else.

A new interpreter with PyAV costs 200 ms, such a child a few. The server inherits neither environment nor descriptors,
so no key and no connection is where hostile audio is decoded. It ends with the process that started it.
"""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from django.conf import settings

from recordings import keys
from recordings.domain.errors import AudioIntegrityLost
from recordings.domain.formats import HEADERLESS
from recordings.models import Recording
from recordings.store import PIECE_BYTES, read_piece

PATIENCE_SECONDS = 180.0  # for one recording; the child's own limit of processor time is lower
MOST_ANSWER_BYTES = 1 << 20
DECODER = "recordings.decoding.child"


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
def child(deed: str, size: int, piece_bytes: int, *, form: str = "-", rate_hz: int = 0) -> Iterator[Connection]:
    """A pipe to a child that reads or renders audio of this size. It ends when the pipe closes, or at its own limits.

    `form`, `rate_hz`: of audio without a header.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        _server.send(theirs.fileno(), f"{deed} {size} {piece_bytes} {form} {rate_hz}".encode())
    with Connection(ours.detach()) as pipe:
        yield pipe


class ReaderDied(Exception):
    """The child ended or hung without an answer."""


@contextmanager
def answered(recording: Recording, deed: str) -> Iterator[tuple[dict[str, Any], Iterator[bytes]]]:
    """What a child says of this recording, and the parts of what it made. The recording's pieces are handed to it.

    Raises ReaderDied, AudioIntegrityLost, StoreUnavailable, KeysUnavailable.
    """
    key = keys.open_key(recording.pk, bytes(recording.key.wrapped))
    form = HEADERLESS.get(recording.media_type)
    named = {"form": form.form, "rate_hz": form.rate_hz} if form else {}
    end = time.monotonic() + PATIENCE_SECONDS
    try:
        with child(deed, recording.size_bytes or 0, PIECE_BYTES, **named) as pipe:  # type: ignore[arg-type]
            said = _said(pipe, end)
            while "piece" in said:
                pipe.send_bytes(read_piece(recording, key, int(said["piece"])))
                said = _said(pipe, end)
            yield said, _parts(pipe, int(said.get("rendered", 0)), end)
    except (AudioIntegrityLost, ReaderDied):
        raise
    except (EOFError, OSError, ValueError, KeyError, TypeError) as error:
        raise ReaderDied from error


def _said(pipe: Connection, end: float) -> dict[str, Any]:
    said = json.loads(_received(pipe, end))
    if not isinstance(said, dict):
        raise ReaderDied
    return said


def _parts(pipe: Connection, size: int, end: float) -> Iterator[bytes]:
    while size > 0:
        part = _received(pipe, end)
        size -= len(part)
        yield part


def _received(pipe: Connection, end: float) -> bytes:
    if not pipe.poll(max(end - time.monotonic(), 0)):
        raise ReaderDied
    return pipe.recv_bytes(MOST_ANSWER_BYTES)
