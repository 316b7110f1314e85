"""Callward itself, started for a benchmark in a home of its own, and the results' one form."""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"
LINE = "bench-line"
MAKE_LINE = "from accounts.models import LineOfBusiness as L; L.objects.create(code='bench-line', name='Bench')"


@dataclass(frozen=True)
class Stack:
    home: Path
    port: int
    token: str

    @property
    def database(self) -> str:
        """The private PostgreSQL, for psycopg."""
        return f"host={self.home / 'run'} user=callward dbname=callward"


@contextmanager
def running_stack(*scopes: str) -> Iterator[Stack]:
    """`manage.py serve` on a free port with durable storage, a line of business and a token; stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="callward-bench-", dir=os.environ.get("BENCH_DIR")) as folder:
        home = Path(folder)
        home.chmod(0o755)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        given = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DATABASE_", "REDIS_", "CALLWARD_"))
        }
        environment = given | {"CALLWARD_HOME": folder, "PORT": str(port)}
        with (home / "serve.log").open("wb") as log:
            serve = subprocess.Popen(
                [sys.executable, "manage.py", "serve"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        try:
            _await_ready(serve, home / "serve.log")
            _manage(environment, "shell", "-c", MAKE_LINE)
            asked = [word for scope in scopes for word in ("--scope", scope)]
            yield Stack(home, port, _manage(environment, "issue_token", "Bench", *asked).strip())
        finally:
            serve.terminate()
            serve.wait(20)


def _await_ready(serve: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 120  # a machine that does other things besides is slow to start
    while "READY " not in log.read_text():
        if serve.poll() is not None or time.monotonic() > until:
            sys.exit(f"Callward did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.1)


def _manage(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


class Results:
    """Figures, each beside what it is compared with in the same run; also as JSON lines in bench/results/."""

    def __init__(self, name: str) -> None:
        RESULTS.mkdir(exist_ok=True)
        self.file = RESULTS / f"{name}.jsonl"
        self.file.unlink(missing_ok=True)

    def add(self, figure: str, values: list[float], unit: str, beside: str, beside_values: list[float]) -> None:
        value, other = statistics.median(values), statistics.median(beside_values)
        ratio = value / other if other else 0.0
        line = {"figure": figure, "value": round(value, 3), "unit": unit, "beside": beside}
        line |= {"beside_value": round(other, 3), "ratio": round(ratio, 3)}
        with self.file.open("a") as out:
            out.write(json.dumps(line) + "\n")
        print(f"{figure:<44} {value:>9.1f} {unit:<6} {ratio:>6.2f} of {other:.1f}  {beside}", flush=True)

    def alone(self, figure: str, values: list[float], unit: str) -> None:
        """A figure that stands beside nothing."""
        line = {"figure": figure, "value": round(statistics.median(values), 3), "unit": unit}
        with self.file.open("a") as out:
            out.write(json.dumps(line) + "\n")
        print(f"{figure:<44} {line['value']:>9.1f} {unit}", flush=True)


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
