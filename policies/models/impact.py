"""What a change of rules would do to stored recordings and recent decisions, computed before it takes effect."""

import pgtrigger
from django.db import models
from django.db.models import Q

from trail.domain.ids import uuid7
from trail.triggers import never_emptied


class ImpactReport(models.Model):
    """queued → running → done, failed or cancelled. What is done never changes; an approval refers to it."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waits to begin"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    class Kind(models.TextChoices):
        VERSION = "version", "Policy version"
        RELEASE = "release", "Law release"
        OVERRIDE = "override", "Override of a rule"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    subject_id = models.CharField(max_length=64)
    subject_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)  # of the subject's content: another content needs another report
    law_release = models.PositiveIntegerField()  # in effect when it began; with another one it no longer holds
    versions_digest = models.CharField(max_length=64)  # of the policy versions in force when it began
    state = models.CharField(max_length=16, choices=State.choices, default=State.QUEUED)
    step = models.CharField(max_length=16, default="recordings")  # then decisions, then touched
    position = models.UUIDField(null=True)  # the last row of the step that is accounted for
    done_count = models.PositiveBigIntegerField(default=0)  # rows accounted for in all steps
    of_count = models.PositiveBigIntegerField(default=0)  # rows there were to account for when it began
    figures = models.JSONField(default=dict)  # its shape: policies.domain.impact
    failed_because = models.TextField(blank=True)
    asked_by_kind = models.CharField(max_length=16)
    asked_by_id = models.CharField(max_length=64)
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-queued_at", "-id")
        indexes = [models.Index(fields=["kind", "subject_id", "-queued_at"], name="impact_subject_idx")]
        constraints = [
            models.UniqueConstraint(
                fields=("kind", "subject_id"),
                name="impact_of_a_subject_is_one_at_a_time",
                condition=Q(state__in=["queued", "running"]),
            )
        ]
        triggers = [
            never_emptied("impact_never_emptied"),
            pgtrigger.Protect(
                name="impact_done_never_changes",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.state = 'done'"),
            ),
        ]

    def __str__(self) -> str:
        return f"what-if of {self.subject_name}"


class ImpactChange(models.Model):
    """One recording that the change would touch, and how: the list behind each number of a report."""

    pk = models.CompositePrimaryKey("report_id", "recording_id")
    report = models.ForeignKey(  # a million rows are written by COPY: the job itself sees to the reference
        ImpactReport, on_delete=models.DO_NOTHING, related_name="changes", db_constraint=False, db_index=False
    )
    recording_id = models.UUIDField()
    kinds = models.SmallIntegerField()  # bits: policies.domain.impact.Kind
    keep_until = models.DateTimeField()  # as they would be
    delete_by = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.recording_id} in {self.report_id}"
