"""Every invariant is looked at, and what a hand with all rights could do to each is found by name."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from recordings.models import Certificate, Recording
from recordings.services.disposition import purge_batch
from recordings.services.holds import place_hold
from recordings.services.removals import object_removals
from tests.factories import RecordingFactory
from trail.invariants import INVARIANTS, checks, reconcile

pytestmark = pytest.mark.django_db


def test_each_of_the_fourteen_invariants_is_looked_at():
    assert list(INVARIANTS) == list(range(1, 15))
    assert [number for number, found in checks().items() if not found] == []


@pytest.fixture
def destroyed(line, file_store):
    call = RecordingFactory(expired=True, line_of_business=line)
    purge_batch(at=timezone.now())
    object_removals(at=timezone.now())
    return call


@pytest.fixture
def held(line, officer, file_store):
    call = RecordingFactory(line_of_business=line)
    place_hold(matter="A", reason="b", recording_ids=[call.pk], actor=officer)
    return call


def _by_hand(*statements):
    """Past every trigger, as the database's owner could."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def _found():
    return {(problem.invariant, problem.kind) for problem in reconcile(at=timezone.now() + timedelta(minutes=1))}


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ('UPDATE recordings_certificate SET content = content || \'{"source": "other"}\'', "certificate_changed"),
        ("UPDATE recordings_certificate SET content = content || '{\"holds_in_force\": 1}'", "destroyed_under_hold"),
        (
            "UPDATE recordings_certificate"
            " SET content = jsonb_set(content, '{retention,keep_until}', '\"2200-01-01T00:00:00+00:00\"')",
            "destroyed_early",
        ),
        ("UPDATE recordings_certificate SET recording_id = gen_random_uuid()", "certificate_of_another"),
        ("UPDATE recordings_certificate SET proof = '[{\"side\": 1}]'", "certificate_changed"),
        ("UPDATE recordings_destructionbatch SET size = 2", "batch_not_whole"),
        ("DELETE FROM recordings_destructionbatch", "certificates_without_batch"),
        ("UPDATE recordings_destructionbatch SET signature = 'AAAA'", "batch_not_signed"),
        ("DELETE FROM recordings_certificate", "batch_without_certificates"),
        ("DELETE FROM recordings_certificate", "destruction_untrue"),
        ("DELETE FROM recordings_objectremoval", "removal_never_asked"),
        ("UPDATE recordings_objectremoval SET statement = NULL", "read_back_not_signed"),
        ("DELETE FROM trail_event WHERE verb = 'recording.disposed'", "destruction_not_told_once"),
        ("DELETE FROM trail_event WHERE verb = 'recording.read_back'", "read_back_not_told"),
        ("UPDATE trail_event SET verb = 'recording.listed'", "event_changed"),
    ],
)
def test_what_a_hand_does_to_a_destruction_is_found(destroyed, statement, found):
    assert _found() == set()
    _by_hand(statement)
    assert found in {kind for _, kind in _found()}


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE recordings_recording SET hold_count = 0", "hold_miscounted"),
        ("DELETE FROM recordings_recording", "held_and_gone"),
        ("DELETE FROM recordings_recording", "left_over_part"),
        ("UPDATE recordings_holdmember SET released_at = now()", "hold_and_member_differ"),
        ("DELETE FROM trail_event WHERE verb = 'hold.placed'", "hold_placed_not_told_once"),
        ("UPDATE recordings_recording SET size_bytes = size_bytes + 1", "object_of_other_length"),
        ("UPDATE recordings_recording SET state = 'awaiting_audio'", "state_contradicts_audio"),
        ("DELETE FROM recordings_recordingkey", "row_without_key"),
        (
            'UPDATE recordings_recording SET decided = \'{"retention": {"delete_by": "2020-01-01T00:00:00Z"}}\'',
            "date_unexplained",
        ),
        ("UPDATE recordings_recording SET decided = '{\"a\": 1}'", "arrival_not_told_once"),
    ],
)
def test_what_a_hand_does_to_a_held_recording_is_found(held, statement, found):
    assert _found() == set()
    _by_hand(statement)
    assert found in {kind for _, kind in _found()}


def test_a_call_that_was_destroyed_and_is_here_again_under_another_id_is_found(destroyed, line):
    RecordingFactory(line_of_business=line, source=destroyed.source, external_id=destroyed.external_id)
    assert (7, "destroyed_call_came_again") in _found()
    assert Certificate.objects.count() == Recording.objects.count() == 1


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("ALTER TABLE recordings_recording DISABLE TRIGGER ALL", "guard_off"),
        ("ALTER TABLE recordings_legalhold DROP CONSTRAINT hold_is_released_by_a_second_person", "constraint_missing"),
    ],
)
def test_a_guard_of_the_database_that_somebody_took_away_is_found(file_store, statement, found):
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert found in {kind for _, kind in _found()}


def test_a_guard_that_is_gone_or_another_is_told_apart(file_store):
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname, tgrelid::regclass FROM pg_trigger WHERE tgname LIKE 'pgtrigger_append_only_%'")
        [(name, table)] = cursor.fetchall()
        cursor.execute(f"COMMENT ON TRIGGER {name} ON {table} IS 'another'")
        assert "guard_changed" in {kind for _, kind in _found()}
        cursor.execute(f"DROP TRIGGER {name} ON {table}")
    assert (2, "guard_missing") in _found()


def test_a_store_that_does_not_answer_was_not_looked_at(line, settings, tmp_path, file_store):
    RecordingFactory(line_of_business=line)
    (tmp_path / "store").rename(tmp_path / "away")
    (tmp_path / "store").write_text("not a folder")
    assert "not_looked_at" in {kind for _, kind in _found()}


def test_the_command_says_what_it_looked_at(file_store, capsys):
    call_command("reconcile", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["problems"], list(map(int, told["checks"]))) == ([], list(INVARIANTS))
    call_command("reconcile")
    assert "All 14 invariants hold" in capsys.readouterr().out
