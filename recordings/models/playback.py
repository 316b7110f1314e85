"""Listening sessions: one for each stretch of listening, however many ranges the player asks for."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F
from django.db.models.functions import Greatest, Least

from trail.domain.ids import uuid7


class ListeningSessionQuerySet(models.QuerySet["ListeningSession"]):
    def over(self, idle_since: datetime) -> Self:
        """Not closed, and silent since then. Served by listening_open_idx."""
        return self.filter(closed_at=None, last_at__lte=idle_since)

    def widen(self, start_seconds: float, stop_seconds: float, at: datetime) -> int:
        """Let what was sent just now belong to them."""
        return self.filter(closed_at=None).update(
            from_seconds=Least(F("from_seconds"), start_seconds),  # LEAST and GREATEST pass over what is empty
            to_seconds=Greatest(F("to_seconds"), stop_seconds),
            last_at=Greatest(F("last_at"), at),
        )


class ListeningSession(models.Model):
    """From `from_seconds` to `to_seconds` the audio was sent: nothing outside was heard, and not all inside need be."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recording_id = models.UUIDField()  # no foreign key: that somebody listened outlives the recording
    line_of_business_id = models.UUIDField()
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    purpose = models.CharField(max_length=32)
    started_at = models.DateTimeField()
    last_at = models.DateTimeField()
    from_seconds = models.FloatField(null=True)  # of the call; empty until something was sent
    to_seconds = models.FloatField(null=True)
    closed_at = models.DateTimeField(null=True)  # when its end was written into the trail

    objects = ListeningSessionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["recording_id", "actor_id", "-last_at"], name="listening_session_idx"),
            models.Index(fields=["last_at"], name="listening_open_idx", condition=models.Q(closed_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} listens to {self.recording_id}"
