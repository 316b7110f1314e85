"""Sessions of the database that are cut, blocked or locked crosswise: all of a unit or nothing, and done once."""

import hashlib
import json
import shutil
import tempfile
import threading
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from recordings.models import Certificate, HoldMember, LegalHold, ObjectRemoval, Recording
from recordings.services.disposition import purge_batch
from recordings.services.removals import object_removals
from recordings.store import read_range, store
from tests.factories import RecordingFactory
from tests.faults.house import CLIP
from tests.faults.sessions import wire_cut_at
from trail.invariants import reconcile
from trail.models import Event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("file_store")]

LATER = timedelta(hours=2)
MOST = 12


@pytest.fixture
def wire():
    """A folder whose path is short enough for a socket."""
    folder = tempfile.mkdtemp(prefix="cw-")
    yield Path(folder)
    shutil.rmtree(folder)


@pytest.fixture
def send(line, bearer):
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
        headers = token | {"Idempotency-Key": external_id}
        answer = Client(raise_request_exception=False).post("/api/v1/recordings/", sent, headers=headers)
        return answer.status_code, answer.json()

    return upload


@pytest.mark.parametrize("after", [False, True], ids=["before it was heard", "after it was done"])
def test_an_upload_whose_commit_has_no_answer_is_asked_for_again_and_is_there_once(send, wire, after):
    send("warm")
    for nth in range(1, MOST):
        with wire_cut_at(nth, wire, after=after) as cut:
            status, answer = send(f"call-{nth}")
        if not cut.was_cut:
            assert status == 201
            break
        assert status == 503, answer
        status, answer = send(f"call-{nth}")
        assert status in {200, 201}
        recording = Recording.objects.get(external_id=f"call-{nth}")
        assert str(recording.pk) == answer["id"]
        assert hashlib.sha256(b"".join(read_range(recording))).digest() == hashlib.sha256(CLIP).digest()
        assert Event.objects.about(recording).filter(verb="recording.received").count() == 1
    assert nth > 1, "no commit was cut"
    assert len(list(store().object_keys(older_than=(timezone.now() + LATER).timestamp()))) >= Recording.objects.count()


@pytest.mark.parametrize("after", [False, True], ids=["before it was heard", "after it was done"])
def test_a_purge_whose_commit_has_no_answer_certifies_each_once(line, wire, after):
    doomed = RecordingFactory.create_batch(3, expired=True, line_of_business=line)
    for nth in range(1, MOST):
        with wire_cut_at(nth, wire, after=after) as cut:
            try:
                purge_batch(at=timezone.now())
                object_removals(at=timezone.now())
            except DatabaseError:
                assert cut.was_cut
        if not cut.was_cut:
            break
    purge_batch(at=timezone.now())
    object_removals(at=timezone.now() + timedelta(minutes=5))
    assert nth > 1, "no commit was cut"
    assert {row.recording_id for row in Certificate.objects.all()} == {call.pk for call in doomed}
    assert ObjectRemoval.objects.exclude(absent_at=None).count() == 3
    assert Event.objects.filter(verb="recording.disposed").count() == 3
    assert reconcile(at=timezone.now() + LATER) == []


def _stranger(ids, locked, go_on):
    """Locks the last row first and the first row last, as no service of ours does."""
    with psycopg.connect(host=connection.settings_dict["HOST"], user="callward", dbname=_database()) as other:
        lock = "SELECT 1 FROM recordings_recording WHERE id = %s FOR UPDATE"
        other.execute("SET deadlock_timeout = '10s'")
        other.execute(lock, [ids[-1]])
        locked.set()
        go_on.wait(30)
        other.execute(lock, [ids[0]])


def _database():
    return connection.settings_dict["NAME"]


@pytest.mark.parametrize("rounds", [1, pytest.param(100, marks=pytest.mark.long)])
def test_a_hold_that_lost_a_deadlock_holds_nothing_and_says_so(line, bearer, rounds):
    token = bearer("holds:write")
    for _ in range(rounds):
        ids = sorted(call.pk for call in RecordingFactory.create_batch(2, line_of_business=line))
        locked, go_on = threading.Event(), threading.Event()
        stranger = threading.Thread(target=_stranger, args=(ids, locked, go_on))
        stranger.start()
        locked.wait(30)
        body = {"matter": "A", "reason": "Counsel asked.", "recordings": [str(pk) for pk in ids]}
        asked = threading.Thread(target=_when_it_waits, args=(go_on,))
        asked.start()
        answer = Client().post("/api/v1/holds/", body, "application/json", headers=token)
        asked.join()
        stranger.join()
        assert answer.status_code == 503, answer.content
        assert int(answer.headers["Retry-After"]) > 0
        assert not LegalHold.objects.exists()
        assert not HoldMember.objects.exists()
        assert not Event.objects.filter(verb__in=["hold.placed", "recording.held"]).exists()
    answer = Client().post("/api/v1/holds/", body, "application/json", headers=token)
    assert answer.status_code == 201
    assert reconcile(at=timezone.now()) == []


def _when_it_waits(go_on):
    """Once a session waits for the stranger's row, the stranger may wait for one of its rows too."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with psycopg.connect(
        host=connection.settings_dict["HOST"], user="callward", dbname=_database(), autocommit=True
    ) as other:
        while not other.execute(asked).fetchone()[0]:
            pass
    go_on.set()


@pytest.mark.parametrize("limit", ["lock_timeout", "statement_timeout"])
def test_an_upload_that_waits_too_long_for_a_row_is_refused_whole(line, bearer, limit):
    awaiting = RecordingFactory(line_of_business=line, awaiting=True)
    token, url = bearer("recordings:write"), f"/api/v1/recordings/{awaiting.pk}/audio"
    before = set(store().object_keys(older_than=(timezone.now() + LATER).timestamp()))
    with psycopg.connect(host=connection.settings_dict["HOST"], user="callward", dbname=_database()) as other:
        other.execute("SELECT 1 FROM recordings_recording WHERE id = %s FOR UPDATE", [awaiting.pk])
        with connection.cursor() as cursor:
            cursor.execute(f"SET {limit} = '300ms'")
        answer = Client().put(url, CLIP, "audio/ogg", headers=token)
        with connection.cursor() as cursor:
            cursor.execute(f"SET {limit} = 0")
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    assert set(store().object_keys(older_than=(timezone.now() + LATER).timestamp())) == before
    assert Client().put(url, CLIP, "audio/ogg", headers=token).status_code == 200
    assert reconcile(at=timezone.now()) == []
