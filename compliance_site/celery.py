"""The Celery app and the one beat schedule. The database says what is due; a message is only a doorbell."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance_site.settings.local")

app = Celery("callward")
app.conf.update(
    broker_connection_retry_on_startup=True,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    timezone="UTC",
    beat_schedule={},
)


@app.on_configure.connect
def _read_settings(sender: Celery, **_: object) -> None:
    from django.conf import settings

    sender.conf.broker_url = settings.BROKER_URL


app.autodiscover_tasks()
