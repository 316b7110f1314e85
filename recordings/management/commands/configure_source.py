"""Set a telephony source's keys and settings, from a JSON file. They are sealed, and never shown again."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from recordings.domain.errors import SettingsRefused, SourceUnknown
from recordings.intake import ADAPTERS
from recordings.services.sources import configure_source
from trail.domain.actors import CALLWARD

LARGEST_BYTES = 1 << 20


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", help=f"one of: {', '.join(sorted(ADAPTERS))}")
        parser.add_argument(
            "--keys",
            required=True,
            metavar="FILE.json",
            help="its keys, and what the vendor does not send: assume_timezone, default_region, own_domains, columns,"
            " agent_channel (left, right), line_of_business, purposes, buckets, audio_folder, audio_headers",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        values = _read(Path(options["keys"]))
        try:
            source = configure_source(name=options["source"], values=values, actor=CALLWARD)
        except SourceUnknown as error:
            raise CommandError(
                f"There is no source {options['source']!r}. There are: {', '.join(sorted(ADAPTERS))}."
            ) from error
        except SettingsRefused as error:
            raise CommandError(str(error)) from error
        line = source.line_of_business.code if source.line_of_business else "none: its calls go to quarantine"
        self.stdout.write(f"{source.pk} configured. Line of business: {line}.")


def _read(file: Path) -> dict[str, Any]:
    try:
        content = file.read_bytes()
        values = json.loads(content) if len(content) <= LARGEST_BYTES else None
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise CommandError(f"{file} is not JSON.") from error
    if not isinstance(values, dict):
        raise CommandError(f"{file} does not hold one JSON object.")
    return values
