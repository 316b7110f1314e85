"""The law register: numbered, digested releases of rules. A shipped row is never edited; a release brings new."""

from datetime import datetime
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from trail.domain.ids import uuid7
from trail.triggers import never_emptied

NEVER_CHANGED = [
    pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete),
    never_emptied("never_emptied"),
    pgtrigger.Trigger(
        name="never_joins_a_published_release",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func="IF EXISTS (SELECT FROM policies_lawrelease WHERE number = NEW.release_id AND state <> 'candidate') THEN"
        " RAISE EXCEPTION 'The rows of a release are complete before it is published.'"
        " USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
    ),
]


class LawReleaseQuerySet(models.QuerySet["LawRelease"]):
    def published(self) -> Self:
        """Those that came into effect, the newest first."""
        return self.filter(state=LawRelease.State.PUBLISHED)

    def known_at(self, moment: datetime) -> Self:
        """Those that were published at that moment."""
        return self.published().filter(known_from__lte=moment)

    def candidates(self) -> Self:
        """Those that wait for an officer."""
        return self.filter(state=LawRelease.State.CANDIDATE)


class LawRelease(models.Model):
    """One numbered state of the register. Of those published, the one with the highest number is in effect."""

    class State(models.TextChoices):
        CANDIDATE = "candidate", "Candidate"
        PUBLISHED = "published", "Published"
        DISCARDED = "discarded", "Discarded"

    class Kind(models.TextChoices):
        SHIPPED = "shipped", "Loaded from files"
        OVERRIDE = "override", "Derived for an override"

    number = models.PositiveIntegerField(primary_key=True)
    digest = models.CharField(max_length=64, unique=True)  # what this release is: content, and what it was based on
    content_digest = models.CharField(max_length=64, blank=True)  # SHA-256 over the files in order, hexadecimal
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.SHIPPED)
    state = models.CharField(max_length=16, choices=State.choices, default=State.CANDIDATE)
    based_on = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    override = models.ForeignKey("LawOverride", null=True, on_delete=models.PROTECT, related_name="releases")
    reviewed_on = models.DateField()
    loaded_at = models.DateTimeField(null=True)
    known_from = models.DateTimeField(null=True)  # when Callward began to believe it: its publication
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    approval = models.JSONField(default=dict)  # what stood before the eyes of whoever published it
    displaced = models.JSONField(default=dict)  # {override: {rows, examples}} that count again when it ends

    objects = LawReleaseQuerySet.as_manager()

    class Meta:
        ordering = ("-number",)
        constraints = [
            models.CheckConstraint(
                name="law_release_is_known_once_published",
                condition=Q(state="published", known_from__isnull=False)
                | (~Q(state="published") & Q(known_from__isnull=True)),
            ),
        ]
        triggers = [
            never_emptied("release_never_emptied"),
            pgtrigger.Protect(name="release_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="release_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state <> 'candidate' OR OLD.number IS DISTINCT FROM NEW.number"
                    " OR OLD.digest IS DISTINCT FROM NEW.digest"
                    " OR OLD.content_digest IS DISTINCT FROM NEW.content_digest"
                    " OR OLD.kind IS DISTINCT FROM NEW.kind OR OLD.based_on_id IS DISTINCT FROM NEW.based_on_id"
                    " OR OLD.override_id IS DISTINCT FROM NEW.override_id"
                    " OR OLD.reviewed_on IS DISTINCT FROM NEW.reviewed_on"
                    " OR OLD.loaded_at IS DISTINCT FROM NEW.loaded_at"
                    " OR OLD.displaced IS DISTINCT FROM NEW.displaced"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"release {self.number}"

    @property
    def author_id(self) -> None:
        """A release comes from whoever owns the machine, so any officer is a second person to it."""
        return None


class Rule(models.Model):
    """What every row of a release has. `data/SOURCES.md` explains each column."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    release = models.ForeignKey(LawRelease, on_delete=models.PROTECT, related_name="%(class)ss")
    since = models.ForeignKey(LawRelease, null=True, on_delete=models.PROTECT, related_name="+")  # first with this row
    code = models.CharField(max_length=64)
    citation = models.TextField()
    confidence = models.CharField(max_length=8)  # high, medium, low
    verify_note = models.TextField(blank=True)
    effective_from = models.DateField(null=True)  # empty: always
    effective_to = models.DateField(null=True)  # the first day on which it no longer counts
    reviewed_on = models.DateField(null=True)
    next_review_on = models.DateField(null=True)

    class Meta:
        abstract = True
        ordering = ("code", "effective_from")

    def __str__(self) -> str:
        return self.code

    @property
    def known_from(self) -> datetime | None:
        """When Callward began to believe this very row: the publication of the first release in which it stood."""
        return (self.since or self.release).known_from


def _stands_once(name: str) -> models.UniqueConstraint:
    fields = ("release", "code", "effective_from")
    return models.UniqueConstraint(fields=fields, name=name, nulls_distinct=False)


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
    readings = models.JSONField(default=list)  # [{reading, standard, form, who, because}] where law is unsettled

    class Meta(Rule.Meta):
        constraints = [_stands_once("jurisdiction_stands_once_for_a_day")]
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

    class Meta(Rule.Meta):
        constraints = [_stands_once("retention_rule_stands_once_for_a_day")]
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
        constraints = [_stands_once("disclosure_stands_once_for_a_day")]
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


class ExampleCall(models.Model):
    """A call that shows what a rule brings: a test of its release. See `domain.register.examples`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    release = models.ForeignKey(LawRelease, on_delete=models.PROTECT, related_name="examples")
    rule = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    call = models.TextField(blank=True)
    parties = models.TextField()
    day = models.DateField()
    expects = models.TextField()

    class Meta:
        ordering = ("rule", "name")
        constraints = [
            models.UniqueConstraint(fields=("release", "rule", "name"), name="example_has_a_name_of_its_own")
        ]
        triggers = NEVER_CHANGED

    def __str__(self) -> str:
        return f"{self.rule}: {self.name}"
