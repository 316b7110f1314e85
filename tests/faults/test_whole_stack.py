"""Everything as real processes, and one of them taken away: the rest goes on, and what is due gets done."""

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from compliance_site.private import valkey
from tests.faults.house import CLIP, ROOT, House, copy_prepared, house

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]

ALL = ("database", "broker", "web", "worker", "beat")
LONG = 120


def _delivered(lived_in: House, number: int, name: str = "call") -> dict[str, str]:
    """External id and id of calls that were acknowledged."""
    found = {}
    for each in range(number):
        answer = lived_in.upload(f"{name}-{each}")
        assert answer.status == 201, answer
        found[f"{name}-{each}"] = answer.json()["id"]
    return found


def _all_destroyed(lived_in: House, ids: dict[str, str]) -> None:
    lived_in.until(lambda: lived_in.count("recordings_certificate") >= len(ids), LONG, "nobody destroyed what was due")
    lived_in.until(
        lambda: lived_in.count("recordings_objectremoval", "absent_at IS NULL") == 0, LONG, "objects were not removed"
    )
    told = lived_in.sql(
        "SELECT verb, count(*), count(DISTINCT subject_id) FROM trail_event"
        " WHERE verb IN ('recording.disposed', 'recording.read_back') GROUP BY verb"
    )
    assert {(verb, one, each) for verb, one, each in told} == {
        ("recording.disposed", len(ids), len(ids)),
        ("recording.read_back", len(ids), len(ids)),
    }
    assert lived_in.count("recordings_recording") == 0


def test_a_worker_group_killed_mid_purge_is_made_up_for_by_the_next_with_an_empty_broker():
    with house(*ALL) as lived_in:
        ids = _delivered(lived_in, 60)
        lived_in.fall_due()
        lived_in.until(lambda: lived_in.count("recordings_certificate") > 0, LONG, "no purge began")
        lived_in.kill("worker")
        lived_in.kill("broker")  # with all messages
        lived_in.start("broker", "worker")
        _all_destroyed(lived_in, ids)
        assert lived_in.problems() == []


@pytest.mark.parametrize("how", ["flushed", "killed"])
def test_a_broker_that_forgets_everything_loses_no_work(how):
    with house(*ALL) as lived_in:
        ids = {}
        for round_ in range(20 if how == "killed" else 5):
            ids |= _delivered(lived_in, 2, f"round-{round_}")
            lived_in.fall_due()
            if how == "killed":
                lived_in.kill("broker")
                lived_in.start("broker")
            else:
                _flush(lived_in)
            lived_in.until(
                lambda ids=ids: lived_in.count("recordings_certificate") == len(ids), LONG, "the worker went to sleep"
            )
        _all_destroyed(lived_in, ids)


def _flush(lived_in: House) -> None:
    with socket.socket(socket.AF_UNIX) as wire:
        wire.connect(str(valkey.socket(lived_in.places)))
        wire.sendall(b"FLUSHALL\r\n")
        assert wire.recv(16).startswith(b"+OK")


def test_a_database_that_crashes_during_purges_is_worked_with_again():
    with house(*ALL) as lived_in:
        ids = {}
        for round_ in range(30):
            ids |= _delivered(lived_in, 4, f"round-{round_}")
            lived_in.fall_due()
            time.sleep(0.3 * (round_ % 10) / 10)
            lived_in.crash_database()
            lived_in.start("database")
            _goes_again(lived_in)
        _all_destroyed(lived_in, ids)
        assert lived_in.problems() == []


def _goes_again(lived_in: House) -> None:
    def answers() -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return lived_in.ask("GET", "/api/v1/recordings/").status == 200
        return False

    lived_in.until(answers, LONG, "the web server does not come back after the database")


def test_a_database_that_comes_up_last_is_waited_for():
    with house("broker", "web", "worker", "beat") as lived_in:
        assert lived_in.ask("GET", "/healthz").status == 200
        assert lived_in.ask("GET", "/readyz").status == 503
        assert lived_in.upload("too-early").status == 503
        time.sleep(5)
        assert all(process.poll() is None for process in lived_in.running.values())
        lived_in.start("database")
        lived_in.until(lambda: lived_in.ask("GET", "/readyz").status == 200, LONG, "it does not become ready")
        ids = _delivered(lived_in, 2)
        lived_in.fall_due()
        _all_destroyed(lived_in, ids)


def test_messages_that_nobody_knows_keep_no_worker_from_its_work():
    """As a later version's beat would ring; the work itself is in the database, and waits for who knows it."""
    unknown = (
        "from compliance_site.celery import app\n"
        "for n in range(50): app.send_task('recordings.tasks.of_a_later_version', args=[n])\n"
        "for n in range(50): app.send_task('recordings.tasks.dispose_due', kwargs={'of_a_later_version': n})\n"
    )
    with house(*ALL) as lived_in:
        lived_in.manage("shell", "-c", unknown)
        ids = _delivered(lived_in, 3)
        lived_in.fall_due()
        _all_destroyed(lived_in, ids)
        assert lived_in.running["worker"].poll() is None


def test_two_beats_at_once_do_nothing_twice():
    with house(*ALL) as lived_in:
        command = [sys.executable, "-m", "celery", "-A", "compliance_site.celery", "-q", "beat", "--pidfile="]
        command += ["-s", str(lived_in.home / "second-schedule"), "--loglevel", "WARNING"]
        environment = os.environ | lived_in.settings | {"CALLWARD_HOME": str(lived_in.home), "CALLWARD_PART": "beat"}
        second = subprocess.Popen(command, cwd=ROOT, env=environment)
        try:
            ids = {}
            for round_ in range(5):
                ids |= _delivered(lived_in, 3, f"round-{round_}")
                lived_in.fall_due()
                lived_in.until(
                    lambda ids=ids: lived_in.count("recordings_certificate") == len(ids), LONG, "nothing was purged"
                )
            _all_destroyed(lived_in, ids)
            assert second.poll() is None
        finally:
            second.kill()
            second.wait()
        assert lived_in.problems() == []


def test_everything_is_killed_at_random_under_load_and_nothing_acknowledged_is_lost():
    """Fifty deaths of web, worker, beat, database and broker while clients deliver and recordings fall due."""
    acknowledged: dict[str, str] = {}
    over = threading.Event()
    with house(*ALL) as lived_in:

        def deliver(client: int) -> None:
            for number in range(1_000_000):
                if over.is_set():
                    return
                name = f"call-{client}-{number}"
                with contextlib.suppress(OSError, http.client.HTTPException):
                    answer = lived_in.upload(name)
                    if answer.status in {200, 201}:
                        acknowledged[name] = answer.json()["id"]
                        continue
                    assert answer.status in {409, 503}, answer
                time.sleep(0.05)

        clients = [threading.Thread(target=deliver, args=(n,)) for n in range(4)]
        for client in clients:
            client.start()
        for death in range(50):
            time.sleep(0.4)
            name = ALL[death % len(ALL)]
            lived_in.kill(name)
            lived_in.start(name)
            if death % 5 == 4:
                _goes_again(lived_in)
                lived_in.fall_due("external_id LIKE 'call-0-%' AND object_key IS NOT NULL")
        over.set()
        for client in clients:
            client.join()
        _goes_again(lived_in)
        lived_in.until(
            lambda: lived_in.count("recordings_recording", "delete_by < now()") == 0, LONG, "what was due is still here"
        )
        here = {pk for (pk,) in lived_in.sql("SELECT id::text FROM recordings_recording")}
        gone = {pk for (pk,) in lived_in.sql("SELECT recording_id::text FROM recordings_certificate")}
        lost = [name for name, pk in acknowledged.items() if pk not in here and pk not in gone]
        assert lost == []
        assert not here & gone
        assert all(name.startswith("call-0-") for name, pk in acknowledged.items() if pk in gone)
        for name, pk in list(acknowledged.items())[:: max(1, len(acknowledged) // 50)]:
            if pk in here:
                assert lived_in.audio(pk) == CLIP, name
        lived_in.until(
            lambda: lived_in.count("recordings_objectremoval", "absent_at IS NULL") == 0, LONG, "objects stay"
        )
        assert lived_in.problems() == []
        print(f"50 deaths, {len(acknowledged)} acknowledged, {len(gone)} destroyed, none lost")  # noqa: T201


# --- disks that are full or cannot be written


@contextlib.contextmanager
def _small_disk(folder: Path, size: str):
    """A disk of its own in memory. Mounting one needs root."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def disk(tmp_path_factory):
    if os.geteuid() != 0:
        pytest.fail("These faults need a disk that can be filled: run them as root.")
    folder = Path(tempfile.mkdtemp(prefix="callward-disk-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_a_store_that_is_full_refuses_uploads_and_goes_on_reading_and_purging(disk):
    with _small_disk(disk / "store", "2m"), house(*ALL, STORAGE_URL=f"file://{disk}/store") as lived_in:
        first = lived_in.upload("first").json()["id"]
        doomed = lived_in.upload("doomed").json()["id"]
        (disk / "store" / "ballast").write_bytes(bytes(_room(disk / "store") - 60_000))
        files = set((disk / "store").rglob("*"))
        refused = lived_in.upload("too-much")
        assert refused.status in {503, 507}
        assert set((disk / "store").rglob("*")) == files
        assert lived_in.audio(first) == CLIP
        lived_in.fall_due("external_id = 'doomed'")
        lived_in.until(lambda: lived_in.count("recordings_certificate") == 1, LONG, "a full store stops the purge")
        assert lived_in.ask("GET", f"/api/v1/recordings/{doomed}/").status == 410
        (disk / "store" / "ballast").unlink()
        assert lived_in.upload("too-much").status == 201


def _room(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def test_a_store_that_can_only_be_read_plays_and_heals_by_itself(disk):
    with _small_disk(disk / "store", "20m"), house(*ALL, STORAGE_URL=f"file://{disk}/store") as lived_in:
        kept = lived_in.upload("kept").json()["id"]
        lived_in.upload("doomed")
        subprocess.run(["mount", "-o", "remount,ro", str(disk / "store")], check=True)
        try:
            assert lived_in.upload("refused").status == 503
            assert lived_in.audio(kept) == CLIP
            lived_in.fall_due("external_id = 'doomed'")
            time.sleep(12)  # two rings of the beat
            assert lived_in.count("recordings_objectremoval", "absent_at IS NOT NULL") == 0
        finally:
            subprocess.run(["mount", "-o", "remount,rw", str(disk / "store")], check=True)
        lived_in.until(lambda: lived_in.count("recordings_certificate") == 1, LONG, "the purge does not go on")
        lived_in.until(
            lambda: lived_in.count("recordings_objectremoval", "absent_at IS NOT NULL") == 1, LONG, "it does not heal"
        )
        assert lived_in.upload("refused").status == 201


def test_a_database_whose_disk_is_full_stops_everything_and_loses_nothing(disk):
    """No destruction without a durable proof: where it cannot be written, nothing goes."""
    with _small_disk(disk / "disk", "400m") as place:
        copy_prepared(place / "home")
        lived_in = House(place / "home")
        try:
            lived_in.start(*ALL)
            kept = {f"kept-{n}": lived_in.upload(f"kept-{n}").json()["id"] for n in range(5)}
            ballast = place / "ballast"
            lived_in.sql("CHECKPOINT")
            ballast.write_bytes(bytes(max(0, _room(place) - 100_000)))
            statuses = []
            for number in range(200):
                with contextlib.suppress(OSError, http.client.HTTPException):
                    statuses.append(lived_in.upload(f"full-{number}").status)
                if 503 in statuses or 507 in statuses:
                    break
            assert {503, 507} & set(statuses), statuses
            assert set(statuses) <= {201, 503, 507}
            ballast.unlink()
            if lived_in.running["database"].poll() is not None:  # it stops rather than lie
                lived_in.kill("database")
                lived_in.start("database")
            _goes_again(lived_in)
            for pk in kept.values():
                assert lived_in.audio(pk) == CLIP
            assert lived_in.count("recordings_certificate") == 0
            assert lived_in.upload("after").status == 201
            assert lived_in.problems() == []
        finally:
            lived_in.end()


def test_a_migration_that_is_killed_anywhere_is_finished_by_the_next():
    """The tables are made from nothing, and whoever makes them is killed ever later."""
    folder = Path(tempfile.mkdtemp(prefix="callward-migrate-"))
    folder.chmod(0o755)
    lived_in = House(folder / "home")
    lived_in.home.mkdir()
    lived_in.home.chmod(0o755)
    try:
        lived_in.start("database", "broker")
        environment = os.environ | lived_in.settings | {"CALLWARD_HOME": str(lived_in.home), "CALLWARD_SERVED": "1"}
        killed = 0
        for seconds in (2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0):
            run = subprocess.Popen(
                [sys.executable, "manage.py", "prepare"],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            try:
                run.wait(seconds)
            except subprocess.TimeoutExpired:
                run.send_signal(signal.SIGKILL)
                run.wait()
                killed += 1
        assert killed > 1
        lived_in.manage("prepare")
        assert lived_in.problems() == []
    finally:
        lived_in.end()
        shutil.rmtree(folder, ignore_errors=True)
