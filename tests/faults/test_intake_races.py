"""Workers at once, copies at once: each call once, with all that was told of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from recordings.models import IntakeDelivery, Recording, SeenDelivery
from recordings.services.sources import configure_source
from recordings.services.working import work_due
from tests.telephony import sample
from trail.domain.actors import CALLWARD
from trail.models import Event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

CONTACT, OBJECT = sample("amazon_connect/contact_record"), sample("amazon_connect/s3_object_created")
CALLS = 12
WORKERS = 4


def _post(body: str) -> None:
    headers = {"x-callward-key": CONTACT.settings["connection_api_key"]}
    url = "/api/v1/intake/amazon_connect/"
    assert Client().post(url, body, content_type="application/json", headers=headers).status_code == 200


def _both(number: int) -> list[str]:
    """The S3 event and the contact record of one call, as texts."""
    contact = CONTACT.expected["recording"]["external_id"]
    own = contact[:-4] + f"{number:04d}"
    return [case.body.decode().replace(contact, own) for case in (OBJECT, CONTACT)]


def test_copies_and_parts_of_calls_worked_by_several_at_once_are_each_one_recording(line):
    values = CONTACT.settings | {"line_of_business": line.code, "purposes": ["quality_assurance"]}
    configure_source(name="amazon_connect", values=values, actor=CALLWARD)
    for number in range(CALLS):
        for body in _both(number):
            _post(body)
            _post(body)
    together = Barrier(WORKERS)

    def work() -> None:
        together.wait()
        for _ in range(CALLS):
            work_due(timezone.now() + timedelta(hours=1), limit=1)
        work_due(timezone.now() + timedelta(hours=1))
        connections.close_all()

    with ThreadPoolExecutor(WORKERS) as pool:
        for done in [pool.submit(work) for _ in range(WORKERS)]:
            done.result()
    work_due(timezone.now() + timedelta(hours=2))
    assert Recording.objects.count() == CALLS
    assert set(Recording.objects.values_list("direction", "agent_id")) == {("inbound", "dana.whitfield")}
    assert not Recording.objects.exclude(unknown=[]).exists()
    assert IntakeDelivery.objects.filter(state="done").count() == CALLS * 4
    assert SeenDelivery.objects.count() == CALLS * 2
    received = Event.objects.filter(verb="recording.received").values_list("subject_id", flat=True)
    assert len(received) == len(set(received)) == CALLS
