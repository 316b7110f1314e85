"""A phone system's delivery and the fetch of its audio, killed at every seam: never lost, never doubled, once known."""

import hashlib
import json
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from recordings.models import AudioFetch, IntakeDelivery, Recording, SeenDelivery
from recordings.services import fetching
from recordings.services.fetching import fetch_due
from recordings.services.sources import configure_source
from recordings.services.working import work_due
from recordings.store import read_range
from tests.faults.seams import crossings
from tests.faults.test_kill_points import CLIP, _a_store_of_its_own, _settled  # noqa: F401  the store is a fixture
from tests.telephony import sample
from trail.domain.actors import CALLWARD
from trail.models import Event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

CASE = sample("genesys_cloud/export_metadata")
LATER = timedelta(hours=3)


@pytest.fixture
def source(line, tmp_path):
    values = CASE.settings | {"line_of_business": line.code, "purposes": ["quality_assurance"]}
    configure_source(name="genesys_cloud", values=values, actor=CALLWARD)


def _posted(number: int) -> int:
    body = json.dumps(json.loads(CASE.body) | {"recordingId": f"call-{number}", "filePath": ""})
    headers = {"x-callward-key": CASE.settings["connection_api_key"]}
    url = "/api/v1/intake/genesys_cloud/"
    return Client().post(url, body, content_type="application/json", headers=headers).status_code


def test_a_delivery_killed_anywhere_is_answered_and_kept_or_sent_again_and_worked_once(source):
    calls = [0]
    _posted(0)
    work_due(timezone.now())  # what is loaded once is loaded before the first fork

    def deliver(tell):
        tell(_posted(calls[-1]))
        work_due(timezone.now())
        tell("worked")

    for outcome in crossings(deliver, lambda: calls.append(len(calls))):
        external_id = f"call-{calls[-1]}"
        arrived = Recording.objects.filter(external_id=external_id)
        if "worked" in outcome.told:
            assert arrived.count() == 1
        if outcome.told:  # it was acknowledged: the worker finds it, whatever died
            assert outcome.told[0] == 200
        else:  # the vendor never heard: it sends the same again
            assert _posted(calls[-1]) == 200
        work_due(timezone.now() + LATER)
        recording = arrived.get()
        assert Event.objects.about(recording).filter(verb="recording.received").count() == 1
        assert not IntakeDelivery.objects.exclude(state="done").exists()
        assert not IntakeDelivery.objects.exclude(sealed=b"").exists()
    assert SeenDelivery.objects.count() == Recording.objects.count() == len(calls)
    _settled()
    assert len(calls) > 15, "the harness crossed suspiciously few seams"
    print(f"delivery: {len(calls) - 1} kill points, nothing lost")  # noqa: T201


def test_a_fetch_killed_anywhere_is_finished_by_the_next(source, tmp_path, monkeypatch):
    calls, folder = [0], tmp_path / "monitor"
    folder.mkdir()
    (folder / "call.opus").write_bytes(CLIP)
    monkeypatch.setattr(fetching, "_opened", lambda *_: fetching._of_folder("call.opus", str(folder)))

    def asked():
        calls.append(len(calls))
        _posted(calls[-1])
        work_due(timezone.now() + LATER)
        recording = Recording.objects.select_related("key").get(external_id=f"call-{calls[-1]}")
        delivery = IntakeDelivery.objects.get(recording_ids=[recording.pk])
        told = fetching.AudioTold("url", "https://recordings.example.com/a")
        fetching.ask_for_audio(recording=recording, audio=told, setup=fetching.Setup(), delivery=delivery)
        connections.close_all()

    asked()
    fetch_due(timezone.now() + LATER)

    def fetch(tell):
        fetch_due(timezone.now())
        tell("fetched")

    for outcome in crossings(fetch, asked):
        fetch_due(timezone.now() + LATER)
        recording = Recording.objects.get(external_id=f"call-{calls[-1]}")
        assert hashlib.sha256(b"".join(read_range(recording))).hexdigest() == hashlib.sha256(CLIP).hexdigest()
        assert AudioFetch.objects.get(recording=recording).state == "done"
        assert Event.objects.about(recording).filter(verb="recording.stored").count() == 1
        assert outcome.killed_before is not None or outcome.told == ["fetched"]
    _settled()
    assert len(calls) > 15, "the harness crossed suspiciously few seams"
