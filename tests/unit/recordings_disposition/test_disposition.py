"""Destruction: when, when not, all or nothing, once; and the certificate that proves it."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import CASCADE
from django.db.utils import DatabaseError
from django.utils import timezone

from recordings import keys
from recordings.domain.certificates import verify
from recordings.domain.errors import CountChanged, DispositionStopped, RecordingsUnavailable, StoreUnavailable
from recordings.models import Certificate, ObjectRemoval, Party, Recording, RecordingKey
from recordings.services import trust
from recordings.services.certificates import documents
from recordings.services.disposition import PARTS, ending, list_due, purge_batch
from recordings.services.holds import place_hold
from recordings.services.objections import (
    approve_disposition,
    end_objection,
    object_to_disposition,
    withdraw_approval,
)
from recordings.services.removals import object_removals
from recordings.store import FileStore, store
from recordings.tasks import dispose_due
from tests.factories import RecordingFactory
from trail.models import Event

SECOND = timedelta(seconds=1)
WEEK = timedelta(days=7)


def _check(message, signature):
    return keys.verify(message, signature, keys.public_key()["key_id"])


# --- when


@pytest.mark.django_db
def test_a_recording_is_listed_its_cooling_period_before_its_day_and_not_a_second_earlier():
    call = RecordingFactory()
    assert list_due(at=call.delete_by - WEEK - SECOND) == 0
    assert list_due(at=call.delete_by - WEEK) == 1
    assert list_due(at=call.delete_by) == 0
    assert Event.objects.about(call).get().verb == "recording.listed"


@pytest.mark.django_db
@pytest.mark.parametrize(("offset", "destroyed"), [(-timedelta(days=1), 0), (-SECOND, 0), (0 * SECOND, 1), (WEEK, 1)])
def test_a_recording_goes_on_its_day_and_not_before(offset, destroyed):
    call = RecordingFactory()
    list_due(at=call.delete_by - WEEK)
    assert purge_batch(at=call.delete_by + offset) == destroyed
    assert Recording.objects.filter(pk=call.pk).exists() is not bool(destroyed)


@pytest.mark.django_db
def test_what_was_never_listed_never_goes():
    call = RecordingFactory()
    assert purge_batch(at=call.delete_by + WEEK) == 0


@pytest.mark.django_db
def test_what_needs_approval_stays_until_a_person_approves_it(officer, line):
    call = RecordingFactory(expired=True, needs_approval=True, line_of_business=line)
    now = timezone.now()
    assert purge_batch(at=now) == 0
    assert Recording.objects.late(now).get() == call
    approve_disposition(confirmed=1, actor=officer)
    assert purge_batch(at=timezone.now()) == 1
    assert Certificate.objects.get().content["approved"]["by"] == str(officer.pk)


@pytest.mark.django_db
def test_an_approval_that_was_taken_back_counts_no_more(officer, line):
    RecordingFactory(expired=True, needs_approval=True, line_of_business=line)
    moment = approve_disposition(confirmed=1, actor=officer)
    assert withdraw_approval(approved_at=moment, actor=officer) == 1
    assert purge_batch(at=timezone.now()) == 0


@pytest.mark.django_db
def test_an_approval_of_another_number_than_stands_there_is_refused(officer, line):
    RecordingFactory.create_batch(2, expired=True, needs_approval=True, line_of_business=line)
    with pytest.raises(CountChanged, match="2 stand there"):
        approve_disposition(confirmed=1, actor=officer)


@pytest.mark.django_db
def test_an_objection_keeps_a_recording_until_it_ends(supervisor, line):
    call = RecordingFactory(expired=True, line_of_business=line)
    now = timezone.now()
    object_to_disposition(recording_id=call.pk, reason="A dispute.", until=now + WEEK, actor=supervisor)
    assert purge_batch(at=now + WEEK - SECOND) == 0
    end_objection(recording_id=call.pk, actor=supervisor)
    assert purge_batch(at=now) == 1


@pytest.mark.django_db
def test_an_objection_ends_by_itself_at_its_moment(supervisor, line):
    call = RecordingFactory(expired=True, line_of_business=line)
    until = timezone.now() + WEEK
    object_to_disposition(recording_id=call.pk, reason="A dispute.", until=until, actor=supervisor)
    assert purge_batch(at=until) == 1


@pytest.mark.django_db
def test_a_conflict_of_rules_is_kept_until_a_person_decides():
    RecordingFactory(
        expired=True, state=Recording.State.QUARANTINED, quarantine_reasons=["retention_conflict"], is_provisional=True
    )
    assert list_due(at=timezone.now() + 100 * WEEK) == 0
    assert purge_batch(at=timezone.now() + 100 * WEEK) == 0


@pytest.mark.django_db
def test_a_call_whose_audio_never_came_goes_too_and_its_certificate_says_so():
    RecordingFactory(expired=True, state=Recording.State.AWAITING_AUDIO)
    assert purge_batch(at=timezone.now()) == 1
    assert Certificate.objects.get().content["audio"] is None
    assert not ObjectRemoval.objects.exists()


@pytest.mark.django_db
def test_a_demo_line_lists_and_destroys_in_one_run(line):
    line.is_demo = True
    line.save()
    now = timezone.now()
    RecordingFactory(line_of_business=line, cooling_seconds=0, keep_until=now - SECOND, delete_by=now - SECOND)
    dispose_due()
    assert not Recording.objects.exists()
    assert ObjectRemoval.objects.get().absent_at is not None


# --- all or nothing


@pytest.mark.django_db
def test_everything_of_the_recording_goes_and_the_proof_comes():
    call = RecordingFactory(expired=True)
    object_key = call.object_key
    assert purge_batch(at=timezone.now()) == 1
    assert not RecordingKey.objects.exists()
    assert not Party.objects.exists()
    assert Event.objects.about(call).get().verb == "recording.disposed"
    [told] = documents(Certificate.objects.select_related("batch"))
    assert verify(told, _check) == []
    assert store().head(object_key) is not None
    assert object_removals(at=timezone.now()) == 1
    assert store().head(object_key) is None
    [told] = documents(Certificate.objects.select_related("batch"))
    assert verify(told, _check) == []
    assert told["read_back"]["content"]["kind"] == "callward/object-read-back/1"


def test_every_table_that_belongs_to_a_recording_goes_with_it():
    owned = {
        relation.related_model._meta.db_table
        for relation in Recording._meta.related_objects
        if relation.on_delete is CASCADE
    }
    assert owned == {f"recordings_{part}" for part in PARTS}


@pytest.mark.django_db
def test_a_fault_in_the_middle_leaves_all_as_it_was_and_a_second_run_finishes(monkeypatch):
    RecordingFactory.create_batch(5, expired=True)
    assert purge_batch(at=timezone.now(), limit=2) == 2

    def fails(ids):
        end(ids[:1])
        raise OSError("the disk is full")

    end = ending._end
    with monkeypatch.context() as broken:
        broken.setattr(ending, "_end", fails)
        assert purge_batch(at=timezone.now(), limit=2) == 0
    assert (Recording.objects.count(), Certificate.objects.count(), ObjectRemoval.objects.count()) == (3, 2, 2)
    assert Event.objects.filter(verb="recording.disposed").count() == 2
    while purge_batch(at=timezone.now() + timedelta(hours=1), limit=2):
        pass
    assert (Recording.objects.count(), Certificate.objects.count()) == (0, 5)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_destroy_each_once():
    RecordingFactory.create_batch(30, expired=True)
    at, destroyed, start = timezone.now(), [], threading.Barrier(2)

    def work():
        start.wait()
        while count := purge_batch(at=at, limit=2):
            destroyed.append(count)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(destroyed) == 30 == Certificate.objects.count()
    assert not Recording.objects.exists()
    assert Event.objects.filter(verb="recording.disposed").count() == 30


@pytest.mark.django_db(transaction=True)
def test_of_a_hold_and_a_purge_at_once_the_one_that_commits_first_wins(officer, line):
    """Twenty races: a recording is kept and held, or destroyed and its hold refused; never both, never neither."""
    for _ in range(20):
        call, start, refused = RecordingFactory(expired=True, line_of_business=line), threading.Barrier(2), []

        def hold(call=call, start=start, refused=refused):
            start.wait()
            try:
                place_hold(matter="Race", reason="At once.", recording_ids=[call.pk], actor=officer)
            except RecordingsUnavailable as error:
                refused.append(error)
            connection.close()

        def purge(start=start):
            start.wait()
            purge_batch(at=timezone.now())
            connection.close()

        threads = [threading.Thread(target=hold), threading.Thread(target=purge)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        kept = Recording.objects.filter(pk=call.pk, hold_count=1).exists()
        gone = Certificate.objects.filter(recording_id=call.pk).exists()
        assert (kept, gone, bool(refused)) in {(True, False, False), (False, True, True)}


# --- the database refuses what Python might forget


def _refused(sql, *params):
    """Now, or when the transaction would commit."""
    with pytest.raises(DatabaseError):
        _to_the_end(sql, params)


def _to_the_end(sql, params):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.django_db
def test_no_row_goes_without_its_certificate_and_no_key_either():
    call = RecordingFactory(expired=True)
    _refused("DELETE FROM recordings_recording WHERE id = %s", call.pk)
    _refused("DELETE FROM recordings_recordingkey WHERE recording_id = %s", call.pk)
    with pytest.raises(DatabaseError), transaction.atomic():
        call.delete()


@pytest.mark.django_db
def test_no_certificate_stands_beside_a_readable_recording():
    gone, here = RecordingFactory(expired=True), RecordingFactory()
    purge_batch(at=timezone.now())
    _refused(
        "INSERT INTO recordings_certificate"
        " (id, recording_id, origin_digest, line_of_business_id, destroyed_at, content, batch_id, proof)"
        " SELECT gen_random_uuid(), %s, 'x'::bytea, line_of_business_id, destroyed_at, content, batch_id, proof"
        " FROM recordings_certificate WHERE recording_id = %s",
        here.pk,
        gone.pk,
    )


@pytest.mark.django_db
def test_no_certificate_lets_a_row_go_before_its_keep_until():
    call = RecordingFactory(expired=True)
    late = timezone.now()
    Recording.objects.filter(pk=call.pk).update(keep_until=late + WEEK, delete_by=late + WEEK)
    doomed = Recording.objects.select_related("line_of_business").get(pk=call.pk)
    with transaction.atomic():
        ending._store(ending._certified([doomed], late, {}, None), [doomed])
        with pytest.raises(DatabaseError, match="keep-until"):
            ending._end([call.pk])
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_a_decided_keep_until_is_never_shortened_but_for_a_show(line):
    call = RecordingFactory(line_of_business=line)
    _refused("UPDATE recordings_recording SET keep_until = keep_until - interval '1 day' WHERE id = %s", call.pk)
    line.is_demo = True
    line.save()
    Recording.objects.filter(pk=call.pk).update(keep_until=call.keep_until - WEEK)


@pytest.mark.django_db
def test_a_destroyed_recording_never_comes_back():
    call = RecordingFactory(expired=True)
    purge_batch(at=timezone.now())
    with pytest.raises(DatabaseError, match="was destroyed"), transaction.atomic():
        call.save(force_insert=True)


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["recordings_certificate", "recordings_destructionbatch"])
def test_a_certificate_never_changes(table):
    RecordingFactory(expired=True)
    purge_batch(at=timezone.now())
    _refused(f"UPDATE {table} SET destroyed_at = now()")  # noqa: S608
    _refused(f"DELETE FROM {table}")  # noqa: S608
    _refused(f"TRUNCATE {table} CASCADE")


# --- fail closed


@pytest.mark.django_db
def test_without_a_store_nothing_is_destroyed_and_the_reason_is_told(monkeypatch):
    RecordingFactory(expired=True)

    def full(self):
        raise StoreUnavailable("The audio store cannot be used just now: No space left on device.")

    monkeypatch.setattr(FileStore, "incoming", full)
    with pytest.raises(DispositionStopped, match="No space left"):
        purge_batch(at=timezone.now())
    assert Recording.objects.count() == 1
    dispose_due()  # the task stops too, and does not fail
    assert not Certificate.objects.exists()


@pytest.mark.django_db
def test_a_clock_that_went_back_stops_the_purge(time_machine, officer, line):
    call = RecordingFactory(expired=True, line_of_business=line)
    time_machine.move_to(timezone.now() + timedelta(hours=3))
    place_hold(matter="x", reason="y", recording_ids=[RecordingFactory(line_of_business=line).pk], actor=officer)
    time_machine.move_to(timezone.now() - timedelta(hours=3))
    assert any("clock went back" in reason for reason in trust.mistrust())
    with pytest.raises(DispositionStopped):
        purge_batch(at=timezone.now())
    assert Recording.objects.filter(pk=call.pk).exists()


@pytest.mark.django_db
def test_a_clock_that_runs_ahead_of_the_database_stops_the_purge(time_machine):
    call = RecordingFactory()
    list_due(at=call.delete_by - WEEK)
    time_machine.move_to(timezone.now() + timedelta(days=365))
    with pytest.raises(DispositionStopped, match="clocks"):
        purge_batch(at=timezone.now())


# --- the bytes that follow


@pytest.mark.django_db
def test_a_removal_that_fails_is_tried_again_later_and_later(monkeypatch):
    RecordingFactory(expired=True)
    now = timezone.now()
    purge_batch(at=now)

    def away(self, object_keys):
        raise StoreUnavailable("The audio store cannot be used just now: Input/output error.")

    with monkeypatch.context() as broken:
        broken.setattr(FileStore, "delete_many", away)
        assert object_removals(at=now) == 0
        removal = ObjectRemoval.objects.get()
        assert (removal.attempts, removal.absent_at) == (1, None)
        assert "Input/output" in removal.last_error
        assert object_removals(at=now) == 0
        assert ObjectRemoval.objects.get().attempts == 1
        object_removals(at=removal.next_attempt_at)
        again = ObjectRemoval.objects.get()
        assert again.next_attempt_at - removal.next_attempt_at > removal.next_attempt_at - now
    assert object_removals(at=again.next_attempt_at) == 1
    assert Event.objects.filter(verb="recording.read_back").count() == 1


@pytest.mark.django_db
def test_an_object_that_is_already_absent_counts_as_removed():
    call = RecordingFactory(expired=True)
    purge_batch(at=timezone.now())
    store().delete(call.object_key)
    assert object_removals(at=timezone.now()) == 1
