"""Tries the mutants that mutmut made: a pytest plug-in, run in the folder `mutants` by scripts/mutants.py.

The tests are collected once; then each mutant is tried in a fork of this process by the tests that call its function,
until one fails: first those that noticed another mutant of the function, then the fastest. mutmut itself collects anew
for each mutant, which takes longer than most tests do.
"""

import fnmatch
import gc
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

SURVIVED, KILLED, NO_TESTS, TIMEOUT = 0, 1, 33, 36  # as mutmut writes them
CPU_SECONDS = 30
KILLERS = 12  # of a function, tried first
FOLDER = Path("policies/domain")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mutants", default="*", help="patterns of names, tried in this order")
    parser.addoption("--mutants-only", choices=["untried", "survivors"], default="untried")
    parser.addoption("--mutants-seconds", type=float, default=1, help="of tests for each; the slowest tests stay out")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    stats = json.loads(Path("mutmut-stats.json").read_text())
    seconds = stats["duration_by_test"]
    items = {item.nodeid: item for item in session.items}
    tries = _Tries()
    gc.collect()
    gc.freeze()  # a fork then copies fewer pages
    for name in _mutants(session.config.getoption("--mutants").split(), session.config.getoption("--mutants-only")):
        calling = stats["tests_by_mangled_function_name"].get(_function(name), ())
        tests = sorted((seconds.get(test, 0), test) for test in calling if test in items)
        chosen = list(_within(tests, session.config.getoption("--mutants-seconds")))
        tries.add(name, [items[test] for test in (*tries.first_for(name, {test for _, test in tests}), *chosen)])
    tries.finish()
    return True


def _mutants(patterns: list[str], only: str) -> Iterator[str]:
    fates: dict[str, int | None] = {}
    for path in sorted(FOLDER.rglob("*.meta")):
        fates |= json.loads(path.read_text())["exit_code_by_key"]
    wanted = None if only == "untried" else SURVIVED
    for pattern in patterns:
        for name in fnmatch.filter(list(fates), pattern):
            if fates.pop(name) == wanted:
                yield name


def _within(tests: list[tuple[float, str]], budget: float) -> Iterator[str]:
    """The fastest tests that take `budget` seconds together; at least one."""
    spent = 0.0
    for number, (seconds, test) in enumerate(tests):
        spent += seconds
        if spent > budget and number:
            return
        yield test


def _function(mutant: str) -> str:
    return mutant.partition("__mutmut_")[0]


def _fate(name: str, items: list[pytest.Item], told: int) -> int:
    os.environ["MUTANT_UNDER_TEST"] = name
    gc.disable()
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    for item, following in zip(items, [*items[1:], None], strict=True):
        if any(report.failed for report in runtestprotocol(item, log=False, nextitem=following)):
            os.write(told, item.nodeid.encode())
            return KILLED
    return SURVIVED


class _Tries:
    """One fork a mutant, as many at once as there are processors. Fates go where `mutmut results` reads them."""

    def __init__(self) -> None:
        self.running: dict[int, tuple[str, float, int]] = {}
        self.killers: dict[str, dict[str, None]] = {}  # of each function: tests that noticed another mutant of it
        self.fates: dict[str, tuple[int, float]] = {}

    def first_for(self, name: str, tests: set[str]) -> list[str]:
        """The tests that noticed other mutants of the function, the latest first."""
        return [test for test in reversed(self.killers.get(_function(name), {})) if test in tests][:KILLERS]

    def add(self, name: str, items: list[pytest.Item]) -> None:
        if not items:
            self._note(name, NO_TESTS, 0)
            return
        while len(self.running) >= (os.cpu_count() or 1):
            self._wait()
        hear, tell = os.pipe()
        pid = os.fork()
        if pid == 0:
            fate = 2
            try:
                fate = _fate(name, items, tell)
            finally:
                os._exit(fate)
        os.close(tell)
        self.running[pid] = (name, time.monotonic(), hear)

    def finish(self) -> None:
        while self.running:
            self._wait()
        self._save()

    def _wait(self) -> None:
        pid, status = os.wait()
        name, started, hear = self.running.pop(pid)
        with os.fdopen(hear) as told:
            if killer := told.read():
                known = self.killers.setdefault(_function(name), {})
                known.pop(killer, None)
                known[killer] = None
        code = os.waitstatus_to_exitcode(status)
        self._note(name, TIMEOUT if code < 0 else code, time.monotonic() - started)

    def _note(self, name: str, fate: int, seconds: float) -> None:
        self.fates[name] = (fate, seconds)
        if len(self.fates) >= 100:
            self._save()

    def _save(self) -> None:
        for path in FOLDER.rglob("*.meta"):
            meta = json.loads(path.read_text())
            for name in self.fates.keys() & meta["exit_code_by_key"].keys():
                meta["exit_code_by_key"][name], meta["durations_by_key"][name] = self.fates[name]
            path.write_text(json.dumps(meta, indent=4))
        survived = sum(fate == SURVIVED for fate, _ in self.fates.values())
        sys.stdout.write(f"{len(self.fates)} tried, {survived} survived\n")
        self.fates.clear()
