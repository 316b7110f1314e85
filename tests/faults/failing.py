"""Calls to the file system that fail: the Nth of them once, or that one and all that follow, with any error number.

Only what happens below one folder is touched, so that the program around it lives on. With N = 1, 2, … until nothing
was struck, every call that can fail has failed.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

BY_PATH = ("open", "replace", "unlink", "stat", "mkdir")
BY_DESCRIPTOR = ("write", "fsync", "pread")


@dataclass
class Failing:
    """What was struck, and what will be."""

    folder: str
    error: int
    nth: int
    for_good: bool
    crossed: int = 0
    struck: list[str] = field(default_factory=list)
    opened: set[int] = field(default_factory=set)

    def cross(self, name: str) -> None:
        self.crossed += 1
        if self.crossed == self.nth or (self.for_good and self.crossed > self.nth):
            self.struck.append(name)
            raise OSError(self.error, os.strerror(self.error))


@contextmanager
def failing_call(folder: Path, error: int, nth: int, *, for_good: bool = False) -> Iterator[Failing]:
    """Let the Nth call below `folder` fail with this error number."""
    state = Failing(str(folder), error, nth, for_good)
    named = {name: _by_path(state, name) for name in BY_PATH}
    opened = {name: _by_descriptor(state, name) for name in BY_DESCRIPTOR}
    with mock.patch.multiple(os, **named, **opened):
        yield state


def _by_path(state: Failing, name: str) -> Callable[..., Any]:
    call = getattr(os, name)

    def crossed(path: Any, *args: Any, **options: Any) -> Any:
        if not isinstance(path, int) and os.fsdecode(path).startswith(state.folder):
            state.cross(name)
            answer = call(path, *args, **options)
            if name == "open":
                state.opened.add(answer)
            return answer
        return call(path, *args, **options)

    return crossed


def _by_descriptor(state: Failing, name: str) -> Callable[..., Any]:
    call = getattr(os, name)

    def crossed(descriptor: int, *args: Any, **options: Any) -> Any:
        if descriptor in state.opened:
            state.cross(name)
        return call(descriptor, *args, **options)

    return crossed
