"""Telling the worker that something is to do. The database says what; a message that is lost costs a little time."""

import logging
import time
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

QUIET_SECONDS = 0.5  # after a ring the same bell stays quiet: the task that it wakes takes all that is due
_rung: dict[str, float] = {}


def ring(task: str) -> None:
    """Wake the task of this name once the transaction has committed."""
    transaction.on_commit(partial(_ring, task), robust=True)


def _ring(task: str) -> None:
    now = time.monotonic()
    if now - _rung.get(task, -QUIET_SECONDS) < QUIET_SECONDS:
        return
    _rung[task] = now
    try:
        current_app.send_task(task, retry=False, ignore_result=True)
    except (OperationalError, OSError):
        logger.warning("broker does not answer; the next sweep does the work", extra={"task": task})
