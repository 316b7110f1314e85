"""What-if reports: asked for, looked up, cancelled, and what one is worth when somebody approves."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

import trail.services as trail
from accounts.permissions import Act, demand, lines_of
from policies.domain.errors import ImpactNotMovable
from policies.domain.impact import summed
from policies.models import ImpactChange, ImpactReport, LawOverride, LawRelease, PolicyVersion
from policies.services import rulesets
from policies.services.version_rows import require
from trail.domain.actors import Actor

Subject = PolicyVersion | LawRelease | LawOverride
State, Kind = ImpactReport.State, ImpactReport.Kind
UNFINISHED = (State.QUEUED, State.RUNNING)


@transaction.atomic
def start_impact(subject: Subject, actor: Actor) -> ImpactReport:
    """Ask for the what-if of a version, a law candidate or an override; the one that is under way, if there is one.

    A worker computes it: whoever calls this rings for `compliance_site.tasks.run_what_ifs`. Raises NotAllowed;
    ImpactNotMovable: it is no longer a draft of something.
    """
    _demand(subject, actor)
    _assert_open(subject)
    kind, subject_id = kind_of(subject), str(subject.pk)
    digest = digest_of(subject)
    under_way = ImpactReport.objects.filter(kind=kind, subject_id=subject_id, state__in=UNFINISHED).first()
    if under_way is not None and under_way.digest == digest:
        return under_way
    if under_way is not None:
        _end(under_way, State.CANCELLED, "What it was asked about has changed.")
    now = timezone.now()
    rules = rulesets.rules_in_force(now)
    try:
        with transaction.atomic():
            report = ImpactReport.objects.create(
                kind=kind,
                subject_id=subject_id,
                subject_name=name_of(subject),
                digest=digest,
                law_release=rules.law.release,
                versions_digest=rulesets.versions_digest(rules, _reached(subject)),
                asked_by_kind=actor.actor_kind,
                asked_by_id=actor.actor_id,
                queued_at=now,
            )
    except IntegrityError:  # somebody else asked at the same moment
        return ImpactReport.objects.get(kind=kind, subject_id=subject_id, state__in=UNFINISHED)
    trail.append("impact.asked", actor=actor, subject=report, of=report.subject_name, kind=kind)
    return report


def impact_of(subject: Subject) -> ImpactReport | None:
    """The latest report about this subject, under way or ended; None: nobody asked."""
    of_it = ImpactReport.objects.filter(kind=kind_of(subject), subject_id=str(subject.pk))
    return of_it.order_by("-queued_at", "-pk").first()


@transaction.atomic
def cancel_impact(report: ImpactReport, actor: Actor) -> ImpactReport:
    """Stop a report that is under way; what it had counted is dropped. Raises NotAllowed, ImpactNotMovable."""
    locked = ImpactReport.objects.select_for_update().get(pk=report.pk)
    _demand(subject_of(locked), actor)
    if locked.state not in UNFINISHED:
        raise ImpactNotMovable(f"The what-if is {locked.get_state_display().lower()}. There is nothing to stop.")
    _end(locked, State.CANCELLED, "")
    trail.append("impact.cancelled", actor=actor, subject=locked, of=locked.subject_name)
    return locked


def why_not(report: ImpactReport, subject: Subject) -> str:
    """Why this report is no ground to approve the subject now; empty: it is one.

    It has to be finished, about this very content, and under the law and the versions that are in force now.
    """
    if (report.kind, report.subject_id) != (kind_of(subject), str(subject.pk)):
        return "The what-if is about something else."
    if report.state != State.DONE:
        return f"The what-if is {report.get_state_display().lower()}. Wait for it, or run it again."
    if report.digest != digest_of(subject):
        return "The what-if was run over another content. Run it again."
    rules = rulesets.rules_in_force(timezone.now())
    if report.law_release != rules.law.release:
        return f"Since the what-if, law release {rules.law.release} took effect. Run it again."
    if report.versions_digest != rulesets.versions_digest(rules, _reached(subject)):
        return "Since the what-if, another policy version came into force or ended. Run it again."
    return ""


def covers(report: ImpactReport | None, subject: Subject) -> bool:
    """Whether the report is a finished one of this very content, under the rules in force now."""
    return report is not None and not why_not(report, subject)


def figures_for(report: ImpactReport, actor: Actor) -> dict[str, dict[str, int]]:
    """The report's numbers over the actor's lines: `{"counts": {…}, "consent": {…}, …}`. See `domain.impact`."""
    lines = lines_of(actor)
    return summed(report.figures, None if lines is None else {str(line) for line in lines})


def kept_with_approval(report: ImpactReport) -> dict[str, Any]:
    """What an approval keeps of it: its id, and its figures over all lines."""
    return {"report": str(report.pk), "figures": summed(report.figures, None)}


def changed_among(report: ImpactReport, recording_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these recordings that the report has on its list."""
    listed = ImpactChange.objects.filter(report=report, recording_id__in=list(recording_ids))
    return set(listed.values_list("recording_id", flat=True))


def kind_of(subject: Subject) -> str:
    if isinstance(subject, PolicyVersion):
        return Kind.VERSION
    return Kind.RELEASE if isinstance(subject, LawRelease) else Kind.OVERRIDE


def digest_of(subject: Subject) -> str:
    if isinstance(subject, PolicyVersion):
        return rulesets.version_digest(subject)
    return subject.digest if isinstance(subject, LawRelease) else rulesets.override_digest(subject)


def name_of(subject: Subject) -> str:
    if isinstance(subject, PolicyVersion):
        return f"{subject.policy.name}, version {subject.number}"
    return f"Law release {subject.number}" if isinstance(subject, LawRelease) else f"Override of {subject.code}"


def subject_of(report: ImpactReport) -> Subject:
    """What the report is about, as it is now."""
    if report.kind == Kind.VERSION:
        return PolicyVersion.objects.select_related("policy").get(pk=report.subject_id)
    if report.kind == Kind.RELEASE:
        return LawRelease.objects.get(pk=report.subject_id)
    return LawOverride.objects.get(pk=report.subject_id)


def reached_lines(subject: Subject) -> list[UUID] | None:
    """The lines of business that it speaks for; None: every line."""
    return _reached(subject)


def _reached(subject: Subject) -> list[UUID] | None:
    if not isinstance(subject, PolicyVersion):
        return None
    return list(subject.policy.lines.values_list("pk", flat=True)) or None


def _demand(subject: Subject, actor: Actor) -> None:
    """Whoever drafts such things and sees every line that this one reaches."""
    if isinstance(subject, PolicyVersion):
        require(actor, list(subject.policy.lines.all()))
    else:
        demand(actor, Act.DRAFT_LAW)


def _assert_open(subject: Subject) -> None:
    if isinstance(subject, PolicyVersion):
        is_open = subject.state in {PolicyVersion.State.DRAFT, PolicyVersion.State.IN_REVIEW}
    elif isinstance(subject, LawRelease):
        is_open = subject.state == LawRelease.State.CANDIDATE
    else:
        is_open = subject.state == LawOverride.State.PROPOSED
    if not is_open:
        raise ImpactNotMovable(f"{name_of(subject)} is {subject.state.replace('_', ' ')}; a what-if comes before that.")


def _end(report: ImpactReport, state: str, because: str) -> None:
    ImpactReport.objects.filter(pk=report.pk).update(state=state, failed_because=because, ended_at=timezone.now())
    ImpactChange.objects.filter(report_id=report.pk).delete()
    report.refresh_from_db()
