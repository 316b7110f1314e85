"""What the beat rings for in this room. Each may come twice, at once, or not at all: the database says what is due."""

import logging

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from recordings.domain.errors import DispositionStopped
from recordings.services.alone import alone
from recordings.services.disposition import list_due, purge_batch
from recordings.services.removals import object_removals

logger = logging.getLogger(__name__)


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def dispose_due(*, batch_size: int = 200) -> None:
    """List what is due to be listed, destroy what is due to go, batch by batch, then remove its objects."""
    at = timezone.now()
    with alone("list_due") as mine:
        while mine and (listed := list_due(at=at, limit=batch_size)):
            logger.info("recordings listed for disposition", extra={"listed": listed, "as_of": at.isoformat()})
    try:
        while purged := purge_batch(at=at, limit=batch_size):
            logger.info("recordings destroyed", extra={"purged": purged, "as_of": at.isoformat()})
    except DispositionStopped as stopped:
        logger.error("disposition stopped", extra={"reasons": stopped.reasons})
    remove_objects(batch_size=batch_size)


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def remove_objects(*, batch_size: int = 200) -> None:
    """Remove and read back the objects of what was destroyed."""
    with alone("remove_objects") as mine:
        while mine and (absent := object_removals(at=timezone.now(), limit=batch_size)):
            logger.info("objects read back as absent", extra={"absent": absent})
