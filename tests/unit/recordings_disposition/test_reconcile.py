"""The reconciliation finds what is wrong, and the two commands of this room."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from recordings.models import ObjectRemoval, Recording, RecordingKey
from recordings.services.disposition import purge_batch
from recordings.services.figures import figures
from recordings.services.holds import place_hold, release_hold
from recordings.services.removals import object_removals
from recordings.store import store
from recordings.tasks import dispose_due
from tests.factories import RecordingFactory
from trail.invariants import reconcile
from trail.models import Event

pytestmark = pytest.mark.django_db
LATER = timedelta(hours=2)


@pytest.fixture(autouse=True)
def _a_store_of_its_own(settings, tmp_path):
    settings.STORAGE_URL = f"file://{tmp_path}"
    store.cache_clear()
    yield
    store.cache_clear()


def _kinds():
    return {problem.kind for problem in reconcile(at=timezone.now() + LATER)}


def _past_triggers(sql, *params):
    """What a hand with the rights of the database's owner could do."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, params)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def test_where_all_is_well_nothing_is_told(officer, line):
    held = RecordingFactory(line_of_business=line)
    place_hold(matter="A", reason="b", recording_ids=[held.pk], actor=officer)
    RecordingFactory(expired=True, line_of_business=line)
    dispose_due()
    assert _kinds() == set()


def test_each_thing_that_is_wrong_is_told_by_its_kind(officer, line):
    lost, keyless, counted = (RecordingFactory(line_of_business=line) for _ in range(3))
    store().delete(lost.object_key)
    _past_triggers("DELETE FROM recordings_recordingkey WHERE recording_id = %s", keyless.pk)
    _past_triggers("UPDATE recordings_recording SET hold_count = 2 WHERE id = %s", counted.pk)
    stray = store().incoming()
    stray.write(b"nobody's")
    stray.keep()
    gone = RecordingFactory(expired=True, line_of_business=line)
    purge_batch(at=timezone.now())
    _past_triggers("SET CONSTRAINTS ALL IMMEDIATE")  # what the commit would check, before a hand meddles
    back = RecordingFactory(line_of_business=line)
    _past_triggers("UPDATE recordings_recording SET id = %s WHERE id = %s", gone.pk, back.pk)
    RecordingFactory(expired=True, line_of_business=line)
    assert _kinds() >= {
        "row_without_object",
        "row_without_key",
        "hold_miscounted",
        "object_without_row",
        "certificate_for_readable",
        "removal_overdue",
        "late",
    }
    assert RecordingKey.objects.count() < Recording.objects.count()


def test_what_cools_after_its_release_or_waits_for_a_person_is_no_problem(officer, second_officer, line):
    call = RecordingFactory(expired=True, line_of_business=line)
    hold = place_hold(matter="A", reason="b", recording_ids=[call.pk], actor=officer)
    release_hold(hold_id=hold.pk, reason="Settled.", actor=second_officer)
    RecordingFactory(expired=True, needs_approval=True, line_of_business=line)
    assert reconcile(at=timezone.now()) == []
    dispose_due()
    assert _kinds() == set()
    assert Recording.objects.late(timezone.now()).count() == 2  # shown as late all the same


def test_what_was_never_listed_is_told(line):
    call = RecordingFactory(line_of_business=line, started_at=timezone.now() - timedelta(days=85))
    Recording.objects.filter(pk=call.pk).update(created_at=timezone.now() - timedelta(days=85))
    assert _kinds() == {"not_listed"}


def test_an_object_that_came_back_from_a_backup_is_told(line):
    gone = RecordingFactory(expired=True, line_of_business=line)
    path = store().path(gone.object_key)
    content = path.read_bytes()
    purge_batch(at=timezone.now())
    object_removals(at=timezone.now())
    assert _kinds() == set()
    path.write_bytes(content)
    assert _kinds() == {"object_came_back"}


def test_the_command_tells_problems_as_json_and_by_its_exit(capsys, line):
    call_command("reconcile", "--json")
    assert json.loads(capsys.readouterr().out)["problems"] == []
    store().delete(RecordingFactory(line_of_business=line).object_key)
    with pytest.raises(SystemExit):
        call_command("reconcile", "--json")
    [problem] = json.loads(capsys.readouterr().out)["problems"]
    assert problem["kind"] == "row_without_object"


def test_a_recording_of_a_demo_line_comes_due_when_asked(line):
    line.is_demo = True
    line.save()
    call = RecordingFactory(line_of_business=line)
    call_command("expire_soon", "--ids", str(call.pk), "--in", "0")
    assert Event.objects.about(call).get().verb == "recording.expiry_advanced"
    dispose_due()
    assert not Recording.objects.exists()
    assert ObjectRemoval.objects.get().absent_at is not None


def test_a_serious_line_or_a_serious_installation_refuses_to_hurry(line, settings):
    call = RecordingFactory(line_of_business=line)
    with pytest.raises(CommandError, match="not marked demo"):
        call_command("expire_soon", "--ids", str(call.pk), "--in", "0")
    line.is_demo = True
    line.save()
    settings.DEMO = False
    with pytest.raises(CommandError, match="demo mode"):
        call_command("expire_soon", "--ids", str(call.pk), "--in", "0")
    assert Recording.objects.get().delete_by == call.delete_by


def test_figures_count_what_the_actor_may_see(officer, stranger, line):
    held = RecordingFactory(line_of_business=line)
    place_hold(matter="A", reason="b", recording_ids=[held.pk], actor=officer)
    RecordingFactory(expired=True, line_of_business=line)
    purge_batch(at=timezone.now())
    RecordingFactory(listed=True, line_of_business=line)
    RecordingFactory(expired=True, needs_approval=True, line_of_business=line)
    RecordingFactory(
        line_of_business=line,
        state=Recording.State.QUARANTINED,
        quarantine_reasons=["consent_missing", "damaged_audio"],
    )
    told = figures(officer, timezone.now())
    assert (told.recordings, told.arrived_today, told.listed, told.to_approve, told.late) == (4, 4, 2, 1, 1)
    assert (told.on_hold, told.matters, told.quarantined) == (1, 1, 1)
    assert told.quarantined_by_reason == {"consent_missing": 1, "damaged_audio": 1}
    assert (told.destroyed_7_days, told.read_back, told.to_be_read_back) == (1, 0, 1)
    other = figures(stranger, timezone.now())
    assert (other.recordings, other.on_hold, other.destroyed_7_days, other.late) == (0, 0, 0, 0)
