"""A failed requirement that someone must correct by a date."""

from django.conf import settings
from django.db import models

from accounts.models import LineOfBusiness
from audits.models.reviews import Review
from trail.domain.ids import uuid7


class Finding(models.Model):
    class State(models.TextChoices):
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

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

    class Meta:
        ordering = ("due_at",)
        constraints = [models.UniqueConstraint(fields=("review", "question"), name="finding_is_opened_once")]

    def __str__(self) -> str:
        return self.requirement
