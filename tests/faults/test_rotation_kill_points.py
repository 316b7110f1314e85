"""A rotation of keys killed at every seam: each recording opens all the time, and the next run ends it."""

import json

import pytest
from django.utils import timezone

from recordings import keys, keyset_file
from recordings.models import KeyRotation, Recording, RecordingKey
from recordings.services.storekeeping import rotation
from recordings.store import read_range
from tests.factories import AUDIO, RecordingFactory
from tests.faults.seams import crossings
from trail.domain.actors import CALLWARD
from trail.models import Event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture(autouse=True)
def _keyset_of_its_own(monkeypatch, tmp_path, file_store):
    file = tmp_path / "keyset.json"
    file.write_text(json.dumps(keyset_file.document()))
    monkeypatch.setattr(keyset_file, "path", lambda: file)
    keys.forget_keyset()
    yield
    monkeypatch.undo()
    keys.forget_keyset()


def _rotate(tell):
    if not KeyRotation.objects.running().exists():
        rotation.begin(actor=CALLWARD, at=timezone.now())
    while rotation.go_on(timezone.now(), seconds=60):
        pass
    tell("done")


def test_wherever_a_rotation_is_killed_each_recording_opens_and_the_next_run_ends_it(monkeypatch):
    monkeypatch.setattr(rotation, "AT_ONCE", 2)
    calls = [RecordingFactory() for _ in range(3)]
    points = 0
    for outcome in crossings(_rotate, lambda: None):
        points += 1
        keys.forget_keyset()
        for call in Recording.objects.select_related("key").filter(pk__in=[call.pk for call in calls]):
            assert b"".join(read_range(call)) == AUDIO
        if outcome.killed_before is not None:
            continue
        assert outcome.told == ["done"]
    last = KeyRotation.objects.order_by("-started_at")[0]
    assert {keys.wrapping_prefix(key.wrapped) for key in RecordingKey.objects.all()} == {bytes(last.prefix)}
    assert last.state == "wrapped"
    started = KeyRotation.objects.count()
    assert Event.objects.filter(verb="keys.rotated").count() == started
    assert Event.objects.filter(verb="keys.wrapped").count() == KeyRotation.objects.exclude(wrapped_at=None).count()
    print(f"rotation: {points - 1} kill points, {started} rotations, every recording opened after each")  # noqa: T201
