"""The site's own tasks: the pulse, and what needs every room: what-if reports, the weekly letter."""

import logging

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from compliance_site import heartbeats
from compliance_site.weekly import write_weekly_letters
from compliance_site.whatif.job import run_reports
from recordings.services.alone import alone

logger = logging.getLogger(__name__)


@shared_task(acks_late=False, ignore_result=True)
def note_beat() -> None:
    """Note that a message of beat went through broker and worker."""
    heartbeats.note(heartbeats.BEAT)


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def run_what_ifs(*, seconds: float = 20.0) -> None:
    """Work on what-if reports for so long; the rest is for the next ring. A dead worker's report is gone on with."""
    with alone("run_what_ifs") as mine:
        if mine and run_reports(seconds=seconds):
            logger.info("what-if reports go on at the next ring")


@shared_task(acks_late=True, ignore_result=True)
def write_letters() -> None:
    """Write the week's letter to whom it is due."""
    write_weekly_letters(timezone.now())
