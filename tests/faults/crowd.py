"""The same work in several real processes or threads at once, begun together."""

import json
import os
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection, connections


def in_processes(number: int, work: Callable[[int], Any]) -> list[Any]:
    """`work(n)` in forked processes, each with a session of its own; what each returned, as JSON has it."""
    connections.close_all()
    pipes = []
    for each in range(number):
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.close(reading)
            _end_with(work, each, writing)
        os.close(writing)
        pipes.append(reading)
    told = []
    for pipe in pipes:
        with os.fdopen(pipe) as lines:
            told.append(lines.read())
    for _ in pipes:
        os.wait()
    assert all(told), "a process failed by itself; its traceback is above"
    return [json.loads(text) for text in told]


def _end_with(work: Callable[[int], Any], number: int, writing: int) -> None:
    """Never returns: a child must not run what waits further up in the parent."""
    try:
        connections["default"] = connections.create_connection("default")
        os.write(writing, json.dumps(work(number)).encode())
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def at_once(number: int, work: Callable[[int], Any]) -> list[Any]:
    """`work(n)` in threads that start together."""
    start = threading.Barrier(number)

    def begin(each: int) -> Any:
        start.wait(30)
        try:
            return work(each)
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as crowd:
        return list(crowd.map(begin, range(number)))
