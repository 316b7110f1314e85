"""`manage.py expire_soon --ids ID,… --in SECONDS`: watch a purge, in demo mode and on demo lines only."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from recordings.domain.errors import NotADemonstration, RecordingNotFound
from recordings.services.demonstration import expire_soon


class Command(BaseCommand):
    help = "Make recordings of a demo line come due in so many seconds. Each leaves its own event in the trail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--ids", required=True, help="Ids of recordings, separated by commas.")
        parser.add_argument("--in", dest="seconds", type=int, default=30, help="Seconds from now (30).")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            ids = [UUID(text.strip()) for text in options["ids"].split(",") if text.strip()]
        except ValueError as error:
            raise CommandError("--ids takes ids of recordings (UUIDs), separated by commas.") from error
        if not ids or options["seconds"] < 0:
            raise CommandError("Name at least one id, and a number of seconds that is not negative.")
        try:
            count = expire_soon(recording_ids=ids, seconds=options["seconds"], at=timezone.now())
        except (NotADemonstration, RecordingNotFound) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{count} will be destroyed in {options['seconds']} s.")
