"""The audio comes after its metadata, as the body of a PUT."""

import base64
import hashlib

import pytest

from accounts.services import revoke_tokens
from recordings.api import intake
from recordings.models import Recording
from recordings.services.audio import Arriving
from recordings.store import read_range
from tests.deliveries import NothingKept, clip, delivered, kept_files, metadata
from trail.domain.actors import CALLWARD
from trail.models import Event

pytestmark = pytest.mark.django_db

GOOD = clip("full_inbound.opus")


def put(client, headers, recording_id, audio, **more):
    return client.put(
        f"/api/v1/recordings/{recording_id}/audio", audio, content_type="audio/ogg", headers={**headers, **more}
    )


def digest_of(audio):
    return f"sha-256=:{base64.b64encode(hashlib.sha256(audio).digest()).decode()}:"


@pytest.fixture
def awaiting(client, line, bearer):
    """The id of a call that awaits its audio."""
    return delivered(client, bearer(), metadata()).json()["id"]


def test_the_awaited_audio_is_stored(client, bearer, awaiting):
    answer = put(client, bearer(), awaiting, GOOD, **{"Content-Digest": digest_of(GOOD)})
    assert answer.status_code == 200, answer.content
    assert (answer.json()["state"], answer.json()["media_type"]) == ("stored", "audio/ogg")
    assert b"".join(read_range(Recording.objects.get(pk=awaiting))) == GOOD
    verbs = Event.objects.filter(subject_id=awaiting).values_list("verb", flat=True)
    assert list(verbs) == ["recording.received", "recording.stored"]


def test_the_same_bytes_again_change_nothing(client, bearer, awaiting):
    headers = bearer()
    put(client, headers, awaiting, GOOD)
    with NothingKept():
        assert put(client, headers, awaiting, GOOD).status_code == 200
    assert Event.objects.filter(subject_id=awaiting, verb="recording.stored").count() == 1


def test_other_bytes_are_refused(client, bearer, awaiting):
    headers = bearer()
    put(client, headers, awaiting, GOOD)
    with NothingKept():
        answer = put(client, headers, awaiting, clip("full_outbound.opus"))
    assert answer.status_code == 409
    assert b"".join(read_range(Recording.objects.get(pk=awaiting))) == GOOD


@pytest.mark.parametrize(
    ("digest", "status"),
    [
        (digest_of(b"other"), 422),
        ("sha-256=:AAAA:", 400),
        ("sha-256=abc", 400),
        (f"md5=:AAAA:, {digest_of(GOOD)}", 200),
        (f"{digest_of(GOOD)};q=1", 200),
    ],
)
def test_the_digest_in_the_header_is_checked(client, bearer, awaiting, digest, status):
    headers, before = bearer(), kept_files()
    assert put(client, headers, awaiting, GOOD, **{"Content-Digest": digest}).status_code == status
    if status != 200:
        assert kept_files() == before
        assert Recording.objects.get(pk=awaiting).state == "awaiting_audio"


def test_the_digest_in_the_metadata_is_checked(client, line, bearer):
    headers = bearer()
    awaiting = delivered(client, headers, metadata(sha256="0" * 64)).json()["id"]
    with NothingKept():
        answer = put(client, headers, awaiting, GOOD)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/sha256"


@pytest.mark.parametrize("file", ["truncated.wav", "zero_byte.wav", "text_named.wav", "zero_sample_rate.wav"])
def test_bad_audio_leaves_the_call_awaiting(client, bearer, awaiting, file):
    headers = bearer()
    with NothingKept():
        assert put(client, headers, awaiting, clip(file)).status_code == 422
    assert Recording.objects.get(pk=awaiting).state == "awaiting_audio"
    assert put(client, headers, awaiting, GOOD).status_code == 200


def test_damaged_audio_goes_to_quarantine(client, bearer, awaiting):
    answer = put(client, bearer(), awaiting, clip("garbage_in_middle.ogg"))
    assert (answer.json()["state"], answer.json()["quarantine_reasons"]) == ("quarantined", ["damaged_audio"])


def test_a_call_without_consent_waits_and_then_goes_to_quarantine(client, line, bearer):
    headers = bearer()
    parties = [{"role": "customer", "jurisdiction": "US-CA"}]
    first = delivered(client, headers, metadata(parties=parties, consent=None)).json()
    assert (first["state"], first["quarantine_reasons"]) == ("awaiting_audio", ["consent_missing"])
    assert put(client, headers, first["id"], GOOD).json()["state"] == "quarantined"


def test_audio_over_the_limit_is_refused(client, bearer, awaiting, settings):
    settings.AUDIO_MAX_BYTES = 10_000
    headers = bearer()
    with NothingKept():
        assert put(client, headers, awaiting, GOOD).status_code == 413


def test_wrong_and_foreign_ids_look_alike(client, awaiting, other_line, bearer):
    foreign = bearer(lines=[other_line], name="Other exchange")
    theirs, nobodys = (put(client, foreign, recording_id, GOOD) for recording_id in (awaiting, Recording().pk))
    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert theirs.json() == nobodys.json()


def test_who_delivered_without_a_line_may_send_the_audio_too(client, line, bearer):
    headers = bearer(lines=[line])
    awaiting = delivered(client, headers, metadata(line_of_business=None)).json()["id"]
    assert put(client, headers, awaiting, GOOD).status_code == 200


def test_a_token_that_is_revoked_during_the_upload_stores_nothing(client, bearer, awaiting, monkeypatch):
    headers, write = bearer(), Arriving.write

    def revoked_meanwhile(self, chunk):
        revoke_tokens(name="Austin exchange", actor=CALLWARD)
        write(self, chunk)

    monkeypatch.setattr(Arriving, "write", revoked_meanwhile)
    monkeypatch.setattr(intake, "LONG_UPLOAD_SECONDS", 0)
    with NothingKept():
        assert put(client, headers, awaiting, GOOD).status_code == 401
    assert Recording.objects.get(pk=awaiting).object_key is None
