"""How far a long command is, in one line of the terminal: number, rate, time left. Silent where nobody looks."""

import time
from collections.abc import Iterable
from typing import Any, TextIO

EVERY_SECONDS = 0.2
WIDTH = 24


class Progress:
    """`begin(things)` counts them; `on(n)` after each n; `end()` leaves the line."""

    def __init__(self, out: TextIO | None) -> None:
        self.out = out
        self.total = self.done = 0
        self.began = self.shown_at = time.monotonic()

    def begin(self, things: Iterable[Any]) -> None:
        if self.out is not None:
            self.total = sum(1 for _ in things)
        self.began = time.monotonic()

    def on(self, count: int) -> None:
        self.at(self.done + count)

    def at(self, done: int) -> None:
        self.done = done
        now = time.monotonic()
        if self.out is not None and now - self.shown_at >= EVERY_SECONDS:
            self.shown_at = now
            self.out.write(f"\r\x1b[K{self.line(now)}")
            self.out.flush()

    def line(self, now: float) -> str:
        """`████████░░░░  1,204 of 100,000   850/s   1 min 56 s left`"""
        rate = self.done / max(now - self.began, 0.001)
        full = min(WIDTH, WIDTH * self.done // max(self.total, 1))
        left = (self.total - self.done) / rate if rate and self.total > self.done else 0
        bar = "█" * full + "░" * (WIDTH - full)
        return f"{bar}  {self.done:,} of {self.total:,}   {rate:,.0f}/s   {_spoken(left)} left"

    def end(self) -> None:
        if self.out is not None:
            self.out.write("\r\x1b[K")
            self.out.flush()


def _spoken(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
