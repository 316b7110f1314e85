"""Dates that changed after intake: each change with its reason, the pass that lengthens, the jobs that shorten."""

from typing import Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import LineOfBusiness
from accounts.permissions import lines_of
from recordings.models.reach import within_reach
from trail.domain.actors import Actor
from trail.domain.ids import uuid7
from trail.triggers import never_emptied


class RetentionChangeQuerySet(models.QuerySet["RetentionChange"]):
    def visible_to(self, actor: Actor) -> Self:
        """Changes of recordings that this actor sees or might have seen."""
        return within_reach(self, actor, recording="recording_id", source="source")

    def of(self, recording_id: object) -> Self:
        """The history of one recording's dates, oldest first. Served by retention_change_recording_idx."""
        return self.filter(recording_id=recording_id).order_by("at", "pk")


class RetentionChange(models.Model):
    """One change of a recording's dates, with what gave the new ones. Outlives the recording; no personal data."""

    class Cause(models.TextChoices):
        POLICY = "policy", "A policy version was published"
        LAW = "law", "A law release was published"
        SHORTENING = "shortening", "An approved shortening"
        TRIGGER = "trigger", "What a period counts from was told"
        DECISION = "decision", "A person decided where rules contradict each other"
        ASSIGNED = "assigned", "A line of business or a policy came to govern it"
        HAND = "hand", "A person lets it stay longer"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recording_id = models.UUIDField()  # no foreign key: the change outlives the recording
    source = models.CharField(max_length=64)
    line_of_business = models.ForeignKey(LineOfBusiness, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    cause = models.CharField(max_length=16, choices=Cause.choices)
    policy_version_id = models.UUIDField(null=True)  # whose periods were weighed; no foreign key: it blocks nothing
    law_release = models.PositiveIntegerField()
    job_id = models.UUIDField(null=True)  # the pass or the shortening that did it
    keep_until_before = models.DateTimeField()
    keep_until = models.DateTimeField()
    delete_by_before = models.DateTimeField()
    delete_by = models.DateTimeField()
    explanation = models.JSONField()  # as the decision's `retention.explanation`: every limit, and which decided

    objects = RetentionChangeQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["recording_id", "at"], name="retention_change_recording_idx")]
        triggers = [
            never_emptied("retention_change_never_emptied"),
            pgtrigger.Protect(name="retention_change_stays", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.cause} change of {self.recording_id}"


class Redating(models.Model):
    """One pass over all recordings under one state of law and policies; then it waits for late deliveries.

    A new state of the rules begins a new pass, which stands in for an older one that did not come to its end.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    law_release = models.PositiveIntegerField()
    versions = ArrayField(models.UUIDField())  # every policy version in force, in order
    position = models.UUIDField(null=True)  # the last recording that was looked at, in the order of their ids
    seen = models.PositiveBigIntegerField(default=0)
    lengthened = models.PositiveBigIntegerField(default=0)
    began_at = models.DateTimeField()
    reached_end_at = models.DateTimeField(null=True)  # when it first had looked at all

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"pass under law release {self.law_release}"


class ShorteningJobQuerySet(models.QuerySet["ShorteningJob"]):
    def visible_to(self, actor: Actor) -> Self:
        """Jobs that touch at least one line of the actor's."""
        lines = lines_of(actor)
        return self if lines is None else self.filter(lines__overlap=list(lines))

    def waiting(self) -> Self:
        """Counted, and without a second person's word."""
        return self.filter(state=ShorteningJob.State.PROPOSED)


class ShorteningJob(models.Model):
    """counting → proposed → running → done, or refused. A list of recordings whose dates are to come earlier.

    It is the only way to that: the database lets a decided date come earlier for an item of a job that two people made
    run, and for nothing else.
    """

    class State(models.TextChoices):
        COUNTING = "counting", "Being counted"
        PROPOSED = "proposed", "Waits for a second person"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    state = models.CharField(max_length=16, choices=State.choices, default=State.COUNTING)
    report_id = models.UUIDField(null=True)  # the what-if report that it was proposed from
    subject_kind = models.CharField(max_length=16)  # version, release; trigger, conflict: of the recordings themselves
    subject_id = models.CharField(max_length=64)
    subject_name = models.CharField(max_length=200)  # "Home cover, version 3"; what the list says
    law_release = models.PositiveIntegerField()
    position = models.UUIDField(null=True)  # while counting: the last recording that was looked at
    lines = ArrayField(models.UUIDField(), default=list)  # lines of business whose recordings it touches
    count = models.PositiveBigIntegerField(default=0)  # recordings on the list
    of = models.PositiveBigIntegerField(default=0)  # recordings looked at
    size_bytes = models.PositiveBigIntegerField(default=0)
    past_count = models.PositiveBigIntegerField(default=0)  # those whose new delete-by has passed already
    done_count = models.PositiveBigIntegerField(default=0)
    passed_over_count = models.PositiveBigIntegerField(default=0)
    proposed_at = models.DateTimeField()
    proposed_by_kind = models.CharField(max_length=16)
    proposed_by_id = models.CharField(max_length=64)
    typed_count = models.PositiveBigIntegerField(null=True)  # what the second person typed, where the brake asked
    settled_at = models.DateTimeField(null=True)
    settled_by_kind = models.CharField(max_length=16, blank=True)
    settled_by_id = models.CharField(max_length=64, blank=True)
    refused_because = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)

    objects = ShorteningJobQuerySet.as_manager()

    class Meta:
        ordering = ("-proposed_at", "-id")
        constraints = [
            models.CheckConstraint(
                name="shortening_has_two_pairs_of_eyes",
                condition=~Q(state__in=["running", "done"])
                | Q(settled_by_kind="user") & ~Q(settled_by_id="") & ~Q(settled_by_id=F("proposed_by_id")),
            ),
            models.UniqueConstraint(
                fields=("subject_kind", "subject_id"),
                name="shortening_of_a_subject_is_one_at_a_time",
                condition=Q(state__in=["counting", "proposed", "running"]),
            ),
        ]
        triggers = [
            never_emptied("shortening_never_emptied"),
            pgtrigger.Protect(name="shortening_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="shortening_goes_its_way",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state IN ('done', 'refused')"
                    " OR (OLD.state = 'counting' AND NEW.state NOT IN ('counting', 'proposed', 'refused'))"
                    " OR (OLD.state = 'proposed' AND NEW.state NOT IN ('proposed', 'running', 'refused'))"
                    " OR (OLD.state = 'running' AND NEW.state NOT IN ('running', 'done'))"
                    " OR OLD.proposed_by_id <> NEW.proposed_by_id OR OLD.proposed_by_kind <> NEW.proposed_by_kind"
                    " OR (OLD.state <> 'counting' AND OLD.count <> NEW.count)"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"shortening for {self.subject_name}"


class ShorteningItem(models.Model):
    """One recording on a job's list: its dates when it was listed, and those that it is to get."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waits"
        DONE = "done", "Shortened"
        HELD = "held", "Passed over: on hold"
        GONE = "gone", "Passed over: destroyed before"
        CHANGED = "changed", "Passed over: its dates changed since"

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(ShorteningJob, on_delete=models.PROTECT, related_name="items")
    recording_id = models.UUIDField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    keep_until_before = models.DateTimeField()
    keep_until = models.DateTimeField()
    delete_by_before = models.DateTimeField()
    delete_by = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("recording_id", "job"), name="shortening_lists_a_recording_once"),
        ]
        indexes = [
            models.Index(fields=["job", "recording_id"], name="shortening_waiting_idx", condition=Q(state="waiting")),
            models.Index(fields=["job", "recording_id"], name="shortening_list_idx"),
        ]
        triggers = [
            never_emptied("shortening_list_never_emptied"),
            pgtrigger.Protect(name="shortening_list_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="shortening_list_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state <> 'waiting' OR OLD.recording_id <> NEW.recording_id OR OLD.job_id <> NEW.job_id"
                    " OR OLD.keep_until <> NEW.keep_until OR OLD.delete_by <> NEW.delete_by"
                ),
            ),
            pgtrigger.Trigger(  # else a list could grow after the second person had read it
                name="shortening_list_is_closed",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM recordings_shorteningjob WHERE id = NEW.job_id AND state = 'counting'
                    ) THEN
                        RAISE EXCEPTION 'A list of shortenings is closed once it was proposed.'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recording_id} in {self.job_id}"
