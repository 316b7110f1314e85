"""Listening sessions: one trail event for each, however many ranges the player asks for."""

from django.db import models

from trail.domain.ids import uuid7


class ListeningSession(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recording_id = models.UUIDField()  # no foreign key: that somebody listened outlives the recording
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    purpose = models.CharField(max_length=32)
    started_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["recording_id", "actor_id", "-last_at"], name="listening_session_idx")]

    def __str__(self) -> str:
        return f"{self.actor_id} listens to {self.recording_id}"
