"""Decisions that were given to somebody, with what they were computed from. No numbers and no names."""

import pgtrigger
from django.db import models

from accounts.models import LineOfBusiness
from policies.models.policies import PolicyVersion
from policies.models.register import LawRelease
from trail.domain.ids import uuid7


class Decision(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    decided_at = models.DateTimeField()
    line_of_business = models.ForeignKey(LineOfBusiness, on_delete=models.PROTECT, related_name="+")
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    law_release = models.ForeignKey(LawRelease, on_delete=models.PROTECT, related_name="+")
    call = models.JSONField()  # the facts that counted: places with their sources, never the numbers
    answer = models.JSONField()  # the whole answer, but for id and token
    digest = models.CharField(max_length=64)  # SHA-256 of the answer's canonical JSON

    class Meta:
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return str(self.pk)
