"""Evaluation forms and their versions. A started review keeps its version; a published version never changes."""

import pgtrigger
from django.db import models

from trail.domain.ids import uuid7
from trail.triggers import never_emptied


class EvaluationForm(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(unique=True)
    name = models.CharField(max_length=120)

    def __str__(self) -> str:
        return self.name


class FormVersion(models.Model):
    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        RETIRED = "retired", "Retired"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    form = models.ForeignKey(EvaluationForm, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    document = models.JSONField()  # its shape: audits.domain.forms
    published_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("form", "-number")
        constraints = [
            models.UniqueConstraint(fields=("form", "number"), name="form_version_number_is_unique"),
            models.UniqueConstraint(
                fields=("form",), condition=models.Q(state="published"), name="form_has_one_published_version"
            ),
        ]
        triggers = [
            never_emptied("form_version_never_emptied"),
            pgtrigger.Protect(
                name="published_form_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state <> 'draft' AND (OLD.document IS DISTINCT FROM NEW.document"
                    " OR OLD.number IS DISTINCT FROM NEW.number OR NEW.state = 'draft')"
                ),
            ),
            pgtrigger.Protect(
                name="published_form_is_kept",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.state <> 'draft'"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.form}, version {self.number}"
