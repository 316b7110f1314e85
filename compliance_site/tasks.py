"""The site's own task: the pulse."""

from celery import shared_task

from compliance_site import heartbeats


@shared_task(acks_late=False, ignore_result=True)
def note_beat() -> None:
    """Note that a message of beat went through broker and worker."""
    heartbeats.note(heartbeats.BEAT)
