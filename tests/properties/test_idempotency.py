"""The same delivery, in whatever order and however often, has the effect of once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordings.domain.errors import DeliveryContradicts
from recordings.models import AudioProfile, Party, Recording, RecordingKey
from recordings.services.deliverers import find_deliverable
from recordings.services.intake import store_audio
from recordings.store import read_range
from tests.deliveries import kept_files, metadata, taken, wav
from tests.factories import LineFactory
from trail.domain.actors import CALLWARD
from trail.models import Event

AUDIO = [wav(seconds=0.05, left=level) for level in (500, 9000)]
ACTS = st.lists(st.tuples(st.sampled_from(["told", "told with audio", "audio"]), st.sampled_from([0, 1])), max_size=6)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_any_sequence_of_deliveries_leaves_one_recording_with_the_first_audio(line, acts):
    call, first, stored, files = metadata(), None, None, kept_files()
    for act, which in acts:
        try:
            made = _done(act, call, first, AUDIO[which])
        except DeliveryContradicts:
            continue
        if made is None:
            continue
        assert first in {None, made.pk}
        first = made.pk
        stored = which if stored is None and made.object_key else stored
    assert Recording.objects.filter(external_id=call["external_id"]).count() == (0 if first is None else 1)
    assert len(kept_files() - files) == (0 if stored is None else 1)
    if stored is not None:
        assert b"".join(read_range(Recording.objects.get(pk=first))) == AUDIO[stored]
        assert Event.objects.filter(subject_id=str(first), verb="recording.stored").count() == 1


def _done(act, call, first, audio):
    if act == "told":
        return taken(**call)
    if act == "told with audio":
        return taken(**call, audio=audio)
    if first is None:
        return None
    return store_audio(recording=find_deliverable(first, CALLWARD), chunks=[audio], actor=CALLWARD)


@pytest.mark.django_db(transaction=True)
def test_ten_sends_at_once_make_one_recording_and_one_object():
    LineFactory(code="home-cover")
    call, files, start = metadata(), kept_files(), Barrier(10)

    def send(_):
        start.wait()
        try:
            return taken(**call, audio=AUDIO[0]).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as senders:
        assert len(set(senders.map(send, range(10)))) == 1
    for model in (Recording, RecordingKey, AudioProfile):
        assert model.objects.count() == 1
    assert Party.objects.count() == len(call["parties"])
    assert len(kept_files() - files) == 1
    assert Event.objects.filter(verb__startswith="recording.").count() == 2


@pytest.mark.django_db(transaction=True)
def test_ten_puts_at_once_store_the_audio_once():
    LineFactory(code="home-cover")
    awaiting, files, start = taken(), kept_files(), Barrier(10)

    def send(_):
        start.wait()
        try:
            return store_audio(
                recording=find_deliverable(awaiting.pk, CALLWARD), chunks=[AUDIO[0]], actor=CALLWARD
            ).object_key
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as senders:
        assert len(set(senders.map(send, range(10)))) == 1
    assert len(kept_files() - files) == 1
    assert Event.objects.filter(verb="recording.stored").count() == 1
