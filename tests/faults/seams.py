"""Work in a real child process that is killed with SIGKILL before its Nth seam.

A seam is a statement to the database, a commit, or a call that touches the file system. They are found in the child by
wrapping what every program calls; the product knows nothing of it. With N = 1, 2, … until the child finishes unharmed,
every place at which a crash can matter is crossed.
"""

import json
import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

FILE_CALLS = ("open", "write", "fsync", "replace", "rename", "link", "unlink")
# At every seam is a long test; the short suite crosses every fourth, and begins with the first.
SEAMS_APART = pytest.mark.parametrize(
    "every", [4, pytest.param(1, marks=[pytest.mark.long, pytest.mark.timeout(1_800)])]
)
MOST_SEAMS = 400  # a child that has more is not getting anywhere


@dataclass(frozen=True)
class Outcome:
    """What became of one child: where it died, and what it had told before, in order."""

    killed_before: int | None
    told: list[Any]


def crossings(
    work: Callable[[Callable[[Any], None]], None], prepare: Callable[[], None], *, every: int = 1
) -> Iterator[Outcome]:
    """`work(tell)` in one child after another, each killed `every` seams later, until one finishes; `prepare` before.

    What the child tells has left the process when `tell` returns; telling is a seam too.
    """
    for seam in range(1, MOST_SEAMS, every):
        prepare()
        outcome = _child(work, seam)
        yield outcome
        if outcome.killed_before is None:
            return
    raise AssertionError(f"the child crossed {MOST_SEAMS} seams and did not finish")


def killed_at(work: Callable[[Callable[[Any], None]], None], seam: int) -> Outcome:
    """`work(tell)` in a child that is killed before this seam, or ends by itself where it has fewer."""
    return _child(work, seam)


def _child(work: Callable[[Callable[[Any], None]], None], seam: int) -> Outcome:
    connections.close_all()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _die_at_the_end(work, seam, writing)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        lines = [json.loads(line) for line in pipe]
    _, status = os.waitpid(child, 0)
    backend, *told = lines
    _wait_for_its_end(backend)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL, f"the child died of signal {os.WTERMSIG(status)}"
        return Outcome(seam, told)
    assert os.WEXITSTATUS(status) == 0, "the child failed by itself; its traceback is above"
    return Outcome(None, told)


def _die_at_the_end(work: Callable[[Callable[[Any], None]], None], seam: int, writing: int) -> None:
    """Never returns: the child must not run what waits further up in the parent."""
    try:
        write = os.write
        # Never the parent's session: where a browser's event loop runs in the parent, Django keeps the connection that
        # `close_all` saw apart from the one that a process without that loop, such as this one, finds.
        connections["default"] = connections.create_connection("default")
        connection.ensure_connection()
        write(writing, json.dumps(connection.connection.info.backend_pid).encode() + b"\n")
        _count_seams(seam)
        with connection.execute_wrapper(_counted_statement):
            work(lambda value: _tell(writing, value))
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


_left = 0


def _cross() -> None:
    global _left
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)


def _count_seams(seam: int) -> None:
    global _left
    _left = seam
    for name in FILE_CALLS:
        setattr(os, name, _before(getattr(os, name)))
    BaseDatabaseWrapper._commit = _before(BaseDatabaseWrapper._commit)  # type: ignore[method-assign]


def _before(call: Callable[..., Any]) -> Callable[..., Any]:
    def crossed(*args: Any, **options: Any) -> Any:
        _cross()
        return call(*args, **options)

    return crossed


def _counted_statement(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
    _cross()
    return execute(sql, params, many, context)


def _tell(writing: int, value: Any) -> None:
    os.write(writing, json.dumps(value).encode() + b"\n")


def _wait_for_its_end(backend: int) -> None:
    """Until PostgreSQL has noticed that the child is gone, its locks stand."""
    deadline = time.monotonic() + 30
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", [backend])
            if cursor.fetchone()[0] == 0:
                return
            time.sleep(0.002)
    raise AssertionError("PostgreSQL keeps the session of a process that is gone")
