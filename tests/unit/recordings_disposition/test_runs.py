"""Runs of disposition: what falls due together, the brake, what resists, pausing, and when a run is complete."""

import os
import signal
import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from accounts.domain.errors import NotAllowed
from recordings import keys
from recordings.domain.brakes import brake_of_run
from recordings.domain.certificates import verify_manifest
from recordings.domain.errors import CountChanged, PauseNotMovable, RunNotFound, RunNotMovable, StoreUnavailable
from recordings.models import Certificate, DispositionRun, ObjectRemoval, PurgeClaim, Recording
from recordings.services.disposition import ending, purge_batch, purging
from recordings.services.disposition.dry_run import dry_run
from recordings.services.disposition.manifests import manifest_document
from recordings.services.disposition.pause import pause_disposition, resume_disposition
from recordings.services.disposition.runs import let_run_go_on, tend_runs, try_again
from recordings.services.removals import object_removals
from recordings.store import FileStore
from tests.factories import LineFactory, RecordingFactory, UserFactory
from trail.domain.actors import CALLWARD
from trail.models import Event

State = DispositionRun.State
HOUR = timedelta(hours=1)


def purge_all(at, limit=200):
    total = 0
    while count := purge_batch(at=at, limit=limit):
        total += count
    return total


def _check(message, signature):
    return keys.verify(message, signature, keys.public_key()["key_id"])


# --- the brake


@pytest.mark.parametrize(
    ("count", "usual", "because"),
    [
        (10_000, None, ""),
        (10_001, None, "count"),
        (300, 100, ""),
        (301, 100, "median"),
        (100, 1, ""),
        (101, 1, "median"),
        (10_001, 1_000_000, "count"),
        (0, None, ""),
    ],
)
def test_a_run_asks_over_the_houses_number_or_three_times_its_usual_and_never_for_few(count, usual, because):
    assert brake_of_run(count, most=10_000, usual=usual) == because


@pytest.mark.django_db
def test_the_brake_stops_a_run_before_anything_goes_until_a_person_types_its_number(officer, line, settings):
    settings.DISPOSITION_BRAKE = 2
    RecordingFactory.create_batch(3, expired=True, line_of_business=line)
    now = timezone.now()
    assert purge_all(now) == 0
    run = DispositionRun.objects.get()
    assert (run.state, run.asks_because, run.asks_count) == (State.ASKING, "count", 3)
    with pytest.raises(CountChanged):
        let_run_go_on(run_id=run.pk, confirmed=2, actor=officer, at=now)
    assert purge_all(now) == 0
    let_run_go_on(run_id=run.pk, confirmed=3, actor=officer, at=now)
    assert purge_all(now) == 3
    with pytest.raises(RunNotMovable):
        let_run_go_on(run_id=run.pk, confirmed=3, actor=officer, at=now)
    assert list(Event.objects.about(run).values_list("verb", flat=True)) == ["run.began", "run.asked", "run.let_go_on"]


@pytest.mark.django_db
def test_what_falls_due_while_a_run_stands_counts_for_its_brake(officer, line, settings):
    settings.DISPOSITION_BRAKE = 2
    RecordingFactory.create_batch(2, expired=True, line_of_business=line)
    now = timezone.now()
    assert purge_all(now) == 2
    RecordingFactory(expired=True, line_of_business=line)
    assert purge_all(now + HOUR) == 0
    assert DispositionRun.objects.get().asks_count == 3


@pytest.mark.django_db
def test_only_who_sees_every_line_of_a_run_answers_its_brake(officer, line, other_line, settings):
    settings.DISPOSITION_BRAKE = 0
    RecordingFactory(expired=True, line_of_business=line)
    RecordingFactory(expired=True, line_of_business=other_line)
    purge_all(timezone.now())
    run = DispositionRun.objects.get()
    with pytest.raises(RunNotFound):
        let_run_go_on(run_id=run.pk, confirmed=2, actor=officer, at=timezone.now())
    with pytest.raises(NotAllowed):
        let_run_go_on(run_id=run.pk, confirmed=2, actor=UserFactory(role="supervisor"), at=timezone.now())


@pytest.mark.django_db
def test_a_demonstration_runs_apart_and_is_not_braked(line, settings):
    settings.DISPOSITION_BRAKE = 0
    RecordingFactory.create_batch(2, expired=True, line_of_business=LineFactory(is_demo=True))
    RecordingFactory(expired=True, line_of_business=line)
    assert purge_all(timezone.now()) == 2
    assert Recording.objects.get().line_of_business == line
    assert {run.is_demo: run.state for run in DispositionRun.objects.all()} == {True: "running", False: "asking"}


# --- complete, or incomplete


@pytest.mark.django_db
def test_a_run_is_complete_once_all_is_gone_and_read_back_and_its_manifest_verifies():
    calls = RecordingFactory.create_batch(5, expired=True)
    now = timezone.now()
    assert purge_all(now, limit=2) == 5
    assert tend_runs(now) == 0
    object_removals(at=now)
    assert tend_runs(now) == 1
    run = DispositionRun.objects.get()
    assert (run.state, run.due_count, run.done_count, run.read_back_count) == (State.COMPLETE, 5, 5, 5)
    assert run.done_bytes == sum(call.size_bytes for call in calls)
    document = manifest_document(run)
    assert verify_manifest(document, _check) == []
    assert [batch["size"] for batch in document["content"]["batches"]] == [2, 2, 1]
    document["content"]["destroyed"]["count"] = 4
    assert len(verify_manifest(document, _check)) == 2


@pytest.mark.django_db
def test_where_nothing_is_due_no_run_begins():
    RecordingFactory()
    assert purge_all(timezone.now()) == 0
    assert tend_runs(timezone.now()) == 0
    assert not DispositionRun.objects.exists()


@pytest.mark.django_db
def test_what_falls_due_after_a_run_was_complete_makes_another():
    for _ in range(2):
        RecordingFactory(expired=True)
        purge_all(timezone.now())
        object_removals(at=timezone.now())
        tend_runs(timezone.now())
    assert list(DispositionRun.objects.values_list("state", flat=True)) == [State.COMPLETE] * 2


@pytest.mark.django_db
def test_a_run_with_one_object_that_stays_is_incomplete_until_it_is_gone(monkeypatch):
    RecordingFactory.create_batch(2, expired=True)
    now = timezone.now()
    purge_all(now)

    def away(self, object_keys):
        raise StoreUnavailable("The audio store cannot be used just now.")

    with monkeypatch.context() as broken:
        broken.setattr(FileStore, "delete_many", away)
        object_removals(at=now, limit=1)
    object_removals(at=now)
    tend_runs(now)
    run = DispositionRun.objects.get()
    assert (run.state, run.failing_count, run.read_back_count) == (State.INCOMPLETE, 1, 1)
    assert Event.objects.filter(verb="run.incomplete").count() == 1
    object_removals(at=now + HOUR)
    tend_runs(now + HOUR)
    run.refresh_from_db()
    assert run.state == State.COMPLETE


@pytest.mark.django_db
def test_a_recording_that_always_resists_is_set_aside_and_what_lies_behind_it_goes(monkeypatch, officer, line):
    """F74: attempts are counted before the work; the run is incomplete, never a success."""
    calls = RecordingFactory.create_batch(12, expired=True, line_of_business=line)
    poison, now, end = calls[3].pk, timezone.now(), ending._end

    def resists(ids):
        if poison in ids:
            raise ValueError("it resists")
        end(ids)

    with monkeypatch.context() as broken:
        broken.setattr(ending, "_end", resists)
        assert purge_all(now) == 11
        for _ in range(purging.MOST_ATTEMPTS):
            now += HOUR
            assert purge_all(now) == 0
    assert Recording.objects.get().pk == poison
    claim = PurgeClaim.objects.get()
    assert (claim.recording_ids, claim.attempts) == ([poison], purging.MOST_ATTEMPTS)
    assert claim.set_aside_at is not None
    assert "ValueError" in claim.last_error
    object_removals(at=now)
    tend_runs(now)
    run = DispositionRun.objects.get()
    assert (run.state, run.failing_count) == (State.INCOMPLETE, 1)
    assert Event.objects.filter(verb="run.set_aside").count() == 1
    # mended, and tried again by a person
    assert purge_all(now + HOUR) == 0
    try_again(run_id=run.pk, actor=officer, at=now)
    assert purge_all(now) == 1
    object_removals(at=now)
    assert tend_runs(now) == 1


@pytest.mark.django_db
def test_where_every_recording_resists_the_purge_stops_and_tells(monkeypatch):
    RecordingFactory.create_batch(30, expired=True)

    def broken_everywhere(ids):
        raise ValueError("nothing works")

    monkeypatch.setattr(ending, "_end", broken_everywhere)
    with pytest.raises(ValueError, match="nothing works"):
        purge_batch(at=timezone.now())
    assert Recording.objects.count() == 30


@pytest.mark.django_db(transaction=True)
def test_a_recording_that_kills_its_worker_is_found_and_the_others_go(monkeypatch):
    """A worker dies of SIGKILL in the middle of its batch, again and again, until the one stands alone."""
    calls = RecordingFactory.create_batch(12, expired=True)
    poison, at, deaths = calls[7].pk, timezone.now(), 0
    while deaths < 6:
        connections.close_all()
        child = os.fork()
        if child == 0:
            _purge_until_killed(poison, at)
        _, status = os.waitpid(child, 0)
        _wait_for_sessions_to_end()
        if not os.WIFSIGNALED(status):
            break
        assert os.WTERMSIG(status) == signal.SIGKILL
        deaths += 1
    assert 2 <= deaths <= 3
    assert Recording.objects.get().pk == poison
    assert Certificate.objects.count() == 11
    [claim] = PurgeClaim.objects.all()
    assert (claim.recording_ids, claim.backend_pid) == ([poison], None)


def _purge_until_killed(poison, at):
    """Never returns."""
    end = ending._end

    def kills(ids):
        if poison in ids:
            os.kill(os.getpid(), signal.SIGKILL)
        end(ids)

    try:
        connections["default"] = connections.create_connection("default")
        ending._end = kills
        purge_all(at)
        os._exit(0)
    except BaseException:
        os._exit(1)


def _wait_for_sessions_to_end():
    with connection.cursor() as cursor:
        for _ in range(1_000):
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND backend_type = 'client backend' AND (backend_start) IN"
                " (SELECT backend_start FROM recordings_purgeclaim)"
            )
            if cursor.fetchone()[0] == 0:
                return
            cursor.execute("SELECT pg_sleep(0.005)")
    raise AssertionError("the session of a process that is gone is still there")


@pytest.mark.django_db(transaction=True)
def test_ten_workers_at_once_destroy_each_recording_once():
    RecordingFactory.create_batch(60, expired=True)
    at, destroyed, start = timezone.now(), [], threading.Barrier(10)

    def work():
        start.wait()
        while count := purge_batch(at=at, limit=3):
            destroyed.append(count)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(10)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(destroyed) == 60 == Certificate.objects.count() == ObjectRemoval.objects.count()
    assert not PurgeClaim.objects.exists()
    run = DispositionRun.objects.get()
    assert run.due_count == 60 == sum(run.batches.values_list("size", flat=True))


# --- paused


@pytest.mark.django_db
def test_a_pause_stops_purges_and_removals_between_batches_until_an_officer_lets_them_go_on(supervisor, officer, line):
    RecordingFactory.create_batch(4, expired=True, line_of_business=line)
    now = timezone.now()
    assert purge_batch(at=now, limit=2) == 2
    pause = pause_disposition(reason="The regulator asks for a standstill.", actor=supervisor)
    assert (purge_batch(at=now), object_removals(at=now)) == (0, 0)
    with pytest.raises(PauseNotMovable):
        pause_disposition(reason="Once more, to be sure.", actor=officer)
    with pytest.raises(NotAllowed):
        resume_disposition(actor=supervisor)
    resume_disposition(actor=officer)
    assert (purge_batch(at=now), object_removals(at=now)) == (2, 4)
    verbs = list(Event.objects.about(pause).values_list("verb", flat=True))
    assert verbs == ["disposition.paused", "disposition.resumed"]


# --- a dry run


@pytest.mark.django_db
def test_a_dry_run_tells_what_goes_and_what_stays_and_why_and_changes_nothing(officer, line, other_line):
    now = timezone.now()
    RecordingFactory.create_batch(2, expired=True, line_of_business=line)
    RecordingFactory(expired=True, line_of_business=other_line)
    RecordingFactory(expired=True, line_of_business=line, needs_approval=True)
    RecordingFactory(expired=True, line_of_business=line, held=True)
    RecordingFactory(expired=True, line_of_business=line, objected_until=now + HOUR)
    RecordingFactory(expired=True, line_of_business=line, listed_at=now - HOUR)
    RecordingFactory(expired=True, line_of_business=line, listed_at=None)
    RecordingFactory(line_of_business=line)
    events = Event.objects.count()
    found = dry_run(now, actor=officer)
    assert (found.count, found.by_line[0]["line"]) == (2, "home-cover")
    # a hold takes a recording off the list too; it is counted once, where it stands first
    assert found.stays == {"held": 1, "objected": 1, "unapproved": 1, "unlisted": 1, "cooling": 1}
    assert dry_run(now, actor=CALLWARD).count == 3
    assert len(found.as_json()["recordings"]) == 2
    assert (Recording.objects.count(), Event.objects.count()) == (9, events)
    assert not DispositionRun.objects.exists()
