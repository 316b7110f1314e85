"""Decisions per second and how long each takes, beside two servers that do less, in turns in one run.

`baselines.py` says what they are: a view that stores its body (one INSERT and COMMIT, nothing else), and a plain REST
framework endpoint that stores the same two rows through the ORM and decides nothing. Each decision is stored with its
trail event before it is answered. The calls vary by place, direction and sector, as those of a call centre do; in a
second round no two calls are of one kind, so that nothing that was worked out before helps.
"""

import http.client
import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from load import Load, load, request_bytes
from pure import pure_times
from stack import LINE, ROOT, Results, Stack, percentile, running_stack

ROUNDS = int(os.environ.get("DECISIONS_ROUNDS", "5"))
WARM_UP = float(os.environ.get("DECISIONS_WARM_UP", "4"))  # until every worker has seen every kind
SECONDS = float(os.environ.get("DECISIONS_SECONDS", "2"))
AGENTS = ("US-TX", "US-AZ", "CA-ON")
AREA_CODES = ("212", "214", "305", "312", "404", "415", "512", "602", "617", "713", "919")
PLACES = (
    "US-AL US-CA US-CT US-FL US-GA US-IL US-MA US-MD US-NV US-NY US-OH US-PA US-TX US-WA CA-QC GB DE FR IE ES".split()  # noqa: SIM905
)
SECTORS = ({}, {"sector": "insurance"})


def usual_call(number: int) -> dict[str, object]:
    """One of 132 kinds: an agent in one of three places, 11 area codes, 2 directions, with a sector and without."""
    chance = random.Random(number)  # noqa: S311
    return {
        "direction": chance.choice(("inbound", "outbound")),
        "line_of_business": LINE,
        "purposes": ["quality_assurance"],
        "facts": chance.choice(SECTORS),
        "parties": [
            {"role": "agent", "jurisdiction": chance.choice(AGENTS)},
            {"role": "customer", "number": f"+1{chance.choice(AREA_CODES)}5550{chance.randrange(100, 200)}"},
        ],
    }


def new_call(number: int) -> dict[str, object]:
    """Of a kind that was not asked before: four parties of twenty places each."""
    chance = random.Random(number)  # noqa: S311
    parties = [{"role": "agent", "jurisdiction": chance.choice(AGENTS)}]
    parties += [{"role": "customer", "jurisdiction": chance.choice(PLACES)} for _ in range(4)]
    return usual_call(number) | {"parties": parties}


@dataclass(frozen=True)
class Target:
    """Something to ask, and whose processors it uses."""

    name: str
    port: int
    path: str
    authorization: str
    call: object

    def build(self, number: int) -> bytes:
        body = json.dumps(self.call(number)).encode()
        return request_bytes("POST", self.path, body, Authorization=self.authorization, Content_Type="application/json")


def main() -> None:
    results = Results("decisions")
    for parties, microseconds in pure_times().items():
        results.alone(f"pure decision, {parties} parties", microseconds, "us")
    with running_stack("decisions") as stack, baselines(stack) as (port, key):
        ours = f"Bearer {stack.token}"
        decisions = Target("decisions", stack.port, "/api/v1/decisions/", ours, usual_call)
        new = Target("decisions of new kinds", stack.port, "/api/v1/decisions/", ours, new_call)
        one = Target("one INSERT and COMMIT", port, "/one/", "", usual_call)
        plain = Target("REST framework and ORM", port, "/plain/", f"Token {key}", usual_call)
        for clients in (2, 16):
            measured = rounds(stack, [decisions, new, one, plain], clients)
            for target in (decisions, new):
                report(results, measured, target, [one, plain], clients)


def rounds(stack: Stack, targets: list[Target], clients: int) -> dict[str, list["Measured"]]:
    """Every target once a round, in turns; the first round warms up."""
    measured: dict[str, list[Measured]] = {target.name: [] for target in targets}
    for round_ in range(ROUNDS + 1):
        for target in targets:
            begin = round_ * 1_000_000_000

            def build(number: int, target: Target = target, begin: int = begin) -> bytes:
                return target.build(begin + number)

            before = processors()
            done = load(target.port, build, clients=clients, seconds=SECONDS if round_ else WARM_UP, expected=201)
            if done.refused:
                raise SystemExit(f"{target.name} refused: {done.refused[0]}")
            if round_:
                measured[target.name].append(Measured(done, processors() - before))
    return measured


@dataclass(frozen=True)
class Measured:
    """One round; `processor` is what servers and PostgreSQL used, in seconds."""

    load: Load
    processor: float

    def wait(self, share: float) -> float:
        return percentile(self.load.latencies, share) * 1000

    @property
    def cost(self) -> float:
        return self.processor / len(self.load.latencies) * 1000


def report(
    results: Results, measured: dict[str, list[Measured]], target: Target, beside: list[Target], clients: int
) -> None:
    own = measured[target.name]
    for other in beside:
        theirs = measured[other.name]
        rates = [one.load.rate for one in own], [one.load.rate for one in theirs]
        results.add(f"{target.name}, {clients} clients", rates[0], "/s", other.name, rates[1])
        for share in (0.5, 0.95, 0.99):
            waits = [one.wait(share) for one in own], [one.wait(share) for one in theirs]
            results.add(f"{target.name} p{share * 100:.0f}, {clients} clients", waits[0], "ms", other.name, waits[1])
        costs = [one.cost for one in own], [one.cost for one in theirs]
        results.add(f"{target.name}, processor, {clients} clients", costs[0], "ms", other.name, costs[1])


def processors() -> float:
    """Seconds of processor used so far by the web servers and PostgreSQL of this run; not by what else runs."""
    parents, used = {}, {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(file.parent.name)] = int(fields[1])
        used[int(file.parent.name)] = int(fields[11]) + int(fields[12])
    ours = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= more
    counted = [pid for pid in ours - {os.getpid()} if b"granian" in _command(pid) or b"postgres" in _command(pid)]
    return sum(used[pid] for pid in counted) / os.sysconf("SC_CLK_TCK")


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@contextmanager
def baselines(stack: Stack) -> Iterator[tuple[int, str]]:
    """The baselines' server, as `manage.py serve` starts its own: its port, and a token of its own."""
    environment = os.environ | {"BASELINE_HOST": str(stack.home / "run"), "BASELINE_ANSWER": an_answer(stack)}
    prepared = subprocess.run(
        [sys.executable, "bench/baselines.py"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    workers = str(min(2, os.cpu_count() or 1))
    flags = ["--interface", "wsgi", "--port", str(port), "--no-ws", "--http", "1", "--log-level", "warning"]
    flags += ["--workers", workers, "--blocking-threads", "4"]
    server = subprocess.Popen(
        [sys.executable, "-m", "granian", *flags, "baselines:application"], cwd=ROOT / "bench", env=environment
    )
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with socket.socket() as probe:
                if not probe.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.1)
        yield port, prepared.stdout.strip()
    finally:
        server.terminate()
        server.wait(10)


def an_answer(stack: Stack) -> str:
    """What the plain endpoint answers: an answer of ours, so that both store and send as much."""
    asked = http.client.HTTPConnection("127.0.0.1", stack.port)
    headers = {"Authorization": f"Bearer {stack.token}", "Content-Type": "application/json"}
    asked.request("POST", "/api/v1/decisions/", json.dumps(usual_call(1)), headers)
    answer = json.loads(asked.getresponse().read())
    return json.dumps({name: value for name, value in answer.items() if name not in {"id", "token"}})


if __name__ == "__main__":
    main()
