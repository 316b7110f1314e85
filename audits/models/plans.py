"""Plans, the samples drawn by them, and the assignments that bring a drawn call to a reviewer."""

from datetime import datetime
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import LineOfBusiness
from audits.models.forms import EvaluationForm
from trail.domain.ids import uuid7


class AuditPlan(models.Model):
    """Which calls are drawn, how many, how often, by whom reviewed, due when."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120, unique=True)
    form = models.ForeignKey(EvaluationForm, on_delete=models.PROTECT, related_name="plans")
    lines = models.ManyToManyField(LineOfBusiness, related_name="plans")
    direction = models.CharField(max_length=16, blank=True)  # empty: any
    size = models.PositiveIntegerField(help_text="Calls in each draw.")
    period_days = models.PositiveIntegerField(default=7, help_text="A draw covers the calls of this many days.")
    due_working_days = models.PositiveIntegerField(default=5)
    reviewers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="plans")
    is_active = models.BooleanField(default=True)
    next_draw_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Sample(models.Model):
    """One draw: the frame's digest was committed before the seed was made, so nobody could choose the calls."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    plan = models.ForeignKey(AuditPlan, on_delete=models.PROTECT, related_name="samples")
    period_from = models.DateTimeField()
    period_to = models.DateTimeField()
    filters = models.JSONField()
    algorithm = models.CharField(max_length=32)
    frame = models.JSONField()  # [[recording id, sample key], …] in key order: what a redraw needs
    frame_size = models.PositiveIntegerField()
    frame_digest = models.CharField(max_length=64)  # SHA-256 of the frame's canonical bytes
    frame_committed_at = models.DateTimeField()
    seed = models.CharField(max_length=64, blank=True)  # hexadecimal; empty until the frame is committed
    drawn = models.JSONField(default=list)  # recording ids in drawn order, then the replacements in their order
    drawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-frame_committed_at",)
        constraints = [models.UniqueConstraint(fields=("plan", "period_from"), name="plan_draws_a_period_once")]
        triggers = [
            pgtrigger.Protect(
                name="frame_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.frame IS DISTINCT FROM NEW.frame OR OLD.frame_digest IS DISTINCT FROM NEW.frame_digest"
                    " OR (OLD.seed <> '' AND (OLD.seed IS DISTINCT FROM NEW.seed OR OLD.drawn IS DISTINCT FROM NEW.drawn))"
                ),
            ),
            pgtrigger.Protect(name="sample_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.plan}, {self.period_from:%d %b %Y}"


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def open(self) -> Self:
        """Not yet submitted, replaced or withdrawn."""
        return self.filter(state__in=["assigned", "in_review"])

    def overdue(self, at: datetime) -> Self:
        """Open and past its due moment. Served by assignment_due_idx."""
        return self.open().filter(due_at__lt=at)


class Assignment(models.Model):
    class State(models.TextChoices):
        ASSIGNED = "assigned", "Assigned"
        IN_REVIEW = "in_review", "In review"
        SUBMITTED = "submitted", "Submitted"
        REPLACED = "replaced", "Replaced"
        GONE = "gone", "Destroyed before its review"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, related_name="assignments")
    recording_id = models.UUIDField()  # no foreign key: the result outlives the recording
    line_of_business = models.ForeignKey(LineOfBusiness, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()  # place in the drawn order
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assignments")
    state = models.CharField(max_length=16, choices=State.choices, default=State.ASSIGNED)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    flagged_overdue_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    replaced_reason = models.CharField(max_length=32, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ("due_at", "position")
        constraints = [models.UniqueConstraint(fields=("sample", "recording_id"), name="call_is_assigned_once_in_a_sample")]
        indexes = [
            models.Index(fields=["due_at"], name="assignment_due_idx", condition=Q(state__in=["assigned", "in_review"])),
            models.Index(fields=["reviewer", "state", "due_at"], name="assignment_queue_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.sample}, {self.position}"
