"""Large holds: protected at once, members written and let go in chunks."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from recordings.domain.errors import HoldStillFills
from recordings.models import Certificate, HoldMember, LegalHold, Recording
from recordings.services.disposition import purge_batch
from recordings.services.holds import place_hold, placing, preview_release, release_hold, releasing, settle_holds
from tests.factories import RecordingFactory
from trail.domain.actors import CALLWARD
from trail.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def small_chunks(monkeypatch):
    """The placing and the releasing transaction move two members; the rest is left to be settled."""
    monkeypatch.setattr(placing, "FOUND_AT_ONCE", 2)
    monkeypatch.setattr(releasing, "AT_ONCE", 2)


def _hold(**given):
    return place_hold(matter="Large", reason="Counsel asked.", query={"source": "austin"}, actor=CALLWARD, **given)


def _counts() -> list[int]:
    return sorted(Recording.objects.values_list("hold_count", flat=True))


def test_what_a_large_hold_has_not_taken_yet_is_not_destroyed_either(small_chunks):
    RecordingFactory.create_batch(5, expired=True)
    hold = _hold()
    assert (_counts(), hold.is_settled) == ([0, 0, 0, 1, 1], False)
    for _ in range(3):
        assert purge_batch(at=timezone.now(), limit=2) == 0
    assert not Certificate.objects.exists()
    settle_holds(at_once=2)
    assert (_counts(), LegalHold.objects.get().is_settled) == ([1] * 5, True)
    assert Event.objects.filter(verb="recording.held").count() == 5
    assert Event.objects.filter(verb="hold.filled").count() == 1


def test_settling_takes_all_in_chunks_and_is_done_once(small_chunks):
    RecordingFactory.create_batch(7)
    _hold()
    assert (settle_holds(at_once=2), settle_holds(at_once=2)) == (5, 0)
    assert _counts() == [1] * 7
    assert set(HoldMember.objects.values_list("how", flat=True)) == {"found"}


def test_a_large_release_lets_go_in_chunks_and_keeps_what_it_has_not_let_go(small_chunks, second_officer):
    second_officer.all_lines = True
    second_officer.save()
    RecordingFactory.create_batch(5, expired=True)
    hold = _hold()
    with pytest.raises(HoldStillFills):
        preview_release(hold.pk, actor=second_officer, at=timezone.now())
    settle_holds()
    _, shown = preview_release(hold.pk, actor=second_officer, at=timezone.now())
    released = release_hold(hold_id=hold.pk, reason="Settled.", actor=second_officer, seen=shown.digest)
    assert (_counts(), released.is_settled) == ([0, 0, 1, 1, 1], False)
    assert (released.let_go["alone"], released.let_go["digest"]) == (5, shown.digest)
    assert settle_holds(at_once=2) == 3
    assert (_counts(), LegalHold.objects.get().is_settled) == ([0] * 5, True)
    assert Event.objects.filter(verb="recording.hold_released").count() == 5
    assert purge_batch(at=timezone.now() + timedelta(days=1)) == 0, "each is listed anew first"


def test_a_call_that_was_being_taken_in_while_the_hold_was_placed_is_found_by_settling():
    """Neither transaction sees the other: the call is committed last, and settling waits for it."""
    made, go_on = threading.Event(), threading.Event()

    def take_in():
        with transaction.atomic():
            RecordingFactory(expired=True)
            made.set()
            assert go_on.wait(30)
        connection.close()

    intake = threading.Thread(target=take_in)
    intake.start()
    assert made.wait(30)
    hold = _hold()
    assert settle_holds(seconds=1) == 0
    assert not LegalHold.objects.get().is_settled, "somebody still writes who did not see the hold"
    go_on.set()
    intake.join()
    assert purge_batch(at=timezone.now()) == 0
    settle_holds()
    assert (_counts(), LegalHold.objects.get().is_settled) == ([1], True)
    assert hold.members.count() == 1


def test_a_hold_that_is_released_while_it_is_filled_keeps_nothing_afterwards(small_chunks, second_officer):
    second_officer.all_lines = True
    second_officer.save()
    RecordingFactory.create_batch(5)
    hold = _hold()
    release_hold(hold_id=hold.pk, reason="A mistake.", actor=second_officer)
    settle_holds(at_once=2)
    RecordingFactory()
    assert _counts() == [0] * 6
    assert LegalHold.objects.get().is_settled
