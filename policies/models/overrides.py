"""An officer's own rule in place of a shipped one, for a time; and what the register asks officers to look at."""

from datetime import date
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from policies.domain.register.overriding import RuleOverride, until
from trail.domain.ids import uuid7
from trail.triggers import never_emptied


class LawOverrideQuerySet(models.QuerySet["LawOverride"]):
    def approved(self) -> Self:
        """Those that a second officer approved and nobody ended."""
        return self.filter(state=LawOverride.State.APPROVED)

    def waiting(self) -> Self:
        """Those that wait for a second officer."""
        return self.filter(state=LawOverride.State.PROPOSED)

    def of_rule(self, code: str) -> Self:
        """Every override of this rule, the newest first."""
        return self.filter(code=code)

    def standing(self, day: date) -> Self:
        """Approved, begun and not over on that day."""
        return self.approved().filter(effective_from__lte=day, expires_on__gt=day)


class LawOverride(models.Model):
    """proposed → approved or refused; approved → ended. Author and approver are two people."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"
        ENDED = "ended", "Ended"

    class Kind(models.TextChoices):
        CHANGE = "change", "Change of a rule"
        SIGN_OFF = "sign_off", "Reading confirmed by counsel"

    class Table(models.TextChoices):
        JURISDICTION = "jurisdiction", "Consent rule of a place"
        RETENTION = "retention", "Retention rule"
        DISCLOSURE = "disclosure", "Disclosure requirement"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.CHANGE)
    table = models.CharField(max_length=16, choices=Table.choices)
    code = models.CharField(max_length=64)
    changes = models.JSONField()  # {column: value}, as the columns of the register's files
    examples = models.JSONField(default=list)  # [{name, call, parties, day, expects}] in place of those that shipped
    reason = models.TextField()
    opinion_by = models.CharField(max_length=120)
    document_sha256 = models.CharField(max_length=64)
    effective_from = models.DateField()
    expires_on = models.DateField()  # the first day on which the shipped rule counts again
    state = models.CharField(max_length=16, choices=State.choices, default=State.PROPOSED)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True)
    decided_because = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_because = models.TextField(blank=True)
    ended_from = models.DateField(null=True)  # the first day without it, earlier than it would have expired
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    approval = models.JSONField(default=dict)  # what stood before the approver's eyes

    objects = LawOverrideQuerySet.as_manager()

    class Meta:
        ordering = ("-proposed_at",)
        constraints = [
            models.CheckConstraint(
                name="override_ends_after_it_begins", condition=Q(expires_on__gt=F("effective_from"))
            ),
            models.CheckConstraint(
                name="override_has_two_pairs_of_eyes",
                condition=Q(state="proposed", approver=None)
                | Q(state="refused")
                | (Q(approver__isnull=False) & ~Q(approver=F("author"))),
            ),
        ]
        triggers = [
            never_emptied("override_never_emptied"),
            pgtrigger.Protect(name="override_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="override_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state IN ('refused', 'ended') OR (OLD.state = 'approved' AND NEW.state <> 'ended')"
                    " OR OLD.kind IS DISTINCT FROM NEW.kind OR OLD.table IS DISTINCT FROM NEW.table"
                    " OR OLD.code IS DISTINCT FROM NEW.code OR OLD.changes IS DISTINCT FROM NEW.changes"
                    " OR OLD.examples IS DISTINCT FROM NEW.examples OR OLD.reason IS DISTINCT FROM NEW.reason"
                    " OR OLD.opinion_by IS DISTINCT FROM NEW.opinion_by"
                    " OR OLD.document_sha256 IS DISTINCT FROM NEW.document_sha256"
                    " OR OLD.effective_from IS DISTINCT FROM NEW.effective_from"
                    " OR OLD.expires_on IS DISTINCT FROM NEW.expires_on"
                    " OR OLD.author_id IS DISTINCT FROM NEW.author_id"
                    " OR (OLD.state = 'approved' AND OLD.approver_id IS DISTINCT FROM NEW.approver_id)"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"override of {self.code}"

    def as_rule_override(self) -> RuleOverride:
        """As the register's rows see it, for the days that it really counts."""
        proposed = RuleOverride(
            table=self.table,
            code=self.code,
            changes=self.changes,
            begins=self.effective_from,
            ends=self.expires_on,
            examples=tuple({"rule": self.code, **example} for example in self.examples),
        )
        return until(proposed, self.ended_from) if self.ended_from else proposed

    @property
    def counts_until(self) -> date:
        """The first day on which the shipped rule counts again."""
        return min(self.ended_from, self.expires_on) if self.ended_from else self.expires_on


class RuleFlag(models.Model):
    """Something that an officer has to look at, told once: a review past, a change ahead, an override that ends."""

    class Kind(models.TextChoices):
        REVIEW_PAST = "review_past", "Review is past"
        CHANGE_AHEAD = "change_ahead", "Change is coming"
        OVERRIDE_ENDS = "override_ends", "Override ends"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    code = models.CharField(max_length=64)
    on = models.DateField()  # the day of the review, of the change, of the end
    flagged_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("on", "code")
        constraints = [models.UniqueConstraint(fields=("kind", "code", "on"), name="rule_is_flagged_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"
