"""Upload, hold and purge, killed at every seam: nothing acknowledged is lost, nothing stands half, proof comes once."""

import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from recordings import keys
from recordings.domain.certificates import verify
from recordings.models import Certificate, LegalHold, ObjectRemoval, Recording, RecordingKey
from recordings.services.certificates import documents
from recordings.services.disposition import list_due, purge_batch
from recordings.services.holds import place_hold
from recordings.services.removals import object_removals
from recordings.store import read_range, store
from tests.factories import AUDIO, RecordingFactory
from tests.faults.seams import crossings
from tests.served import ServedClient
from tests.stores import swept
from trail.invariants import reconcile
from trail.models import Event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

CLIP = (Path(__file__).parent.parent.parent / "compliance_site/demo/clips/full_inbound.opus").read_bytes()
LATER = timedelta(hours=2)  # when a sweep takes what an upload left, and a check may judge it


@pytest.fixture(autouse=True)
def _a_store_of_its_own(settings, tmp_path):
    settings.STORAGE_URL = f"file://{tmp_path}"
    store.cache_clear()
    yield
    store.cache_clear()


def _settled() -> None:
    """What the beat would have done by then, and that everything agrees afterwards."""
    later = timezone.now() + LATER
    swept(later)
    assert reconcile(at=later) == []


def _sha256(recording: Recording) -> str:
    return hashlib.sha256(b"".join(read_range(recording))).hexdigest()


def _check(message: bytes, signature: str) -> bool:
    return keys.verify(message, signature, keys.public_key()["key_id"])


# --- upload


@pytest.fixture
def metadata(line):
    return {
        "source": "austin",
        "started_at": "2026-11-24T14:02:00Z",
        "duration_s": 20,
        "direction": "inbound",
        "line_of_business": line.code,
        "purposes": ["quality_assurance"],
        "parties": [{"role": "agent", "jurisdiction": "US-TX"}, {"role": "customer", "jurisdiction": "US-TX"}],
    }


def _multipart(metadata, token, external_id):
    sent = {
        "metadata": json.dumps(metadata | {"external_id": external_id}),
        "audio": SimpleUploadedFile("call.opus", CLIP, "audio/ogg"),
    }
    answer = Client().post("/api/v1/recordings/", sent, headers=token | {"Idempotency-Key": external_id})
    return answer.status_code, answer.json()


def _in_two_steps(metadata, token, external_id):
    body = metadata | {"external_id": external_id}
    made = Client().post("/api/v1/recordings/", body, "application/json", headers=token)
    if made.status_code not in {200, 201}:
        return made.status_code, made.json()
    url = f"/api/v1/recordings/{made.json()['id']}/audio"
    answer = ServedClient().put(url, CLIP, "audio/ogg", headers=token)
    return answer.status_code, answer.json()


@pytest.mark.parametrize("send", [_multipart, _in_two_steps])
def test_an_upload_killed_anywhere_is_whole_or_not_there_and_is_finished_by_its_repetition(send, metadata, bearer):
    token, calls = bearer("recordings:write"), []
    _multipart(metadata, token, "warm")  # what is loaded once is loaded before the first fork

    def upload(tell):
        tell(send(metadata, token, calls[-1]))

    for outcome in crossings(upload, lambda: calls.append(f"call-{len(calls)}")):
        arrived = Recording.objects.filter(external_id=calls[-1]).first()
        if outcome.told:
            status, answer = outcome.told[0]
            assert status in {200, 201}, answer
            assert str(arrived.pk) == answer["id"]
        if arrived is not None and arrived.object_key:
            assert _sha256(arrived) == hashlib.sha256(CLIP).hexdigest()
        # the client never heard, or does not remember: it sends the same again
        status, answer = send(metadata, token, calls[-1])
        assert status in {200, 201}, answer
        again = Recording.objects.get(external_id=calls[-1])
        assert arrived is None or again.pk == arrived.pk
        assert _sha256(again) == hashlib.sha256(CLIP).hexdigest()
        _settled()
    objects = list(store().object_keys(older_than=(timezone.now() + LATER).timestamp()))
    assert len(objects) == Recording.objects.exclude(object_key=None).count()
    assert len(calls) > 15, "the harness crossed suspiciously few seams"
    print(f"{send.__name__}: {len(calls) - 1} kill points, nothing lost")  # noqa: T201


# --- purge


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=[pytest.mark.long, pytest.mark.timeout(1_800)])])
def test_a_purge_killed_anywhere_leaves_each_recording_whole_or_certified_once(officer, line, every):
    """Each crash is judged by its own recordings; store and database are looked over now and then, and at the end."""
    doomed, held, points = [], [], 0

    def due():
        doomed[:] = RecordingFactory.create_batch(2, expired=True, line_of_business=line)
        held[:] = [RecordingFactory(expired=True, line_of_business=line)]
        place_hold(matter="A", reason="b", recording_ids=[held[0].pk], actor=officer)

    def purge(tell):
        at = timezone.now()
        list_due(at=at)
        tell(purge_batch(at=at, limit=2))
        tell(object_removals(at=timezone.now()))

    for outcome in crossings(purge, due, every=every):
        points += 1
        here = set(Recording.objects.filter(pk__in=[call.pk for call in doomed]).values_list("pk", flat=True))
        certified = set(Certificate.objects.values_list("recording_id", flat=True))
        for call in doomed:
            assert (call.pk in here) is not (call.pk in certified)
            if call.pk in here:
                assert _sha256(Recording.objects.get(pk=call.pk)) == hashlib.sha256(AUDIO).hexdigest()
        if outcome.told:
            assert not here
        # the next run finishes, once; what was tried before is tried in parts
        later = timezone.now()
        while purge_batch(at=later):
            pass
        object_removals(at=later + timedelta(minutes=1))
        for call in doomed:
            _assert_gone_once(call)
        kept = Recording.objects.get(pk=held[0].pk)
        assert _sha256(kept) == hashlib.sha256(AUDIO).hexdigest()
        if points % 10 == 0:
            _settled()
    _settled()
    assert points > 60 // every, "the harness crossed suspiciously few seams"
    print(f"purge: {points - 1} kill points, nothing lost")  # noqa: T201


def _assert_gone_once(call: Recording) -> None:
    certificate = Certificate.objects.select_related("batch").get(recording_id=call.pk)
    assert not RecordingKey.objects.filter(recording_id=call.pk).exists()
    assert ObjectRemoval.objects.get(recording_id=call.pk).absent_at is not None
    assert store().head(call.object_key) is None
    verbs = [event.verb for event in Event.objects.about(call)]
    assert [verbs.count(verb) for verb in ("recording.disposed", "recording.read_back")] == [1, 1]
    assert verify(documents([certificate])[0], _check) == []


# --- hold


def test_a_hold_killed_anywhere_holds_all_or_none(officer, line):
    calls, points = [], 0

    def hold(tell):
        placed = place_hold(matter="B", reason="c", recording_ids=[call.pk for call in calls], actor=officer)
        tell(str(placed.pk))

    def fresh():
        calls[:] = RecordingFactory.create_batch(2, line_of_business=line)

    for outcome in crossings(hold, fresh):
        points += 1
        counts = set(Recording.objects.filter(pk__in=[call.pk for call in calls]).values_list("hold_count", flat=True))
        assert counts in ({0}, {1})
        events = {Event.objects.about(call).filter(verb="recording.held").count() for call in calls}
        assert events == counts
        if outcome.told:
            assert counts == {1}
            assert LegalHold.objects.filter(pk=outcome.told[0]).exists()
    _settled()
    print(f"hold: {points - 1} kill points, nothing lost")  # noqa: T201
