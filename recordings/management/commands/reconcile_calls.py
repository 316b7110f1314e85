"""Compare a vendor's list of calls (CSV or JSON) with what is here: calls without a recording, each with its cause."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from recordings.domain.errors import CallListRefused
from recordings.importing.call_lists import as_text, listed_calls
from recordings.models import CallListEntry
from recordings.services.call_lists import answer_of, compare
from trail.domain.actors import CALLWARD


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="CALLS.csv|CALLS.json")
        parser.add_argument("--source", required=True, help="the source that these calls are of")
        parser.add_argument("--zone", default="", help="of local times, such as America/New_York")
        parser.add_argument("--region", default="", help="of numbers without a country code, such as US")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with Path(options["file"]).open("rb") as content:
                calls = listed_calls(as_text(content), zone=options["zone"], region=options["region"].upper())
                made = compare(source=options["source"], calls=calls, actor=CALLWARD)
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from error
        except CallListRefused as error:
            raise CommandError(str(error)) from error
        answer = answer_of(made)
        if options["json"]:
            self.stdout.write(json.dumps(answer))
            return
        self.stdout.write(
            f"{made.calls:,} calls: {made.recorded:,} recorded, {made.explained:,} without a recording for a known "
            f"cause, {made.unexplained:,} without a cause; {made.without_call:,} recordings without a call."
        )
        for cause, count in answer["causes"].items():
            self.stdout.write(f"  {count:,}: {CallListEntry.Cause(cause).label}")
