"""A small keep-alive client in processes of its own: prepared bytes out, an answer in, the time noted."""

import multiprocessing
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Load:
    """What a round of requests came to."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds if self.seconds else 0.0


def request_bytes(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        *(f"{name.replace('_', '-')}: {text}" for name, text in headers.items()),
    ]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def load(port: int, build: Callable[[int], bytes], *, clients: int, seconds: float, expected: int) -> Load:
    """`clients` connections, each sending its next request when the last is answered; `build` gets each number once."""
    fork = multiprocessing.get_context("fork")
    barrier, answers = fork.Barrier(clients), fork.Queue()
    arguments = [(port, build, number, seconds, expected, barrier, answers) for number in range(clients)]
    processes = [fork.Process(target=_client, args=each) for each in arguments]
    for process in processes:
        process.start()
    total = Load()
    for took, latencies, refused in [answers.get() for _ in processes]:
        total.seconds = max(total.seconds, took)
        total.latencies += latencies
        total.refused += refused
    for process in processes:
        process.join()
    return total


def _client(port, build, number, seconds, expected, barrier, answers) -> None:
    latencies, refused, step = [], [], 0
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        barrier.wait()
        began = time.monotonic()
        while time.monotonic() - began < seconds and len(refused) < 5:
            request = build(number * 1_000_000 + step)
            step += 1
            sent = time.monotonic()
            connection.sendall(request)
            status, body = _answer(connection)
            if status == expected:
                latencies.append(time.monotonic() - sent)
            else:
                refused.append(f"{status} {body[:300]!r}")
        answers.put((time.monotonic() - began, latencies, refused))


def _answer(connection: socket.socket) -> tuple[int, bytes]:
    received = b""
    while b"\r\n\r\n" not in received:
        block = connection.recv(65536)
        if not block:
            raise ConnectionError("the server closed the connection")
        received += block
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    sizes = [int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:")]
    while sizes and len(body) < sizes[0]:
        body += connection.recv(65536)
    return int(lines[0].split()[1]), body
