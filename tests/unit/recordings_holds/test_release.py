"""What a release lets go is seen before: figures by day, what stays, what waits; and kept with the release."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.domain.errors import NotAllowed
from accounts.models import Role
from recordings.domain.errors import HoldNotFound, HoldReleased, ReleaseChanged, SecondPersonNeeded
from recordings.models import LegalHold, Recording
from recordings.services.disposition import list_due, purge_batch
from recordings.services.holds import place_hold, preview_release, release_hold
from recordings.services.holds.preview import members_of
from tests.factories import RecordingFactory, UserFactory
from trail.models import Event

pytestmark = pytest.mark.django_db


def _hold(actor, *calls, matter="Ortega"):
    return place_hold(matter=matter, reason="Asked.", recording_ids=[call.pk for call in calls], actor=actor)


def test_the_preview_counts_by_day_what_this_hold_alone_keeps(officer, second_officer, line):
    at = timezone.now()
    due = RecordingFactory(expired=True, line_of_business=line, cooling_seconds=7 * 86400)
    later = RecordingFactory(line_of_business=line, needs_approval=True)
    shared = RecordingFactory(line_of_business=line)
    hold = _hold(officer, due, later, shared)
    _hold(officer, shared, matter="Another")
    _, shown = preview_release(hold.pk, actor=second_officer, at=at)
    assert (shown.alone, shown.elsewhere, shown.due_already, shown.needs_approval) == (2, 1, 1, 1)
    assert shown.size_bytes == due.size_bytes + later.size_bytes
    assert (shown.first, shown.last) == (at + timedelta(days=7), later.delete_by)
    assert shown.by_day == {shown.first.date(): 1, shown.last.date(): 1}


def test_what_the_preview_calls_the_earliest_moment_is_when_it_goes_and_not_a_second_before(
    officer, second_officer, line
):
    call = RecordingFactory(expired=True, line_of_business=line, cooling_seconds=3600)
    hold = _hold(officer, call)
    at = timezone.now()
    leaves_at = members_of(hold, at).get().leaves_at
    release_hold(hold_id=hold.pk, reason="Settled.", actor=second_officer)
    assert list_due(at=at) == 1
    assert purge_batch(at=leaves_at - timedelta(seconds=1)) == 0
    assert purge_batch(at=leaves_at) == 1


def test_what_was_seen_is_kept_with_the_release_and_named_in_its_event(officer, second_officer, line):
    hold = _hold(officer, RecordingFactory(line_of_business=line))
    _, shown = preview_release(hold.pk, actor=second_officer, at=timezone.now())
    release_hold(hold_id=hold.pk, reason="Settled.", actor=second_officer, seen=shown.digest)
    kept = LegalHold.objects.get().let_go
    assert (kept["digest"], kept["alone"], kept["by_day"]) == (shown.digest, 1, shown.as_json()["by_day"])
    assert Event.objects.get(verb="hold.released").facts == {"recordings": 1, "shown": shown.digest}


@pytest.mark.parametrize("change", ["another hold", "another date"])
def test_a_release_of_something_else_than_was_seen_is_refused(officer, second_officer, line, change):
    call = RecordingFactory(line_of_business=line)
    hold = _hold(officer, call)
    _, shown = preview_release(hold.pk, actor=second_officer, at=timezone.now())
    if change == "another hold":
        _hold(officer, call, matter="Another")
    else:
        Recording.objects.filter(pk=call.pk).update(delete_by=call.delete_by + timedelta(days=1))
    with pytest.raises(ReleaseChanged):
        release_hold(hold_id=hold.pk, reason="Settled.", actor=second_officer, seen=shown.digest)
    assert Recording.objects.get(pk=call.pk).hold_count >= 1


def test_the_same_set_has_the_same_digest_at_another_time(officer, second_officer, line):
    hold = _hold(officer, *RecordingFactory.create_batch(3, line_of_business=line))
    at = timezone.now()
    seen = {preview_release(hold.pk, actor=second_officer, at=at + timedelta(hours=n))[1].digest for n in range(3)}
    assert len(seen) == 1


def test_the_preview_is_for_a_second_person_who_sees_all_that_it_keeps(officer, second_officer, line, other_line):
    everywhere = UserFactory(role=Role.OFFICER, all_lines=True)
    hold = _hold(everywhere, RecordingFactory(line_of_business=line), RecordingFactory(line_of_business=other_line))
    for actor, refused in ((everywhere, SecondPersonNeeded), (officer, NotAllowed), (second_officer, NotAllowed)):
        with pytest.raises(refused):
            preview_release(hold.pk, actor=actor, at=timezone.now())
        with pytest.raises(refused):
            release_hold(hold_id=hold.pk, reason="Settled.", actor=actor)


def test_a_foreign_hold_has_no_preview_and_a_released_one_neither(officer, second_officer, stranger, line):
    hold = _hold(officer, RecordingFactory(line_of_business=line))
    with pytest.raises(HoldNotFound):
        preview_release(hold.pk, actor=stranger, at=timezone.now())
    release_hold(hold_id=hold.pk, reason="Settled.", actor=second_officer)
    with pytest.raises(HoldReleased):
        preview_release(hold.pk, actor=second_officer, at=timezone.now())
