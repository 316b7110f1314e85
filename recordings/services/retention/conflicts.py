"""Rules that contradict each other: a person says until when the recording is kept, a second one where that is early.

Early is before the minimum's end, or before a date that was promised. Until somebody decides, it is kept.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

import trail.services as trail
from accounts.permissions import Act, demand
from policies.domain.periods import first_moment, last_day
from recordings.domain.errors import CaseNotFound, CaseNotMovable
from recordings.domain.lifecycle import QuarantineReason
from recordings.domain.triggers import DECIDED_RULE, with_decision
from recordings.models import Recording, RetentionCase, RetentionChange, ShorteningJob
from recordings.services.dates import NewDates, change_dates, given_dates
from recordings.services.quarantine import lift
from recordings.services.retention.proposing import Shorter, close_list, propose_for
from trail.domain.actors import CALLWARD, Actor

Case, State, Outcome = RetentionCase, RetentionCase.State, RetentionCase.Outcome
SHORTEST_REASON = 10  # characters: a reason says something
LONGEST = timedelta(days=200 * 366)


@transaction.atomic
def decide_conflict(*, case: RetentionCase, last_readable: date, reason: str, actor: Actor) -> RetentionCase:
    """Keep its recording to the end of this local day, and then let it go; the rules that say otherwise give way.

    Earlier than its minimum or its stored dates it takes a second person, who approves it as a shortening. Raises
    NotAllowed, CaseNotFound; CaseNotMovable: it is not open, no conflict, or the day or the reason cannot be.
    """
    case, recording = locked_case(case, actor, Act.DECIDE_RETENTION)
    if case.kind != Case.Kind.CONFLICT or case.state != State.OPEN:
        raise CaseNotMovable("It does not wait for this decision. Load the page again to see its state.")
    until = _until(last_readable, recording)
    case.reason = said(reason)
    case.kept_until, case.rules = until, rules_in_conflict(given_dates([recording])[recording.pk].explanation)
    _by(case, actor)
    if until < recording.keep_until or until < recording.delete_by:
        case.state = State.PROPOSED
        case.job_id = propose_for(case, [Shorter(recording, until, until)], timezone.now()).pk
        case.save()
        close_list(case.job_id)
        trail.append("case.proposed", actor=actor, subject=case, until=until.isoformat())
        return case
    _decide(case, recording, until, actor)
    return case


def _decide(case: RetentionCase, recording: Recording, until: datetime, actor: Actor) -> None:
    given = given_dates([recording])[recording.pk]
    explained = with_decision(given.explanation, until=until, because=case.reason, by="Decided by a person")
    change = NewDates(
        recording=recording,
        keep_until=until,
        delete_by=until,
        cause=RetentionChange.Cause.DECISION,
        policy_version_id=given.policy_version_id,
        law_release=given.law_release or 0,
        explanation=explained,
        job_id=case.pk,
    )
    at = timezone.now()
    change_dates([change], verb="recording.kept_longer", at=at, actor=actor)
    _out_of_conflict(recording, actor)
    close(case, Outcome.DECIDED, at)
    trail.append("case.closed", actor=actor, subject=case, outcome=Outcome.DECIDED)


def settle_conflicts(job: ShorteningJob, shortened: Sequence[Recording], at: datetime) -> None:
    """After a second person's word: the case ends with what was done, or is open again. In the worker's transaction."""
    case = Case.objects.select_for_update().get(pk=job.subject_id)
    done = {recording.pk: recording for recording in shortened}
    if case.state != State.PROPOSED:
        return
    if case.recording_id not in done:
        _open(case)
        return
    _out_of_conflict(Recording.objects.locked([case.recording_id]).get(), CALLWARD)
    close(case, Outcome.DECIDED, at)
    trail.append("case.closed", actor=CALLWARD, subject=case, outcome=Outcome.DECIDED)


def open_again(job: ShorteningJob) -> None:
    """The second person refused: somebody has to decide anew."""
    case = Case.objects.select_for_update().filter(pk=job.subject_id, state=State.PROPOSED).first()
    if case is not None:
        _open(case)


def _open(case: RetentionCase) -> None:
    case.state, case.job_id, case.kept_until = State.OPEN, None, None
    case.save(update_fields=["state", "job_id", "kept_until"])


def is_decided(recording_id: UUID, explained: Sequence[Mapping[str, Any]]) -> bool:
    """Whether people decided this very contradiction for this recording: the same rules on both sides."""
    decided = Case.objects.filter(recording_id=recording_id, kind=Case.Kind.CONFLICT, outcome=Outcome.DECIDED)
    return rules_in_conflict(explained) in list(decided.values_list("rules", flat=True))


def rules_in_conflict(explained: Sequence[Mapping[str, Any]]) -> list[str]:
    """The minimum that reaches furthest, then each maximum of law that ends before it; codes, in their order.

    What a person decided before does not count.
    """
    dated = [each for each in explained if each["until"] and each["rule"] != DECIDED_RULE]
    minimums = [each for each in dated if each["kind"] == "minimum"]
    if not minimums:
        return []
    longest = max(minimums, key=lambda each: datetime.fromisoformat(each["until"]))
    ends = datetime.fromisoformat(longest["until"])
    shorter = sorted(
        each["rule"]
        for each in dated
        if each["kind"] == "maximum" and each["by"] == "law" and datetime.fromisoformat(each["until"]) < ends
    )
    return [longest["rule"], *shorter] if shorter else []


def locked_case(case: RetentionCase, actor: Actor, act: Act) -> tuple[RetentionCase, Recording]:
    """The case and its recording as they are now, locked. Raises NotAllowed, CaseNotFound: wrong, foreign, gone."""
    demand(actor, act)
    seen = Case.objects.visible_to(actor).filter(pk=case.pk).first()
    recording = (
        Recording.objects.visible_to(actor).locked([case.recording_id]).select_related("line_of_business").first()
    )
    if seen is None or recording is None:
        raise CaseNotFound
    return Case.objects.select_for_update().get(pk=case.pk), recording


def close(case: RetentionCase, outcome: str, at: datetime) -> None:
    case.state, case.outcome, case.closed_at = State.CLOSED, outcome, at
    case.save()


def said(reason: str) -> str:
    """Raises CaseNotMovable: the reason says nothing."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise CaseNotMovable(f"Write in {SHORTEST_REASON} characters or more why.", pointer="/reason")
    return reason.strip()


def _until(day: date, recording: Recording) -> datetime:
    zone = ZoneInfo(recording.zone)
    if day < last_day(recording.ended_at, zone):
        raise CaseNotMovable("It cannot go before its call ended. Take a later day.", pointer="/until")
    if day > timezone.localdate() + LONGEST:
        raise CaseNotMovable("That is further than 200 years. Take an earlier day.", pointer="/until")
    return first_moment(day + timedelta(days=1), zone)


def _by(case: RetentionCase, actor: Actor) -> None:
    case.decided_at = timezone.now()
    case.decided_by_kind, case.decided_by_id = actor.actor_kind, actor.actor_id


def _out_of_conflict(recording: Recording, actor: Actor) -> None:
    """Its dates are decided now, and its purge no longer waits for a person."""
    Recording.objects.filter(pk=recording.pk).update(is_provisional=False)
    lift(recording=recording, reasons=[QuarantineReason.RETENTION_CONFLICT], actor=actor)
