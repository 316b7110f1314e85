"""Start PostgreSQL and Valkey where none are named, then web, worker and beat; stop them all on Ctrl-C or SIGTERM."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from compliance_site.private.serve import main


class Command(BaseCommand):
    """Stands in the list of commands; manage.py itself goes straight to the supervisor, which needs no Django."""

    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", help="the web port; PORT in the environment, else 8000")

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(main(["--port", options["port"]] if options["port"] else []))
