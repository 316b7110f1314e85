"""Dates that come later by law or policy published since, batch by batch, by themselves. None comes earlier here.

A recording is behind when a policy version published after its own would speak for it, or when the law in effect is a
later release than its own. A pass looks at all recordings in the order of their arrival and then waits for late
deliveries; where it stands commits with each batch, so that a crash costs the batch that was under way.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from policies.domain.answers import explanation
from policies.domain.errors import LawRefused
from policies.domain.groups import GroupAnswer, RuleSet
from policies.domain.retention import Schedule
from policies.services import rulesets
from policies.services.snapshot import rules_now
from recordings.domain.lifecycle import QuarantineReason
from recordings.models import Recording, Redating, RetentionChange
from recordings.services.dates import NewDates, change_dates
from recordings.services.exposure import START, Exposed, KnownCircumstances, exposed
from recordings.services.quarantine import quarantine
from recordings.services.retention.conflicts import is_decided
from recordings.services.retention.governing import govern
from trail.domain.actors import CALLWARD
from trail.domain.ids import first_uuid7

# An upload has its id from its beginning and its decision from its end: a pass does not run past one under way.
LAG = timedelta(hours=2)
Cause = RetentionChange.Cause
REMEMBERED = 10_000  # schedules
_READ = (
    "source",
    "line_of_business_id",
    "zone",
    "ended_at",
    "keep_until",
    "delete_by",
    "hold_count",
    "state",
    "release_reason",
    "quarantine_reasons",
    "object_key",
)  # of a locked recording


@dataclass
class Passing:
    """One worker in a pass: the rules in force, kept from batch to batch for as long as they are."""

    rules: RuleSet
    published: Mapping[UUID, datetime | None]
    known: KnownCircumstances = field(default_factory=KnownCircumstances)
    _alone: dict[UUID, RuleSet] = field(default_factory=dict)
    _schedules: dict[Any, tuple[Any, Schedule, list[dict[str, Any]]]] = field(
        default_factory=dict
    )  # the key's limits live

    @classmethod
    def at(cls, at: datetime) -> "Passing":
        return cls(rulesets.rules_in_force(at), rulesets.publications(rules_now()))

    def has_rules_of(self, other: "Passing") -> bool:
        """Whether what was computed still holds."""
        return (self.rules.law.digest, rulesets.versions_digest(self.rules)) == (
            other.rules.law.digest,
            rulesets.versions_digest(other.rules),
        )

    def behind(self, row: Exposed) -> tuple[str, GroupAnswer] | None:
        """Why the recording is behind, and the answer that it would get; None: it is not, or no policy speaks for it.

        Where only the law is newer, its own version is weighed anew: that an older policy speaks again, because a newer
        one ended, changes no stored date.
        """
        answer = self.rules.answer(row.line, row.circumstances, row.started_on, self.known)
        own = self.published.get(row.policy_version_id) if row.policy_version_id else None
        theirs = self.published.get(UUID(answer.version)) if answer.version else None
        if answer.version and answer.version != str(row.policy_version_id) and _is_after(theirs, own):
            return Cause.POLICY, answer
        if row.law_release >= self.rules.law.release:
            return None
        if row.policy_version_id is not None and answer.version != str(row.policy_version_id):
            alone = self._alone_with(row.policy_version_id)
            answer = alone.answer(row.line, row.circumstances, row.started_on, self.known)
        return (Cause.LAW, answer) if answer.version else None

    def differs(self, row: Exposed, answer: GroupAnswer) -> bool:
        """Whether it could come to later dates, or to a clash of periods; asked again on the locked row."""
        schedule, _ = self.schedule(row, answer)
        is_later = schedule.delete_by > row.delete_by or (answer.has_minimum and schedule.keep_until > row.keep_until)
        return bool(schedule.conflicts) or is_later or row.is_ungoverned

    def schedule(self, row: Exposed, answer: GroupAnswer) -> tuple[Schedule, list[dict[str, Any]]]:
        """Its dates, and what explains them: made once for the same limits and the same local day of the call's end.

        Where no minimum stands, `keep_until` is some call's end of that day.
        """
        if starts := row.starts:
            schedule = answer.schedule(row.ended_at, ZoneInfo(row.zone), starts)
            return schedule, explanation(schedule)
        key = (id(answer.limits), answer.fallback, row.zone, row.ended_at if answer.is_to_the_second else row.ended_on)
        known = self._schedules.get(key)
        if known is None:
            if len(self._schedules) >= REMEMBERED:
                self._schedules.clear()
            schedule = answer.schedule(row.ended_at, ZoneInfo(row.zone))
            known = self._schedules[key] = (answer.limits, schedule, explanation(schedule))
        return known[1:]

    def _alone_with(self, version: UUID) -> RuleSet:
        if version not in self._alone:
            self._alone[version] = rulesets.alone_with(rules_now(), self.rules.law, version)
        return self._alone[version]


def _is_after(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and (other is None or one > other)


def redate_for(*, seconds: float, limit: int = 500, lag: timedelta = LAG) -> int:
    """Batch after batch until nothing is left or the time is up; how many recordings were looked at."""
    until, looked_at, passing = time.monotonic() + seconds, 0, None
    while True:
        at = timezone.now()
        try:
            fresh = Passing.at(at)
        except LawRefused:
            return looked_at
        passing = passing if passing is not None and passing.has_rules_of(fresh) else fresh
        seen = redate_batch(passing, at=at, limit=limit, lag=lag)
        looked_at += seen
        if not seen or time.monotonic() >= until:
            return looked_at


@transaction.atomic(durable=True)
def redate_batch(passing: Passing, *, at: datetime, limit: int = 500, lag: timedelta = LAG) -> int:
    """Look at the next recordings, and let the dates of those come later whose rules say so. Safe to run twice."""
    under_way = _pass_of(passing.rules, at)
    if under_way is None:
        return 0
    rows = exposed(after=under_way.position or START, upto=first_uuid7(at - lag), limit=limit)
    if not rows:
        if under_way.reached_end_at is None:
            under_way.reached_end_at = at
            under_way.save(update_fields=["reached_end_at"])
        return 0
    passing.known.learn({row.circumstances for row in rows})
    found = {row.id: (cause, row, answer) for row in rows if (why := passing.behind(row)) for cause, answer in [why]}
    wanted = [pk for pk, (_, row, answer) in found.items() if passing.differs(row, answer)]
    changes, open_ended = [], []
    for recording in Recording.objects.locked(wanted).only(*_READ):
        cause, row, answer = found[recording.pk]
        if row.is_ungoverned:
            govern(Recording.objects.select_related("line_of_business").get(pk=recording.pk), at)
            continue
        schedule, because = passing.schedule(row, answer)
        if schedule.conflicts and is_decided(recording.pk, because):
            continue
        if schedule.may_last_longer:
            open_ended.append(recording.pk)
        if later := _later(recording, answer, schedule):
            keep_until, delete_by = later
            version, release = UUID(answer.version), answer.law_release
            changes.append(
                NewDates(recording, keep_until, delete_by, cause, version, release, because, job_id=under_way.pk)
            )
        _set_apart(recording, schedule)
    change_dates(changes, verb="recording.kept_longer", at=at, actor=CALLWARD)
    Recording.objects.filter(pk__in=open_ended).update(needs_approval=True)
    under_way.position = rows[-1].id
    under_way.seen += len(rows)
    under_way.lengthened += len(changes)
    under_way.save(update_fields=["position", "seen", "lengthened"])
    return len(rows)


def _pass_of(rules: RuleSet, at: datetime) -> Redating | None:
    """The pass under these rules, locked, begun where there is none; None: another worker has it."""
    versions = rulesets.versions_in_force(rules)
    latest = Redating.objects.order_by("-pk").first()
    if latest is None or (latest.law_release, latest.versions) != (rules.law.release, versions):
        latest = Redating.objects.create(law_release=rules.law.release, versions=versions, began_at=at)
    return Redating.objects.select_for_update(skip_locked=True).filter(pk=latest.pk).first()


def _later(recording: Recording, answer: GroupAnswer, schedule: Schedule) -> tuple[datetime, datetime] | None:
    """The later of each two dates; None where both stay."""
    keep_until = max(recording.keep_until, schedule.keep_until) if answer.has_minimum else recording.keep_until
    delete_by = max(recording.delete_by, schedule.delete_by, keep_until)
    stays = (keep_until, delete_by) == (recording.keep_until, recording.delete_by)
    return None if stays else (keep_until, delete_by)


def _set_apart(recording: Recording, schedule: Schedule) -> None:
    """A minimum later than a maximum: kept until a person decides, unless one did already."""
    reason = QuarantineReason.RETENTION_CONFLICT
    if schedule.conflicts and not recording.release_reason and reason.value not in recording.quarantine_reasons:
        quarantine(recording=recording, reason=reason)


def how_far() -> Sequence[Redating]:
    """The last passes, newest first: for the page of the system."""
    return list(Redating.objects.order_by("-pk")[:5])
