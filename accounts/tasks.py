"""What beat rings for in this room."""

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from accounts.services import send_letters


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def post_letters() -> None:
    """Send the letters that wait."""
    send_letters(timezone.now())
