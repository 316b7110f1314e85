"""A phone system delivers a call: metadata and audio in one request."""

import hashlib
import json

import pytest

from recordings.models import Recording
from recordings.store import read_range
from tests.deliveries import clip, delivered, metadata

pytestmark = pytest.mark.django_db


def test_a_call_with_its_audio_is_stored_and_read_back_whole(client, line, bearer):
    audio = clip("full_inbound.opus")
    answer = delivered(client, bearer(), metadata(), audio)
    assert answer.status_code == 201, answer.content
    body = answer.json()
    recording = Recording.objects.get(pk=body["id"])
    assert body["state"] == "stored"
    assert answer["Location"].endswith(f"/api/v1/recordings/{recording.pk}/")
    assert b"".join(read_range(recording)) == audio
    assert bytes(recording.sha256) == hashlib.sha256(audio).digest()
    assert body["retention"]["explanation"]
