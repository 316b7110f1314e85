import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

from compliance_site.private import postgres
from compliance_site.private.places import places


def test_the_copied_programs_run_and_are_copied_once(tmp_path):
    programs = postgres.copied(postgres.wheel(), tmp_path / "shared")
    made = programs.stat().st_ctime_ns
    said = subprocess.run([programs / "initdb", "--version"], capture_output=True, text=True, check=True).stdout
    assert said.startswith("initdb (PostgreSQL)")
    assert postgres.copied(postgres.wheel(), tmp_path / "shared").stat().st_ctime_ns == made


@pytest.fixture
def new_home(monkeypatch):
    with tempfile.TemporaryDirectory(prefix="callward-one-") as folder:
        Path(folder).chmod(0o755)
        monkeypatch.setenv("CALLWARD_HOME", folder)
        yield places()


def test_a_command_has_the_database_for_as_long_as_it_lasts(new_home):
    with postgres.for_one_command(new_home):
        with psycopg.connect(host=str(new_home.run), user=postgres.USER, dbname=postgres.DATABASE) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        with postgres.for_one_command(new_home):  # another command meanwhile takes the running one, and leaves it
            assert postgres.answers(new_home)
        assert postgres.answers(new_home)
    assert not postgres.answers(new_home)


def test_what_an_interrupted_first_start_left_is_made_anew(new_home):
    half = new_home.database.with_name("postgres.new")
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with postgres.for_one_command(new_home):
        assert postgres.is_ready(new_home)
    assert not half.exists()
