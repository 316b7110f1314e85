"""Load a law release from a folder: checked row by row and by its example calls, all or nothing."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from policies.domain.errors import LawRefused, ReleaseNotMovable
from policies.domain.register.differences import RuleChange
from policies.models import LawRelease
from policies.services.register import SHIPPED, current_release, difference, load_law
from trail.domain.actors import CALLWARD

LONGEST = 60  # characters of a cell that the difference shows
SHOWN_CHANGES = 40


class Command(BaseCommand):
    help = (
        "Load the law release in FOLDER (without one: what ships) as a candidate, and show what it changes. An officer"
        " publishes it on the policies page with its what-if; the first release of all is published at once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=SHIPPED)
        parser.add_argument("--publish", action="store_true", help="put it in effect at once, without a what-if")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *_: Any, folder: Path, publish: bool, as_json: bool, **__: Any) -> None:
        try:
            release = load_law(folder=folder, actor=CALLWARD, publish=publish)
        except (LawRefused, ReleaseNotMovable) as error:
            if as_json:
                self.stdout.write(json.dumps({"loaded": False, "problems": error.fields or [{"detail": str(error)}]}))
            raise CommandError(str(error)) from error
        changes = difference(release.based_on, release) if release.based_on else []
        if as_json:
            self.stdout.write(json.dumps(_facts(release, changes)))
        else:
            self.stdout.write("\n".join(_words(release, changes)))


def _facts(release: LawRelease, changes: list[RuleChange]) -> dict[str, Any]:
    return {
        "loaded": True,
        "release": release.number,
        "state": release.state,
        "digest": release.digest,
        "in_effect": current_release().number == release.number,
        "based_on": release.based_on_id,
        "changes": [
            {
                "code": change.code,
                "table": change.table,
                "kind": change.kind,
                "effective_from": change.effective_from or None,
                "columns": [{"column": name, "before": old, "after": new} for name, old, new in change.columns],
            }
            for change in changes
        ],
    }


def _words(release: LawRelease, changes: list[RuleChange]) -> list[str]:
    said = [f"Law release {release.number} is loaded, digest {release.digest[:12]}: {release.get_state_display()}."]
    if release.based_on_id:
        kinds = {kind: sum(change.kind == kind for change in changes) for kind in ("added", "removed", "changed")}
        counts = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        said.append(f"Against release {release.based_on_id}: {counts}.")
    for change in changes[:SHOWN_CHANGES]:
        said.append(f"  {change.kind} {change.code} in {change.table}")
        if change.kind == "changed":
            said += [f"    {name}: {_short(old)} -> {_short(new)}" for name, old, new in change.columns]
    if len(changes) > SHOWN_CHANGES:
        said.append(f"  and {len(changes) - SHOWN_CHANGES} more; --json lists all.")
    if release.state == LawRelease.State.CANDIDATE:
        said.append(
            "It is not in effect. Run its what-if on its page under Policies to see which recordings and decisions it"
            " would change; an officer publishes it there with that report."
        )
    return said


def _short(text: str) -> str:
    return repr(text if len(text) <= LONGEST else f"{text[:LONGEST]}…")
