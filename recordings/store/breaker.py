"""A breaker before a place that does not answer: who comes while it rests is told at once, and does not queue up."""

import threading
import time
from collections.abc import Callable

FAILS = 5  # so many in a row, with no answer between them
RESTS = 10.0  # seconds; then one may try, and the others wait for what it finds


class Breaker:
    """Counts what fails in a row. Shared by the threads of a process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._rests_until = 0.0

    def may_try(self) -> bool:
        """False while it rests. Once it has rested, whoever comes first tries, and the next one after another rest."""
        if self._failed < FAILS:
            return True
        with self._lock:
            now = self._clock()
            if self._failed >= FAILS and now < self._rests_until:
                return False
            self._rests_until = now + RESTS
            return True

    def answered(self) -> None:
        self._failed = 0

    def failed(self) -> None:
        with self._lock:
            self._failed += 1
            if self._failed == FAILS:
                self._rests_until = self._clock() + RESTS
