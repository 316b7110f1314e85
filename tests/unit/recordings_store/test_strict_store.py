"""On a store that locks, keeps versions and judges strictly: what it refuses and does wrong is told as it is."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from recordings.domain.errors import AudioIntegrityLost, StoreLocked, StoreUnavailable
from recordings.models import ObjectLock, ObjectRemoval, Recording
from recordings.services.disposition import purge_batch
from recordings.services.holds import release_hold
from recordings.services.removals import object_removals
from recordings.services.storekeeping import fixity, locks, orphans
from recordings.store import PIECE_BYTES, Lock, breaker, is_ready, read_range, store
from recordings.store.breaker import FAILS, RESTS, Breaker
from tests import stores
from tests.deliveries import kept_files
from tests.factories import AUDIO, RecordingFactory
from trail.models import Event

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def _kept(content=b"sealed"):
    incoming = store().incoming()
    incoming.write(content)
    return incoming.keep()


def _later(days=30):
    return (timezone.now() + days * DAY).replace(microsecond=0)


# --- what the server judges: the fake itself is worth something


def test_the_server_takes_no_body_whose_digest_differs(strict):
    begun = strict.client.create_multipart_upload(**strict.named("0" * 32))
    with pytest.raises(strict.client.exceptions.ClientError, match="BadDigest"):
        strict.client.upload_part(
            **strict.named("0" * 32), UploadId=begun["UploadId"], PartNumber=1, Body=b"x", ContentMD5="A" * 22 + "=="
        )


def test_the_server_lets_no_compliance_date_come_earlier(strict):
    key, until = _kept(), _later()
    retention = {"Mode": "COMPLIANCE", "RetainUntilDate": until}
    strict.client.put_object_retention(**strict.named(key), Retention=retention)
    with pytest.raises(strict.client.exceptions.ClientError, match="AccessDenied"):
        strict.client.put_object_retention(**strict.named(key), Retention=retention | {"RetainUntilDate": until - DAY})


# --- locks (C17)


def test_a_lock_is_set_to_the_date_and_never_shortened(strict):
    key, until = _kept(), _later()
    strict.lock(key, until=until, held=False)
    strict.lock(key, until=until - DAY, held=True)
    assert strict.lock_of(key) == Lock(until, held=True)
    strict.lock(key, until=until + DAY, held=False)
    assert strict.lock_of(key) == Lock(until + DAY, held=False)
    assert strict.lock_of("0" * 32) is None
    with pytest.raises(AudioIntegrityLost):
        strict.lock("0" * 32, until=until, held=False)


def test_what_is_locked_is_not_removed_and_says_until_when(strict):
    key, held, free, until = _kept(), _kept(), _kept(), _later()
    strict.lock(key, until=until, held=False)
    strict.lock(held, until=None, held=True)
    refused = strict.delete_many([key, held, free])
    assert (refused.keys(), refused[key].until, refused[held].until) == ({key, held}, until, None)
    assert "legal hold" in refused[held].reason
    assert strict.remaining([key, held, free]) == {key, held}
    with pytest.raises(StoreLocked) as told:
        strict.delete(key)
    assert told.value.until == until


def test_recordings_are_locked_to_their_dates_and_held_with_their_holds(strict, line, officer):
    until, line_of = _later(), {"line_of_business": line}
    dated = RecordingFactory(keep_until=until, delete_by=until + DAY, **line_of)
    provisional = RecordingFactory(keep_until=until, delete_by=until + DAY, is_provisional=True, **line_of)
    past, held = RecordingFactory(expired=True, **line_of), RecordingFactory(expired=True, held=True, **line_of)
    now = timezone.now()
    assert locks.behind(now) == 2
    while locks.keep_locks(now, limit=1):
        pass
    told = {row.pk: strict.lock_of(row.object_key) for row in Recording.objects.all()}
    assert told == {
        dated.pk: Lock(until, held=False),
        provisional.pk: Lock(None, held=False),
        past.pk: Lock(None, held=False),
        held.pk: Lock(None, held=True),
    }
    # a date that comes later, and a hold that ends, are followed
    Recording.objects.filter(pk=dated.pk).update(keep_until=until + DAY, delete_by=until + 2 * DAY)
    release_hold(hold_id=held.holds.get().hold_id, reason="The matter is settled.", actor=officer)
    assert locks.keep_locks(now) == 2
    assert strict.lock_of(held.object_key) == Lock(None, held=False)
    assert strict.lock_of(dated.object_key).until == until + DAY
    assert locks.behind(now) == 0


def test_a_store_without_a_lock_is_asked_for_none(s3_store):
    RecordingFactory(held=True)
    assert (locks.keep_locks(timezone.now()), locks.behind(timezone.now())) == (0, 0)
    assert not ObjectLock.objects.exists()


def test_a_lock_that_somebody_took_off_is_told_and_mended(strict):
    call = RecordingFactory(held=True)
    now = timezone.now() + timedelta(minutes=1)
    locks.keep_locks(now)
    strict.client.put_object_legal_hold(**strict.named(call.object_key), LegalHold={"Status": "OFF"})
    for night in (0, 2):
        assert fixity.look(now + night * DAY, seconds=60, most_bytes=1 << 30).failed == 0
        fixity.look(now + night * DAY, seconds=60, most_bytes=1 << 30)
    assert ObjectLock.objects.get().drift == "not_held"
    assert Event.objects.about(call).filter(verb="store.lock_drifted").count() == 1
    assert locks.keep_locks(now) == 1
    assert strict.lock_of(call.object_key).held
    assert ObjectLock.objects.get().drift == ""


def test_a_removal_that_the_lock_refuses_waits_for_its_day_and_is_not_tried_meanwhile(strict, strict_endpoint):
    call, until, now = RecordingFactory(expired=True), _later(2), timezone.now()
    strict.lock(call.object_key, until=until, held=False)
    assert purge_batch(at=now) == 1
    assert object_removals(at=now) == 0
    left = ObjectRemoval.objects.get()
    assert "lock keeps it until" in left.last_error
    assert left.next_attempt_at >= until
    assert object_removals(at=until - timedelta(hours=1)) == 0
    assert ObjectRemoval.objects.get().attempts == left.attempts
    stores.order_bucket(strict_endpoint, ahead=3 * 86400)
    assert object_removals(at=ObjectRemoval.objects.get().next_attempt_at) == 1
    assert kept_files() == set()


def test_a_legal_hold_of_the_store_ends_with_the_recording_that_was_held(strict):
    call = RecordingFactory(expired=True)
    ObjectLock.objects.create(object_key=call.object_key, recording_id=call.pk, held=True, asked_at=timezone.now())
    strict.lock(call.object_key, until=None, held=True)
    assert purge_batch(at=timezone.now()) == 1
    assert object_removals(at=timezone.now()) == 0
    assert locks.keep_locks(timezone.now()) == 1
    assert object_removals(at=timezone.now() + DAY) == 1
    assert kept_files() == set()


# --- versions (F28, F29)


def test_a_store_that_says_removed_and_keeps_it_is_not_believed(strict, strict_endpoint):
    call = RecordingFactory(expired=True)
    assert purge_batch(at=timezone.now()) == 1
    stores.order_bucket(strict_endpoint, lies=True)
    assert object_removals(at=timezone.now()) == 0
    assert ObjectRemoval.objects.get().absent_at is None
    assert strict.remaining([call.object_key]) == {call.object_key}
    stores.order_bucket(strict_endpoint, lies=False)
    assert object_removals(at=timezone.now() + DAY) == 1


def test_earlier_versions_are_counted_as_unexplained_and_go_with_their_object(strict):
    call = RecordingFactory()
    stores.put(call.object_key, stores.sealed(call.object_key))
    size = strict.head(call.object_key)
    scan = orphans.scan(timezone.now() + DAY)
    assert (scan.owned, scan.spare_bytes, scan.unexplained_bytes) == ({"recording": [1, size]}, size, size)
    assert strict.delete_many([call.object_key]) == {}
    assert kept_files() == set()


def test_an_object_that_only_a_mark_hides_is_missing_and_still_there(strict):
    call = RecordingFactory()
    strict.client.delete_object(**strict.named(call.object_key))
    scan = orphans.scan(timezone.now() + DAY)
    assert scan.missing == 1
    assert strict.remaining([call.object_key]) == {call.object_key}


def test_many_go_by_few_requests_each_version_of_each(strict):
    keys = [_kept() for _ in range(12)]
    assert strict.delete_many(keys) == {}
    assert strict.remaining(keys) == set()
    assert kept_files() == set()


# --- faults (F30, F31)


@pytest.mark.parametrize("kinds", [["500", "503"], ["cut"]])
def test_a_store_that_fails_now_and_then_loses_nothing_and_serves_nothing_wrong(strict, strict_endpoint, kinds):
    audio = os.urandom(PIECE_BYTES + 1000)
    stores.order(strict_endpoint, seed=7, rate=0.2, kinds=kinds, methods=["GET", "PUT"])
    kept = refused = 0
    for _ in range(4):
        try:
            call = RecordingFactory(audio=audio)
            assert b"".join(read_range(call)) == audio
            kept += 1
        except StoreUnavailable:
            refused += 1
    assert sum(stores.order(strict_endpoint).values()) > 0
    assert kept
    for call in Recording.objects.select_related("key"):
        assert b"".join(read_range(call)) == audio


def test_a_bit_that_flips_in_the_store_is_never_played(strict, strict_endpoint):
    call = RecordingFactory()
    stores.order(strict_endpoint, rate=1.0, kinds=["flip"], methods=["GET"])
    with pytest.raises(AudioIntegrityLost):
        b"".join(read_range(call))
    stores.order(strict_endpoint)
    assert b"".join(read_range(call)) == AUDIO


def test_where_nothing_answers_whoever_comes_is_told_at_once(strict, strict_endpoint, monkeypatch):
    monkeypatch.setattr(breaker, "FAILS", 2)
    stores.order(strict_endpoint, rate=1.0, kinds=["503"])
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="S3 answers"):
            strict.head("0" * 32)
    before = stores.order(strict_endpoint, rate=1.0, kinds=["503"])
    with pytest.raises(StoreUnavailable, match="left alone"):
        strict.head("0" * 32)
    with pytest.raises(StoreUnavailable, match="left alone"):
        is_ready()
    assert before["503"] == 2 * 3
    assert stores.order(strict_endpoint) == {}


def test_after_its_rest_one_tries_and_an_answer_ends_it():
    clock = [0.0]
    rests = Breaker(lambda: clock[0])
    for _ in range(FAILS):
        assert rests.may_try()
        rests.failed()
    assert not rests.may_try()
    clock[0] = RESTS
    assert rests.may_try()
    assert not rests.may_try()
    rests.answered()
    assert rests.may_try()
