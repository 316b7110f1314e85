"""Telling the worker that something is to do. The database says what; a message that is lost costs a little time."""

import logging
import time
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

QUIET_SECONDS = 0.5  # after a ring the same bell stays quiet: the task that it wakes takes all that is due
AWAY_SECONDS = 30.0  # after a broker that did not answer: one upload waited for that, not the next ones too
_quiet_until: dict[str, float] = {}


def ring(task: str) -> None:
    """Wake the task of this name once the transaction has committed."""
    transaction.on_commit(partial(_ring, task), robust=True)


def _ring(task: str) -> None:
    now = time.monotonic()
    if now < _quiet_until.get(task, 0):
        return
    _quiet_until[task] = now + QUIET_SECONDS
    try:
        current_app.send_task(task, retry=False, ignore_result=True)
    except (OperationalError, OSError):
        _quiet_until[task] = now + AWAY_SECONDS
        logger.warning("broker does not answer; the next sweep does the work", extra={"task": task})
