"""Servers to compare with, each under the product's own web server with as many processes, in the same PostgreSQL."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from stack import ROOT


@contextlib.contextmanager
def plain_server(home: Path, module: str, *prepare: str, media: str = "") -> Iterator[tuple[int, str]]:
    """Run `module:application` of this folder; its port, and the token that `python module.py PREPARE…` printed."""
    environment = os.environ | {"BASELINE_HOST": str(home / "run"), "BASELINE_MEDIA": media}
    words = [sys.executable, f"{module}.py", *prepare]
    prepared = subprocess.run(words, cwd=ROOT / "bench", env=environment, capture_output=True, text=True, check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    flags = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--no-ws", "--http", "1"]
    flags += ["--log-level", "warning", "--workers", str(min(2, os.cpu_count() or 1)), "--blocking-threads", "4"]
    server = subprocess.Popen(
        [sys.executable, "-m", "granian", *flags, f"{module}:application"], cwd=ROOT / "bench", env=environment
    )
    try:
        await_port(port)
        yield port, prepared.stdout.strip()
    finally:
        server.terminate()
        server.wait(20)


def await_port(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise SystemExit("the plain server did not start")
