"""Look at everything that Callward leans on, and say what is wrong and how to mend it. Exit code 1: something is."""

import json
import shutil
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from compliance_site import health
from compliance_site.health import Part

OLDEST_POSTGRESQL = 150_000
LEAST_FREE_BYTES = 1 << 30
MOST_CLOCK_DIFFERENCE = timedelta(seconds=5)


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the findings as one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        found = {name: _asked(ask) for name, ask in (CHECKS | health.PARTS).items()}
        is_well = all(part.ok for part in found.values())
        if options["json"]:
            self.stdout.write(
                json.dumps({"well": is_well, "parts": {name: vars(part) for name, part in found.items()}})
            )
        else:
            for name, part in found.items():
                self.stdout.write(f"{'well ' if part.ok else 'WRONG'}  {name:<12} {part.detail}".rstrip())
        if not is_well:
            sys.exit(1)


def _asked(ask: Callable[[], Part]) -> Part:
    try:
        return ask()
    except DatabaseError:
        return Part(
            ok=False, detail="unknown while PostgreSQL does not answer; see DATABASE_URL, or run manage.py serve"
        )


def python() -> Part:
    return Part(ok=sys.version_info >= (3, 11), detail=f"{sys.version.split()[0]}")


def postgresql() -> Part:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int, current_setting('server_version')")
        number, name = cursor.fetchone()
    return Part(ok=number >= OLDEST_POSTGRESQL, detail=f"{name}; 15 or newer is needed")


def migrations() -> Part:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return Part(ok=not waiting, detail=f"{len(waiting)} wait: manage.py migrate" if waiting else "all applied")


def clock() -> Part:
    """What is due is read from this machine's clock; it must agree with the database's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        difference = abs(cursor.fetchone()[0] - timezone.now())
    return Part(
        ok=difference < MOST_CLOCK_DIFFERENCE, detail=f"differs from PostgreSQL's by {difference.total_seconds():.1f} s"
    )


def space() -> Part:
    free = shutil.disk_usage(settings.PLACES.home).free
    return Part(ok=free > LEAST_FREE_BYTES, detail=f"{free / (1 << 30):.1f} GiB free under {settings.PLACES.home}")


CHECKS: dict[str, Callable[[], Part]] = {
    "python": python,
    "postgresql": postgresql,
    "migrations": migrations,
    "clock": clock,
    "space": space,
}
