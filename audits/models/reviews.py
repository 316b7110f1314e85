"""A review: the questions that were due on this call, the answers, the score with its arithmetic."""

import pgtrigger
from django.db import models
from django.db.models import Q

from audits.domain import kinds
from audits.models.forms import FormVersion
from audits.models.plans import Assignment
from trail.domain.ids import uuid7
from trail.triggers import never_emptied


def closed_with_its_review(name: str) -> pgtrigger.Trigger:
    """Once the review is submitted, nothing in it changes; an undo opens the review first."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func="""
            IF EXISTS (
                SELECT 1 FROM audits_review WHERE submitted_at IS NOT NULL
                AND id = (CASE WHEN TG_OP = 'DELETE' THEN OLD.review_id ELSE NEW.review_id END)
            ) THEN
                RAISE EXCEPTION 'A submitted review never changes.' USING ERRCODE = 'restrict_violation';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
    )


class Review(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="review")
    form_version = models.ForeignKey(FormVersion, on_delete=models.PROTECT, related_name="+")
    questions = models.JSONField()  # the checklist of this call, audits.domain.checklist; fixed at the start
    started_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    final_at = models.DateTimeField(null=True)  # the end of the undo; from then on nothing changes
    score = models.JSONField(null=True)  # audits.domain.scoring.Score: points, of, percent, critical, arithmetic
    said_all = models.BooleanField(null=True)  # of the score: every critical question is a yes; what a rate counts
    call = models.JSONField(default=dict)  # what results are told apart by once the recording is gone; no names
    heard_seconds = models.FloatField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="review_submitted_has_its_score",
                condition=Q(submitted_at__isnull=True, final_at__isnull=True)
                | Q(submitted_at__isnull=False, final_at__isnull=False, score__isnull=False),
            )
        ]
        indexes = [models.Index(fields=["submitted_at"], name="review_submitted_idx")]
        triggers = [
            never_emptied("review_never_emptied"),
            pgtrigger.Protect(
                name="final_review_never_changes",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.final_at IS NOT NULL AND OLD.final_at <= clock_timestamp()"),
            ),
        ]

    def __str__(self) -> str:
        return f"review of {self.assignment_id}"


class Answer(models.Model):
    """One question's answer, saved at once. `Value` has those to a question of yes and no; other kinds have their own.

    `revision` grows with each save: a late retry cannot undo a newer one.
    """

    class Value(models.TextChoices):
        YES = "yes", "Yes"
        NO = "no", "No"
        CANNOT_TELL = "unknown", "Cannot tell"
        NOT_APPLICABLE = "na", "n/a"

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="answers")
    question = models.CharField(max_length=64)  # key in Review.questions
    kind = models.CharField(max_length=8, db_default=kinds.YES_NO, default=kinds.YES_NO)  # of the question
    value = models.TextField(blank=True)  # as audits.domain.kinds reads it; empty: only a comment yet
    comment = models.TextField(blank=True)
    moment_seconds = models.FloatField(null=True)
    revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("review", "question"), name="question_is_answered_once"),
            models.CheckConstraint(
                name="answer_fits_its_kind",
                condition=Q(kind=kinds.YES_NO, value__in=["", "yes", "no", "unknown", "na"])
                | Q(kind=kinds.CHOICE, value__regex=r"^([a-z][a-z0-9_]{0,39})?$")
                | Q(kind=kinds.SCALE, value__regex=r"^(\d{1,2}|na)?$")
                | Q(kind=kinds.NUMBER, value__regex=r"^(-?\d{1,9}(\.\d{1,3})?|na)?$")
                | Q(kind=kinds.TEXT),
                violation_error_message="An answer is one that its kind of question takes.",
            ),
        ]
        triggers = [closed_with_its_review("answer_closed_with_its_review"), never_emptied("answer_never_emptied")]

    def __str__(self) -> str:
        return f"{self.question}: {self.value}"


class Mark(models.Model):
    """A moment that the reviewer marked."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="marks")
    at_seconds = models.FloatField()

    class Meta:
        ordering = ("at_seconds",)
        triggers = [closed_with_its_review("mark_closed_with_its_review")]

    def __str__(self) -> str:
        return f"{self.at_seconds} s"
