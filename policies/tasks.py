"""What beat rings for in this room."""

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from policies.services import flags


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def flag_rules() -> None:
    """Flag reviews past, changes ahead and overrides that end: each once, however often it runs."""
    flags.flag_rules(today=timezone.localdate())
