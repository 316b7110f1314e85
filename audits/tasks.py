"""What the beat rings for. Each may come twice, at once, or not at all: the database says what is due."""

import logging

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from audits.services.assignments import withdraw_gone
from audits.services.overdue import flag_overdue
from audits.services.plans import draw_due

logger = logging.getLogger(__name__)


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def draw_due_plans() -> None:
    """Draw the samples of plans that are due, and finish draws that a crash left with a frame and no seed."""
    draw_due(timezone.now())


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def flag_overdue_assignments(*, batch_size: int = 500) -> None:
    """Flag what has become overdue, in short transactions."""
    at = timezone.now()
    while flagged := flag_overdue(at, limit=batch_size):
        logger.info("assignments flagged overdue", extra={"flagged": flagged, "as_of": at.isoformat()})


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def replace_gone_calls() -> None:
    """Give the next in the draw where a call was destroyed or quarantined before its review."""
    if replaced := withdraw_gone():
        logger.info("assignments replaced", extra={"replaced": replaced})
