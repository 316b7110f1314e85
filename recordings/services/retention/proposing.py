"""Dates that come earlier because of the recordings themselves: put on a list for a second person, applied from it.

The list is a shortening like that of a new policy: counted, approved by two, done batch by batch, holds passed over.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import trail.services as trail
from recordings.domain.triggers import read_starts, recounted, with_decision
from recordings.models import Recording, RetentionCase, RetentionChange, RetentionTrigger, ShorteningItem, ShorteningJob
from recordings.services.dates import NewDates, given_dates, kept_of
from trail.domain.actors import CALLWARD

TRIGGER, CONFLICT = "trigger", "conflict"
OWN_KINDS = (TRIGGER, CONFLICT)
State = ShorteningJob.State


@dataclass(frozen=True)
class Shorter:
    """A locked recording, and the earlier dates that are asked for it."""

    recording: Recording
    keep_until: datetime
    delete_by: datetime


def propose_for(source: RetentionTrigger | RetentionCase, shorter: Sequence[Shorter], at: datetime) -> ShorteningJob:
    """Put these on the list of this trigger or case, which is begun where there is none; in the caller's transaction.

    The list counts as proposed by who told the trigger or decided the case. `close_list` closes it.
    """
    job = _job_of(source, at)
    ShorteningItem.objects.bulk_create(
        ShorteningItem(
            job=job,
            recording_id=one.recording.pk,
            keep_until_before=one.recording.keep_until,
            keep_until=one.keep_until,
            delete_by_before=one.recording.delete_by,
            delete_by=one.delete_by,
        )
        for one in shorter
    )
    job.lines = sorted({*job.lines, *(one.recording.line_of_business_id for one in shorter)})
    job.count += len(shorter)
    job.of += len(shorter)
    job.size_bytes += sum(one.recording.size_bytes or 0 for one in shorter)
    job.past_count += sum(one.delete_by <= at for one in shorter)
    job.save()
    return job


def _job_of(source: RetentionTrigger | RetentionCase, at: datetime) -> ShorteningJob:
    kind = TRIGGER if isinstance(source, RetentionTrigger) else CONFLICT
    under_way = ShorteningJob.objects.filter(subject_kind=kind, subject_id=str(source.pk), state=State.COUNTING).first()
    if under_way is not None:
        return under_way
    if isinstance(source, RetentionTrigger):
        name = f"{source.kind}, {source.happened_at:%Y-%m-%d}"
        by = source.told_by_kind, source.told_by_id
    else:
        name = "A decision where rules contradict each other"
        by = source.decided_by_kind, source.decided_by_id
    job = ShorteningJob.objects.create(
        subject_kind=kind,
        subject_id=str(source.pk),
        subject_name=name,
        law_release=0,  # it follows from no release
        proposed_at=at,
        proposed_by_kind=by[0],
        proposed_by_id=by[1],
    )
    trail.append("shortening.proposed", actor=CALLWARD, subject=job, of=job.subject_name)
    return job


def close_list(job_id: UUID) -> None:
    """Nothing is added from here on: a second person reads it."""
    job = ShorteningJob.objects.select_for_update().get(pk=job_id)
    job.state = State.PROPOSED
    job.save(update_fields=["state"])
    trail.append("shortening.counted", actor=CALLWARD, subject=job, of=job.subject_name, recordings=job.count)


class OwnJudge:
    """As the judge of a policy's shortening: what a locked recording of the list gets; None: it changed since."""

    class known:  # noqa: N801  what depends on the recordings alone needs no circumstances
        @staticmethod
        def learn(ids: Collection[UUID]) -> None:
            """Nothing to learn."""

    def shorter(self, recording: Recording, item: ShorteningItem, job: ShorteningJob) -> NewDates | None:
        if (recording.keep_until, recording.delete_by) != (item.keep_until_before, item.delete_by_before):
            return None
        given = given_dates([recording])[recording.pk]
        if job.subject_kind == TRIGGER:
            explained = self._by_trigger(recording, item, job)
        else:
            explained = self._by_case(recording, job)
        if explained is None:
            return None
        is_trigger = job.subject_kind == TRIGGER
        return NewDates(
            recording=recording,
            keep_until=item.keep_until,
            delete_by=item.delete_by,
            cause=RetentionChange.Cause.SHORTENING if is_trigger else RetentionChange.Cause.DECISION,
            policy_version_id=given.policy_version_id,
            law_release=given.law_release or 0,
            explanation=explained,
            job_id=job.pk,
        )

    def _by_trigger(
        self, recording: Recording, item: ShorteningItem, job: ShorteningJob
    ) -> list[dict[str, object]] | None:
        """None: what was told was replaced since, or its rules give later dates now."""
        trigger = RetentionTrigger.objects.get(pk=job.subject_id)
        starts = read_starts(recording.known_triggers)
        if starts.get(trigger.kind) != trigger.happened_at:
            return None
        counted = recounted(kept_of(recording, given_dates([recording])[recording.pk]), starts)
        if counted.keep_until > item.keep_until or counted.delete_by > item.delete_by or counted.conflicts:
            return None
        return counted.explanation

    def _by_case(self, recording: Recording, job: ShorteningJob) -> list[dict[str, object]] | None:
        """None: the case was closed otherwise meanwhile."""
        case = RetentionCase.objects.filter(
            pk=job.subject_id, state=RetentionCase.State.PROPOSED, job_id=job.pk
        ).first()
        if case is None or case.kept_until is None:
            return None
        explained = given_dates([recording])[recording.pk].explanation
        return with_decision(explained, until=case.kept_until, because=case.reason, by="Decided by two people")
