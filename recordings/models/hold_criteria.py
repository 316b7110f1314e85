"""What a hold reaches besides the recordings that it names: the criteria of a search, kept in columns of their own.

The database matches a call against them in the transaction that creates or changes it; Python asks the same of the
table of recordings (`reaches`), to fill a hold. A test compares the two.
"""

from typing import Any

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.models import LineOfBusiness
from recordings.models.holds import LegalHold
from recordings.models.parts import Party
from trail.triggers import never_emptied


class HoldCriterion(models.Model):
    """Calls that meet every column which says something; empty and null say nothing.

    `kind` and `key` name the most selective one, so that a new call is compared with few criteria, however many there
    are. A custodian (a person whose calls a matter concerns) is a criterion of their own.
    """

    class Kind(models.TextChoices):
        NUMBER = "number", "A telephone number"
        NAME = "name", "A name"
        EXTERNAL = "external", "A phone system's id of a call"
        AGENT = "agent", "An agent"
        LINE = "line", "A line of business"
        SOURCE = "source", "A telephony source"
        ANY = "any", "Any call"

    hold = models.ForeignKey(LegalHold, on_delete=models.PROTECT, related_name="criteria")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    key = models.CharField(max_length=200, blank=True)
    follows = models.BooleanField(default=True)  # later calls join too; else those alone that were there
    is_custodian = models.BooleanField(default=False)
    label = models.CharField(max_length=120, blank=True)  # what people call the custodian
    # what a call has to meet
    number_index = models.BinaryField(max_length=32, null=True)
    name_index = models.BinaryField(max_length=32, null=True)
    external_id = models.CharField(max_length=200, blank=True)
    agent_id = models.CharField(max_length=120, blank=True)
    source = models.CharField(max_length=64, blank=True)
    direction = models.CharField(max_length=16, blank=True)
    line_of_business = models.ForeignKey(LineOfBusiness, null=True, on_delete=models.PROTECT, related_name="+")
    started_from = models.DateTimeField(null=True)
    started_before = models.DateTimeField(null=True)
    leaving_before = models.DateTimeField(null=True)
    # how far the rights of who asked reached
    lines = ArrayField(models.UUIDField(), null=True)
    sources = ArrayField(models.CharField(max_length=64), null=True)
    ended_at = models.DateTimeField(null=True)  # with its hold

    class Meta:
        ordering = ("pk",)
        verbose_name_plural = "hold criteria"
        indexes = [models.Index(fields=["kind", "key"], name="hold_criterion_live_idx", condition=Q(ended_at=None))]
        triggers = [
            never_emptied("criterion_never_emptied"),
            pgtrigger.Protect(name="criterion_never_removed", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="criterion_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.ended_at IS NOT NULL OR to_jsonb(OLD) - 'ended_at' IS DISTINCT FROM to_jsonb(NEW) - 'ended_at'"
                ),
            ),
            pgtrigger.Trigger(
                name="criterion_ends_with_its_hold",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF NEW.ended_at IS NOT NULL AND EXISTS (
                        SELECT 1 FROM recordings_legalhold WHERE id = NEW.hold_id AND released_at IS NULL
                    ) THEN
                        RAISE EXCEPTION 'A criterion ends when its hold is released, and not otherwise.'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.hold_id}"

    def indexed(self) -> "HoldCriterion":
        """Itself, filed under the most selective thing that it asks for."""
        told = [
            (self.Kind.NUMBER, bytes(self.number_index).hex() if self.number_index else ""),
            (self.Kind.NAME, bytes(self.name_index).hex() if self.name_index else ""),
            (self.Kind.EXTERNAL, self.external_id),
            (self.Kind.AGENT, self.agent_id),
            (self.Kind.LINE, str(self.line_of_business_id or "")),
            (self.Kind.SOURCE, self.source),
        ]
        self.kind, self.key = next(((kind, key) for kind, key in told if key), (self.Kind.ANY, ""))
        return self

    def reaches(self) -> Q:
        """The condition on a recording, as the database's own function has it."""
        met = Q()
        for index in ("number_index", "name_index"):
            if (digest := getattr(self, index)) is not None:
                met &= Q(Exists(Party.objects.filter(recording=OuterRef("pk"), **{index: digest})))
        for name in ("external_id", "agent_id", "source", "direction"):
            if value := getattr(self, name):
                met &= Q(**{name: value})
        if self.line_of_business_id is not None:
            met &= Q(line_of_business=self.line_of_business_id)
        bounds = {
            "started_at__gte": self.started_from,
            "started_at__lt": self.started_before,
            "delete_by__lt": self.leaving_before,
            "line_of_business__in": self.lines,
            "source__in": self.sources,
            "created_at__lte": None if self.follows else self.hold.placed_at,
        }
        return met & Q(**{name: bound for name, bound in bounds.items() if bound is not None})

    def as_json(self) -> dict[str, Any]:
        """What it says, in plain JSON: digests in hex, moments in ISO 8601; what says nothing is left out."""
        told: dict[str, Any] = {
            "number_index": bytes(self.number_index).hex() if self.number_index else None,
            "name_index": bytes(self.name_index).hex() if self.name_index else None,
            "external_id": self.external_id,
            "agent": self.agent_id,
            "source": self.source,
            "direction": self.direction,
            "line_of_business": str(self.line_of_business_id) if self.line_of_business_id else None,
            "from": self.started_from.isoformat() if self.started_from else None,
            "to": self.started_before.isoformat() if self.started_before else None,
            "delete_before": self.leaving_before.isoformat() if self.leaving_before else None,
            "lines": [str(line) for line in self.lines] if self.lines is not None else None,
            "sources": self.sources,
            "label": self.label,
        }
        said = {name: value for name, value in told.items() if value not in (None, "")}
        return said | {"follows": self.follows, "is_custodian": self.is_custodian}
