"""The append-only trail. Sealing adds its own table beside this one; events already carry their digests."""

from typing import Self

import pgtrigger
from django.db import models

from trail.domain.ids import uuid7
from trail.triggers import never_emptied


class EventQuerySet(models.QuerySet["Event"]):
    def about(self, subject: models.Model) -> Self:
        """The history of one object, oldest first. Served by event_subject_idx."""
        return self.filter(subject_kind=subject._meta.label_lower, subject_id=str(subject.pk)).order_by("sequence")


class Event(models.Model):
    """One thing that happened, written in the transaction in which it happened. No personal data."""

    sequence = models.BigAutoField(primary_key=True)
    id = models.UUIDField(default=uuid7, unique=True, editable=False)
    occurred_at = models.DateTimeField()
    verb = models.CharField(max_length=64)  # noun.past participle: "hold.placed"
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=64)
    line_of_business_id = models.UUIDField(null=True)  # whose people may see it; None: a matter of the whole company
    facts = models.JSONField(default=dict)
    digest = models.BinaryField(max_length=32)  # SHA-256 of the event's canonical bytes, trail.domain.chain

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ("sequence",)
        indexes = [models.Index(fields=["subject_kind", "subject_id", "sequence"], name="event_subject_idx")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            never_emptied("never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.verb}"
