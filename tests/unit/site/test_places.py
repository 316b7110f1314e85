import stat
import tempfile
from pathlib import Path

import pytest

from compliance_site.private import places as module
from compliance_site.private import valkey
from compliance_site.private.places import SOCKET_LIMIT, make_home, places, reachable_by_others


@pytest.fixture
def open_home(monkeypatch):
    """A home that everybody may pass through; pytest's own temporary folders are closed to others."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        monkeypatch.setenv("CALLWARD_HOME", folder)
        yield Path(folder).resolve()


def test_everything_lies_in_the_home_where_its_folders_are_open(open_home):
    where = places(is_root=True)
    assert {where.database.parent, where.run.parent, where.store.parent, where.keys.parent} == {open_home}


def test_a_long_home_gets_short_sockets(open_home, monkeypatch):
    monkeypatch.setenv("CALLWARD_HOME", str(open_home / ("deep" * 30)))
    where = places()
    assert len(str(where.run / ".s.PGSQL.5432").encode()) <= SOCKET_LIMIT
    assert len(str(valkey.socket(where)).encode()) <= SOCKET_LIMIT
    assert where.database.parent == where.home


def test_two_long_homes_have_sockets_of_their_own(open_home, monkeypatch):
    runs = set()
    for name in ("first", "other"):
        monkeypatch.setenv("CALLWARD_HOME", str(open_home / (name * 30)))
        runs.add(places().run)
    assert len(runs) == 2


def test_roots_postgresql_moves_out_of_a_home_that_it_cannot_enter(open_home, monkeypatch):
    closed = open_home / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setenv("CALLWARD_HOME", str(closed / "var"))
    assert not reachable_by_others(closed / "var")
    assert places(is_root=True).database.is_relative_to(module.SHARED)
    assert places(is_root=True).keys == closed / "var" / "keys"
    assert places(is_root=False).database == closed / "var" / "postgres"


def test_data_stays_where_it_is_when_its_folder_is_closed_later(open_home):
    (open_home / "postgres").mkdir()
    open_home.chmod(0o700)
    assert places(is_root=True).database == open_home / "postgres"


def test_a_new_home_is_closed_to_readers(open_home, monkeypatch):
    monkeypatch.setenv("CALLWARD_HOME", str(open_home / "a" / "b"))
    make_home(places())
    for folder in (open_home / "a", open_home / "a" / "b"):
        assert not folder.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH)
