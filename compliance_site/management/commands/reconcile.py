"""`manage.py reconcile [--json]`: do all invariants hold? Every room is asked."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from trail.invariants import INVARIANTS, checks, reconcile


class Command(BaseCommand):
    help = "Look whether all invariants hold: rows, store, holds, certificates, dates, trail. Ends with 1 where not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="One JSON object with `problems`, a list.")

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        problems = reconcile(at=at)
        if options["json"]:
            told = {"at": at.isoformat(), "checks": checks(), "problems": [asdict(problem) for problem in problems]}
            self.stdout.write(json.dumps(told, indent=1))
        else:
            for problem in problems:
                self.stdout.write(f"{problem.kind}  {problem.subject}  {problem.detail}")
            looked = sum(map(len, checks().values()))
            self.stdout.write(
                f"{len(problems)} problems." if problems else f"All {len(INVARIANTS)} invariants hold; {looked} checks."
            )
        if problems:
            raise SystemExit(1)
