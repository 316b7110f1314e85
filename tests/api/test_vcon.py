"""Recordings go out as vCons, which another system, such as this one, reads."""

import base64
import hashlib
import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.test import Client

from recordings.domain.signed_json import base64url, from_base64url, opened
from recordings.domain.vcons import vcon
from recordings.intake import vcon as adapter
from recordings.intake.port import Sent, Setup
from recordings.keys import verify
from recordings.services.vcon import call_out, signed_vcon
from tests.deliveries import clip, taken
from tests.factories import RecordingFactory
from trail.domain.actors import CALLWARD

pytestmark = pytest.mark.django_db

CALL = {
    "parties": [
        {"role": "customer", "number": "+15125550142", "name": "Ada Ekman", "jurisdiction": "US-TX"},
        {"role": "agent", "jurisdiction": "US-TX", "name": "Dana Whitfield"},
    ],
    "consent": [{"method": "spoken", "party": "customer", "offset_s": 3.0, "result": "given"}],
}


def asked(recording, headers):
    return Client().get(f"/api/v1/recordings/{recording.pk}/vcon", headers=headers)


def test_a_recording_goes_out_as_a_vcon_with_its_audio_by_reference(line, bearer, file_store):
    recording = taken(audio=clip("full_inbound.opus"), **CALL)
    answer = asked(recording, bearer("recordings:read"))
    assert answer.headers["Content-Type"] == "application/vcon"
    document = json.loads(answer.content)
    assert document["uuid"][14] == "8"
    (dialog,) = document["dialog"]
    wanted = base64.urlsafe_b64encode(hashlib.sha512(clip("full_inbound.opus")).digest()).decode().rstrip("=")
    assert dialog["content_hash"] == f"sha512-{wanted}"
    assert dialog["url"].endswith(f"/api/v1/recordings/{recording.pk}/audio")
    assert (dialog["originator"], dialog["parties"]) == (0, [0, 1])
    assert [one["purpose"] for one in document["attachments"]] == ["retention", "consent"]


def test_a_token_reads_no_name_and_no_number_in_it(line, bearer, file_store):
    text = asked(taken(audio=clip("full_inbound.opus"), **CALL), bearer("recordings:read")).content.decode()
    for word in ("Ada", "Dana", "5125550142"):
        assert word not in text


def test_what_goes_out_comes_in_again(line, file_store):
    recording = taken(audio=clip("full_inbound.opus"), **CALL)
    document = vcon(call_out(recording, CALLWARD, audio_url="https://callward.example.com/audio"))
    sent = Sent("https://other.example.com/", {}, json.dumps(document).encode(), datetime.now(UTC))
    (call,) = adapter.understand(sent, Setup()).calls
    assert call.started_at == recording.started_at
    assert (call.direction, call.audio.content_hash) == ("inbound", document["dialog"][0]["content_hash"])
    assert [(one.role, one.international, one.name) for one in call.parties] == [
        ("customer", "+15125550142", "Ada Ekman"),
        ("agent", "", "Dana Whitfield"),
    ]


@pytest.mark.parametrize("state", ["awaiting", "quarantined"])
def test_audio_that_nobody_may_hear_is_not_in_it(line, bearer, state):
    recording = RecordingFactory(line_of_business=line, **{state: True})
    document = json.loads(asked(recording, bearer("recordings:read")).content)
    assert document["dialog"] == []


def test_what_is_not_known_does_not_stand_in_it(line, bearer):
    recording = RecordingFactory(line_of_business=line, direction="", unknown=["direction", "ended_at", "started_at"])
    (dialog,) = json.loads(asked(recording, bearer("recordings:read")).content)["dialog"]
    assert {"originator", "start", "duration"} & dialog.keys() == set()


def test_signed_it_is_a_jws_that_the_published_key_verifies(line, bearer, file_store):
    recording = taken(audio=clip("full_inbound.opus"), **CALL)
    url = f"/api/v1/recordings/{recording.pk}/vcon?signed=true"
    message = json.loads(Client().get(url, headers=bearer("recordings:read")).content)
    published = Client().get("/api/v1/keys/").json()["keys"]
    (one,) = message["signatures"]
    head = json.loads(from_base64url(one["protected"]))
    (key,) = [each for each in published if each["kid"] == head["kid"]]
    public = Ed25519PublicKey.from_public_bytes(from_base64url(key["x"]))
    public.verify(from_base64url(one["signature"]), f"{one['protected']}.{message['payload']}".encode())
    document = json.loads(from_base64url(message["payload"]))
    assert (head["alg"], document["uuid"]) == ("EdDSA", one["header"]["uuid"])
    assert opened(message, verify) == document
    (kept,) = [each["body"] for each in document["attachments"] if each["purpose"] == "retention"]
    assert {"explanation", "keep_until", "policy_version"} <= kept.keys()


def test_a_changed_document_is_not_opened(line, file_store):
    recording = taken(audio=clip("full_inbound.opus"), **CALL)
    message = signed_vcon(call_out(recording, CALLWARD, audio_url="https://callward.example.com/audio"))
    document = json.loads(from_base64url(message["payload"])) | {"parties": []}
    with pytest.raises(ValueError, match="no signature"):
        opened(message | {"payload": base64url(json.dumps(document).encode())}, verify)


def test_signed_takes_true_or_false(line, bearer):
    url = f"/api/v1/recordings/{RecordingFactory(line_of_business=line).pk}/vcon?signed=maybe"
    assert Client().get(url, headers=bearer("recordings:read")).status_code == 422
