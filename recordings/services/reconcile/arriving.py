"""What the database says is due gets done: no worker leaves it lying. And Callward may be trusted at all."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from recordings.models import AudioFetch, AudioProfile, IntakeDelivery
from recordings.services.trust import mistrust
from trail.invariants import Problem, check

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


@check(14)
def untrusted(at: datetime) -> Iterator[Problem]:
    for reason in mistrust():
        yield Problem("cannot_be_trusted", "installation", reason)
