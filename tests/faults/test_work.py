"""Work that is rung for twice, by several at once, for days by nobody, or under names nobody knows."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

import recordings.tasks  # noqa: F401  that the schedule names
from audits.models import Assignment, AuditPlan, EvaluationForm, Sample
from compliance_site.celery import app
from recordings.models import Certificate, ObjectRemoval, Recording, RetentionChange
from recordings.services.dates import NewDates, change_dates
from recordings.services.disposition import destroy, purge_batch
from recordings.services.removals import object_removals
from recordings.store import store
from recordings.tasks import dispose_due
from tests.factories import AUDIO, RecordingFactory
from tests.faults.crowd import at_once, in_processes
from trail.domain.actors import CALLWARD
from trail.invariants import reconcile
from trail.models import Event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("file_store")]

ALL_OF_THE_BEAT = sorted({entry["task"] for entry in app.conf.beat_schedule.values()})


def _ring(name: str) -> None:
    app.loader.import_default_modules()
    app.tasks[name].apply(throw=True)


@pytest.fixture
def plan(line, reviewer):
    made = AuditPlan.objects.create(
        name="Home cover", form=EvaluationForm.objects.get(code="standard"), size=3, period_days=7
    )
    made.lines.set([line])
    made.reviewers.set([reviewer])
    return made


def test_a_task_that_is_delivered_again_while_it_runs_does_its_work_once(line):
    doomed = RecordingFactory.create_batch(6, expired=True, line_of_business=line)
    at_once(3, lambda _: dispose_due(batch_size=2))
    dispose_due()
    assert Certificate.objects.count() == len(doomed)
    told = Counter(Event.objects.values_list("verb", "subject_id"))
    assert {count for (verb, _), count in told.items() if verb in {"recording.disposed", "recording.read_back"}} == {1}
    assert reconcile(at=timezone.now()) == []


@pytest.mark.parametrize(("workers", "due"), [(4, 120), pytest.param(8, 10_000, marks=pytest.mark.long)])
def test_several_workers_destroy_disjoint_parts_that_add_up(line, workers, due):
    first = RecordingFactory(expired=True, line_of_business=line)
    _copies_of(first, due - 1)

    def work(_):
        at, mine = timezone.now(), 0
        while done := purge_batch(at=at, limit=10 if due < 1_000 else 200):
            mine += done
        return mine

    shares = in_processes(workers, work)
    assert sum(shares) == due == Certificate.objects.count()
    assert Event.objects.filter(verb="recording.disposed").count() == due
    assert not Recording.objects.exists()


def _copies_of(first, number):
    """Rows like this one, without audio, with keys of their own."""
    from recordings import keys
    from recordings.models import RecordingKey
    from trail.domain.ids import uuid7

    rows = []
    for each in range(number):
        row = Recording.objects.get(pk=first.pk)
        row.pk, row.external_id, row.object_key = uuid7(), f"copy-{each}", None
        row.sha256 = row.size_bytes = row.stored_at = None
        row.state = Recording.State.AWAITING_AUDIO
        rows.append(row)
    Recording.objects.bulk_create(rows, batch_size=2_000)
    wrapped, _ = keys.new_key(first.pk)
    RecordingKey.objects.bulk_create(
        (RecordingKey(recording_id=row.pk, wrapped=wrapped) for row in rows), batch_size=5_000
    )


def test_two_beats_that_ring_for_everything_do_nothing_twice(line, plan):
    """Every entry of the schedule, by two workers at once, twice over."""
    calls = RecordingFactory.create_batch(5, line_of_business=line)
    doomed = RecordingFactory.create_batch(3, expired=True, line_of_business=line)
    AuditPlan.objects.update(next_draw_at=timezone.now())
    for name in ALL_OF_THE_BEAT:
        _ring(name)  # whatever is loaded once
    for _ in range(2):
        at_once(2, lambda _: [_ring(name) for name in ALL_OF_THE_BEAT])
    assert Sample.objects.count() == 1
    assert Assignment.objects.count() == 3
    assert Certificate.objects.count() == ObjectRemoval.objects.exclude(absent_at=None).count() == len(doomed)
    told = Counter(Event.objects.exclude(verb="recording.quarantined").values_list("verb", "subject_id"))
    assert {what: count for what, count in told.items() if count > 1} == {}
    assert Recording.objects.count() == len(calls)


def test_a_beat_that_was_away_for_three_days_draws_once_for_all_of_them(line, plan):
    RecordingFactory.create_batch(5, line_of_business=line)
    AuditPlan.objects.update(next_draw_at=timezone.now() - timedelta(days=3))
    for _ in range(3):
        for name in ALL_OF_THE_BEAT:
            _ring(name)
    assert Sample.objects.count() == 1
    assert Assignment.objects.count() == 3
    late = Assignment.objects.first()
    Assignment.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(days=2))
    for _ in range(3):
        _ring("audits.tasks.flag_overdue_assignments")
    assert Event.objects.filter(verb="assignment.overdue").count() <= 1
    assert reconcile(at=timezone.now() - timedelta(seconds=1)) == []


def test_while_nobody_rings_what_is_late_is_said(line):
    late = RecordingFactory(expired=True, line_of_business=line)
    [problem] = reconcile(at=timezone.now())
    assert (problem.kind, problem.subject, problem.invariant) == ("late", str(late.pk), 4)


def test_a_date_that_came_later_before_the_purge_began_saves_the_recording(line):
    """The purge passes over a row that somebody is changing, and finds it not due once that is committed."""
    saved, other = RecordingFactory.create_batch(2, expired=True, line_of_business=line)
    later = timezone.now() + timedelta(days=400)
    with transaction.atomic():
        row = Recording.objects.locked([saved.pk]).get()
        change_dates(
            [NewDates(row, row.keep_until, later, RetentionChange.Cause.POLICY, None, 1, [])],
            verb="recording.kept_longer",
            at=timezone.now(),
            actor=CALLWARD,
        )
        [destroyed] = at_once(1, lambda _: purge_batch(at=timezone.now()))
    assert destroyed == 1
    assert purge_batch(at=timezone.now()) == 0
    assert [row.pk for row in Recording.objects.all()] == [saved.pk]
    assert Certificate.objects.get().recording_id == other.pk


def test_a_date_that_would_come_later_after_the_purge_began_finds_nothing_to_change(line):
    gone = RecordingFactory(expired=True, line_of_business=line)
    with transaction.atomic():
        locked = Recording.objects.select_related("line_of_business").select_for_update(of=("self",)).get(pk=gone.pk)
        destroy([locked], timezone.now())
        found = at_once(1, lambda _: _locked_without_waiting(gone.pk))
    assert found == [[]]
    assert Certificate.objects.get().recording_id == gone.pk


def _locked_without_waiting(pk):
    with transaction.atomic():
        rows = Recording.objects.filter(pk=pk).select_for_update(skip_locked=True, no_key=True)
        return [str(row.pk) for row in rows]


def test_the_same_sound_twice_is_two_recordings_with_lives_of_their_own(line, bearer):
    gone, stays = (RecordingFactory(line_of_business=line, expired=is_due) for is_due in (True, False))
    assert bytes(gone.sha256) == bytes(stays.sha256)
    purge_batch(at=timezone.now())
    object_removals(at=timezone.now())
    token = bearer("recordings:listen", "recordings:read")
    assert Client().get(f"/api/v1/recordings/{gone.pk}/", headers=token).status_code == 410
    heard = Client().get(f"/api/v1/recordings/{stays.pk}/audio?purpose=quality_assurance", headers=token)
    assert b"".join(heard.streaming_content) == AUDIO
    assert store().head(gone.object_key) is None
