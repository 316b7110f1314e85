"""Load a law release from a folder: checked row by row and by its example calls, all or nothing; then its impact."""

import json
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance_site.whatif.job import work_on
from policies.domain.errors import LawRefused, ReleaseNotMovable
from policies.domain.register.differences import RuleChange
from policies.models import ImpactReport, LawRelease
from policies.services import impact
from policies.services.register import SHIPPED, current_release, difference, load_law
from policies.services.touched import needs_report
from policies.views.impact import TITLES
from recordings.services.alone import alone
from trail.domain.actors import CALLWARD

LONGEST = 60  # characters of a cell that the difference shows
SHOWN_CHANGES = 40
TURN = 5.0  # seconds of the what-if between two words about its progress


class Command(BaseCommand):
    help = (
        "Load the law release in FOLDER (without one: what ships) as a candidate, and show what it changes: row by row,"
        " and for stored recordings and recent decisions. An officer publishes it on its page under Policies with that"
        " report; the first release of all is published at once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=SHIPPED)
        parser.add_argument("--publish", action="store_true", help="put it in effect at once, without a what-if")
        parser.add_argument("--no-impact", action="store_true", help="leave the what-if to its page")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *_: Any, folder: Path, publish: bool, no_impact: bool, as_json: bool, **__: Any) -> None:
        try:
            release = load_law(folder=folder, actor=CALLWARD, publish=publish)
        except (LawRefused, ReleaseNotMovable) as error:
            if as_json:
                self.stdout.write(json.dumps({"loaded": False, "problems": error.fields or [{"detail": str(error)}]}))
            raise CommandError(str(error)) from error
        changes = difference(release.based_on, release) if release.based_on else []
        waits = release.state == LawRelease.State.CANDIDATE
        report = self._what_if(release) if waits and not no_impact and needs_report() else None
        if as_json:
            self.stdout.write(json.dumps(_facts(release, changes) | {"impact": _counts(report)}))
        else:
            self.stdout.write("\n".join([*_words(release, changes), *_impact(report), *_next(release)]))

    def _what_if(self, release: LawRelease) -> ImpactReport:
        """The finished report: computed here, unless a worker is at it already."""
        report = impact.start_impact(release, CALLWARD)
        while report.state in impact.UNFINISHED:
            self.stderr.write(f"what-if: {report.done_count:,} of {report.of_count:,}")
            with alone("run_what_ifs") as mine:
                if mine:
                    work_on(report, until=time.monotonic() + TURN)
                else:
                    time.sleep(TURN / 5)
            report.refresh_from_db()
        return report


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
    return said


def _counts(report: ImpactReport | None) -> dict[str, int] | None:
    """What the report counts over every line: `{"looked_at": 304, "consent": 18}`; None without one that is done."""
    if report is None or report.state != ImpactReport.State.DONE:
        return None
    return dict(impact.figures_for(report, CALLWARD)["counts"])


def _impact(report: ImpactReport | None) -> list[str]:
    if report is None:
        return []
    counts = _counts(report)
    if counts is None:
        return [f"Its impact could not be counted: {report.failed_because or report.get_state_display()}"]
    found = [f"  {title.lower()}: {counts[kind]:,}" for kind, title in TITLES.items() if counts.get(kind)]
    return [f"Of {counts.get('looked_at', 0):,} stored recordings:", *(found or ["  nothing changes"])]


def _next(release: LawRelease) -> list[str]:
    if release.state != LawRelease.State.CANDIDATE:
        return []
    return ["It is not in effect. An officer publishes it on its page under Policies, with its what-if."]


def _short(text: str) -> str:
    return repr(text if len(text) <= LONGEST else f"{text[:LONGEST]}…")
