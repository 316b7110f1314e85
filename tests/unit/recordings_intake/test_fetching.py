"""Audio that lies elsewhere comes in: by address, from a customer's S3, from a mounted folder; or says why not."""

import base64
import hashlib
from datetime import timedelta

import boto3
import pytest
from django.utils import timezone

from recordings.domain.errors import NotRunnable
from recordings.domain.told import AudioTold
from recordings.intake.port import Setup
from recordings.models import AudioFetch, IntakeDelivery, Recording
from recordings.services import fetching
from recordings.services.disposition import purge_batch
from recordings.services.fetching import ask_for_audio, fetch_again, fetch_due
from recordings.services.intake import store_audio
from recordings.services.sources import configure_source
from recordings.store import read_range
from tests.deliveries import clip, kept_files, taken
from tests.stores import S3_ENVIRONMENT
from tests.web_server import web_server
from trail.domain.actors import CALLWARD

pytestmark = pytest.mark.django_db

CLIP = clip("full_inbound.opus")
TOKEN = {"bearer_token": "only-for-tests"}


@pytest.fixture
def web(settings):
    settings.EGRESS_NETWORKS = ["127.0.0.0/8"]
    with web_server() as server:
        yield server


@pytest.fixture
def awaited(line, file_store):
    """A call that awaits its audio; `ask(audio, **settings)` notes where that is."""
    recording = taken()

    def ask(audio: AudioTold, **settings) -> AudioFetch:
        source = configure_source(name="asterisk", values=TOKEN | settings, actor=CALLWARD)
        delivery = IntakeDelivery.objects.create(
            source=source, received_at=timezone.now(), size_bytes=1, replay_digest=b"x"
        )
        ask_for_audio(recording=recording, audio=audio, setup=Setup(TOKEN | settings), delivery=delivery)
        return AudioFetch.objects.filter(recording=recording).first()

    return ask


def due(**later) -> AudioFetch:
    fetch_due(timezone.now() + timedelta(**later))
    return AudioFetch.objects.get()


def heard() -> bytes:
    return b"".join(read_range(Recording.objects.get()))


def content_hash(content: bytes) -> str:
    return "sha512-" + base64.urlsafe_b64encode(hashlib.sha512(content).digest()).decode().rstrip("=")


def test_audio_by_its_address_comes_in_and_is_stored_like_any_other(web, awaited):
    web.answers["/a.opus"] = lambda to: to.answer(200, CLIP, Content_Type="audio/ogg")
    awaited(AudioTold("url", web.url("/a.opus"), content_hash=content_hash(CLIP)))
    assert due().state == "done"
    assert heard() == CLIP
    assert Recording.objects.get().state == "stored"
    assert due().state == "done"
    assert len(web.asked) == 1


def test_the_address_stands_nowhere_readable(web, awaited):
    fetch = awaited(AudioTold("url", web.url("/secret-token-in-the-link")))
    assert b"secret" not in bytes(fetch.sealed)


def test_audio_that_is_not_ready_is_asked_for_again_later_and_later(web, awaited):
    ready = []
    web.answers["/a"] = lambda to: to.answer(200, CLIP) if ready else to.answer(404)
    awaited(AudioTold("url", web.url("/a")))
    first = due()
    assert (first.state, first.attempts, first.reason) == ("waiting", 1, "The audio is not there yet (404).")
    assert due().attempts == 1  # it is not due again yet
    second = due(seconds=6)
    assert second.attempts == 2
    assert second.next_attempt_at > first.next_attempt_at
    ready.append(True)
    assert due(minutes=1).state == "done"


def test_what_never_gets_ready_is_given_up_and_can_be_fetched_again(web, awaited, supervisor, officer):
    web.answers["/a"] = lambda to: to.answer(404)
    awaited(AudioTold("url", web.url("/a")))
    for hours in range(fetching.ATTEMPTS + 2):
        due(hours=2 * hours)
    fetch = AudioFetch.objects.get()
    assert (fetch.state, fetch.attempts) == ("dead", fetching.ATTEMPTS)
    web.answers["/a"] = lambda to: to.answer(200, CLIP)
    fetch_again(fetch=fetch, actor=supervisor)
    assert due().state == "done"
    with pytest.raises(NotRunnable):
        fetch_again(fetch=fetch, actor=supervisor)


def test_a_newer_address_takes_the_place_of_one_that_expired(web, awaited):
    web.answers["/old"] = lambda to: to.answer(403)
    web.answers["/new"] = lambda to: to.answer(200, CLIP)
    awaited(AudioTold("url", web.url("/old")))
    assert due().state == "dead"
    awaited(AudioTold("url", web.url("/new")))
    assert due().state == "done"


@pytest.mark.parametrize("body", [b"", b"<html>no</html>", CLIP[:40]], ids=["empty", "page", "torn"])
def test_what_is_no_whole_audio_is_given_up_with_its_reason_and_leaves_nothing(web, awaited, body):
    web.answers["/a"] = lambda to: to.answer(200, body)
    awaited(AudioTold("url", web.url("/a")))
    before = kept_files()
    fetch = due()
    assert fetch.state == "dead"
    assert fetch.reason
    assert kept_files() == before


def test_other_bytes_than_the_vcon_names_are_not_kept(web, awaited):
    web.answers["/a"] = lambda to: to.answer(200, CLIP)
    awaited(AudioTold("url", web.url("/a"), content_hash=content_hash(b"others")))
    before = kept_files()
    assert due().state == "waiting"
    assert kept_files() == before
    assert Recording.objects.get().object_key is None


def test_an_address_inside_is_given_up_at_once(awaited):
    awaited(AudioTold("url", "https://169.254.169.254/latest/meta-data/"))
    fetch = due()
    assert fetch.state == "dead"
    assert "EGRESS_NETWORKS" in fetch.reason


def test_audio_that_came_another_way_is_not_fetched(web, awaited):
    awaited(AudioTold("url", web.url("/a")))
    recording = Recording.objects.select_related("key").get()
    store_audio(recording=recording, chunks=[CLIP], actor=CALLWARD)
    assert due().state == "done"
    assert web.asked == []


def test_what_is_to_be_fetched_goes_with_its_recording(web, awaited):
    awaited(AudioTold("url", web.url("/a")))
    Recording.objects.update(
        is_provisional=False, listed_at=timezone.now() - timedelta(days=30), cooling_seconds=0, needs_approval=False
    )
    at = Recording.objects.get().delete_by + timedelta(days=1)
    assert purge_batch(at=at, limit=10) == 1
    assert not AudioFetch.objects.exists()
    assert fetch_due(timezone.now()) == 0


# --- a mounted folder


def test_a_file_of_the_exchange_is_read_from_the_folder_that_is_mounted(awaited, tmp_path):
    (tmp_path / "2026").mkdir()
    (tmp_path / "2026" / "call.opus").write_bytes(CLIP)
    awaited(AudioTold("file", "/2026/call.opus"), audio_folder=str(tmp_path))
    assert due().state == "done"
    assert heard() == CLIP


@pytest.mark.parametrize("name", ["../secret.opus", "/../secret.opus", "link.opus", "missing.opus"])
def test_nothing_outside_of_the_folder_is_read(awaited, tmp_path, name):
    inside = tmp_path / "monitor"
    inside.mkdir()
    (tmp_path / "secret.opus").write_bytes(CLIP)
    (inside / "link.opus").symlink_to(tmp_path / "secret.opus")
    awaited(AudioTold("file", name), audio_folder=str(inside))
    assert due().state == "waiting"
    assert Recording.objects.get().object_key is None


def test_without_a_folder_the_file_is_awaited(awaited):
    assert awaited(AudioTold("file", "call.opus")) is None


# --- a customer's S3


@pytest.fixture
def bucket(s3_endpoint, s3_credentials):
    client = boto3.session.Session().client("s3", region_name="us-east-1", endpoint_url=s3_endpoint)
    client.create_bucket(Bucket="northwind-recordings")
    return client


def test_audio_in_a_customer_s_bucket_comes_in(awaited, bucket, s3_endpoint, settings):
    settings.EGRESS_NETWORKS = ["127.0.0.0/8"]
    key = "CallRecordings/2026/11/17/a b+c?_20261117T14:03_UTC.opus"
    bucket.put_object(Bucket="northwind-recordings", Key=key, Body=CLIP, ContentType="audio/ogg")
    awaited(
        AudioTold("s3", f"s3://northwind-recordings/{key}"),
        buckets=["northwind-recordings"],
        s3_endpoint=s3_endpoint,
        aws_access_key_id=S3_ENVIRONMENT["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=S3_ENVIRONMENT["AWS_SECRET_ACCESS_KEY"],
    )
    found = due()
    assert found.state == "done", found.reason
    assert heard() == CLIP


def test_a_bucket_that_nobody_named_is_never_read(awaited):
    awaited(AudioTold("s3", "s3://somebody-elses/key.wav"))
    fetch = due()
    assert fetch.state == "dead"
    assert "buckets" in fetch.reason


def test_an_object_that_is_not_there_yet_is_asked_for_again(awaited, bucket, s3_endpoint, settings):
    settings.EGRESS_NETWORKS = ["127.0.0.0/8"]
    place = {"buckets": ["northwind-recordings"], "s3_endpoint": s3_endpoint}
    awaited(AudioTold("s3", "s3://northwind-recordings/later.wav"), **place)
    assert due().state == "waiting"
