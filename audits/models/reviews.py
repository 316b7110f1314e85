"""A review: the questions that were due on this call, the answers, the score with its arithmetic."""

import pgtrigger
from django.db import models

from audits.models.forms import FormVersion
from audits.models.plans import Assignment
from trail.domain.ids import uuid7


class Review(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="review")
    form_version = models.ForeignKey(FormVersion, on_delete=models.PROTECT, related_name="+")
    questions = models.JSONField()  # the checklist of this call, audits.domain.checklist; fixed at the start
    started_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    final_at = models.DateTimeField(null=True)  # the end of the undo; from then on nothing changes
    score = models.JSONField(null=True)  # audits.domain.scoring.Score: points, of, percent, critical, arithmetic
    heard_seconds = models.FloatField(default=0)

    class Meta:
        triggers = [
            pgtrigger.Protect(
                name="final_review_never_changes",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.final_at IS NOT NULL AND OLD.final_at <= clock_timestamp()"),
            )
        ]

    def __str__(self) -> str:
        return f"review of {self.assignment_id}"


class Answer(models.Model):
    """One question's answer, saved at once. `revision` grows with each save, so that a late retry cannot undo a newer one."""

    class Value(models.TextChoices):
        YES = "yes", "Yes"
        NO = "no", "No"
        CANNOT_TELL = "unknown", "Cannot tell"
        NOT_APPLICABLE = "na", "n/a"

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="answers")
    question = models.CharField(max_length=64)  # key in Review.questions
    value = models.CharField(max_length=8, choices=Value.choices, blank=True)  # empty: only a comment yet
    comment = models.TextField(blank=True)
    moment_seconds = models.FloatField(null=True)
    revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("review", "question"), name="question_is_answered_once")]

    def __str__(self) -> str:
        return f"{self.question}: {self.value}"


class Mark(models.Model):
    """A moment that the reviewer marked."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="marks")
    at_seconds = models.FloatField()

    class Meta:
        ordering = ("at_seconds",)

    def __str__(self) -> str:
        return f"{self.at_seconds} s"
