"""The site's own tasks: the pulse, and what needs every room: the weekly letter."""

from celery import shared_task
from django.utils import timezone

from compliance_site import heartbeats
from compliance_site.weekly import write_weekly_letters


@shared_task(acks_late=False, ignore_result=True)
def note_beat() -> None:
    """Note that a message of beat went through broker and worker."""
    heartbeats.note(heartbeats.BEAT)


@shared_task(acks_late=True, ignore_result=True)
def write_letters() -> None:
    """Write the week's letter to whom it is due."""
    write_weekly_letters(timezone.now())
