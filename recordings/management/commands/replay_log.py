"""After a restore of the database: do again what the disposition log says was held and destroyed since, then open."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from recordings.domain.errors import LedgerUnavailable, ReplayRefused
from recordings.ledger.anew import begin_anew
from recordings.ledger.replaying import replay

WORDS = {
    "lines": "lines of the log done again",
    "holds_placed": "holds placed again",
    "holds_released": "holds released again",
    "held_again": "recordings held again",
    "destroyed_again": "recordings destroyed again",
    "certificates_back": "certificates brought back",
    "objects_asked": "objects to be removed and read back again",
    "never_happened": "lines that never came to pass",
    "missing_from_backup": "held recordings that are younger than the backup",
}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--only-look", action="store_true", help="say what would be done again; change nothing")
        parser.add_argument("--json", action="store_true", help="the answer as one line of JSON")
        parser.add_argument(
            "--begin-anew",
            action="store_true",
            help="the log is lost for ever: put aside what is left, begin one with what the database knows",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        try:
            if options["begin_anew"]:
                aside = begin_anew(at=at)
                self.stdout.write(
                    json.dumps({"old_log": aside}) if options["json"] else f"Begun anew; old log: {aside}"
                )
                return
            done = replay(at=at, only_look=options["only_look"])
        except (ReplayRefused, LedgerUnavailable) as error:
            if options["json"]:
                self.stdout.write(json.dumps({"refused": getattr(error, "reasons", [str(error)])}))
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(done.as_json()))
            return
        if not done.last_line:
            self.stdout.write("Database and disposition log agree; there is nothing to do again.")
            return
        self.stdout.write(f"Lines {done.first_line} to {done.last_line} of the disposition log:")
        for name, words in WORDS.items():
            if number := getattr(done, name):
                self.stdout.write(f"  {number} {words}")
