"""Load a law release from a folder with its four files: checked row by row, all or nothing."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from policies.domain.errors import LawRefused
from policies.services.register import SHIPPED, current_release, load_law
from trail.domain.actors import CALLWARD


class Command(BaseCommand):
    help = "Load the law release in FOLDER (without one: what ships). A release that is loaded already stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=SHIPPED)
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *_: Any, folder: Path, as_json: bool, **__: Any) -> None:
        try:
            release = load_law(folder=folder, actor=CALLWARD)
        except LawRefused as error:
            if as_json:
                self.stdout.write(json.dumps({"loaded": False, "problems": error.fields or [{"detail": str(error)}]}))
            raise CommandError(str(error)) from error
        in_effect = current_release().number == release.number
        if as_json:
            facts = {"loaded": True, "release": release.number, "digest": release.digest, "in_effect": in_effect}
            self.stdout.write(json.dumps(facts))
        else:
            self.stdout.write(f"Law release {release.number} is loaded, digest {release.digest[:12]}.")
