"""`manage.py reconcile [--json]`: do rows, objects, holds and certificates agree?"""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from recordings.services.reconcile import reconcile


class Command(BaseCommand):
    help = "Compare all rows with the store, the holds and the certificates; ends with 1 where something is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="One JSON object with `problems`, a list.")

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        problems = reconcile(at=at)
        if options["json"]:
            told = {"at": at.isoformat(), "problems": [asdict(problem) for problem in problems]}
            self.stdout.write(json.dumps(told, indent=1))
        else:
            for problem in problems:
                self.stdout.write(f"{problem.kind}  {problem.subject}  {problem.detail}")
            self.stdout.write(f"{len(problems)} problems." if problems else "All invariants hold.")
        if problems:
            raise SystemExit(1)
