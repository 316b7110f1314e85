"""The audio comes after its metadata, as the body of a PUT."""

import base64
import hashlib

import pytest
from django.test import Client

from accounts.models import Token
from accounts.services import revoke_tokens
from recordings.api import express, intake
from recordings.models import Recording
from recordings.services.audio import Arriving
from recordings.store import read_range
from tests.deliveries import NothingKept, clip, delivered, kept_files, metadata
from tests.served import ServedClient, headers_of
from trail.domain.actors import CALLWARD
from trail.models import Event

pytestmark = pytest.mark.django_db

GOOD = clip("full_inbound.opus")


@pytest.fixture(params=["the site", "as it is served"])
def client(request):
    """Both ways have to do the same: the view alone, and what stands before it."""
    return Client() if request.param == "the site" else ServedClient()


@pytest.fixture
def taken(monkeypatch):
    """What the short way made of each request: an answer, or None where it left the request to the view."""
    said, put_audio = [], express.put_audio
    monkeypatch.setattr(express, "put_audio", lambda *given: said.append(put_audio(*given)) or said[-1])
    return said


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


# --- the short way


def test_the_short_way_is_taken_and_answers_as_the_view_does(client, line, bearer, taken):
    headers, served = bearer(), isinstance(client, ServedClient)
    call = metadata()
    one, other = (delivered(client, headers, call | {"external_id": name}).json()["id"] for name in ("one", "other"))
    client.get("/api/v1/recordings/", headers=headers)  # its own answers have headers of their own
    first, second = put(client, headers, one, GOOD), put(Client(), headers, other, GOOD)
    assert len(taken) == served
    del first.headers["Content-Length"], second.headers["Content-Length"]  # an id of one may be shorter
    assert headers_of(first) == headers_of(second)
    short, long = first.json(), second.json()
    own = ("id", "external_id")
    assert {name: part for name, part in short.items() if name not in own} == {
        name: part for name, part in long.items() if name not in own
    }


def test_a_line_that_was_taken_from_the_token_meanwhile_takes_no_audio(line, other_line, bearer, monkeypatch):
    headers, client = bearer(lines=[line]), ServedClient()
    awaiting = delivered(client, headers, metadata()).json()["id"]
    container = Arriving.container

    def judged(audio):
        token = Token.objects.get()
        token.lines.set([other_line])
        return container(audio)

    monkeypatch.setattr(Arriving, "container", judged)
    with NothingKept():
        assert put(client, headers, awaiting, GOOD).status_code == 404
    assert Recording.objects.get(pk=awaiting).object_key is None


def test_who_was_faster_with_other_bytes_wins(line, bearer, monkeypatch):
    headers, client, container = bearer(), ServedClient(), Arriving.container
    awaiting = delivered(client, headers, metadata()).json()["id"]

    def overtaken(audio):
        monkeypatch.setattr(Arriving, "container", container)
        assert put(Client(), headers, awaiting, clip("full_outbound.opus")).status_code == 200
        return container(audio)

    monkeypatch.setattr(Arriving, "container", overtaken)
    answer = put(client, headers, awaiting, GOOD)
    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert b"".join(read_range(Recording.objects.get(pk=awaiting))) == clip("full_outbound.opus")
    assert Event.objects.filter(subject_id=awaiting, verb="recording.stored").count() == 1


def test_a_fault_while_the_audio_comes_is_told_and_leaves_nothing(line, bearer, monkeypatch):
    headers, client = bearer(), ServedClient()
    awaiting = delivered(client, headers, metadata()).json()["id"]

    def broken(*given):
        raise RuntimeError("planted")

    monkeypatch.setattr(express, "attach_awaited", broken)
    with NothingKept():
        answer = put(client, headers, awaiting, GOOD)
    assert (answer.status_code, answer.json()["status"]) == (500, 500)
