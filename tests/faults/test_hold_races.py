"""A hold against everything that may happen at the same moment, on connections of their own: no third outcome.

A recording is held and whole, or destroyed with its certificate and the hold that named it refused with the time. Every
race begins at a barrier; whoever won starts a little later in the next, so that both orders come about as often.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Role
from recordings import keys
from recordings.domain.errors import RecordingsUnavailable
from recordings.models import Certificate, HoldMember, LegalHold, Party, Recording, RecordingKey
from recordings.services.disposition import purge_batch
from recordings.services.holds import place_hold, release_hold, settle_holds
from recordings.store import store
from tests.factories import AUDIO, RecordingFactory, UserFactory
from trail.models import Event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(3600)]

HOLD, PURGE = "held and whole", "destroyed"


@pytest.fixture
def first(line):
    return UserFactory(role=Role.OFFICER, all_lines=True)


@pytest.fixture
def second(line):
    return UserFactory(role=Role.OFFICER, all_lines=True)


@pytest.fixture
def pool():
    """Threads that keep their connections from race to race, and close them at the end."""
    with ThreadPoolExecutor(2) as threads:
        yield threads
        start = threading.Barrier(2)
        closing = [threads.submit(lambda: (start.wait(), connection.close())) for _ in range(2)]
        for one in closing:
            one.result()


class Handicap:
    """How much later than the second the first starts, in seconds; it moves towards races that either may win."""

    def __init__(self) -> None:
        self.lead, self.step = 0.0, 0.008
        self.chance = random.Random(20)  # noqa: S311  a race, not a secret

    def delays(self) -> tuple[float, float]:
        lead = self.lead + self.chance.uniform(-0.004, 0.004)
        return max(lead, 0.0), max(-lead, 0.0)

    def note(self, *, first_won: bool) -> None:
        self.lead += self.step if first_won else -self.step
        self.step = max(self.step * 0.95, 0.002)


def _at_once(
    pool: ThreadPoolExecutor, *works: Callable[[], object], delays: tuple[float, ...] = (0.0, 0.0)
) -> list[object]:
    """What each answered, or raised RecordingsUnavailable with."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], object], delay: float) -> object:
        start.wait()
        time.sleep(delay)
        try:
            return work()
        except RecordingsUnavailable as unavailable:
            return unavailable

    return [one.result() for one in [pool.submit(run, *pair) for pair in zip(works, delays, strict=True)]]


def _is_whole(call: Recording) -> bool:
    there = Recording.objects.filter(pk=call.pk).first()
    return (
        there is not None
        and RecordingKey.objects.filter(recording_id=call.pk).exists()
        and Party.objects.filter(recording_id=call.pk).exists()
        and (store().head(there.object_key) or 0) >= len(AUDIO)
    )


@pytest.mark.parametrize("races", [25, pytest.param(2_000, marks=pytest.mark.long)])
def test_of_a_hold_and_a_purge_at_once_the_one_that_commits_first_wins(pool, line, first, races):
    """F20, F21. Either may win; how often each did is told."""
    outcomes: Counter[str] = Counter()
    handicap = Handicap()
    for _ in range(races):
        call = RecordingFactory(expired=True, line_of_business=line)

        def hold(call=call):
            return place_hold(matter="Race", reason="At once.", recording_ids=[call.pk], actor=first)

        purge = partial(purge_batch, at=timezone.now(), limit=5)
        placed, destroyed = _at_once(pool, hold, purge, delays=handicap.delays())
        handicap.note(first_won=not isinstance(placed, RecordingsUnavailable))
        gone = Certificate.objects.filter(recording_id=call.pk).first()
        if isinstance(placed, RecordingsUnavailable):
            assert gone is not None
            assert destroyed == 1
            assert not RecordingKey.objects.filter(recording_id=call.pk).exists()
            assert f"was destroyed on {gone.destroyed_at:%Y-%m-%d at %H:%M:%S} UTC" in placed.fields[0]["detail"]
            assert not HoldMember.objects.filter(recording_id=call.pk).exists()
            outcomes[PURGE] += 1
        else:
            assert gone is None
            assert _is_whole(call)
            assert Recording.objects.get(pk=call.pk).hold_count == 1
            outcomes[HOLD] += 1
    assert sum(outcomes.values()) == races
    print(f"hold against purge: {races} races, {dict(outcomes)}")  # noqa: T201


@pytest.mark.parametrize("races", [15, pytest.param(2_000, marks=pytest.mark.long)])
def test_of_a_hold_by_search_and_a_purge_at_once_nothing_is_both_held_and_gone(pool, line, first, races):
    """F20 by criteria: what the hold has not written as its member yet is protected or was destroyed before."""
    outcomes: Counter[str] = Counter()
    handicap = Handicap()
    for number in range(races):
        source = f"race-{number}"
        call = RecordingFactory(expired=True, line_of_business=line, source=source)

        def hold(source=source):
            return place_hold(matter="Race", reason="At once.", query={"source": source}, actor=first)

        purge = partial(purge_batch, at=timezone.now(), limit=5)
        placed, _ = _at_once(pool, hold, purge, delays=handicap.delays())
        settle_holds()
        purge_batch(at=timezone.now(), limit=5)
        gone = Certificate.objects.filter(recording_id=call.pk).exists()
        member = HoldMember.objects.filter(hold=placed, recording_id=call.pk).exists()
        handicap.note(first_won=member)
        assert gone is not member
        assert member is _is_whole(call)
        outcomes[PURGE if gone else HOLD] += 1
    print(f"hold by search against purge: {races} races, {dict(outcomes)}")  # noqa: T201


@pytest.mark.parametrize("races", [15, pytest.param(1_000, marks=pytest.mark.long)])
def test_a_call_that_is_taken_in_while_a_hold_is_placed_is_under_it(pool, line, first, races):
    """F22. It is created with its party in one transaction; the hold asks for the party's number."""
    for number in range(races):
        index, source = f"+1312{5550000 + number}", f"intake-{number}"
        made: list[Recording] = []

        def take_in(index=index, source=source, made=made):
            with transaction.atomic():
                made.append(RecordingFactory(line_of_business=line, expired=True, number=index, source=source))

        def hold(index=index):
            return place_hold(matter="Race", reason="At once.", query={"number": index}, actor=first)

        _, placed = _at_once(pool, take_in, hold)
        purge_batch(at=timezone.now(), limit=5)  # a purge comes before anything has been settled
        settle_holds()
        assert _is_whole(made[0])
        assert Recording.objects.get(pk=made[0].pk).hold_count == 1
        assert HoldMember.objects.filter(hold=placed).count() == 1
        assert Event.objects.about(made[0]).filter(verb="recording.held").count() == 1


@pytest.mark.parametrize("races", [10, pytest.param(500, marks=pytest.mark.long)])
def test_a_call_that_is_completed_while_a_hold_is_placed_is_under_it(pool, line, first, races):
    """F22 for late facts: the party's number becomes known at that moment."""
    for number in range(races):
        told = f"+1312{5560000 + number}"
        call = RecordingFactory(line_of_business=line, expired=True)

        def complete(call=call, told=told):
            with transaction.atomic():
                Recording.objects.select_for_update(no_key=True).get(pk=call.pk)
                Party.objects.filter(recording=call).update(number_index=keys.number_index(told))

        def hold(told=told):
            return place_hold(matter="Race", reason="At once.", query={"number": told}, actor=first)

        _at_once(pool, complete, hold)
        settle_holds()
        assert Recording.objects.get(pk=call.pk).hold_count == 1
        assert purge_batch(at=timezone.now(), limit=5) == 0


@pytest.mark.parametrize("races", [15, pytest.param(1_000, marks=pytest.mark.long)])
def test_a_call_that_comes_while_its_hold_is_released_is_held_or_free_and_never_left_between(
    pool, line, first, second, races
):
    for number in range(races):
        source = f"release-{number}"
        hold = place_hold(matter="Race", reason="At once.", query={"source": source}, actor=first)
        settle_holds()

        def take_in(source=source):
            with transaction.atomic():
                return RecordingFactory(line_of_business=line, source=source).pk

        def release(hold=hold):
            return release_hold(hold_id=hold.pk, reason="Settled.", actor=second)

        made, _ = _at_once(pool, take_in, release)
        settle_holds()
        assert Recording.objects.get(pk=made).hold_count == 0
        assert not HoldMember.objects.filter(released_at=None, hold__released_at__isnull=False).exists()
        assert LegalHold.objects.unsettled().count() == 0


@pytest.mark.parametrize("races", [15, pytest.param(1_000, marks=pytest.mark.long)])
def test_while_the_last_of_two_holds_is_released_and_the_first_is_placed_anew_nothing_goes(
    pool, line, first, second, races
):
    """F23. Its day is long past and it never cools, so that one moment without any hold would be its end."""
    outcomes: Counter[str] = Counter()
    for _ in range(races):
        call = RecordingFactory(expired=True, line_of_business=line, cooling_seconds=0)
        last = place_hold(matter="Last", reason="At once.", recording_ids=[call.pk], actor=first)

        def release(last=last):
            return release_hold(hold_id=last.pk, reason="Settled.", actor=second)

        def place_anew(call=call):
            return place_hold(matter="Anew", reason="At once.", recording_ids=[call.pk], actor=first)

        anew = _at_once(pool, release, place_anew)[1]
        assert not isinstance(anew, RecordingsUnavailable)
        assert purge_batch(at=timezone.now() + timedelta(days=1), limit=5) == 0
        assert _is_whole(call)
        assert Recording.objects.get(pk=call.pk).hold_count == 1
        verbs = list(Event.objects.about(call).order_by("pk").values_list("verb", flat=True))
        assert sorted(verbs) == ["recording.held", "recording.held", "recording.hold_released"]
        outcomes["placed anew first" if verbs[1] == "recording.held" else "released first"] += 1
    print(f"two holds: {races} races, {dict(outcomes)}")  # noqa: T201


@pytest.mark.parametrize("races", [5, pytest.param(200, marks=pytest.mark.long)])
def test_two_holds_over_the_same_calls_never_block_each_other(pool, line, first, second, races):
    calls = RecordingFactory.create_batch(6, line_of_business=line)
    ids = [call.pk for call in calls]
    for _ in range(races):

        def forth():
            return place_hold(matter="A", reason="At once.", recording_ids=ids, actor=first)

        def back():
            return place_hold(
                matter="B", reason="At once.", recording_ids=ids[::-1], query={"source": "austin"}, actor=second
            )

        assert all(isinstance(placed, LegalHold) for placed in _at_once(pool, forth, back))
    assert set(Recording.objects.values_list("hold_count", flat=True)) == {2 * races}


def test_a_hold_that_comes_after_destruction_began_is_told_the_time(line, first):
    """F21: the purge has committed, its bytes are not removed yet."""
    call = RecordingFactory(expired=True, line_of_business=line)
    assert purge_batch(at=timezone.now()) == 1
    with pytest.raises(RecordingsUnavailable) as refused:
        place_hold(matter="Late", reason="Asked.", recording_ids=[call.pk], actor=first)
    gone = Certificate.objects.get(recording_id=call.pk)
    assert f"destroyed on {gone.destroyed_at:%Y-%m-%d at %H:%M:%S} UTC" in refused.value.fields[0]["detail"]
    assert not LegalHold.objects.exists()
