"""A what-if report, computed piece by piece: each piece and its place in the report commit together, or neither does.

After a crash the next run goes on behind the last piece. The lock of a piece is the report's own row, so two workers
never count the same piece twice, and whoever stops the report waits for one piece at most.
"""

import json
import logging
import time
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

import trail.services as trail
from audits.services.touched import forms_about, open_calls
from compliance_site.whatif.simulation import Simulation
from policies.domain.errors import PolicyProblem
from policies.domain.groups import RuleSet
from policies.domain.impact import Tally, summed
from policies.models import ImpactChange, ImpactReport, LawRelease, PolicyVersion
from policies.services import rulesets
from policies.services.impact import UNFINISHED, Subject, changed_among, digest_of, reached_lines, subject_of
from policies.services.recent import RECENT, decisions_since, given_decisions
from recordings.models.circumstances import content_id
from recordings.services.exposure import START, held_calls, how_many, lines_of_recordings
from recordings.services.pieces import Piece
from trail.domain.actors import CALLWARD
from trail.domain.ids import first_uuid7

logger = logging.getLogger(__name__)
PIECE = 50_000  # rows in one transaction: a second or two
DECISIONS = 20_000  # of decisions, whose circumstances are told whole
State = ImpactReport.State


class RulesChanged(Exception):
    """What the report compares with is no longer in force."""


@dataclass
class Run:
    """One worker at one report: the rules it compares, kept from piece to piece."""

    simulation: Simulation
    lines: list[UUID] | None

    @classmethod
    def of(cls, report: ImpactReport) -> "Run":
        """Raises RulesChanged: the law, a version in force or the subject is another one than the report began with."""
        subject = subject_of(report)
        before, lines = rules_of(report, subject)
        return cls(Simulation(before, rules_with(subject, before)), lines)


def rules_of(report: ImpactReport, subject: Subject) -> tuple[RuleSet, list[UUID] | None]:
    """The rules that the report compares with, and the lines that it looks at. Raises RulesChanged."""
    before, lines = rulesets.rules_in_force(timezone.now()), reached_lines(subject)
    if before.law.release != report.law_release:
        raise RulesChanged(f"While it ran, law release {before.law.release} took effect. Run it again.")
    if rulesets.versions_digest(before, lines) != report.versions_digest:
        raise RulesChanged("While it ran, another policy version came into force or ended. Run it again.")
    if digest_of(subject) != report.digest:
        raise RulesChanged("While it ran, what it was asked about changed. Run it again.")
    return before, lines


def rules_with(subject: Subject, before: RuleSet) -> RuleSet:
    """The rules with the subject in effect."""
    if isinstance(subject, PolicyVersion):
        return rulesets.with_version(before, subject, timezone.now())
    if isinstance(subject, LawRelease):
        return rulesets.with_law(before, rulesets.law_of_release(subject))
    return rulesets.with_law(before, rulesets.law_with_override(subject))


def run_reports(*, seconds: float = 20.0, piece: int = PIECE) -> bool:
    """Work on the oldest unfinished reports for so long; whether something is left to do."""
    until = time.monotonic() + seconds
    while report := ImpactReport.objects.filter(state__in=UNFINISHED).order_by("queued_at", "pk").first():
        if not work_on(report, until=until, piece=piece):
            return True
    return False


def work_on(report: ImpactReport, *, until: float, piece: int = PIECE) -> bool:
    """Piece by piece until the report has ended or the time is up; whether it has ended."""
    try:
        run = Run.of(report)
        while advance(report.pk, run, piece):
            if time.monotonic() >= until:
                return False
            rules_of(report, subject_of(report))
    except (RulesChanged, PolicyProblem) as reason:
        _fail(report, str(reason))
    return True


@transaction.atomic
def advance(report_id: UUID, run: Run, piece: int = PIECE) -> bool:
    """One piece of a report; whether there is more to do. One that was stopped meanwhile stays as it is."""
    report = ImpactReport.objects.select_for_update().get(pk=report_id)
    if report.state not in UNFINISHED:
        return False
    if report.state == State.QUEUED:
        _begin(report, run)
    {"recordings": _recordings, "decisions": _decisions, "touched": _touched}[report.step](report, run, piece)
    report.save()
    return report.state == State.RUNNING


def _begin(report: ImpactReport, run: Run) -> None:
    now = timezone.now()
    report.state, report.started_at = State.RUNNING, now
    report.of_count = how_many(run.lines) + decisions_since(now - RECENT, run.lines)


def _recordings(report: ImpactReport, run: Run, piece: int) -> None:
    simulation, after = run.simulation, report.position or START
    laid_out = Piece.laid_out(after=after, limit=piece, days=simulation.days, lines=run.lines)
    if laid_out is None:
        begin = (report.started_at or timezone.now()) - RECENT
        report.step, report.position = "decisions", first_uuid7(begin)
        return
    tally = Tally(report.figures)
    simulation.account(laid_out, report.pk, tally, report.started_at or timezone.now())
    report.figures = tally.figures()
    report.position = laid_out.last
    report.done_count += laid_out.number


def _decisions(report: ImpactReport, run: Run, piece: int) -> None:
    groups, last = given_decisions(after=report.position or START, limit=min(piece, DECISIONS), lines=run.lines)
    if last is None:
        report.step, report.position = "touched", None
        return
    tally, ids = Tally(report.figures), []
    for group in groups:
        call = json.loads(group.circumstances)
        ids.append(content_id(call))
        run.simulation.known[ids[-1]] = call
    run.simulation.account_decisions(groups, ids, tally)
    report.figures = tally.figures()
    report.position = last
    report.done_count += sum(group.number for group in groups)


def _touched(report: ImpactReport, run: Run, piece: int) -> None:
    """What else the change touches, and the end of the report."""
    tally = Tally(report.figures)
    for ids in open_calls():
        for line in _line_of_changed(report, ids).values():
            tally.add(line, "counts", "open_audits")
    holds: set[tuple[str, UUID]] = set()
    for members in held_calls():
        lines = _line_of_changed(report, [recording for _, recording in members])
        holds |= {(lines[recording], hold) for hold, recording in members if recording in lines}
    for line, _ in holds:
        tally.add(line, "counts", "holds")
    figures = tally.figures()
    total = summed(figures, None)
    report.figures = figures | {"forms": forms_about(list(total["script"]))}
    report.state, report.ended_at, report.position = State.DONE, timezone.now(), None
    report.done_count = max(report.done_count, report.of_count)
    report.of_count = report.done_count
    trail.append(
        "impact.done",
        actor=CALLWARD,
        subject=report,
        of=report.subject_name,
        touched=total["counts"].get("touched", 0),
        looked_at=total["counts"].get("looked_at", 0),
    )


def _line_of_changed(report: ImpactReport, ids: list[UUID]) -> dict[UUID, str]:
    """The lines of those of these recordings that the report has on its list."""
    return {pk: str(line) for pk, line in lines_of_recordings(changed_among(report, ids)).items()}


@transaction.atomic
def _fail(report: ImpactReport, reason: str) -> None:
    """End it where it stands, with the reason; its list goes."""
    locked = ImpactReport.objects.select_for_update().get(pk=report.pk)
    if locked.state not in UNFINISHED:
        return
    locked.state, locked.failed_because, locked.ended_at = State.FAILED, reason[:2_000], timezone.now()
    locked.save(update_fields=["state", "failed_because", "ended_at"])
    ImpactChange.objects.filter(report_id=report.pk).delete()
    trail.append("impact.failed", actor=CALLWARD, subject=locked, of=locked.subject_name)
