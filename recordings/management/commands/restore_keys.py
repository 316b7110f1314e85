"""Put keys back from a backup that backup_keys made, for recordings that are here and have none."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from recordings.domain.errors import KeysUnavailable, LedgerUnavailable, RecordingsClosed
from recordings.ledger.key_backups import restore


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true", help="the answer as one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            put_back, left_out = restore(options["file"])
        except (RecordingsClosed, KeysUnavailable, LedgerUnavailable) as error:
            raise CommandError(str(error)) from error
        except (OSError, ValueError, KeyError) as error:
            raise CommandError(f"{options['file']} cannot be read as a backup of keys: {error}") from error
        told = {"put_back": put_back, "left_out": left_out}
        self.stdout.write(
            json.dumps(told)
            if options["json"]
            else f"{put_back} keys put back; {left_out} left out: their recordings are gone, or have their key."
        )
