"""Destroy what is due, now; or tell what would go and what would stay, and change nothing."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from recordings.domain.errors import DispositionStopped
from recordings.services.disposition import purge_batch
from recordings.services.disposition.dry_run import STAYS, DryRun, dry_run
from recordings.services.disposition.early import destroy_early
from recordings.services.disposition.listing import list_due
from recordings.services.disposition.runs import tend_runs
from recordings.services.removals import object_removals
from trail.domain.actors import CALLWARD

AT_ONCE = 1_000


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="tell what would be destroyed; change nothing")
        parser.add_argument("--json", action="store_true", help="as JSON, for a program")
        parser.add_argument("--most", type=int, default=1_000, help="how many recordings a dry run names (1,000)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            found = dry_run(timezone.now(), actor=CALLWARD)
            told = json.dumps(found.as_json(options["most"]), indent=1) if options["json"] else _in_words(found)
        else:
            done = self._dispose()
            told = json.dumps(done) if options["json"] else ", ".join(f"{key} {count:,}" for key, count in done.items())
        self.stdout.write(told)

    def _dispose(self) -> dict[str, int]:
        """Raises CommandError: it was stopped, for the reasons that it tells."""
        at = timezone.now()
        try:
            return {
                "listed": _all(lambda: list_due(at=at, limit=AT_ONCE)),
                "destroyed early": _all(lambda: destroy_early(at, limit=AT_ONCE)),
                "destroyed": _all(lambda: purge_batch(at=at, limit=AT_ONCE)),
                "objects read back": _all(lambda: object_removals(at=timezone.now(), limit=AT_ONCE)),
                "runs complete": tend_runs(timezone.now()),
            }
        except DispositionStopped as stopped:
            raise CommandError("Callward has stopped destroying. " + " ".join(stopped.reasons)) from stopped


def _all(batch: Any) -> int:
    total = 0
    while done := batch():
        total += done
    return total


def _in_words(found: DryRun) -> str:
    lines = [f"Would destroy {found.count:,} recordings, {found.size_bytes:,} bytes. Nothing was changed."]
    lines += [f"  {row['line']}: {row['count']:,}, {row['bytes']:,} bytes" for row in found.by_line]
    lines += [f"Stays: {count:,}. {STAYS[key]}." for key, count in found.stays.items()]
    lines += [f"Stopped: {reason}" for reason in found.stopped]
    if found.brake:
        lines.append("The brake would stop it first, and ask a person to type the number.")
    return "\n".join(lines)
