"""What a task's message is: a doorbell that may be lost."""

import logging
from typing import Any

from celery.contrib.django.task import DjangoTask
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


class Doorbell(DjangoTask):  # type: ignore[type-arg]  # generic for type checkers alone
    """A task whose message may be lost: what it announces is in the database, and a sweep finds it there."""

    abstract = True

    def apply_async(self, *args: Any, **options: Any) -> Any:
        try:
            return super().apply_async(*args, **options)
        except OperationalError:
            logger.warning("the broker cannot be reached; the work waits for its sweep", extra={"task": self.name})
            return None
