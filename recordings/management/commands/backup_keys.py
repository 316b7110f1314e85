"""Back up the recordings' own keys into a folder, and remove the backups that are older than KEY_BACKUP_DAYS."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from recordings.ledger.key_backups import back_up


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="on another disk than the database's backups")
        parser.add_argument("--json", action="store_true", help="the answer as one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            file, count, removed = back_up(options["folder"], at=timezone.now())
        except OSError as error:
            raise CommandError(f"The backup cannot be written: {error.strerror}. Nothing new was kept.") from error
        told = {"file": str(file), "keys": count, "removed": [str(old) for old in removed]}
        self.stdout.write(
            json.dumps(told) if options["json"] else f"{count} keys in {file}; {len(removed)} old backups removed."
        )
