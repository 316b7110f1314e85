"""What the probe reads from audio, in a child of its own."""

import errno
import os
from datetime import timedelta

import pytest
from django.utils import timezone

from recordings.models import AudioProfile, IntegrityIncident, Recording
from recordings.services import probe, readers
from recordings.services.audio import peaks
from recordings.services.calls import record_event
from recordings.services.probe import probe_due
from recordings.store import store
from tests.deliveries import clip, taken, wav
from trail.domain.actors import CALLWARD
from trail.models import Event

pytestmark = pytest.mark.django_db


def test_good_audio_gets_its_length_channels_and_peaks(line):
    recording = taken(audio=clip("full_inbound.opus"))
    assert probe_due(timezone.now()) == 1
    profile = AudioProfile.objects.get(recording=recording)
    assert profile.outcome == AudioProfile.Outcome.GOOD
    assert (profile.codec, profile.channels) == ("opus", 2)
    assert profile.duration_seconds == pytest.approx(27.41, abs=0.05)
    lanes = peaks(Recording.objects.get(pk=recording.pk))
    assert [len(lane) for lane in lanes] == [500, 500]
    assert all(0 <= peak <= 255 for lane in lanes for peak in lane)
    assert [event.verb for event in Event.objects.about(recording)][-1] == "recording.probed"


def test_what_was_read_is_not_read_again(line):
    taken(audio=clip("full_inbound.opus"))
    now = timezone.now()
    assert [probe_due(now), probe_due(now + timedelta(days=1))] == [1, 0]


def test_a_length_that_the_header_does_not_know_is_counted(line):
    recording = taken(audio=clip("streamed_unknown_length.wav"))
    probe_due(timezone.now())
    assert AudioProfile.objects.get(recording=recording).duration_seconds == pytest.approx(6.0)


def test_audio_with_a_hole_is_marked_with_what_it_announces(line):
    recording = taken(audio=clip("garbage_in_middle.ogg"))
    probe_due(timezone.now())
    profile = AudioProfile.objects.get(recording=recording)
    assert "truncated" in profile.marks
    assert profile.announced_seconds > profile.duration_seconds + 1


def test_a_length_other_than_the_phone_system_told_is_marked_unless_it_was_paused(line):
    short, paused = taken(audio=wav(seconds=22, right=900)), taken(audio=wav(seconds=22, left=900, right=900))
    for kind, second in (("paused", 5), ("resumed", 10)):  # 27 s are told
        record_event(recording=paused, kind=kind, offset_seconds=second, detail="card_number", actor=CALLWARD)
    probe_due(timezone.now())
    marks = dict(AudioProfile.objects.values_list("recording_id", "marks"))
    assert marks == {short.pk: ["one_sided", "length_differs"], paused.pk: []}


def test_silence_and_a_silent_side_are_marked(line):
    silent, one_sided = taken(audio=wav(seconds=27)), taken(audio=wav(seconds=27, right=9000))
    probe_due(timezone.now())
    marks = dict(AudioProfile.objects.values_list("recording_id", "marks"))
    assert marks == {silent.pk: ["silent"], one_sided.pk: ["one_sided"]}


def test_audio_that_cannot_be_decoded_goes_to_quarantine(line):
    head = clip("full_inbound.opus")[:4]
    recording = taken(audio=b"#!AMR\n" + bytes(range(256)) * 4 + head)
    probe_due(timezone.now())
    recording.refresh_from_db()
    profile = AudioProfile.objects.get(recording=recording)
    assert profile.outcome in {"unreadable", "damaged"}
    assert recording.state == "quarantined"
    assert Event.objects.about(recording).filter(verb="recording.quarantined").count() == 1


def test_audio_that_was_changed_in_the_store_is_an_incident_and_is_read_when_it_is_whole_again(line):
    recording = taken(audio=clip("full_inbound.opus"))
    file = store().path(recording.object_key)
    sealed = bytearray(file.read_bytes())
    sealed[1000] ^= 1
    file.write_bytes(sealed)
    assert probe_due(timezone.now()) == 0
    recording.refresh_from_db()
    assert recording.quarantine_reasons == ["changed_audio"]
    assert IntegrityIncident.objects.get().found_by == "probe"
    sealed[1000] ^= 1
    file.write_bytes(sealed)
    assert probe_due(timezone.now() + probe.CHANGED_FOR) == 1


def test_a_file_that_kills_its_reader_is_parked_after_three_attempts(line, monkeypatch):
    monkeypatch.setattr(readers, "DECODER", "tests.unit.recordings.dying_decoder")
    monkeypatch.setattr(readers, "_server", readers.Server())
    killer, now = taken(audio=wav(seconds=1)), timezone.now()
    for attempt in range(3):
        probe_due(now + attempt * probe.AGAIN_AFTER)
    killer.refresh_from_db()
    profile = AudioProfile.objects.get(recording=killer)
    assert (profile.attempts, profile.outcome) == (3, AudioProfile.Outcome.UNREADABLE)
    assert killer.quarantine_reasons == ["unreadable_audio"]
    assert probe_due(now + timedelta(days=1)) == 0


def test_a_worker_that_died_at_it_three_times_parks_it_too(line):
    recording = taken(audio=wav(seconds=1))
    AudioProfile.objects.filter(recording=recording).update(attempts=3)
    probe_due(timezone.now())
    assert AudioProfile.objects.get(recording=recording).outcome == AudioProfile.Outcome.UNREADABLE


def test_a_store_that_is_away_costs_no_attempt(line, monkeypatch):
    recording = taken(audio=wav(seconds=1))
    with monkeypatch.context() as patched:
        patched.setattr(os, "pread", _away)
        assert probe_due(timezone.now()) == 0
    assert AudioProfile.objects.get(recording=recording).attempts == 0
    assert probe_due(timezone.now() + probe.AWAY_FOR) == 1


def _away(*_):
    raise OSError(errno.EIO, "Input/output error")
