"""Take in recordings that lie in a folder, or that a CSV manifest names; each once, however often this is run."""

import csv
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from policies.domain.calls import PURPOSES
from recordings.domain.cells import safe_row
from recordings.domain.errors import KeysUnavailable, RecordingsClosed, Refused, StoreUnavailable
from recordings.importing.documents import METHODS, Defaults
from recordings.importing.patterns import FREEPBX, reader_of
from recordings.management.progress import Progress
from recordings.models import ImportRun
from recordings.services.imports import dry, runs
from recordings.services.imports.plans import Plan, is_manifest
from trail.domain.actors import CALLWARD

SHOWN = 20  # refusals that the terminal shows; all stand in the report and on the page of the import


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("place", metavar="FOLDER|MANIFEST.csv")
        parser.add_argument("--dry-run", action="store_true", help="look at everything, store nothing")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
        parser.add_argument(
            "--source", default="import", help="the source that the calls get; manifests may name others"
        )
        parser.add_argument("--line-of-business", default="", metavar="CODE", help="of calls that name none")
        parser.add_argument(
            "--pattern", default="", metavar="NAME", help=f"{FREEPBX}, or {{date}}-{{time}}_{{caller}}_{{id}}"
        )
        parser.add_argument("--zone", default="", help="of local times, such as America/New_York")
        parser.add_argument("--region", default="", help="of numbers without a country code, such as US")
        parser.add_argument("--purpose", action="append", default=[], choices=list(PURPOSES), help="as was announced")
        parser.add_argument(
            "--consent", default="", choices=METHODS, help="how everybody's consent was got on these calls"
        )
        parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="processes")
        parser.add_argument(
            "--resume", action="store_true", help="go on with the import of this place that was interrupted"
        )
        parser.add_argument("--report", metavar="FILE.csv", help="write what was refused, and why, into this file")

    def handle(self, *args: Any, **options: Any) -> None:
        place = Path(options["place"])
        plan = _plan(place, options)
        progress = Progress(sys.stderr if sys.stderr.isatty() and not options["json"] else None)
        try:
            if plan.pattern:
                reader_of(plan.pattern)
            if options["dry_run"]:
                self._foresee(plan, place, progress, options)
            else:
                self._import(plan, place, progress, options)
        except (Refused, StoreUnavailable, KeysUnavailable, RecordingsClosed) as error:
            progress.end()
            raise CommandError(str(error)) from error

    def _foresee(self, plan: Plan, place: Path, progress: Progress, options: dict[str, Any]) -> None:
        progress.begin(runs.files_of(plan, place))
        found = dry.foresee(plan=plan, files=runs.files_of(plan, place), moved=progress.at)
        progress.end()
        answer = {
            "dry_run": True, "seen": found.seen, "taken": found.taken, "known": found.known, "refused": found.refused,
            "size_bytes": found.size_bytes, "past_their_day": found.past,
            "first_delete_by": found.first_delete_by.isoformat() if found.first_delete_by else None,
            "quarantined": dict(found.quarantined), "lines_of_business": dict(found.lines),
            "reasons": dict(found.reasons), "refusals": found.refusals,
        }  # fmt: skip
        if options["report"]:
            _write_report(Path(options["report"]), found.refusals)
        if options["json"]:
            self.stdout.write(json.dumps(answer))
            return
        self.stdout.write(
            f"Of {found.seen:,} files {found.taken:,} would be taken in, {found.known:,} are here, "
            f"{found.refused:,} would be refused. Nothing was stored."
        )
        for reason, count in found.quarantined.most_common():
            self.stdout.write(f"  {count:,} would stand in quarantine: {reason.replace('_', ' ')}")
        if found.past:
            self.stdout.write(f"  {found.past:,} are past their last day: they would be listed, and go after cooling")
        self._show(found.refusals[:SHOWN], found.refused)

    def _import(self, plan: Plan, place: Path, progress: Progress, options: dict[str, Any]) -> None:
        began = time.monotonic()
        files = runs.files_of(plan, place)
        run = runs.gone_on_with(plan=plan, place=place) if options["resume"] else None
        if options["resume"] and run is None:
            raise CommandError("No import of this place was interrupted. Run it without --resume.")
        run = run or runs.begin(plan=plan, place=place, actor=CALLWARD)
        progress.begin(runs.files_of(plan, place))
        runs.work(
            run=run, plan=plan, files=files, workers=max(1, options["workers"]), moved=lambda one: progress.on(one.seen)
        )
        run = runs.end(run=run, actor=CALLWARD)
        progress.end()
        if options["report"]:
            _write_report(Path(options["report"]), runs.refusals_of(run))
        self._tell(run, time.monotonic() - began, options)

    def _tell(self, run: ImportRun, seconds: float, options: dict[str, Any]) -> None:
        if options["json"]:
            answer = {
                "run": str(run.pk), "state": run.state, "seen": run.seen, "taken": run.taken, "known": run.known,
                "refused": run.refused, "size_bytes": run.size_bytes, "seconds": round(seconds, 3),
                "reasons": runs.reasons_of(run),
            }  # fmt: skip
            self.stdout.write(json.dumps(answer))
        else:
            self.stdout.write(
                f"{run.seen:,} files: {run.taken:,} taken in, {run.known:,} were here, {run.refused:,} refused; "
                f"{seconds:,.0f} s, {run.seen / max(seconds, 0.001):,.0f} a second. Import {run.pk}."
            )
            self._show(list(_first(runs.refusals_of(run))), run.refused)
        if run.refused:
            raise CommandError(f"{run.refused:,} files were refused; each stands with its reason.", returncode=2)

    def _show(self, refusals: list[dict[str, str]], count: int) -> None:
        for one in refusals:
            self.stdout.write(f"  refused {one['name']}: {one['reason']}")
        if count > len(refusals):
            self.stdout.write(f"  … and {count - len(refusals):,} more; --report FILE.csv writes all")


def _plan(place: Path, options: dict[str, Any]) -> Plan:
    is_file = place.is_file()
    if not is_file and not place.is_dir():
        raise CommandError(f"There is no folder or file {place}.")
    kind = ImportRun.Kind.MANIFEST if is_file else ImportRun.Kind.FOLDER
    defaults = Defaults(
        source=options["source"],
        line_of_business=options["line_of_business"],
        purposes=tuple(dict.fromkeys(options["purpose"])),
        zone=options["zone"],
        region=options["region"].upper(),
        consent=options["consent"],
    )
    if is_manifest(kind) and options["pattern"]:
        raise CommandError("A manifest tells of the calls by itself. Leave --pattern out.")
    return Plan((place.parent if is_file else place).resolve(), kind, defaults, options["pattern"])


def _write_report(file: Path, refusals: Any) -> None:
    try:
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["file", "code", "reason"])
            writer.writerows(safe_row([one["name"], one["code"], one["reason"]]) for one in refusals)
    except OSError as error:
        raise CommandError(f"The report {file} cannot be written: {error.strerror}.") from error


def _first(refusals: Any) -> Any:
    for _, one in zip(range(SHOWN), refusals, strict=False):
        yield one
