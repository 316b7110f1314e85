"""Remove everything that a demo keeps under CALLWARD_HOME: database, audio, keys. `make reset` calls it."""

import shutil
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance_site.private.places import SHARED, Places, digest, places
from compliance_site.private.postgres import held_lock


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--even-if-no-demo", action="store_true", help="wipe a home that no demo was made in, too")

    def handle(self, *args: Any, even_if_no_demo: bool, **options: Any) -> None:
        where = places()
        if not where.database.exists() and not where.keys.exists():
            self.stdout.write(f"Nothing to wipe in {where.home}")
            return
        if not where.demo.exists() and not even_if_no_demo:
            raise CommandError(
                f"{where.home} is not a demo's, and what is wiped is gone for ever. "
                "If you mean it: manage.py wipe --even-if-no-demo"
            )
        with held_lock(where.serve_lock, wait=False) as serving, held_lock(where.database_lock, wait=False) as database:
            if serving is None or database is None:
                raise CommandError("Callward is running here. Stop it first.")
            for part in everything(where):
                remove(part)
        self.stdout.write(f"Wiped {where.home}")


def everything(where: Places) -> list[Path]:
    """What Callward made, by name: a home that holds other things keeps them."""
    shared = (
        [SHARED / digest(where.home)] if where.services != where.home or (SHARED / digest(where.home)).exists() else []
    )
    named = ["prepared", "static", "beat-schedule", "temporary", "demo-token"]
    beats = [where.home / name for name in named] + list(where.home.glob("beat-schedule.*"))
    return [where.database, where.run, where.store, where.keys, where.groups, *beats, *shared, where.demo]


def remove(part: Path) -> None:
    if part.is_dir() and not part.is_symlink():
        shutil.rmtree(part)
    else:
        part.unlink(missing_ok=True)
