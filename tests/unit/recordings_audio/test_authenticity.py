"""Authentic, changed or unknown: told from seals, from the hash at arrival, from the trail."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recordings.domain.errors import AudioIntegrityLost
from recordings.models import IntegrityIncident, Recording
from recordings.services.authenticity import STILL_FRESH, check, standing
from recordings.services.playback import listen
from recordings.store import store
from tests.deliveries import taken, wav
from trail.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def recording(line):
    made = taken(audio=wav(seconds=20, left=900))
    return Recording.objects.select_related("key").get(pk=made.pk)


def change(recording, place=-1000):
    file = store().path(recording.object_key)
    sealed = bytearray(file.read_bytes())
    sealed[place] ^= 1
    file.write_bytes(sealed)


def test_what_was_never_compared_is_unknown_and_then_authentic(recording):
    assert standing(recording).verdict == "unknown"
    now = timezone.now()
    assert check(recording, at=now).verdict == "authentic"
    known = standing(recording)
    assert (known.verdict, known.checked_at, known.word) == ("authentic", now, "Authentic")


def test_one_flipped_bit_is_changed_with_an_incident_an_event_and_quarantine(recording):
    change(recording)
    found = check(recording, at=timezone.now())
    assert found.verdict == "changed"
    assert standing(recording).verdict == "changed"
    assert IntegrityIncident.objects.get().recording_id == recording.pk
    recording.refresh_from_db()
    assert recording.state == "quarantined"
    assert Event.objects.about(recording).filter(verb="recording.found_changed").count() == 1


@pytest.mark.parametrize("harm", ["swapped", "cut short", "gone"])
def test_other_harm_is_changed_too(recording, line, harm):
    file = store().path(recording.object_key)
    if harm == "swapped":
        other = taken(audio=wav(seconds=20, right=900))
        file.write_bytes(store().path(other.object_key).read_bytes())
    elif harm == "cut short":
        file.write_bytes(file.read_bytes()[:-500])
    else:
        file.unlink()
    assert check(recording, at=timezone.now()).verdict == "changed"


def test_a_hash_that_the_trail_does_not_know_is_changed(recording):
    recording.sha256 = bytes(32)
    found = check(recording, at=timezone.now())
    assert found.verdict == "changed"
    assert "trail" in found.said


def test_what_was_just_compared_is_not_read_again(recording):
    now = timezone.now()
    check(recording, at=now)
    change(recording)
    assert check(recording, at=now + STILL_FRESH / 2).checked_at == now
    assert check(recording, at=now + STILL_FRESH + timedelta(seconds=1)).verdict == "changed"


def test_what_came_back_from_a_backup_is_authentic_again(recording):
    change(recording)
    check(recording, at=timezone.now())
    change(recording)  # the bit flips back
    found = check(recording, at=timezone.now())
    assert found.verdict == "authentic"
    recording.refresh_from_db()
    assert recording.state == "stored"


def test_a_store_that_is_away_makes_it_unknown_and_nothing_else(recording, tmp_path):
    root = store().root
    root.rename(tmp_path / "away")
    try:
        assert check(recording, at=timezone.now()).verdict == "unknown"
    finally:
        (tmp_path / "away").rename(root)
    assert not IntegrityIncident.objects.exists()


def test_changed_bytes_are_never_played_and_the_first_attempt_is_written_down(recording, officer):
    change(recording, place=1000)
    with pytest.raises(AudioIntegrityLost):
        listen(recording=recording, purpose=recording.purposes[0], actor=officer)
    assert IntegrityIncident.objects.get().found_by == "playback"


def test_a_change_further_on_ends_the_answer_before_it(recording, officer):
    change(recording)
    pieces = listen(recording=recording, purpose=recording.purposes[0], actor=officer)
    assert len(next(pieces)) == 256 * 1024
    with pytest.raises(AudioIntegrityLost):
        list(pieces)
    assert IntegrityIncident.objects.count() == 1
