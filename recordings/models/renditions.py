"""Renditions: a call's sound in a form that browsers play, made from the original, and made anew when wanted again."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from trail.domain.ids import uuid7


class RenditionQuerySet(models.QuerySet["Rendition"]):
    def due(self, at: datetime) -> Self:
        """To be made now. Served by rendition_due_idx."""
        return self.filter(state=Rendition.State.WAITING, next_attempt_at__lte=at)

    def unused(self, since: datetime) -> Self:
        """Ready, and not played since then. Served by rendition_used_idx."""
        return self.filter(state=Rendition.State.READY, used_at__lt=since)


class Rendition(models.Model):
    """Sealed with the recording's own key under an id of its own, so that neither can be put in the other's place.

    No foreign key: it goes with its recording by `renditions.forget`, and it is never what anything is proved by.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        READY = "ready", "Ready"
        FAILED = "failed", "Cannot be made"
        LEAVING = "leaving", "Not used, and about to go"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recording_id = models.UUIDField(unique=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)  # counted before the work
    next_attempt_at = models.DateTimeField(null=True)
    detail = models.CharField(max_length=200, blank=True)  # why it cannot be made
    object_key = models.CharField(max_length=120, null=True, unique=True)  # noqa: DJ001  unique where set
    media_type = models.CharField(max_length=64, blank=True)
    size_bytes = models.BigIntegerField(null=True)
    sha256 = models.BinaryField(max_length=32, null=True)
    asked_at = models.DateTimeField()
    used_at = models.DateTimeField()  # to the hour: what nobody plays is removed, and made again on demand

    objects = RenditionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="rendition_ready_is_whole",
                condition=~Q(state="ready")
                | Q(object_key__isnull=False, size_bytes__isnull=False, sha256__isnull=False),
            )
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="rendition_due_idx", condition=Q(state="waiting")),
            models.Index(fields=["used_at"], name="rendition_used_idx", condition=Q(state="ready")),
        ]

    def __str__(self) -> str:
        return f"{self.state} rendition of {self.recording_id}"
