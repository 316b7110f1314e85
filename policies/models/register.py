"""The law register: numbered, digested releases of rules. A shipped row is never edited; a release brings new."""

import pgtrigger
from django.db import models

from trail.domain.ids import uuid7

NEVER_CHANGED = [
    pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete),
]


class LawRelease(models.Model):
    """One numbered state of the register. The one with the highest number is in effect."""

    number = models.PositiveIntegerField(primary_key=True)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 over the files in order, hexadecimal
    reviewed_on = models.DateField()
    known_from = models.DateTimeField()  # when Callward began to believe it

    class Meta:
        ordering = ("-number",)
        triggers = NEVER_CHANGED

    def __str__(self) -> str:
        return f"release {self.number}"


class Rule(models.Model):
    """What every row of a release has. `data/SOURCES.md` explains each column."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    release = models.ForeignKey(LawRelease, on_delete=models.PROTECT, related_name="%(class)ss")
    code = models.CharField(max_length=64)
    citation = models.TextField()
    confidence = models.CharField(max_length=8)  # high, medium, low
    verify_note = models.TextField(blank=True)

    class Meta:
        abstract = True
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


class Jurisdiction(Rule):
    name = models.CharField(max_length=120)
    parent = models.CharField(max_length=16, blank=True)
    consent_rule = models.CharField(max_length=16)
    telephone_rule = models.CharField(max_length=16)
    in_person_rule = models.CharField(max_length=16)
    cautious_rule = models.CharField(max_length=16)
    notice_required = models.BooleanField()
    consent_form = models.CharField(max_length=20)
    applies_to = models.CharField(max_length=16)
    interstate_rule = models.TextField(blank=True)
    beep_tone_allowed_as_notice = models.BooleanField()
    summary = models.TextField()
    effective_from = models.DateField(null=True)  # empty: always

    class Meta(Rule.Meta):
        constraints = [
            models.UniqueConstraint(fields=("release", "code"), name="jurisdiction_stands_once_in_a_release")
        ]
        triggers = NEVER_CHANGED


class RetentionRule(Rule):
    authority = models.TextField()
    applies_when = models.TextField(blank=True)
    record_kind = models.CharField(max_length=32)
    min_period = models.CharField(max_length=16, blank=True)
    max_period = models.CharField(max_length=16, blank=True)
    trigger = models.CharField(max_length=32, blank=True)
    storage_requirements = models.TextField(blank=True)
    must_record = models.BooleanField()
    legal_authority_to_record = models.BooleanField()
    summary = models.TextField()
    effective_from = models.DateField(null=True)

    class Meta(Rule.Meta):
        constraints = [
            models.UniqueConstraint(fields=("release", "code"), name="retention_rule_stands_once_in_a_release")
        ]
        triggers = NEVER_CHANGED


class DisclosureRequirement(Rule):
    jurisdiction_or_regime = models.CharField(max_length=32)
    requirement_key = models.CharField(max_length=64)
    when = models.CharField(max_length=32)
    text_example = models.TextField()
    satisfies_consent = models.BooleanField()
    severity = models.CharField(max_length=16)
    applies_when = models.TextField(blank=True)

    class Meta(Rule.Meta):
        constraints = [models.UniqueConstraint(fields=("release", "code"), name="disclosure_stands_once_in_a_release")]
        triggers = NEVER_CHANGED


class AreaCode(models.Model):
    release = models.ForeignKey(LawRelease, on_delete=models.PROTECT, related_name="area_codes")
    area_code = models.CharField(max_length=3)
    region_code = models.CharField(max_length=16)
    note = models.TextField(blank=True)
    confidence = models.CharField(max_length=8)

    class Meta:
        ordering = ("area_code",)
        constraints = [
            models.UniqueConstraint(fields=("release", "area_code", "region_code"), name="area_code_stands_once")
        ]
        triggers = NEVER_CHANGED

    def __str__(self) -> str:
        return self.area_code
