"""What is known of the bytes in the store: looked through by night, explained one by one, locked by the store."""

from datetime import datetime
from typing import Self
from uuid import UUID

import pgtrigger
from django.db import models
from django.db.models import Q

from accounts.models import LineOfBusiness
from recordings.models.reach import within_reach
from trail.domain.actors import Actor
from trail.domain.ids import uuid7
from trail.triggers import never_emptied


class IncidentQuerySet(models.QuerySet["IntegrityIncident"]):
    def visible_to(self, actor: Actor) -> Self:
        """Incidents of recordings that this actor may see, or might have seen."""
        return within_reach(self, actor, recording="recording_id", source="source")

    def open(self) -> Self:
        return self.filter(closed_at=None)


class IntegrityIncident(models.Model):
    """What is stored of a recording is not what was stored. Outlives the recording; open until somebody mended it."""

    class Kind(models.TextChoices):
        MISSING = "missing", "Not in the store"
        CHANGED = "changed", "Changed after it was stored"
        KEY = "key", "Its key does not fit"

    class FoundBy(models.TextChoices):
        PLAYBACK = "playback", "Found when it was to be played"
        FIXITY = "fixity", "Found by the nightly look"
        SCAN = "scan", "Found by the scan of the store"
        PROBE = "probe", "Found when its sound was read"

    class Closing(models.TextChoices):
        WHOLE = "whole", "Found whole again"
        DESTROYED = "destroyed", "The recording was destroyed since"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recording_id = models.UUIDField()
    line_of_business = models.ForeignKey(LineOfBusiness, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=64)
    object_key = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    found_by = models.CharField(max_length=8, choices=FoundBy.choices)
    found_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_as = models.CharField(max_length=9, choices=Closing.choices, blank=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        ordering = ("-found_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["recording_id"], condition=Q(closed_at=None), name="incident_is_open_once_for_a_recording"
            )
        ]
        indexes = [models.Index(fields=["recording_id"], name="incident_recording_idx")]
        triggers = [
            never_emptied("incident_never_emptied"),
            pgtrigger.Protect(name="incident_never_removed", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.recording_id}"


class FixityCycle(models.Model):
    """One look at every recording's bytes, in the order of their ids. `place` is the last one looked at."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    place = models.UUIDField(default=UUID(int=0))
    recordings = models.PositiveBigIntegerField(default=0)
    size_bytes = models.PositiveBigIntegerField(default=0)
    failed = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ("-started_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["finished_at"],
                condition=Q(finished_at=None),
                nulls_distinct=False,
                name="fixity_has_one_cycle_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"fixity of {self.started_at:%Y-%m-%d}"


class FixityStretch(models.Model):
    """Recordings that were looked at together: which, and when. Tells of each when it was last looked at."""

    cycle = models.ForeignKey(FixityCycle, on_delete=models.CASCADE, related_name="stretches")
    first = models.UUIDField()
    last = models.UUIDField()
    looked_at = models.DateTimeField()
    recordings = models.PositiveIntegerField()
    failed = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["cycle", "last"], name="fixity_stretch_idx")]

    def __str__(self) -> str:
        return f"{self.recordings} of {self.cycle_id}"


class StoreScan(models.Model):
    """One comparison of the store with the rows, both ways. Without `finished_at` it was cut short."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    owned = models.JSONField(default=dict)  # {whose: [objects, bytes]}
    objects_seen = models.PositiveBigIntegerField(default=0)
    size_bytes = models.PositiveBigIntegerField(default=0)
    unexplained = models.PositiveBigIntegerField(default=0)  # objects that nothing owns, set aside or another's
    unexplained_bytes = models.PositiveBigIntegerField(default=0)
    spare_bytes = models.PositiveBigIntegerField(default=0)  # of these, earlier versions of what something owns
    foreign = models.PositiveBigIntegerField(default=0)  # of these, under names that Callward does not give
    missing = models.PositiveBigIntegerField(default=0)  # recordings without their object
    is_strange = models.BooleanField(default=False)  # so much has no row that it may be another copy's store

    class Meta:
        ordering = ("-started_at",)

    def __str__(self) -> str:
        return f"scan of {self.started_at:%Y-%m-%d %H:%M}"


class SetAsideQuerySet(models.QuerySet["SetAside"]):
    def standing(self) -> Self:
        return self.filter(removed_at=None)

    def due(self, at: datetime) -> Self:
        """Its days are over, or somebody let it go."""
        return self.standing().filter(Q(remove_after__lte=at) | Q(let_go_at__isnull=False))


class SetAside(models.Model):
    """An object that no row owns: kept where it is for some days, in case a row comes for it, then removed."""

    object_key = models.CharField(max_length=120, primary_key=True)
    size_bytes = models.PositiveBigIntegerField()
    found_at = models.DateTimeField()
    remove_after = models.DateTimeField()
    let_go_at = models.DateTimeField(null=True)  # a person said that it may go
    let_go_by_id = models.CharField(max_length=64, blank=True)
    removed_at = models.DateTimeField(null=True)  # read back as absent
    last_error = models.TextField(blank=True)

    objects = SetAsideQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["remove_after"], name="set_aside_due_idx", condition=Q(removed_at=None))]
        triggers = [never_emptied("set_aside_never_emptied")]

    def __str__(self) -> str:
        return self.object_key


class ObjectLockQuerySet(models.QuerySet["ObjectLock"]):
    def drifted(self) -> Self:
        return self.exclude(drift="")


class ObjectLock(models.Model):
    """What the store was asked to keep by its own lock, and what it was last found to keep. Outlives the recording."""

    object_key = models.CharField(max_length=120, primary_key=True)
    recording_id = models.UUIDField(db_index=True)
    until = models.DateTimeField(null=True)  # asked for; None: no date in the future was to be kept
    held = models.BooleanField(default=False)
    asked_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True)
    drift = models.CharField(max_length=16, blank=True)  # shorter, not_held, missing: as last found

    objects = ObjectLockQuerySet.as_manager()

    def __str__(self) -> str:
        return f"lock of {self.object_key}"


class KeyRotationQuerySet(models.QuerySet["KeyRotation"]):
    def running(self) -> Self:
        return self.filter(state=KeyRotation.State.WRAPPING)


class KeyRotation(models.Model):
    """One change of the key that wraps all others: every row's key is wrapped anew, then the older ones may retire."""

    class State(models.TextChoices):
        WRAPPING = "wrapping", "Keys are being wrapped anew"
        WRAPPED = "wrapped", "Every key is wrapped anew"
        RETIRED = "retired", "The older keys are retired"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    prefix = models.BinaryField(max_length=5, unique=True)  # what the new key writes before all that it seals
    state = models.CharField(max_length=8, choices=State.choices, default=State.WRAPPING)
    started_at = models.DateTimeField()
    wrapped_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)
    retired = models.JSONField(default=list)  # the prefixes of the keys that went, in hexadecimal
    total = models.PositiveBigIntegerField(default=0)  # rows to wrap anew, when it began
    done = models.PositiveBigIntegerField(default=0)
    unopened = models.PositiveBigIntegerField(default=0)  # keys that no wrapping key opens; each is an incident

    objects = KeyRotationQuerySet.as_manager()

    class Meta:
        ordering = ("-started_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="wrapping"), name="one_rotation_wraps_at_a_time"
            )
        ]
        triggers = [
            never_emptied("rotation_never_emptied"),
            pgtrigger.Protect(name="rotation_never_removed", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"rotation of {self.started_at:%Y-%m-%d}"
