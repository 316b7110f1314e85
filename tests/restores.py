"""A backup of the tests' database as people make one, and a database that was restored from it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections

from compliance_site.private import postgres
from recordings import gate
from recordings.ledger import state


def dump(into: Path, *options: str) -> Path:
    """`pg_dump` of what is committed now, without the tables that tests keep aside."""
    file = into / "backup.dump"
    _run("pg_dump", "-Fc", "-n", "public", *options, "-f", str(file), "-d", _name())
    return file


@contextmanager
def restored(*files: Path) -> Iterator[None]:
    """Another database, made by `pg_restore`, in the place of the tests' own for as long as this lasts."""
    settings_dict: dict[str, Any] = connection.settings_dict
    name, copy = settings_dict["NAME"], f"{settings_dict['NAME']}_restored"
    _run("dropdb", "--if-exists", "--force", copy)
    _run("createdb", "-T", "template0", copy)
    _run("psql", "-q", "-d", copy, "-c", "DROP SCHEMA public CASCADE")
    for file in files:
        _run("pg_restore", "-d", copy, str(file))
    connections.close_all()
    settings_dict["NAME"] = copy
    state.look_at_once()
    try:
        yield
    finally:
        connections.close_all()
        settings_dict["NAME"] = name
        gate.set_reason("")
        _run("dropdb", "--force", copy)


def _name() -> str:
    return str(connection.settings_dict["NAME"])


def _run(program: str, *arguments: str) -> None:
    command = [str(postgres.wheel() / program), "-h", str(settings.PLACES.run), "-U", postgres.USER, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{program}: {done.stderr}"
