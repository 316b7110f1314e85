import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from compliance_site.private.postgres import held_lock
from compliance_site.private.processes import Group, end_leftovers, leftovers, record, recorded

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)", "callward-sleeper"]


def test_a_lock_has_one_holder_and_is_free_after_it(tmp_path):
    with ExitStack() as held:
        assert held.enter_context(held_lock(tmp_path / "lock", wait=False)) is not None
        with held_lock(tmp_path / "lock", wait=False) as second:
            assert second is None
    with held_lock(tmp_path / "lock", wait=False) as third:
        assert third is not None


def test_leftovers_are_ended_by_group_and_command_line(tmp_path):
    process = subprocess.Popen(SLEEPER, start_new_session=True)
    while not Path(f"/proc/{process.pid}/cmdline").read_bytes():  # the kernel has not laid it out yet
        pass
    file = tmp_path / "groups.json"
    record(file, [Group("sleeper", process.pid, "callward-sleeper")])
    assert end_leftovers(file) == 1
    assert process.wait(5) == -9
    assert not file.exists()


def test_a_group_whose_number_now_belongs_to_another_program_is_left_alone(tmp_path):
    process = subprocess.Popen(SLEEPER, start_new_session=True)
    try:
        assert leftovers([Group("web", process.pid, "granian")]) == []
        assert leftovers([Group("web", process.pid + 1, "callward-sleeper")]) == []
        assert leftovers([Group("web", process.pid, "callward-sleeper")]) == [process.pid]
    finally:
        process.kill()
        process.wait()


def test_half_a_record_counts_as_none(tmp_path):
    (tmp_path / "groups.json").write_text('[{"name": "web"')
    assert recorded(tmp_path / "groups.json") == []


def test_a_tied_child_dies_with_its_killed_parent(tmp_path):
    reader, writer = os.pipe()  # stays open for reading until the last of the two is gone
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys, time\n"
            "from compliance_site.private.processes import dies_with_parent\n"
            f"subprocess.Popen({SLEEPER!r}, preexec_fn=dies_with_parent(), pass_fds=[{writer}])\n"
            "print('started', flush=True)\n"
            "time.sleep(60)",
        ],
        stdout=subprocess.PIPE,
        pass_fds=[writer],
    )
    os.close(writer)
    assert parent.stdout.readline() == b"started\n"
    parent.kill()
    parent.wait()
    assert os.read(reader, 1) == b""  # end of file: nobody holds the other end
    os.close(reader)
    parent.stdout.close()
