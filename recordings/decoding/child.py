"""Decodes audio in a process of its own: no database, no keys, no files, hard limits. Knows nothing of the rest.

The audio comes piece by piece over the pipe, decrypted by whoever asked; nothing of it is written anywhere.
"""

import contextlib
import io
import json
import os
import resource
import signal
import socket
import struct
import sys
from multiprocessing.connection import Connection

import av

from recordings.decoding.piped import PipedAudio, Unreadable, opened
from recordings.decoding.reading import read
from recordings.decoding.rendering import render

CPU_SECONDS = 150
MEMORY_BYTES = 2 << 30
PART_BYTES = 1 << 18


def confine() -> None:
    """Bounds of this process: processor time, memory, no core, nothing written, nothing opened."""
    for limit, value in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 0),  # what is open stays; no file, no connection and no process's pipe comes to it
    ):
        resource.setrlimit(limit, (value, value))


def serve(pipe: Connection, order: str) -> None:
    """What a child does: asks `{"piece": number}`, ends with its answer. `order`: deed, size, piece bytes, form, rate.

    `read` ends with `{"reading": …}`; `render` with `{"rendered": bytes}` and then those bytes in parts; both may end
    with `{"unreadable": why}`. Plain JSON but for pieces and parts: whoever asked never unpickles what a decoder made
    of hostile bytes.
    """
    confine()
    deed, size, piece_bytes, form, rate_hz = order.split()

    def ask(number: int) -> bytes:
        pipe.send_bytes(json.dumps({"piece": number}).encode())
        return pipe.recv_bytes()

    made = b""
    try:
        audio = PipedAudio(ask, int(size), int(piece_bytes))
        with opened(audio, "" if form == "-" else form, int(rate_hz)) as container:
            if deed == "render":
                made = render(container)
                answer: dict[str, object] = {"rendered": len(made)}
            else:
                answer = {"reading": read(container).as_json()}
    except Unreadable as why:
        answer = {"unreadable": str(why)}
    pipe.send_bytes(json.dumps(answer).encode())
    for begin in range(0, len(made), PART_BYTES):
        pipe.send_bytes(made[begin : begin + PART_BYTES])


def warm() -> None:
    """Use all of the decoder once: what it loads only then could not be opened by a child any more."""
    sound = bytes(1_600)
    form = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 2, 8_000, 32_000, 4, 16)
    body = b"WAVE" + form + b"data" + struct.pack("<I", len(sound)) + sound
    for deed in (read, render):
        with opened(io.BytesIO(b"RIFF" + struct.pack("<I", len(body)) + body)) as container:
            deed(container)


def main(control: socket.socket) -> None:
    """The fork server: for each end of a pipe that comes in, a child with everything loaded. Ends with its owner."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    av.logging.set_level(None)
    warm()
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 128, 1)
        if not message:
            return
        if os.fork() == 0:
            control.close()
            with contextlib.suppress(EOFError, OSError, MemoryError):  # whoever asked is gone, or it grew too large
                serve(Connection(descriptors[0]), message.decode())
            os._exit(0)
        os.close(descriptors[0])


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
