"""Decisions that were given to somebody, with what they were computed from. No numbers and no names."""

import json
from datetime import datetime
from typing import Any

import pgtrigger
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from accounts.models import LineOfBusiness
from policies.domain.answers import instant
from policies.models.policies import PolicyVersion
from policies.models.register import LawRelease
from trail.domain.ids import uuid7
from trail.triggers import never_emptied

NEVER_CHANGED = [
    pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete),
    never_emptied("never_emptied"),
]


class Answer(models.Model):
    """What was answered, once however many decisions gave it: calls of one kind and day have one answer.

    Where no rule sets a minimum, nothing but the call's own moment says until when it is kept at least: it is left
    out here (an empty `keep_until`), and told by the decision.
    """

    digest = models.CharField(primary_key=True, max_length=64)  # SHA-256 of the body, hexadecimal
    body = models.TextField()  # the whole answer in canonical JSON, but for id and token

    class Meta:
        triggers = NEVER_CHANGED  # and the constraint answer_is_what_its_digest_says, in SQL

    def __str__(self) -> str:
        return self.digest


class Decision(models.Model):
    """One row a call that was decided.

    Its references are without constraints: thousands of decisions a second would lock the same few rows. The statement
    that inserts it confirms them, and their own triggers keep them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    decided_at = models.DateTimeField()
    line_of_business = models.ForeignKey(
        LineOfBusiness, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    policy_version = models.ForeignKey(
        PolicyVersion, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    law_release = models.ForeignKey(
        LawRelease, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    edition = models.PositiveSmallIntegerField(default=1)  # of the rules that computed it
    call = models.JSONField()  # the facts that counted: places with their sources, never the numbers
    kept = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    digest = models.CharField(max_length=64)  # SHA-256 of the answer's canonical JSON, hexadecimal

    class Meta:
        indexes = [BrinIndex(fields=["decided_at"], name="decision_decided_idx")]  # rows lie in the order of time
        triggers = NEVER_CHANGED

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def answer(self) -> dict[str, Any]:
        """The whole answer, but for id and token."""
        answer: dict[str, Any] = json.loads(self.kept.body)
        if answer["retention"]["keep_until"] == "":
            answer["retention"]["keep_until"] = instant(
                datetime.fromisoformat(self.call["ended_at"] or self.call["started_at"])
            )
        return answer


class DecisionOutcome(models.Model):
    """What became of a decision on the call itself: told once, and never changed."""

    decision = models.OneToOneField(Decision, primary_key=True, on_delete=models.PROTECT, related_name="outcome")
    told_at = models.DateTimeField()
    announced = models.BooleanField()  # the disclosures were played or said
    announced_offset_seconds = models.FloatField(null=True)
    consent = models.CharField(max_length=8, blank=True)  # given, refused; empty: nobody was asked
    method = models.CharField(max_length=16, blank=True)
    party = models.CharField(max_length=16, blank=True)  # a role that occurs once, or the place in `parties`
    offset_seconds = models.FloatField(null=True)
    document_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="decision_outcome_names_how_consent_was_told", condition=Q(consent="", method="") | ~Q(method="")
            )
        ]
        triggers = NEVER_CHANGED

    def __str__(self) -> str:
        return f"outcome of {self.decision_id}"
