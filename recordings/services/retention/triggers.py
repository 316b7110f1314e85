"""What a period counts from is told: a contract ended, a complaint was closed. Dates are counted anew, none earlier.

Told of one recording it counts at once; told of all that match, a worker goes through them batch by batch, and where it
stands commits with each batch. What would leave earlier is put on a list that a second person approves.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

import trail.services as trail
from accounts.clients import TokenActor
from accounts.permissions import Act, demand, lines_of
from policies.domain.documents import CAREFUL_DEFAULT, stored_document
from policies.models import PolicyVersion
from recordings.domain.errors import RecordingNotFound, TriggerContradicts, TriggerNotFound
from recordings.domain.lifecycle import QuarantineReason
from recordings.domain.triggers import Recounted, assert_possible, read_starts, recounted
from recordings.models import Recording, RetentionChange, RetentionTrigger, TriggerEffect
from recordings.services.dates import Given, NewDates, change_dates, given_dates, kept_of
from recordings.services.doorbell import ring
from recordings.services.listing import kept_filters, matching
from recordings.services.quarantine import quarantine
from recordings.services.retention.conflicts import is_decided
from recordings.services.retention.proposing import Shorter, close_list, propose_for
from trail.domain.actors import CALLWARD, Actor
from trail.domain.ids import first_uuid7

TASK = "recordings.tasks.count_triggers"
Outcome, State = TriggerEffect.Outcome, RetentionTrigger.State
AT_ONCE = 500


@dataclass(frozen=True)
class Counted:
    """One recording under a trigger: what it did, and the recording after it."""

    trigger: RetentionTrigger
    outcome: str
    recording: Recording


@transaction.atomic
def tell_trigger(
    *, recording: Recording, kind: str, happened_at: datetime, actor: Actor, replaces: bool = False
) -> Counted:
    """Count one recording's periods from what happened. The same again changes nothing.

    Raises NotAllowed; TriggerRefused: it cannot be; TriggerContradicts: told otherwise before, and `replaces` is not
    set; RecordingNotFound: it was destroyed meanwhile.
    """
    demand(actor, Act.TELL_TRIGGER, recording)
    now = timezone.now()
    assert_possible(kind, happened_at, now)
    locked = Recording.objects.locked([recording.pk]).select_related("line_of_business").first()
    if locked is None:
        raise RecordingNotFound
    known = read_starts(locked.known_triggers).get(kind)
    if known is not None and known != happened_at and not replaces:
        raise TriggerContradicts(known)
    if known == happened_at and (before := _told_before(locked, kind, happened_at)):
        return Counted(before.trigger, before.outcome, locked)
    trigger = RetentionTrigger(kind=kind, happened_at=happened_at, replaces=replaces, recording_id=locked.pk)
    _tell(trigger, actor, now, [locked.line_of_business_id])
    outcomes = _count(trigger, [locked], now, actor)
    _end(trigger, now)
    return Counted(trigger, outcomes[locked.pk], locked)


@transaction.atomic
def tell_of_matching(
    *, match: Mapping[str, Any], kind: str, happened_at: datetime, actor: Actor, replaces: bool = False
) -> RetentionTrigger:
    """The same for all that match and that the actor may know of, as they stand now; a worker counts them.

    Raises NotAllowed; TriggerRefused.
    """
    demand(actor, Act.TELL_TRIGGER)
    now = timezone.now()
    assert_possible(kind, happened_at, now)
    filters = kept_filters(match)
    trigger = RetentionTrigger(kind=kind, happened_at=happened_at, replaces=replaces, match=filters | reach_of(actor))
    trigger.upto = first_uuid7(now)
    _tell(trigger, actor, now, [])
    ring(TASK)
    return trigger


def reach_of(actor: Actor) -> dict[str, Any]:
    """Filters that end where the rights of whoever asks end."""
    lines = lines_of(actor)
    reach: dict[str, Any] = {} if lines is None else {"lines": sorted(str(line) for line in lines)}
    if isinstance(actor, TokenActor) and actor.token.sources:
        reach["sources"] = actor.token.sources
    return reach


def find_trigger(trigger_id: UUID, actor: Actor) -> RetentionTrigger:
    """Raises TriggerNotFound: wrong and foreign alike."""
    trigger = RetentionTrigger.objects.visible_to(actor).filter(pk=trigger_id).first()
    if trigger is None:
        raise TriggerNotFound
    return trigger


def _tell(trigger: RetentionTrigger, actor: Actor, now: datetime, lines: list[UUID]) -> None:
    trigger.told_at, trigger.lines = now, lines
    trigger.told_by_kind, trigger.told_by_id = actor.actor_kind, actor.actor_id
    trigger.save(force_insert=True)
    trail.append(
        "trigger.told",
        actor=actor,
        subject=trigger,
        line_of_business_id=lines[0] if lines else None,
        happened=trigger.kind,
        at=trigger.happened_at.isoformat(),
        replaces=trigger.replaces,
    )


def _told_before(recording: Recording, kind: str, happened_at: datetime) -> TriggerEffect | None:
    told = TriggerEffect.objects.of(recording.pk).filter(trigger__kind=kind, trigger__happened_at=happened_at)
    return told.exclude(outcome=Outcome.CONTRADICTS).last()


# --- the worker's part


@transaction.atomic(durable=True)
def count_due(*, at: datetime, limit: int = AT_ONCE) -> int:
    """The next batch of the oldest trigger that matches many; how many recordings it looked at, 0: none waits."""
    waiting = RetentionTrigger.objects.working().filter(recording_id=None).order_by("told_at", "pk")
    trigger = waiting.select_for_update(skip_locked=True).first()
    if trigger is None:
        return 0
    rows = matching(Recording.objects.filter(pk__lt=trigger.upto), trigger.match).order_by("pk")
    after = rows.filter(pk__gt=trigger.position) if trigger.position else rows
    ids = list(after.values_list("pk", flat=True)[:limit])
    if not ids:
        _end(trigger, at)
        return 1
    recordings = list(Recording.objects.locked(ids).select_related("line_of_business"))
    _count(trigger, recordings, at, CALLWARD)
    trigger.position = ids[-1]
    trigger.lines = sorted({*trigger.lines, *(one.line_of_business_id for one in recordings)})
    trigger.save()
    return len(ids)


def _end(trigger: RetentionTrigger, at: datetime) -> None:
    """Done; the list of what would leave earlier is closed and waits for a second person."""
    trigger.state, trigger.ended_at = State.DONE, at
    trigger.save()
    if trigger.job_id:
        close_list(trigger.job_id)
    if trigger.recording_id:
        return
    facts = {name: getattr(trigger, name) for name in ("matched", "later", "earlier", "contradicts")}
    line = trigger.lines[0] if len(trigger.lines) == 1 else None
    trail.append("trigger.counted", actor=CALLWARD, subject=trigger, line_of_business_id=line, **facts)


def _count(trigger: RetentionTrigger, locked: Sequence[Recording], at: datetime, actor: Actor) -> dict[UUID, str]:
    """Count these locked recordings anew, in the caller's transaction; what came of each."""
    given = given_dates(locked)
    judged = {one.pk: _judged(trigger, one, given[one.pk]) for one in locked}
    Recording.objects.bulk_update([one for one in locked if judged[one.pk].is_known], ["known_triggers"])
    changes = [
        _new_dates(trigger, one, given[one.pk], judged[one.pk])
        for one in locked
        if judged[one.pk].is_known and judged[one.pk].counted is not None
    ]
    change_dates(changes, verb="recording.counted_anew", at=at, actor=actor)
    for one in locked:
        _after(one, given[one.pk], judged[one.pk])
    shorter = [Shorter(one, *dates) for one in locked if (dates := judged[one.pk].shorter)]
    if shorter:
        trigger.job_id = propose_for(trigger, shorter, at).pk
    TriggerEffect.objects.bulk_create(
        TriggerEffect(
            trigger=trigger,
            recording_id=one.pk,
            outcome=judged[one.pk].outcome,
            happened_before=judged[one.pk].before,
        )
        for one in locked
    )
    _tally(trigger, [each.outcome for each in judged.values()])
    return {pk: each.outcome for pk, each in judged.items()}


@dataclass(frozen=True)
class _Judged:
    outcome: str
    before: datetime | None
    counted: Recounted | None = None  # None: left as it was
    dates: tuple[datetime, datetime] | None = None  # what it gets
    shorter: tuple[datetime, datetime] | None = None  # what it would get from a second person's word

    @property
    def is_known(self) -> bool:
        return self.outcome != Outcome.CONTRADICTS


def _judged(trigger: RetentionTrigger, recording: Recording, given: Given) -> _Judged:
    """Sets `known_triggers` on the recording where it counts; what it comes to."""
    starts = read_starts(recording.known_triggers)
    before = starts.get(trigger.kind)
    if before is not None and before != trigger.happened_at and not trigger.replaces:
        return _Judged(Outcome.CONTRADICTS, before)
    recording.known_triggers = recording.known_triggers | {trigger.kind: trigger.happened_at.isoformat()}
    kept = kept_of(recording, given)
    counted = recounted(kept, read_starts(recording.known_triggers))
    stays = (recording.keep_until, recording.delete_by)
    if counted.conflicts and is_decided(recording.pk, counted.explanation):
        return _Judged(Outcome.SAME, before)
    if (dates := counted.lengthened(kept)) != stays:
        return _Judged(Outcome.LATER, before, counted, dates)
    shorter = counted.shortened(kept, than=recounted(kept, starts))
    if shorter != stays and not counted.conflicts:  # where rules contradict each other, a person decides
        return _Judged(Outcome.EARLIER, before, counted, stays, shorter)
    return _Judged(Outcome.SAME, before, counted, stays)


def _new_dates(trigger: RetentionTrigger, recording: Recording, given: Given, judged: _Judged) -> NewDates:
    if judged.dates is None or judged.counted is None:
        raise ValueError("it has no new dates")
    return NewDates(
        recording=recording,
        keep_until=judged.dates[0],
        delete_by=judged.dates[1],
        cause=RetentionChange.Cause.TRIGGER,
        policy_version_id=given.policy_version_id,
        law_release=given.law_release or 0,
        explanation=judged.counted.explanation,
        job_id=trigger.pk,
    )


def _after(recording: Recording, given: Given, judged: _Judged) -> None:
    """A minimum that waited needs nobody's leave any more once all is known; a contradiction needs a person."""
    if judged.counted is None:
        return
    if judged.counted.conflicts and not recording.release_reason:
        quarantine(recording=recording, reason=QuarantineReason.RETENTION_CONFLICT)
    needs_approval = judged.counted.is_open or asked_by_policy(given)
    if needs_approval != recording.needs_approval:
        recording.needs_approval = needs_approval
        Recording.objects.filter(pk=recording.pk).update(needs_approval=needs_approval)


def asked_by_policy(given: Given) -> bool:
    """Whether the policy that governs it, else the careful default, wants a person's leave before anything goes."""
    document = CAREFUL_DEFAULT
    if given.policy_version_id is not None:
        document = PolicyVersion.objects.values_list("document", flat=True).get(pk=given.policy_version_id)
    return stored_document(document).needs_approval


def _tally(trigger: RetentionTrigger, outcomes: Collection[str]) -> None:
    counts = Counter(outcomes)
    trigger.matched += len(outcomes)
    trigger.later += counts[Outcome.LATER]
    trigger.same += counts[Outcome.SAME]
    trigger.earlier += counts[Outcome.EARLIER]
    trigger.contradicts += counts[Outcome.CONTRADICTS]
