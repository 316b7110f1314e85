"""Bring the database to what this version of Callward needs; `manage.py serve` does it at every start."""

import json
import time
from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from redis.exceptions import RedisError

from compliance_site import heartbeats
from compliance_site.shipping import ship
from recordings.ledger import place

LOCK = 0x63616C6C  # several machines may start at once; one of them migrates, the others wait


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="print the steps with their seconds as one line of JSON"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        seconds: dict[str, object] = {}
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        steps = (
            ("migrations", self._migrate),
            ("shipped", ship),
            ("heartbeats", self._forget),
            ("store", self._look_at_store),
        )
        for name, step in steps:
            seconds[name] = _timed(step)
        facts = {"seconds": seconds, "is_empty": not get_user_model().objects.exists()}
        if options["json"]:
            self.stdout.write(json.dumps(facts))

    def _migrate(self) -> None:
        call_command("migrate", interactive=False, verbosity=0, skip_checks=True)

    def _look_at_store(self) -> None:
        """An audio store that is not mounted looks like one from which everything was removed: no start with it."""
        if reasons := place.reasons():
            raise CommandError(reasons[0])

    def _forget(self) -> None:
        try:
            heartbeats.forget()
        except RedisError:
            self.stderr.write("The broker does not answer; go on without it.")


def _timed(step: Callable[[], None]) -> float:
    began = time.monotonic()
    step()
    return round(time.monotonic() - began, 2)
