"""What a task's message is: a doorbell that may be lost."""

import logging
from typing import Any

from celery.contrib.django.task import DjangoTask
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

CLOSED = ("recordings.", "audits.")
RESTORES = "recordings.tasks.settle_ledger"


class Doorbell(DjangoTask):  # type: ignore[type-arg]  # generic for type checkers alone
    """A task whose message may be lost: what it announces is in the database, and a sweep finds it there."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """After a restore only what brings the database up to date runs; all else is due again when it is open."""
        from recordings import gate
        from recordings.ledger import state

        state.look_now_and_then()
        if gate.reason() and self.name.startswith(CLOSED) and self.name != RESTORES:
            logger.warning("closed after a restore; the work waits", extra={"task": self.name})
            return None
        return super().__call__(*args, **kwargs)

    def apply_async(self, *args: Any, **options: Any) -> Any:
        try:
            return super().apply_async(*args, **options)
        except OperationalError:
            logger.warning("the broker cannot be reached; the work waits for its sweep", extra={"task": self.name})
            return None
