"""What phone systems send by themselves: who may, what came, what became of it, and which audio is to be fetched.

A raw delivery is sealed, and gone once the work is done: what is known of the call then stands with its recording.
"""

from datetime import datetime
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import LineOfBusiness
from recordings.models.kept import kept_while_held, part_of_a_recording
from recordings.models.recordings import Recording
from trail.domain.ids import uuid7
from trail.triggers import never_emptied


class TelephonySource(models.Model):
    """A phone system that delivers by its own webhook. Keys and settings are sealed with the keyset."""

    name = models.CharField(max_length=32, primary_key=True)  # the adapter's
    sealed = models.BinaryField()  # JSON: keys and settings as they were configured
    line_of_business = models.ForeignKey(LineOfBusiness, null=True, on_delete=models.PROTECT, related_name="+")
    configured_at = models.DateTimeField()
    last_accepted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class IntakeDeliveryQuerySet(models.QuerySet["IntakeDelivery"]):
    def due(self, at: datetime) -> Self:
        """Waits to be worked at `at`. Served by intake_due_idx."""
        return self.filter(state=IntakeDelivery.State.WAITING, next_attempt_at__lte=at)

    def dead(self) -> Self:
        """Given up: somebody has to look."""
        return self.filter(state=IntakeDelivery.State.DEAD)


class IntakeDelivery(models.Model):
    """One request of a phone system, as it came. Content is sealed, short-lived, and shown to nobody."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Taken in"
        DEAD = "dead", "Given up"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(TelephonySource, on_delete=models.PROTECT, related_name="deliveries")
    received_at = models.DateTimeField()
    size_bytes = models.PositiveIntegerField()
    sealed = models.BinaryField(default=bytes)  # the request; empty once it is no longer needed
    replay_digest = models.BinaryField(max_length=32)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)  # counted before the work
    next_attempt_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)  # why it failed last, or what came of it; names nobody
    recording_ids = ArrayField(models.UUIDField(), default=list)  # no foreign key: what became of them is theirs
    done_at = models.DateTimeField(null=True)

    objects = IntakeDeliveryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["next_attempt_at"], name="intake_due_idx", condition=Q(state="waiting")),
            models.Index(fields=["-received_at", "-id"], name="intake_newest_idx"),
            models.Index(fields=["state", "-received_at", "-id"], name="intake_state_idx"),
            models.Index(fields=["source", "-received_at"], name="intake_source_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.received_at:%Y-%m-%d %H:%M:%S}"


class SeenDelivery(models.Model):
    """A delivery whose work is done: it is known again without being kept. Committed with that work, never before."""

    source = models.ForeignKey(TelephonySource, on_delete=models.CASCADE, related_name="+")
    replay_digest = models.BinaryField(max_length=32)  # keyed
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("source", "replay_digest"), name="delivery_is_worked_once")]
        indexes = [models.Index(fields=["seen_at"], name="seen_delivery_age_idx")]

    def __str__(self) -> str:
        return f"seen from {self.source_id}"


class IntakeRefusal(models.Model):
    """How many requests were refused on a day, and why. Nothing of them is kept."""

    source = models.CharField(max_length=32)
    reason = models.CharField(max_length=40)
    day = models.DateField()
    count = models.PositiveIntegerField(default=1)
    last_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("source", "reason", "day"), name="refusals_counted_by_day")]

    def __str__(self) -> str:
        return f"{self.count} from {self.source}: {self.reason}"


class TelephonyFacts(models.Model):
    """What the phone system told of the call so far, all deliveries together, sealed with the recording's own key."""

    recording = models.OneToOneField(
        Recording, on_delete=models.CASCADE, primary_key=True, related_name="telephony", db_constraint=False
    )
    sealed = models.BinaryField()
    agent_channel = models.PositiveSmallIntegerField(null=True)  # which of the channels is the agent; None: unknown

    class Meta:
        triggers = [
            never_emptied("telephony_never_emptied"),
            kept_while_held("telephony_kept_while_held"),
            *part_of_a_recording("telephony"),
        ]

    def __str__(self) -> str:
        return f"facts of {self.recording_id}"


class AudioFetchQuerySet(models.QuerySet["AudioFetch"]):
    def due(self, at: datetime) -> Self:
        """Waits to be fetched at `at`. Served by audio_fetch_due_idx."""
        return self.filter(state=AudioFetch.State.WAITING, next_attempt_at__lte=at)

    def dead(self) -> Self:
        return self.filter(state=AudioFetch.State.DEAD)


class AudioFetch(models.Model):
    """Audio that lies elsewhere and is to be fetched. The address is sealed with the recording's own key."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Stored"
        DEAD = "dead", "Given up"

    recording = models.OneToOneField(
        Recording, on_delete=models.CASCADE, primary_key=True, related_name="fetch", db_constraint=False
    )
    source = models.ForeignKey(TelephonySource, on_delete=models.PROTECT, related_name="+")
    delivery_id = models.UUIDField()  # the one that named the audio; it holds the bytes where they came inline
    sealed = models.BinaryField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField()
    reason = models.CharField(max_length=300, blank=True)
    done_at = models.DateTimeField(null=True)

    objects = AudioFetchQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["next_attempt_at"], name="audio_fetch_due_idx", condition=Q(state="waiting")),
            models.Index(fields=["state", "-asked_at"], name="audio_fetch_state_idx"),
        ]
        triggers = part_of_a_recording("fetch")

    def __str__(self) -> str:
        return f"audio of {self.recording_id}"
