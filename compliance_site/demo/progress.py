"""One line that grows: what the demo is doing, how far it is, how long it took."""

import time
from collections.abc import Iterable, Iterator
from typing import TextIO, TypeVar

WIDTH = 24
LABEL = 34
Item = TypeVar("Item")


class Progress:
    """Steps on a stream. On a terminal each redraws its own line; in a log each is one line when it is done."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.redraws = stream.isatty()

    def each(self, label: str, items: Iterable[Item], total: int) -> Iterator[Item]:
        """Pass the items on, and show how many went by."""
        began, done = time.monotonic(), 0
        self._draw(label, 0, total)
        for done, item in enumerate(items, start=1):
            yield item
            self._draw(label, done, total)
        self._end(label, f"{done} in {time.monotonic() - began:.1f} s")

    def step(self, label: str, outcome: str) -> None:
        """A step that was short."""
        self._end(label, outcome)

    def _draw(self, label: str, done: int, total: int) -> None:
        if self.redraws:
            filled = WIDTH * done // max(total, 1)
            self.stream.write(f"\r  {label:<{LABEL}} {'█' * filled}{'░' * (WIDTH - filled)} {done}/{total} ")
            self.stream.flush()

    def _end(self, label: str, outcome: str) -> None:
        start = "\r\x1b[K" if self.redraws else ""
        self.stream.write(f"{start}  {label:<{LABEL}} {outcome}\n")
        self.stream.flush()
