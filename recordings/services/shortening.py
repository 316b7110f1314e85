"""Dates that come earlier: proposed for a version or release in force, counted, approved by a second person, applied.

A date that came earlier may mean that the recording is destroyed, so it cannot be undone. Nothing is shortened that
is on hold, that changed since it was listed, or that the rules of the moment would date otherwise than the list says.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

import trail.services as trail
from accounts.domain.errors import NotAllowed
from accounts.permissions import Act, demand, lines_of, may
from policies.domain.answers import explanation
from policies.domain.groups import GroupAnswer, RuleSet
from policies.models import ImpactReport, LawRelease, PolicyVersion
from policies.services import rulesets
from policies.services.impact import kind_of, name_of, reached_lines, subject_of
from policies.services.version_rows import require
from recordings.domain.brakes import asks_for_number
from recordings.domain.errors import BrakeHolds, CountChanged, SecondPersonNeeded, ShorteningNotMovable
from recordings.models import Recording, RetentionChange, ShorteningItem, ShorteningJob
from recordings.services.dates import NewDates, change_dates
from recordings.services.exposure import START, Exposed, KnownCircumstances, exposed
from recordings.services.retention.conflicts import open_again, settle_conflicts
from recordings.services.retention.proposing import CONFLICT, OWN_KINDS, OwnJudge
from trail.domain.actors import CALLWARD, Actor

State, Item = ShorteningJob.State, ShorteningItem.State
SHORTEST_REASON = 10  # characters: a reason says something


@transaction.atomic
def propose_shortening(source: ImpactReport | PolicyVersion | LawRelease, actor: Actor) -> ShorteningJob:
    """Ask for the list of recordings that would leave earlier under a version or release that is in force.

    Over the lines that it speaks for and that the actor sees; a worker counts it. Raises NotAllowed;
    ShorteningNotMovable: it is not in force, or a shortening for it is under way.
    """
    report = source if isinstance(source, ImpactReport) else None
    subject = subject_of(report) if report else source
    if not isinstance(subject, PolicyVersion | LawRelease):
        raise ShorteningNotMovable("An override comes into force as a law release. Propose it for that release.")
    demand(actor, Act.PROPOSE_SHORTENING)
    if isinstance(subject, PolicyVersion):
        require(actor, list(subject.policy.lines.all()))
    rules = rulesets.rules_in_force(timezone.now())
    _assert_in_force(subject, rules)
    reached, seen = reached_lines(subject), lines_of(actor)
    lines = [pk for pk in rules.lines if (reached is None or pk in reached) and (seen is None or pk in seen)]
    try:
        with transaction.atomic():
            job = ShorteningJob.objects.create(
                report_id=report.pk if report else None,
                subject_kind=kind_of(subject),
                subject_id=str(subject.pk),
                subject_name=name_of(subject),
                law_release=rules.law.release,
                lines=sorted(lines),
                proposed_at=timezone.now(),
                proposed_by_kind=actor.actor_kind,
                proposed_by_id=actor.actor_id,
            )
    except IntegrityError as error:
        raise ShorteningNotMovable("A shortening for it is under way. Approve or refuse that one first.") from error
    trail.append("shortening.proposed", actor=actor, subject=job, of=job.subject_name)
    return job


@transaction.atomic
def approve_shortening(job: ShorteningJob, typed_count: int | None, actor: Actor) -> ShorteningJob:
    """Let it run: the second person's word. Where the brake asks for it, they typed the number of recordings.

    Raises NotAllowed; SecondPersonNeeded: they proposed it; ShorteningNotMovable: it does not wait, or its rules are no
    longer in force; BrakeHolds: the number was not typed; CountChanged: another number was.
    """
    job = _locked(job, actor, Act.APPROVE_SHORTENING)
    if not may(actor, Act.APPROVE_SHORTENING, job):
        raise SecondPersonNeeded("You proposed it. A second officer has to approve it.")
    if job.state != State.PROPOSED:
        raise _not_there(job)
    if job.subject_kind not in OWN_KINDS:
        _Judge.of(job)  # its rules are still in force
    if typed_count is None and asks_for_number(job.count, job.of):
        raise BrakeHolds(job.count, job.of)
    if typed_count is not None and typed_count != job.count:
        raise CountChanged(typed_count, job.count)
    job.state, job.typed_count = State.RUNNING, typed_count
    _settle(job, actor)
    trail.append("shortening.approved", actor=actor, subject=job, of=job.subject_name, recordings=job.count)
    return job


@transaction.atomic
def refuse_shortening(job: ShorteningJob, because: str, actor: Actor) -> ShorteningJob:
    """Lay it aside, by whoever proposed it or a second person; nothing is shortened. Raises as `approve_shortening`."""
    job = _locked(job, actor, Act.PROPOSE_SHORTENING)
    if job.state not in {State.COUNTING, State.PROPOSED}:
        raise _not_there(job)
    if len(because.strip()) < SHORTEST_REASON:
        raise ShorteningNotMovable(f"Write in {SHORTEST_REASON} characters or more why the dates stay.")
    job.state, job.refused_because = State.REFUSED, because.strip()
    _settle(job, actor)
    if job.subject_kind == CONFLICT:
        open_again(job)
    trail.append("shortening.refused", actor=actor, subject=job, of=job.subject_name)
    return job


def needs_number(job: ShorteningJob) -> bool:
    """Whether the brake asks the second person to type the number."""
    return asks_for_number(job.count, job.of)


@dataclass(frozen=True)
class Listed:
    """One recording on a list, as far as the reader may know of it."""

    item: ShorteningItem
    recording: Recording


def shortening_list(
    job: ShorteningJob, cursor: UUID | None, actor: Actor, *, limit: int = 50
) -> tuple[list[Listed], UUID | None]:
    """The recordings of the list that the reader may see, in order, and where to go on; destroyed ones are left out."""
    visible = Recording.objects.visible_to(actor)
    items = job.items.filter(recording_id__in=visible.values("pk")).order_by("recording_id")
    page = list((items.filter(recording_id__gt=cursor) if cursor else items)[: limit + 1])
    there = visible.select_related("line_of_business").in_bulk([item.recording_id for item in page[:limit]])
    listed = [Listed(item, there[item.recording_id]) for item in page[:limit] if item.recording_id in there]
    return listed, page[limit - 1].recording_id if len(page) > limit else None


# --- the worker's part


def shorten_due(*, at: datetime, limit: int = 500) -> int:
    """One batch of the oldest job that is being counted or runs; how many recordings it looked at. 0: none is."""
    to_do = Q(state=State.RUNNING) | Q(state=State.COUNTING) & ~Q(subject_kind__in=OWN_KINDS)
    job = ShorteningJob.objects.filter(to_do).order_by("proposed_at", "pk").first()
    if job is None:
        return 0
    if job.state == State.COUNTING:
        return count_batch(job.pk, at=at, limit=20 * limit)
    return shorten_batch(job.pk, at=at, limit=limit)


@transaction.atomic(durable=True)
def count_batch(job_id: UUID, *, at: datetime, limit: int = 10_000) -> int:
    """Put the next recordings that would leave earlier on the list; how many it looked at."""
    job = ShorteningJob.objects.select_for_update(skip_locked=True).filter(pk=job_id, state=State.COUNTING).first()
    if job is None:
        return 0
    try:
        judge = _Judge.of(job)
    except ShorteningNotMovable as reason:
        _lay_aside(job, str(reason))
        return 1
    rows = exposed(after=job.position or START, limit=limit, lines=job.lines)
    if not rows:
        _counted(job)
        return 1
    judge.known.learn({row.circumstances for row in rows})
    items = [item for row in rows if (item := judge.item(row))]
    for item in items:
        item.job = job
    ShorteningItem.objects.bulk_create(items, batch_size=1_000)
    shorter = {item.recording_id for item in items}
    job.position = rows[-1].id
    job.of += len(rows)
    job.count += len(items)
    job.size_bytes += sum(row.size_bytes for row in rows if row.id in shorter)
    job.past_count += sum(item.delete_by <= at for item in items)
    job.save(update_fields=["position", "of", "count", "size_bytes", "past_count"])
    return len(rows)


def _counted(job: ShorteningJob) -> None:
    """The list is closed: a second person reads it, or there is nothing to read."""
    if not job.count:
        _lay_aside(job, "No recording would leave earlier.")
        return
    job.state = State.PROPOSED
    job.save(update_fields=["state"])
    trail.append("shortening.counted", actor=CALLWARD, subject=job, of=job.subject_name, recordings=job.count)


@transaction.atomic(durable=True)
def shorten_batch(job_id: UUID, *, at: datetime, limit: int = 500) -> int:
    """Shorten the next of the list, or pass them over with a reason; how many were settled. Safe to run twice."""
    job = ShorteningJob.objects.select_for_update(skip_locked=True).filter(pk=job_id, state=State.RUNNING).first()
    if job is None:
        return 0
    waiting = job.items.filter(state=Item.WAITING).order_by("recording_id")
    items = {item.recording_id: item for item in waiting[:limit]}
    if items:
        _shorten(job, items, at)
    if not job.items.filter(state=Item.WAITING).exists():
        job.state, job.ended_at = State.DONE, at
        trail.append(
            "shortening.done",
            actor=CALLWARD,
            subject=job,
            of=job.subject_name,
            recordings=job.done_count,
            passed_over=job.passed_over_count,
        )
    job.save(update_fields=["state", "ended_at", "done_count", "passed_over_count"])
    return len(items) or 1


def _shorten(job: ShorteningJob, items: dict[UUID, ShorteningItem], at: datetime) -> None:
    judge = _judge_if_in_force(job)
    becomes = dict.fromkeys(items, Item.GONE)
    changes = []
    circumstances = Recording.objects.filter(pk__in=items).values_list("circumstances_id", flat=True)
    if judge is not None:
        judge.known.learn({pk for pk in circumstances if pk})
    for recording in Recording.objects.locked(list(items)).defer("decided"):
        item = items[recording.pk]
        change = judge.shorter(recording, item, job) if judge else None
        becomes[recording.pk] = Item.HELD if recording.is_held else Item.DONE if change else Item.CHANGED
        if change and not recording.is_held:
            changes.append(change)
    change_dates(changes, verb="recording.shortened", at=at, actor=CALLWARD)
    if job.subject_kind == CONFLICT:
        settle_conflicts(job, [change.recording for change in changes], at)
    for state in set(becomes.values()):
        settled = [items[pk].pk for pk, its in becomes.items() if its == state]
        ShorteningItem.objects.filter(pk__in=settled).update(state=state)
    job.done_count += len(changes)
    job.passed_over_count += len(items) - len(changes)


@dataclass
class _Judge:
    """What a recording's dates would be under the rules in force, where the job's subject is what changed them."""

    rules: RuleSet
    before: RuleSet | None  # for a law release: the law that it followed
    version: str  # for a version: its id
    known: KnownCircumstances = field(default_factory=KnownCircumstances)

    @classmethod
    def of(cls, job: ShorteningJob) -> "_Judge":
        """Raises ShorteningNotMovable: the job's version or release is no longer in force."""
        rules = rulesets.rules_in_force(timezone.now())
        if job.law_release != rules.law.release:
            raise ShorteningNotMovable(
                f"Law release {rules.law.release} took effect since it was proposed. Refuse it, and propose it again."
            )
        if job.subject_kind == ImpactReport.Kind.VERSION:
            version = PolicyVersion.objects.select_related("policy").get(pk=job.subject_id)
            _assert_in_force(version, rules)
            return cls(rules, None, str(version.pk))
        release = LawRelease.objects.select_related("based_on").get(pk=job.subject_id)
        before = rulesets.with_law(rules, rulesets.law_of_release(release.based_on)) if release.based_on else None
        return cls(rules, before, "")

    def item(self, row: Exposed) -> ShorteningItem | None:
        """The recording on the list; None: nothing of it comes earlier, or it is held or waits for a person."""
        if row.is_held or row.is_provisional:
            return None
        answer = self.rules.answer(row.line, row.circumstances, row.started_on, self.known)
        found = self._dates(row, answer)
        if found is None:
            return None
        keep_until, delete_by = found
        return ShorteningItem(
            recording_id=row.id,
            keep_until_before=row.keep_until,
            keep_until=keep_until,
            delete_by_before=row.delete_by,
            delete_by=delete_by,
        )

    def _dates(self, row: Exposed, answer: GroupAnswer) -> tuple[datetime, datetime] | None:
        if self.version and answer.version != self.version:
            return None
        zone = ZoneInfo(row.zone)
        dates = self.rules.dates(answer, row.ended_at, row.ended_on, zone, row.starts)
        if dates.conflicts:
            return None
        if self.before is not None:
            older = self.before.answer(row.line, row.circumstances, row.started_on, self.known)
            if (
                older.periods == answer.periods
                or self.before.dates(older, row.ended_at, row.ended_on, zone, row.starts) == dates
            ):
                return None
        keep_until = min(row.keep_until, dates.keep_until or row.ended_at)
        delete_by = max(min(row.delete_by, dates.delete_by), keep_until)
        return None if (keep_until, delete_by) == (row.keep_until, row.delete_by) else (keep_until, delete_by)

    def shorter(self, recording: Recording, item: ShorteningItem, job: ShorteningJob) -> NewDates | None:
        """The item's dates for a locked recording, with their reasons; None: it or its rules changed since."""
        if (recording.keep_until, recording.delete_by) != (item.keep_until_before, item.delete_by_before):
            return None
        row = _as_exposed(recording)
        answer = self.rules.answer(row.line, row.circumstances, row.started_on, self.known)
        if self._dates(row, answer) != (item.keep_until, item.delete_by):
            return None
        return NewDates(
            recording=recording,
            keep_until=item.keep_until,
            delete_by=item.delete_by,
            cause=RetentionChange.Cause.SHORTENING,
            policy_version_id=UUID(answer.version) if answer.version else None,
            law_release=answer.law_release,
            explanation=explanation(answer.schedule(recording.ended_at, ZoneInfo(recording.zone), row.starts)),
            job_id=job.pk,
        )


def _as_exposed(recording: Recording) -> Exposed:
    zone = ZoneInfo(recording.zone)
    return Exposed(
        id=recording.pk,
        line=recording.line_of_business_id,
        circumstances=recording.circumstances_id or START,
        started_on=recording.started_at.astimezone(zone).date(),
        ended_at=recording.ended_at,
        ended_on=recording.ended_at.astimezone(zone).date(),
        zone=recording.zone,
        keep_until=recording.keep_until,
        delete_by=recording.delete_by,
        is_provisional=recording.is_provisional,
        is_held=recording.is_held,
        size_bytes=recording.size_bytes or 0,
        policy_version_id=recording.policy_version_id,
        law_release=recording.law_release or 0,
        triggers=json.dumps(recording.known_triggers),
    )


def _judge_if_in_force(job: ShorteningJob) -> "_Judge | OwnJudge | None":
    """Where the rules changed after the approval, what is left of the list is passed over."""
    if job.subject_kind in OWN_KINDS:
        return OwnJudge()
    try:
        return _Judge.of(job)
    except ShorteningNotMovable:
        return None


def _assert_in_force(subject: PolicyVersion | LawRelease, rules: RuleSet) -> None:
    if isinstance(subject, PolicyVersion):
        is_in_force = subject.pk in rulesets.versions_in_force(rules)
    else:
        is_in_force = subject.pk == rules.law.release
    if not is_in_force:
        raise ShorteningNotMovable(f"{name_of(subject)} is not in force. Only what is in force can shorten dates.")


def _locked(job: ShorteningJob, actor: Actor, act: Act) -> ShorteningJob:
    """The job as it is now, for somebody who sees every line that it touches. Raises NotAllowed."""
    demand(actor, act)
    current = ShorteningJob.objects.select_for_update().get(pk=job.pk)
    seen = lines_of(actor)
    if seen is not None and not set(current.lines) <= seen:
        raise NotAllowed("It touches lines of business that you do not see. Ask somebody who sees them all.")
    return current


def _settle(job: ShorteningJob, actor: Actor) -> None:
    job.settled_at = timezone.now()
    job.settled_by_kind, job.settled_by_id = actor.actor_kind, actor.actor_id
    job.save()


def _lay_aside(job: ShorteningJob, because: str) -> None:
    job.state, job.refused_because = State.REFUSED, because
    _settle(job, CALLWARD)
    trail.append("shortening.refused", actor=CALLWARD, subject=job, of=job.subject_name)


def _not_there(job: ShorteningJob) -> ShorteningNotMovable:
    return ShorteningNotMovable(f"The shortening is {job.get_state_display().lower()}. Reload the page.")
