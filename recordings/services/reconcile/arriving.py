"""What the database says is due gets done: no worker leaves it lying. And Callward may be trusted at all."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef

from recordings.models import AudioFetch, AudioProfile, HoldMember, IntakeDelivery, Recording, RetentionCase
from recordings.models.queries import RecordingQuerySet
from recordings.services.disposition.pause import pause_in_force
from recordings.services.retention.cases import REASONS
from recordings.services.retention.refusals import free_again, unsettled
from recordings.services.trust import mistrust
from trail.invariants import Problem, check
from trail.models import Event

WORKED_WITHIN = timedelta(hours=1)


@check(13)
def deliveries_stuck(at: datetime) -> Iterator[Problem]:
    """What phone systems delivered is worked or given up; what waits for long after its time, no worker takes."""
    for pk in IntakeDelivery.objects.due(at - WORKED_WITHIN).values_list("pk", flat=True):
        yield Problem("delivery_stuck", str(pk), "This delivery should have been worked by now. Look at the worker.")
    for pk in AudioFetch.objects.due(at - WORKED_WITHIN).values_list("pk", flat=True):
        yield Problem("fetch_stuck", str(pk), "Its audio should have been fetched by now. Look at the worker.")


@check(13)
def audio_unread(at: datetime) -> Iterator[Problem]:
    waits = AudioProfile.objects.filter(outcome="waiting", next_attempt_at__lt=at - timedelta(days=1))
    for pk in waits.values_list("pk", flat=True):
        yield Problem("audio_unread", str(pk), "Its audio should have been read a day ago. Look at the worker.")


@check(13)
def cases_stuck(at: datetime) -> Iterator[Problem]:
    """Whoever needs a person stands in the inbox, and a case that waits past its day is called late."""
    since = at - WORKED_WITHIN
    for kind, reasons in REASONS.items():
        known = RetentionCase.objects.filter(recording_id=OuterRef("pk"), kind=kind).exclude(state="closed")
        rows = Recording.objects.filter(~Exists(known), quarantine_reasons__overlap=reasons)
        for pk in _quiet(rows, since):
            yield Problem("case_missing", str(pk), "Its dates need a person, and it stands in no inbox.")
    for pk in RetentionCase.objects.overdue(since).filter(overdue_told_at=None).values_list("recording_id", flat=True):
        yield Problem("case_not_called_late", str(pk), "It waits for a person past its day, and nobody was told.")


@check(13)
def refusals_stuck(at: datetime) -> Iterator[Problem]:
    """What a refusal asks for is done at once, or when what keeps it ends. Where a person paused it, it waits."""
    if pause_in_force():
        return
    since = at - WORKED_WITHIN
    for pk in _quiet(unsettled(), since):
        yield Problem("refusal_stuck", str(pk), "Somebody refused, and what the decision says of that was not done.")
    released = HoldMember.objects.filter(recording=OuterRef("pk"), released_at__gt=since)
    for pk in _quiet(free_again(since).filter(~Exists(released)), since):
        yield Problem("refusal_kept", str(pk), "Nothing keeps it any more, and what its refusal asks was not done.")


def _quiet(rows: RecordingQuerySet, since: datetime) -> Iterator[UUID]:
    """Those with which nothing has happened since: what has just changed is done in a moment."""
    for recording in rows.only("pk"):
        if not Event.objects.about(recording).filter(occurred_at__gt=since).exists():
            yield recording.pk


@check(14)
def untrusted(at: datetime) -> Iterator[Problem]:
    for reason in mistrust():
        yield Problem("cannot_be_trusted", "installation", reason)
