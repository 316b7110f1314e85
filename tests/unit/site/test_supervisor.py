import os
import sys
import time

from compliance_site.private.supervisor import Child, Supervisor, program


def turn_until(supervisor, true):
    until = time.monotonic() + 20
    while not true():
        supervisor.turn(0.05)
        assert time.monotonic() < until


def child(name: str, code: str, **options) -> Child:
    return Child(name, lambda: program(["-c", code], os.environ), sys.executable, **options)


def test_lines_come_with_the_name_of_who_said_them(tmp_path):
    said: list[str] = []
    supervisor = Supervisor(tmp_path / "groups.json", said.append)
    supervisor.add(child("web", "print('one'); print('two', end='')", restarts=False))
    turn_until(supervisor, lambda: len(said) == 2)
    assert said == ["[web] one", "[web] two"]
    supervisor.stop(())


def test_what_dies_is_started_again_and_waits_longer_each_time(tmp_path):
    said: list[str] = []
    supervisor = Supervisor(tmp_path / "groups.json", said.append)
    dying = supervisor.add(child("worker", "raise SystemExit(3)"))
    turn_until(supervisor, lambda: dying.deaths == 3)
    supervisor.stop(())
    assert [line for line in said if "code 3" in line] == [
        "[worker] ended with code 3; starts again in 0 s",
        "[worker] ended with code 3; starts again in 1 s",
        "[worker] ended with code 3; starts again in 2 s",
    ]


def test_stopping_leaves_nothing_of_a_group_even_of_one_that_will_not_go(tmp_path, monkeypatch):
    supervisor = Supervisor(tmp_path / "groups.json", lambda line: None)
    monkeypatch.setattr("compliance_site.private.supervisor.PROGRAM_SECONDS", 0.3)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('x', flush=True); time.sleep(60)"
    stubborn = supervisor.add(child("web", deaf))
    supervisor.turn(5)
    supervisor.stop(())
    assert stubborn.process.poll() == -9
    assert not (tmp_path / "groups.json").exists()
