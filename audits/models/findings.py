"""A failed requirement that someone must correct by a date."""

from datetime import datetime
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import LineOfBusiness
from accounts.permissions import lines_of, sees_only_given_calls
from audits.models.reviews import Review
from trail.domain.actors import Actor
from trail.domain.ids import uuid7
from trail.triggers import never_emptied


class FindingQuerySet(models.QuerySet["Finding"]):
    def visible_to(self, actor: Actor) -> Self:
        """Those of the actor's lines; none for a reviewer, who judges calls and not what follows."""
        if sees_only_given_calls(actor):
            return self.none()
        lines = lines_of(actor)
        return self if lines is None else self.filter(line_of_business__in=lines)

    def standing(self) -> Self:
        """Open or closed, not taken back by an undo."""
        return self.exclude(state="withdrawn")

    def open(self) -> Self:
        return self.filter(state="open")


class Finding(models.Model):
    class State(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"
        WITHDRAWN = "withdrawn", "Withdrawn"  # its review was undone within ten seconds

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="findings")
    recording_id = models.UUIDField()
    line_of_business = models.ForeignKey(LineOfBusiness, on_delete=models.PROTECT, related_name="+")
    agent_id = models.CharField(max_length=120, blank=True)
    question = models.CharField(max_length=64)
    requirement = models.TextField()  # the question's words
    citation = models.TextField(blank=True)
    severity = models.CharField(max_length=16)  # critical, major, minor
    comment = models.TextField(blank=True)
    moment_seconds = models.FloatField(null=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="findings")
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    closing_note = models.TextField(blank=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ("due_at",)
        constraints = [
            models.UniqueConstraint(fields=("review", "question"), name="finding_is_opened_once"),
            models.CheckConstraint(
                name="finding_closed_has_a_note_and_a_closer",
                condition=~Q(state="closed")
                | (Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(closing_note="")),
            ),
        ]
        indexes = [
            models.Index(fields=["-opened_at", "-id"], name="finding_newest_idx"),
            models.Index(fields=["due_at", "id"], name="finding_due_idx", condition=Q(state="open")),
        ]
        triggers = [
            pgtrigger.Protect(name="finding_is_kept", operation=pgtrigger.Delete),
            never_emptied("finding_never_emptied"),
            pgtrigger.Protect(
                name="closed_finding_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.state = 'closed'"),
            ),
        ]

    def __str__(self) -> str:
        return self.requirement

    def is_overdue(self, at: datetime) -> bool:
        return self.state == self.State.OPEN and self.due_at < at
