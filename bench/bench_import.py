"""Files a second that are imported and kept, beside the plain import of the same files, in turns in one run.

    python bench/bench_import.py [--files 2000] [--size 120044] [--rounds 3] [--flat 100000]

Beside it: the ORM in one process, and the same files sent to a ModelViewSet by eight clients; neither encrypts, syncs,
decides or writes a trail. Then the memory of an import of `--flat` small files: the largest process at a tenth of them
and at all of them.
"""

import argparse
import contextlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

import psycopg
from bench_ingest import wav
from plain import plain_server
from stack import LINE, ROOT, Results, running_stack

CLIENTS = 8
BEGIN = 1_763_600_000


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--files", type=int, default=2000)
    asked.add_argument("--size", type=int, default=120_044)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--flat", type=int, default=100_000)
    given = asked.parse_args()
    results = Results("import")
    with running_stack("recordings:write") as stack, tempfile.TemporaryDirectory(dir=stack.home) as media:
        environment = _environment(stack.home, stack.port, media)
        with plain_server(stack.home, "import_plain", "prepare", media=media) as (port, token):
            ours, in_process, over_http = [], [], []
            for number in range(given.rounds + 1):
                files = given.files if number else 200
                with _folder(stack.home, files, given.size) as folder:
                    rate = _ours(environment, folder, files)
                    plain = files / _plain(environment, "import", folder)
                    sent = files / _plain(environment, "send", folder, port, token, CLIENTS)
                shutil.rmtree(media, ignore_errors=True)
                if number:  # the first one warms up
                    ours.append(rate)
                    in_process.append(plain)
                    over_http.append(sent)
            figure = f"files of {given.size // 1000} KB imported"
            results.add(figure, ours, "/s", f"ModelViewSet, {CLIENTS} clients", over_http)
            results.add(figure, ours, "/s", "serializer and ORM, one process", in_process)
        if given.flat:
            _flat(results, environment, stack, given.flat)


def _ours(environment: dict[str, str], folder: Path, files: int) -> float:
    """Without the start of the interpreter, which is left out of the plain ones too."""
    done = _import(environment, folder)
    if done["taken"] != files:
        raise SystemExit(f"imported: {done}")
    return files / done["seconds"]


def _import(environment: dict[str, str], folder: Path) -> dict[str, float]:
    words = ["import_recordings", str(folder), "--source", "asterisk", "--pattern", "freepbx"]
    words += ["--zone", "America/New_York", "--region", "US", "--line-of-business", LINE, "--json"]
    done = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return json.loads(done.stdout)


def _plain(environment: dict[str, str], *words: object) -> float:
    done = subprocess.run(
        [sys.executable, "bench/import_plain.py", *map(str, words)],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return float(done.stdout)


def _environment(home: Path, port: int, media: str) -> dict[str, str]:
    given = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "REDIS_"))}
    return given | {
        "CALLWARD_HOME": str(home), "PORT": str(port), "BASELINE_HOST": str(home / "run"), "BASELINE_MEDIA": media
    }  # fmt: skip


@contextlib.contextmanager
def _folder(home: Path, files: int, size: int):
    """Files that differ in name and sound, as an exchange leaves them."""
    with tempfile.TemporaryDirectory(dir=home) as place:
        audio, run = wav(size), uuid.uuid4().int % 100_000
        for number in range(files):
            at = BEGIN + number
            day = time.strftime("%Y%m%d-%H%M%S", time.gmtime(at))
            folder = Path(place) / f"{number // 2000:03}"
            folder.mkdir(exist_ok=True)
            name = f"external-{200 + number % 50}-1312555{number % 10_000:04}-{day}-{at}.{run}{number}.wav"
            (folder / name).write_bytes(audio[:-20] + struct.pack("<I", number) + uuid.uuid4().bytes)
        yield Path(place)


def _flat(results: Results, environment: dict[str, str], stack, files: int) -> None:
    peaks = []
    for count in (files // 10, files):
        with _folder(stack.home, count, 2044) as folder:
            peaks.append(_peak_of_import(environment, folder))
    results.add(f"memory of the largest process, {files} files", [peaks[1]], "MB", f"{files // 10} files", [peaks[0]])
    with psycopg.connect(stack.database) as connection:
        left = connection.execute("SELECT count(*) FROM recordings_importrun WHERE refused > 0").fetchone()
    if left and left[0]:
        raise SystemExit("some files were refused")


def _peak_of_import(environment: dict[str, str], folder: Path) -> float:
    """The largest resident memory of any of its processes, in MB."""
    peak, over = [0.0], threading.Event()

    def watch() -> None:
        while not over.wait(0.2):
            for status in Path("/proc").glob("[0-9]*/status"):
                with contextlib.suppress(OSError, ValueError, IndexError):
                    if str(folder) in (status.parent / "cmdline").read_text().replace("\0", " "):
                        line = next(one for one in status.read_text().splitlines() if one.startswith("VmHWM"))
                        peak[0] = max(peak[0], int(line.split()[1]) / 1024)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        _import(environment, folder)
    finally:
        over.set()
        watcher.join()
    return peak[0]


if __name__ == "__main__":
    main()
