"""A store whose calls fail, one after the other, in every way a disk can: nothing is lost, nothing is said wrongly."""

import errno
import hashlib
import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from recordings.models import Certificate, ObjectRemoval, Recording
from recordings.services.disposition import purge_batch
from recordings.services.removals import object_removals
from recordings.store import read_range, store
from tests.factories import RecordingFactory
from tests.faults.failing import failing_call
from tests.faults.house import CLIP
from tests.stores import everything_in, swept
from trail.invariants import reconcile
from trail.models import Event

pytestmark = pytest.mark.django_db(transaction=True)

DISK_FULL, READ_ONLY, LOST, TOO_LARGE, QUOTA = errno.ENOSPC, errno.EROFS, errno.EIO, errno.EFBIG, errno.EDQUOT
SOON, LATER = timedelta(minutes=1), timedelta(hours=2)
MOST = 60


@pytest.fixture
def send(line, bearer, file_store):
    token = bearer("recordings:write")

    def upload(external_id):
        metadata = {
            "source": "austin",
            "external_id": external_id,
            "started_at": "2026-11-24T14:02:00Z",
            "duration_s": 20,
            "direction": "inbound",
            "line_of_business": line.code,
            "purposes": ["quality_assurance"],
            "parties": [{"role": "agent", "jurisdiction": "US-TX"}, {"role": "customer", "jurisdiction": "US-TX"}],
        }
        sent = {"metadata": json.dumps(metadata), "audio": SimpleUploadedFile("call.opus", CLIP, "audio/ogg")}
        answer = Client(raise_request_exception=False).post("/api/v1/recordings/", sent, headers=token)
        return answer.status_code, answer.json()

    return upload


@pytest.mark.parametrize("for_good", [False, True], ids=["once", "for good"])
@pytest.mark.parametrize(
    "error",
    [
        pytest.param(error, id=errno.errorcode[error], marks=[] if error in {DISK_FULL, LOST} else pytest.mark.long)
        for error in (DISK_FULL, READ_ONLY, LOST, TOO_LARGE, QUOTA)
    ],
)
def test_an_upload_whose_store_fails_anywhere_is_refused_whole_and_taken_when_it_heals(send, error, for_good):
    send("warm")
    before, points = everything_in(store()), 0
    for nth in range(1, MOST):
        with failing_call(store().root, error, nth, for_good=for_good) as failing:
            status, answer = send(f"call-{nth}")
        if not failing.struck:
            assert status == 201
            break
        points += 1
        if status == 201:  # what failed came after the commit, or is tried another way
            assert _sound(answer["id"])
        else:
            assert status in {503, 507}, answer
            assert not Recording.objects.filter(external_id=f"call-{nth}").exists()
        swept(timezone.now() + LATER)
        status, answer = send(f"call-{nth}")
        assert status in {200, 201}
        assert _sound(answer["id"])
    assert points > 3, "the harness crossed suspiciously few calls"
    assert len(everything_in(store()) - before) == Recording.objects.count() - 1
    assert reconcile(at=timezone.now() + LATER) == []


def _sound(recording_id):
    audio = b"".join(read_range(Recording.objects.get(pk=recording_id)))
    return hashlib.sha256(audio).digest() == hashlib.sha256(CLIP).digest()


@pytest.mark.parametrize("error", [READ_ONLY, LOST], ids=errno.errorcode.get)
def test_a_removal_whose_store_fails_anywhere_is_not_certified_and_is_finished_when_it_heals(line, file_store, error):
    for nth in range(1, MOST):
        gone = RecordingFactory(expired=True, line_of_business=line)
        at = timezone.now()
        assert purge_batch(at=at) == 1
        with failing_call(store().root, error, nth, for_good=True) as failing:
            read_back = object_removals(at=at)
        removal = ObjectRemoval.objects.get(recording_id=gone.pk)
        assert (removal.absent_at is not None) == (read_back == 1) == (not failing.struck)
        assert bool(removal.last_error) == bool(failing.struck)
        assert object_removals(at=at + SOON) == 1 - read_back
        assert store().head(gone.object_key) is None
        if not failing.struck:
            break
    assert nth > 2, "the harness crossed suspiciously few calls"
    assert reconcile(at=timezone.now() + LATER) == []


def test_a_store_that_refuses_to_remove_is_asked_ever_more_seldom_and_the_last_time_counts(line, file_store):
    gone = RecordingFactory(expired=True, line_of_business=line)
    at = timezone.now()
    purge_batch(at=at)
    waits = []
    with failing_call(store().root, READ_ONLY, 1, for_good=True):
        for _ in range(50):
            assert object_removals(at=at) == 0
            removal = ObjectRemoval.objects.get()
            waits.append((removal.next_attempt_at - at).total_seconds())
            at = removal.next_attempt_at
    assert waits == sorted(waits)
    assert waits[-1] == 3600
    assert removal.attempts == 50
    assert Client().get(f"/api/v1/recordings/{gone.pk}/").status_code == 401  # nobody without a token learns a thing
    assert not Recording.objects.exists()
    assert object_removals(at=at) == 1
    assert Certificate.objects.count() == Event.objects.filter(verb="recording.read_back").count() == 1


def test_bytes_that_somebody_removed_before_are_found_absent_and_certified_once(line, file_store):
    gone = RecordingFactory(expired=True, line_of_business=line)
    purge_batch(at=timezone.now())
    store().path(gone.object_key).unlink()
    assert object_removals(at=timezone.now()) == 1
    assert object_removals(at=timezone.now() + LATER) == 0
    assert Event.objects.about(gone).filter(verb="recording.read_back").count() == 1
    assert reconcile(at=timezone.now()) == []


def test_audio_that_cannot_be_read_is_said_so_and_never_served_wrong(line, bearer, file_store):
    call = RecordingFactory(line_of_business=line)
    token = bearer("recordings:listen")
    url = f"/api/v1/recordings/{call.pk}/audio?purpose=quality_assurance"
    for nth in range(1, MOST):
        with failing_call(store().root, LOST, nth) as failing:
            answer = Client(raise_request_exception=False).get(url, headers=token)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if not failing.struck:
            assert hashlib.sha256(body).digest() == bytes(call.sha256)
            break
        assert answer.status_code == 503, body
    assert nth > 1
