"""What is special to S3: versions, buckets and servers that are away, answers that are lost, and secrets."""

import logging
import os
import sys
import traceback
import tracemalloc
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from compliance_site import health
from recordings.domain.errors import DispositionStopped, StoreLocked, StoreUnavailable
from recordings.models import Certificate, ObjectRemoval, Recording
from recordings.services import trust
from recordings.services.certificates import documents
from recordings.services.disposition import purge_batch
from recordings.services.reconcile import reconcile
from recordings.services.removals import object_removals
from recordings.store import PIECE_BYTES, is_ready, read_range, s3_incoming, store
from recordings.store.s3_incoming import LONGEST_UPLOAD, PART_BYTES
from tests import stores
from tests.deliveries import clip, delivered, kept_files, metadata
from tests.factories import RecordingFactory
from tests.stores import S3_ENVIRONMENT, make_bucket, put, s3_address, sealed
from trail.models import Event

GOOD = "full_inbound.opus"
MIB = 1 << 20


@pytest.fixture
def named(settings, s3_endpoint, s3_credentials):
    """`named(bucket=…)` makes STORAGE_URL name a place on the server; its bucket is not made."""

    def name(**place):
        settings.STORAGE_URL = s3_address(s3_endpoint, **place)
        store.cache_clear()
        return store()

    yield name
    store.cache_clear()


@pytest.fixture
def versioned(named):
    named()
    return make_bucket(versioned=True)


def _kept(content=b"sealed"):
    incoming = store().incoming()
    incoming.write(content)
    return incoming.keep()


# --- a call's whole life


@pytest.mark.django_db
def test_a_call_is_delivered_and_heard_in_ranges(client, line, bearer, s3_store):
    audio = clip(GOOD)
    answer = delivered(client, bearer(), metadata(), audio)
    assert answer.status_code == 201, answer.content
    recording = Recording.objects.get(pk=answer.json()["id"])
    assert b"".join(read_range(recording)) == audio
    assert audio[:64] not in sealed(recording.object_key)
    heard = client.get(
        f"/api/v1/recordings/{recording.pk}/audio",
        {"purpose": "quality_assurance"},
        headers=bearer("recordings:listen", name="A listener") | {"Range": "bytes=100-299"},
    )
    assert (heard.status_code, b"".join(heard.streaming_content)) == (206, audio[100:300])


@pytest.mark.django_db
def test_audio_of_many_parts_comes_back_by_its_pieces(s3_store):
    audio = os.urandom(2 * PART_BYTES + 5)
    recording = RecordingFactory(audio=audio)
    for edge in (0, PART_BYTES, 2 * PART_BYTES):
        start, stop = max(edge - PIECE_BYTES, 0), edge + PIECE_BYTES
        assert b"".join(read_range(recording, start, stop)) == audio[start:stop]


@pytest.mark.django_db
@pytest.mark.parametrize("is_versioned", [False, True])
def test_a_purge_removes_every_version_and_reads_back(named, is_versioned):
    # given an expired call, whose object a hand has written anew
    named()
    make_bucket(versioned=is_versioned)
    call = RecordingFactory(expired=True)
    put(call.object_key, sealed(call.object_key))
    # when it is destroyed and its object removed
    assert purge_batch(at=timezone.now()) == 1
    assert kept_files()
    assert object_removals(at=timezone.now()) == 1
    # then nothing of it lies there, and its certificate says so
    assert kept_files() == set()
    [told] = documents(Certificate.objects.select_related("batch"))
    assert told["read_back"]["content"]["kind"] == "callward/object-read-back/1"
    assert Event.objects.filter(verb="recording.read_back").count() == 1


@pytest.mark.django_db
def test_the_reconciliation_sees_what_lies_there(s3_store):
    now, stray = timezone.now(), _kept()
    lost = RecordingFactory()
    s3_store.delete(lost.object_key)
    found = {(problem.kind, problem.subject) for problem in reconcile(at=now + LONGEST_UPLOAD + timedelta(hours=2))}
    assert found == {("row_without_object", str(lost.pk)), ("object_without_row", stray)}


# --- removing


def test_an_object_that_a_mark_hides_goes_with_its_mark(versioned):
    key = _kept()
    versioned.client.delete_object(**versioned.named(key))
    assert versioned.head(key) is None
    assert len(kept_files()) == 2
    versioned.delete(key)
    assert kept_files() == set()


def test_what_the_bucket_locks_is_not_said_to_be_removed(named):
    there = named()
    there.client.create_bucket(
        Bucket=there.place.bucket,
        ObjectLockEnabledForBucket=True,
        CreateBucketConfiguration={"LocationConstraint": there.place.region},
    )
    key = _kept()
    until = timezone.now() + timedelta(days=1)
    there.client.put_object_retention(**there.named(key), Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until})
    with pytest.raises(StoreLocked, match="own lock keeps it until") as refused:
        there.delete(key)
    assert abs(refused.value.until - until) < timedelta(seconds=1)
    assert list(there.delete_many([key])) == [key]
    assert there.head(key) == 6


def test_a_store_that_knows_no_versions_removes_all_the_same(named):
    named(bucket="unversioned-store")
    there = make_bucket()
    key = _kept()
    there.delete(key)
    assert there.head(key) is None
    there.delete(key)


def test_objects_beside_ours_are_not_ours(s3_store):
    mine, beside = _kept(), f"{s3_store.place.prefix}notes.txt"
    s3_store.client.put_object(Bucket=s3_store.place.bucket, Key=beside, Body=b"another's")
    s3_store.client.create_multipart_upload(Bucket=s3_store.place.bucket, Key=beside)
    later = (timezone.now() + timedelta(days=1)).timestamp()
    assert list(s3_store.object_keys(older_than=later)) == [mine]
    assert s3_store.clear_arrivals(older_than=later) == 0


# --- keeping


def test_an_upload_holds_one_part_in_memory_and_no_more(s3_store):
    _kept()  # loads what boto3 loads once
    piece = os.urandom(PIECE_BYTES)
    incoming = s3_store.incoming()
    tracemalloc.start()
    try:
        for _ in range(40 * MIB // PIECE_BYTES):
            incoming.write(piece)
        incoming.keep()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 16 * MIB


@pytest.mark.parametrize("is_remembered", [True, False])  # Amazon answers once more; others know no such upload
def test_an_upload_whose_last_answer_was_lost_is_kept(s3_store, is_remembered):
    incoming = s3_store.incoming()
    incoming.write(b"x" * PART_BYTES)
    [begun] = s3_store.client.list_multipart_uploads(Bucket=s3_store.place.bucket)["Uploads"]
    named = {"Bucket": s3_store.place.bucket, "Key": begun["Key"], "UploadId": begun["UploadId"]}
    [part] = s3_store.client.list_parts(**named)["Parts"]
    complete = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3_store.client.complete_multipart_upload(**named, MultipartUpload=complete)
    if not is_remembered:
        s3_store.client.put_object(Bucket=s3_store.place.bucket, Key=begun["Key"], Body=b"x" * PART_BYTES)
    assert s3_store.head(incoming.keep()) == PART_BYTES


def test_an_upload_that_was_swept_meanwhile_is_not_kept(s3_store):
    incoming = s3_store.incoming()
    incoming.write(b"x" * PART_BYTES)
    assert s3_store.clear_arrivals(older_than=(timezone.now() + timedelta(days=1)).timestamp()) == 1
    with pytest.raises(StoreUnavailable, match="all bytes"):
        incoming.keep()
    assert kept_files() == set()


def test_an_upload_that_a_sweep_could_mistake_for_a_dead_one_is_not_kept(s3_store, monkeypatch):
    monkeypatch.setattr(s3_incoming, "LONGEST_UPLOAD", timedelta())
    incoming = s3_store.incoming()
    incoming.write(b"sealed")
    with pytest.raises(StoreUnavailable, match="took longer"):
        incoming.keep()
    incoming.discard()
    assert kept_files() == set()


def test_a_forked_child_talks_over_a_connection_of_its_own(s3_store):
    child = os.fork()
    if child == 0:
        os._exit(0 if store() is not s3_store and is_ready() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


# --- away


@pytest.mark.django_db
def test_a_bucket_that_is_away_is_not_an_object_that_is_absent(named):
    # given a destroyed call whose object waits for its removal
    named()
    there = make_bucket()
    key = RecordingFactory(expired=True).object_key
    assert purge_batch(at=timezone.now()) == 1
    # when another bucket is asked, which does not exist
    away = named()
    for ask in (lambda: away.head(key), lambda: away.read(key, 0, 1), lambda: away.delete(key)):
        with pytest.raises(StoreUnavailable):
            ask()
    assert object_removals(at=timezone.now()) == 0
    # then nobody says that the object is gone
    assert ObjectRemoval.objects.get().absent_at is None
    assert there.head(key)


@pytest.fixture
def server_that_goes_away(settings, s3_credentials):
    """Ends the server that STORAGE_URL names."""
    with stores.s3_server() as (endpoint, process):
        settings.STORAGE_URL = s3_address(endpoint)
        store.cache_clear()
        make_bucket()

        def end():
            process.kill()
            process.wait()

        yield end
    store.cache_clear()


@pytest.mark.django_db
def test_a_server_that_is_away_is_a_problem_that_keeps_nothing(client, line, bearer, server_that_goes_away, caplog):
    headers, call = bearer(), metadata()
    RecordingFactory(expired=True, line_of_business=line)
    assert health.storage().ok
    server_that_goes_away()
    answer = delivered(client, headers, call, clip(GOOD))
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert answer.json()["type"].endswith("store-unavailable")
    assert Recording.objects.count() == 1
    assert not health.storage().ok
    with pytest.raises(DispositionStopped, match="audio store"):
        purge_batch(at=timezone.now())
    told = answer.content.decode() + caplog.text + health.storage().detail
    assert not [secret for secret in (S3_ENVIRONMENT["AWS_SECRET_ACCESS_KEY"], "127.0.0.1") if secret in told]


@pytest.mark.django_db
def test_a_server_that_goes_away_during_an_upload_keeps_nothing(line, server_that_goes_away):
    incoming = store().incoming()
    incoming.write(b"x" * PART_BYTES)
    server_that_goes_away()
    with pytest.raises(StoreUnavailable, match="does not answer"):
        incoming.keep()
    incoming.discard()
    assert trust.mistrust()


# --- the address


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("s3://an-id:a-secret@bucket/audio", "no credentials"),
        ("s3://bucket?endpoint=https://an-id:a-secret@store", "no credentials"),
        ("s3:///audio", "Write STORAGE_URL as"),
        ("s3://bucket/audio?secret=a-secret", "Write STORAGE_URL as"),
        ("s3://bucket/audio?endpoint=a-secret", "https://host"),
        ("s3://bucket/audio?endpoint=https://", "https://host"),
        ("s3://bucket/audio?endpoint=https://store:a-secret", "https://host"),
        ("ftp://bucket", "begins with ftp:"),
    ],
)
def test_an_address_that_cannot_be_served_says_how_to_write_it(settings, address, said):
    settings.STORAGE_URL = address
    store.cache_clear()
    with pytest.raises(StoreUnavailable, match=said) as refused:
        store()
    assert "a-secret" not in str(refused.value)


def test_the_prefix_may_be_left_out(named):
    named(prefix="")
    there = make_bucket()
    key = _kept()
    assert there.client.head_object(Bucket=there.place.bucket, Key=key)["ContentLength"] == 6


def test_without_boto3_the_answer_says_how_to_install_it(client, settings, monkeypatch, db):
    for module in ("boto3", "boto3.session"):
        monkeypatch.setitem(sys.modules, module, None)
    for module in ("s3", "s3_client"):
        monkeypatch.delitem(sys.modules, f"recordings.store.{module}")
    settings.STORAGE_URL = "s3://bucket/audio"
    store.cache_clear()
    answer = client.get(reverse("readyz"))
    assert "make setup EXTRAS=s3" in answer.json()["parts"]["storage"]["detail"]


def test_credentials_that_are_missing_or_wrong_are_told_without_them(named, monkeypatch):
    there = named()
    for name in S3_ENVIRONMENT.keys() & {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}:
        monkeypatch.delenv(name)
    store.cache_clear()
    with pytest.raises(StoreUnavailable, match="NoCredentialsError"):
        store().head("0" * 32)
    with pytest.raises(StoreUnavailable) as refused:
        there.head("0" * 32)
    assert S3_ENVIRONMENT["AWS_SECRET_ACCESS_KEY"] not in "".join(traceback.format_exception(refused.value))
    assert not logging.getLogger("botocore").isEnabledFor(logging.INFO)


def test_a_client_gives_up_in_time(s3_store):
    config = s3_store.client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (3, 10)
    assert config.retries["total_max_attempts"] == 3
