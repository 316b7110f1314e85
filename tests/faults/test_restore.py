"""A database restored from before a purge, or from before a hold; audio copied back; keys that lie apart.

The backups are made by pg_dump and restored by pg_restore, as people do it.
"""

import json
import shutil
from datetime import datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from recordings import gate, keys
from recordings.domain.certificates import verify
from recordings.domain.errors import DispositionStopped, RecordingsClosed
from recordings.importing.documents import Defaults
from recordings.importing.folders import files_in
from recordings.ledger import state
from recordings.ledger.key_backups import back_up, backups
from recordings.ledger.log import log
from recordings.ledger.replaying import replay
from recordings.ledger.settling import settle
from recordings.models import Certificate, HoldMember, ImportRun, LegalHold, ObjectRemoval, Recording, RecordingKey
from recordings.services.certificates import documents
from recordings.services.disposition import purge_batch
from recordings.services.holds import place_hold, release_hold, settle_holds
from recordings.services.imports.batches import import_batch
from recordings.services.imports.plans import Plan
from recordings.services.imports.runs import begin
from recordings.services.removals import object_removals
from recordings.services.storekeeping import orphans
from recordings.store import read_range, store
from recordings.tasks import dispose_due, settle_ledger
from tests.deliveries import delivered, metadata, taken
from tests.factories import AUDIO, RecordingFactory
from tests.faults.seams import crossings
from tests.restores import dump, restored
from tests.unit.recordings_imports.files import FREEPBX_NAME, written
from trail.domain.actors import CALLWARD
from trail.invariants import reconcile
from trail.models import Event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture(autouse=True)
def _a_store_of_its_own(file_store):
    return file_store


def _verified() -> list[list[str]]:
    """What is wrong with each certificate."""
    rows = documents(Certificate.objects.select_related("batch"))
    return [verify(row, lambda message, text: keys.verify(message, text, keys.public_key()["key_id"])) for row in rows]


def _content() -> dict[str, object]:
    return dict(Certificate.objects.values_list("recording_id", "content"))


def _purge(at=None) -> None:
    while purge_batch(at=at or timezone.now()):
        pass
    object_removals(at=timezone.now() + timedelta(minutes=1))
    settle(timezone.now())


# --- restored from before a purge


@pytest.mark.parametrize("with_files", [False, True])
def test_what_was_purged_after_the_backup_is_destroyed_again_with_the_very_same_certificates(
    line, tmp_path, with_files
):
    # given a backup of before a purge
    doomed = RecordingFactory.create_batch(5, expired=True, line_of_business=line, audio=AUDIO)
    kept = RecordingFactory(line_of_business=line, audio=AUDIO)
    shutil.copytree(store().root, tmp_path / "files")
    backup = dump(tmp_path)
    _purge()
    certified = _content()
    assert len(certified) == 5
    # when the database comes back from it, and perhaps the files as well
    with restored(backup):
        if with_files:
            shutil.copytree(tmp_path / "files", store().root, dirs_exist_ok=True)
        assert Recording.objects.count() == 6
        assert "restored" in state.look()[0]
        # then the log has it done again
        done = replay(at=timezone.now())
        assert (done.destroyed_again, done.certificates_back) == (5, 5)
        assert list(Recording.objects.all()) == [kept]
        assert not RecordingKey.objects.filter(recording__in=[call.pk for call in doomed]).exists()
        assert _content() == certified
        assert _verified() == [[]] * 5
        object_removals(at=timezone.now() + timedelta(minutes=1))
        assert not [call for call in doomed if store().head(call.object_key) is not None]
        assert not ObjectRemoval.objects.filter(absent_at=None).exists()
        assert b"".join(read_range(kept)) == AUDIO
        # and all is open, told once, and agreed
        assert gate.reason() == ""
        assert state.look() == []
        assert Event.objects.filter(verb="recording.disposed").count() == 5
        assert Event.objects.filter(verb="ledger.replayed").count() == 1
        assert replay(at=timezone.now()).lines == 0


def test_until_then_nobody_lists_opens_plays_or_destroys(line, officer, bearer, tmp_path):
    doomed = RecordingFactory(expired=True, line_of_business=line, audio=AUDIO)
    due = RecordingFactory(expired=True, line_of_business=line, audio=AUDIO, needs_approval=True)
    officer.set_password("a long enough password")
    officer.save()
    token = bearer(lines=[line])
    backup = dump(tmp_path)
    _purge()
    with restored(backup):
        state.look()
        page, api = Client(), Client(headers=token)
        page.force_login(officer)
        for address in (f"/recordings/{doomed.pk}/", f"/recordings/{due.pk}/", "/recordings/", "/reviews/", "/"):
            answer = page.get(address)
            assert answer.status_code == 503, address
            assert 'href="/system/">Look at the system' in answer.content.decode()
        for address in (f"recordings/{doomed.pk}/", "recordings/", f"recordings/{due.pk}/audio/", "holds/"):
            answer = api.get(f"/api/v1/{address}")
            assert (answer.status_code, answer.json()["type"]) == (503, "/problems/recordings-closed"), address
            assert answer["Retry-After"]
        with pytest.raises(RecordingsClosed):
            Recording.objects.visible_to(officer)
        with pytest.raises(RecordingsClosed):
            keys.open_key(due.pk, due.key.wrapped)
        with pytest.raises(DispositionStopped):
            purge_batch(at=timezone.now())
        dispose_due()  # waits
        assert Recording.objects.count() == 2
        # whoever runs Callward finds out why
        system = page.get("/system/")
        assert system.status_code == 200
        assert "replay_log" in system.content.decode()
        ready = page.get("/readyz").json()
        assert not ready["parts"]["ledger"]["ok"]
        # and the sweep mends it by itself
        settle_ledger()
        assert page.get(f"/recordings/{due.pk}/").status_code == 200
        assert api.get(f"/api/v1/recordings/{doomed.pk}/").status_code == 410


def test_a_person_looks_first_and_then_replays(line, tmp_path, capsys):
    RecordingFactory.create_batch(3, expired=True, line_of_business=line)
    backup = dump(tmp_path)
    _purge()
    with restored(backup):
        call_command("replay_log", "--only-look", "--json")
        seen = json.loads(capsys.readouterr().out)
        assert (seen["destroyed_again"], seen["certificates_back"]) == (3, 3)
        assert Recording.objects.count() == 3
        call_command("replay_log")
        assert "3 recordings destroyed again" in capsys.readouterr().out
        assert Recording.objects.count() == 0


def test_a_replay_that_is_killed_anywhere_goes_on_where_it_was(line, tmp_path):
    calls = [RecordingFactory(expired=True, line_of_business=line, audio=AUDIO) for _ in range(3)]
    backup = dump(tmp_path)
    while purge_batch(at=timezone.now(), limit=1):
        pass
    settle(timezone.now())
    certified, points = _content(), 0
    with restored(backup):

        def work(tell) -> None:
            state.look()
            tell(replay(at=timezone.now()).as_json())

        for outcome in crossings(work, lambda: None):
            points += 1
            here = set(Recording.objects.values_list("pk", flat=True))
            back = set(Certificate.objects.values_list("recording_id", flat=True))
            assert here.isdisjoint(back)
            assert here | back == {call.pk for call in calls}
            state.look()
            assert not here or gate.reason()
            if outcome.told:
                assert (here, gate.reason()) == (set(), "")
        assert _content() == certified
        assert _verified() == [[]] * 3
        assert Event.objects.filter(verb="recording.disposed").count() == 3
    assert points > 5


def test_until_then_nothing_is_taken_in(line, bearer, tmp_path):
    """What comes in could be a call that was destroyed since: this database does not know."""
    RecordingFactory(expired=True, line_of_business=line)
    token, folder = bearer(lines=[line]), tmp_path / "calls"
    written(folder, FREEPBX_NAME)
    naming = ("--source", "asterisk", "--pattern", "freepbx", "--zone", "America/New_York", "--region", "US")
    backup = dump(tmp_path)
    _purge()
    with restored(backup):
        state.look()
        with pytest.raises(RecordingsClosed):
            taken()
        assert delivered(Client(), token, metadata()).status_code == 503
        with pytest.raises(CommandError, match="restored from a backup"):
            call_command("import_recordings", folder, *naming, "--workers", "1")
        assert (Recording.objects.count(), ImportRun.objects.count()) == (1, 0)
        # an import that ran when the database came back stops at its next batch
        gate.set_reason("")
        plan = Plan(kind=ImportRun.Kind.FOLDER, root=folder, pattern="freepbx", defaults=Defaults(source="asterisk"))
        run = begin(plan=plan, place=folder, actor=CALLWARD)
        state.look()
        with pytest.raises(RecordingsClosed):
            import_batch(run=run, plan=plan, files=list(files_in(folder)))
        assert Recording.objects.count() == 1
        # then it is replayed, and both are taken
        replay(at=timezone.now())
        call_command("import_recordings", folder, *naming, "--workers", "1")
        assert delivered(Client(), token, metadata()).status_code == 201
        assert Recording.objects.count() == 2


# --- restored from before a hold


def test_a_hold_that_is_younger_than_the_backup_is_there_again_before_anything_goes(
    line, officer, second_officer, tmp_path
):
    # given a backup, then a hold on one of two, another that came and went, and a purge
    held, gone, was_held = (
        RecordingFactory(line_of_business=line, expired=True, external_id=name) for name in ("held", "gone", "was")
    )
    backup = dump(tmp_path)
    hold = place_hold(matter="Smith", reason="a claim", recording_ids=[held.pk], actor=officer)
    other = place_hold(matter="Jones", reason="settled soon", recording_ids=[was_held.pk], actor=officer)
    release_hold(hold_id=other.pk, reason="settled", actor=second_officer)
    standing = place_hold(matter="Agent", reason="all of theirs", query={"agent": "a-99"}, actor=officer)
    settle_holds()
    _purge()
    assert set(Certificate.objects.values_list("recording_id", flat=True)) == {gone.pk}
    # when the database comes back from before
    with restored(backup):
        assert not LegalHold.objects.exists()
        done = replay(at=timezone.now())
        # then the holds are as they were, and nothing that one keeps went
        assert (done.holds_placed, done.holds_released, done.destroyed_again) == (3, 1, 1)
        assert Recording.objects.get(pk=held.pk).is_held
        assert not Recording.objects.get(pk=was_held.pk).is_held
        assert not LegalHold.objects.get(pk=other.pk).is_in_force
        again = LegalHold.objects.get(pk=hold.pk)
        assert (again.matter, again.reason, again.placed_at) == ("Smith", "a claim", hold.placed_at)
        purge_batch(at=timezone.now())
        assert HoldMember.objects.filter(recording=held.pk, released_at=None).count() == 1
        assert Recording.objects.filter(pk=held.pk).exists()
        # and the standing one takes what comes
        settle_holds()
        late = RecordingFactory(line_of_business=line, agent_id="a-99")
        assert HoldMember.objects.filter(hold=standing.pk, recording=late.pk).exists()


def test_a_log_that_says_a_held_recording_went_is_not_replayed(line, officer, second_officer, tmp_path):
    """It cannot have been: the hold's release is missing, so somebody has to look."""
    call = RecordingFactory(line_of_business=line, expired=True)
    hold = place_hold(matter="Smith", reason="a claim", recording_ids=[call.pk], actor=officer)
    settle(timezone.now())
    backup = dump(tmp_path)
    release_hold(hold_id=hold.pk, reason="settled", actor=second_officer)
    Recording.objects.filter(pk=call.pk).update(listed_at=timezone.now() - timedelta(days=8))
    _purge()
    [release] = [line for line in log().lines() if line.kind == "hold_released"]
    with restored(backup):
        found = state.agreement()
        found.unknown.remove(release)
        from recordings.ledger.replaying import _in_the_way

        assert any("keeps" in reason for reason in _in_the_way(found.unknown))
        assert replay(at=timezone.now()).destroyed_again == 1


# --- bytes that came back without the database


def test_audio_that_was_copied_back_is_told_by_reconcile_and_goes_again(line, tmp_path):
    calls = RecordingFactory.create_batch(2, expired=True, line_of_business=line, audio=AUDIO)
    shutil.copytree(store().root, tmp_path / "files")
    _purge()
    shutil.copytree(tmp_path / "files", store().root, dirs_exist_ok=True)
    later = timezone.now() + timedelta(hours=2)
    told = [problem.subject for problem in reconcile(at=later) if problem.kind == "object_came_back"]
    assert sorted(told) == sorted(call.object_key for call in calls)
    # the daily scan lets them go again, each with its event
    scan = orphans.scan(later)
    assert (scan.unexplained, ObjectRemoval.objects.filter(absent_at=None).count()) == (0, 2)
    object_removals(at=later)
    assert not [call for call in calls if store().head(call.object_key) is not None]
    assert "object_came_back" not in {problem.kind for problem in reconcile(at=later)}
    assert Event.objects.filter(verb="recording.bytes_returned").count() == 2
    assert Event.objects.filter(verb="recording.read_back").count() == 4
    assert Certificate.objects.count() == 2
    assert _verified() == [[], []]
    # and what is gone is not found again
    orphans.scan(later + timedelta(days=1))
    assert Event.objects.filter(verb="recording.bytes_returned").count() == 2


# --- keys that lie apart


def test_a_backup_of_the_database_without_keys_and_a_later_one_of_the_keys_open_nothing_that_went(
    line, tmp_path, settings
):
    gone = RecordingFactory(expired=True, line_of_business=line, audio=AUDIO)
    kept = RecordingFactory(line_of_business=line, audio=AUDIO)
    shutil.copytree(store().root, tmp_path / "files")
    backup = dump(tmp_path, "--exclude-table-data=recordings_recordingkey")
    old, _, _ = back_up(tmp_path / "keys", at=timezone.now())
    _purge()
    # the documented bound later, the old backup of keys is gone
    later = timezone.now() + timedelta(days=settings.KEY_BACKUP_DAYS)
    new, count, removed = back_up(tmp_path / "keys", at=later)
    assert (count, removed) == (1, [old])
    with restored(backup):
        shutil.copytree(tmp_path / "files", store().root, dirs_exist_ok=True)
        with pytest.raises(CommandError, match="replay_log"):
            call_command("restore_keys", new)
        replay(at=timezone.now())
        call_command("restore_keys", new)
        assert b"".join(read_range(Recording.objects.get(pk=kept.pk))) == AUDIO
        assert list(RecordingKey.objects.values_list("pk", flat=True)) == [kept.pk]
        assert str(gone.pk) not in new.read_text()


def test_after_the_day_that_its_certificate_names_no_backup_that_is_made_each_day_opens_what_went(line, tmp_path):
    """The restore drill: an old dump, the files of then, and whatever backup of keys there is on that day."""
    gone = RecordingFactory(expired=True, line_of_business=line, audio=AUDIO)
    shutil.copytree(store().root, tmp_path / "files")
    backup = dump(tmp_path, "--exclude-table-data=recordings_recordingkey")
    now = timezone.now()
    # somebody backs up once a day, a little late each time; the last time with the key just before it went
    for day in range(3):
        back_up(tmp_path / "keys", at=now - timedelta(days=2 - day, seconds=1))
    _purge(now)
    until = datetime.fromisoformat(Certificate.objects.get().content["keys_leave_backups_by"])
    day = now
    while (day := day + timedelta(days=1, seconds=-1)) <= until:
        back_up(tmp_path / "keys", at=day)
    assert backups(tmp_path / "keys")
    for file, _ in backups(tmp_path / "keys"):
        assert str(gone.pk) not in file.read_text()
    with restored(backup):
        shutil.copytree(tmp_path / "files", store().root, dirs_exist_ok=True)
        call = Recording.objects.get(pk=gone.pk)
        assert store().head(call.object_key)
        gate.set_reason("")  # whoever takes the dump elsewhere takes no gate with it
        with pytest.raises(RecordingKey.DoesNotExist):
            b"".join(read_range(call))


def test_a_key_that_an_early_backup_still_has_is_not_put_back_for_what_went(line, tmp_path):
    gone = RecordingFactory(expired=True, line_of_business=line, audio=AUDIO)
    old, _, _ = back_up(tmp_path / "keys", at=timezone.now())
    backup = dump(tmp_path, "--exclude-table-data=recordings_recordingkey")
    _purge()
    with restored(backup):
        replay(at=timezone.now())
        call_command("restore_keys", old)
        assert not RecordingKey.objects.filter(pk=gone.pk).exists()


def test_whoever_backs_keys_up_and_stops_doing_so_is_told(line, tmp_path):
    RecordingFactory(line_of_business=line)
    now = timezone.now()

    def told(at):
        return [problem.kind for problem in reconcile(at=at) if problem.kind == "key_backups_late"]

    assert told(now + timedelta(days=9)) == []  # who makes none keeps none
    back_up(tmp_path, at=now)
    assert told(now + timedelta(days=1)) == []
    assert told(now + timedelta(days=3)) == ["key_backups_late"]


def test_half_a_backup_of_keys_is_refused(line, tmp_path):
    RecordingFactory.create_batch(2, line_of_business=line)
    file, _, _ = back_up(tmp_path, at=timezone.now())
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(CommandError, match="not whole"):
        call_command("restore_keys", file)
    assert [made for made, _ in backups(tmp_path)] == [file]
