"""Runs of disposition, what stops them, and what goes early: who let it, and what became of it."""

from datetime import datetime
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


class DispositionRunQuerySet(models.QuerySet["DispositionRun"]):
    def visible_to(self, actor: Actor) -> Self:
        """Runs in which at least one line of the actor's stands."""
        lines = lines_of(actor)
        return self if lines is None else self.filter(lines__overlap=list(lines))

    def wholly_visible_to(self, actor: Actor) -> Self:
        """Runs of which the actor sees every line: their totals tell nothing of other lines."""
        lines = lines_of(actor)
        return self if lines is None else self.filter(lines__contained_by=list(lines))

    def alarming(self) -> Self:
        """A person has to look: the brake asks, or something resists."""
        return self.filter(state__in=[DispositionRun.State.ASKING, DispositionRun.State.INCOMPLETE])

    def open(self) -> Self:
        """Not at their end: one at most for serious lines, one for lines of a demonstration."""
        return self.exclude(state=DispositionRun.State.COMPLETE)


class DispositionRun(models.Model):
    """running ⇄ asking, running ⇄ incomplete, then complete. What falls due together goes in one run.

    It is complete when all that it set out to destroy is destroyed or has left it (held, objected to, kept longer), and
    every object of it was read back as absent. While one thing of it fails, it is incomplete, and is never called else.
    """

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        ASKING = "asking", "Stopped by the brake"
        INCOMPLETE = "incomplete", "Incomplete"
        COMPLETE = "complete", "Complete"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RUNNING)
    is_demo = models.BooleanField(default=False)  # of lines that are a demonstration: the brake does not count them
    as_of = models.DateTimeField()  # what was due by then is in it
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    lines = ArrayField(models.UUIDField(), default=list)  # lines of business with something in it
    due = models.JSONField(default=dict)  # {line id: {"count", "bytes"}}: what it set out to destroy
    done = models.JSONField(default=dict)  # {line id: {"count", "bytes"}}: what is destroyed, as of its last look
    read_back_count = models.PositiveBigIntegerField(default=0)  # objects seen to be absent, as of its last look
    waiting_count = models.PositiveBigIntegerField(default=0)  # objects to be seen
    failing_count = models.PositiveBigIntegerField(default=0)  # recordings and objects that resist
    # the brake
    asks_because = models.CharField(max_length=8, blank=True)  # count, median; empty: it never asked
    asks_count = models.PositiveBigIntegerField(null=True)  # the number that a person has to type
    usual_count = models.PositiveBigIntegerField(null=True)  # the median of the last 30 days' runs
    asked_at = models.DateTimeField(null=True)
    allowed_count = models.PositiveBigIntegerField(null=True)  # the number that a person typed
    answered_at = models.DateTimeField(null=True)
    answered_by_kind = models.CharField(max_length=16, blank=True)
    answered_by_id = models.CharField(max_length=64, blank=True)
    manifest = models.JSONField(null=True)  # {content, signature, key_id}, once it is complete

    objects = DispositionRunQuerySet.as_manager()

    class Meta:
        ordering = ("-began_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=("is_demo",), name="disposition_run_is_one_at_a_time", condition=~Q(state="complete")
            ),
            models.CheckConstraint(
                name="disposition_run_complete_is_proven",
                condition=~Q(state="complete") | Q(ended_at__isnull=False, manifest__isnull=False, failing_count=0),
            ),
        ]
        triggers = [
            never_emptied("disposition_run_never_emptied"),
            pgtrigger.Protect(name="disposition_run_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="disposition_run_complete_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state="complete"),
            ),
        ]

    def __str__(self) -> str:
        return f"run of {self.began_at:%Y-%m-%d %H:%M}"

    @property
    def due_count(self) -> int:
        return sum(line["count"] for line in self.due.values())

    @property
    def done_count(self) -> int:
        return sum(line["count"] for line in self.done.values())

    @property
    def done_bytes(self) -> int:
        return sum(line["bytes"] for line in self.done.values())


class PurgeClaimQuerySet(models.QuerySet["PurgeClaim"]):
    def waiting(self, at: datetime) -> Self:
        """Claims whose attempt failed, and whose next one's time has come."""
        return self.filter(backend_pid=None, set_aside_at=None, next_attempt_at__lte=at)

    def failing(self) -> Self:
        """Attempts that failed: not yet destroyed, and something resists."""
        return self.filter(backend_pid=None)


class PurgeClaim(models.Model):
    """Recordings that a worker is about to destroy, written before it tries, gone in the commit that destroys them.

    So an attempt that kills its worker is known: the claim stands and its worker's session is gone. It is then tried
    again in parts, until the one that resists stands alone; that one waits longer and longer and is then set aside,
    while the rest goes its way.
    """

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(DispositionRun, on_delete=models.PROTECT, related_name="claims")
    recording_ids = ArrayField(models.UUIDField())
    backend_pid = models.IntegerField(null=True)  # of the session that tries now; None: nobody tries
    backend_start = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=1)
    next_attempt_at = models.DateTimeField()
    last_error = models.TextField(blank=True)
    set_aside_at = models.DateTimeField(null=True)  # it is not tried any more until a person asks for it

    objects = PurgeClaimQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["next_attempt_at"], name="purge_claim_due_idx")]

    def __str__(self) -> str:
        return f"{len(self.recording_ids)} of {self.run_id}"


class DispositionPause(models.Model):
    """Destruction stopped by a person, with their reason, until a person lets it go on."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reason = models.TextField()
    paused_at = models.DateTimeField()
    paused_by_kind = models.CharField(max_length=16)
    paused_by_id = models.CharField(max_length=64)
    resumed_at = models.DateTimeField(null=True)
    resumed_by_kind = models.CharField(max_length=16, blank=True)
    resumed_by_id = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("-paused_at", "-id")
        constraints = [
            models.UniqueConstraint(
                models.Value(1), name="disposition_pause_is_one_at_a_time", condition=Q(resumed_at=None)
            )
        ]
        triggers = [
            never_emptied("disposition_pause_never_emptied"),
            pgtrigger.Protect(name="disposition_pause_stays", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"paused at {self.paused_at:%Y-%m-%d %H:%M}"


class EarlyDisposalQuerySet(models.QuerySet["EarlyDisposal"]):
    def visible_to(self, actor: Actor) -> Self:
        """Of which the actor sees every line."""
        lines = lines_of(actor)
        return self if lines is None else self.filter(lines__contained_by=list(lines))

    def waiting(self) -> Self:
        return self.filter(state=EarlyDisposal.State.ASKED)


class EarlyDisposal(models.Model):
    """asked → approved → done, or refused. Recordings that are to go before their day, by the word of two people.

    It is the only way past a recording's `keep_until`: the database lets a row go before that moment for an item of a
    disposal that two people approved, and for nothing else.
    """

    class State(models.TextChoices):
        ASKED = "asked", "Waits for a second person"
        APPROVED = "approved", "Approved"
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    state = models.CharField(max_length=12, choices=State.choices, default=State.ASKED)
    reason = models.TextField()
    lines = ArrayField(models.UUIDField())  # lines of business of its recordings
    count = models.PositiveIntegerField()
    asked_at = models.DateTimeField()
    asked_by_kind = models.CharField(max_length=16)
    asked_by_id = models.CharField(max_length=64)
    settled_at = models.DateTimeField(null=True)
    settled_by_kind = models.CharField(max_length=16, blank=True)
    settled_by_id = models.CharField(max_length=64, blank=True)
    refused_because = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)

    objects = EarlyDisposalQuerySet.as_manager()

    class Meta:
        ordering = ("-asked_at", "-id")
        constraints = [
            models.CheckConstraint(
                name="early_disposal_has_two_pairs_of_eyes",
                condition=~Q(state__in=["approved", "done"])
                | Q(settled_by_kind="user", settled_at__isnull=False)
                & ~Q(settled_by_id="")
                & ~Q(settled_by_id=F("asked_by_id")),
            ),
        ]
        triggers = [
            never_emptied("early_disposal_never_emptied"),
            pgtrigger.Protect(name="early_disposal_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="early_disposal_goes_its_way",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state IN ('done', 'refused')"
                    " OR (OLD.state = 'asked' AND NEW.state NOT IN ('asked', 'approved', 'refused'))"
                    " OR (OLD.state = 'approved' AND NEW.state NOT IN ('approved', 'done'))"
                    " OR OLD.asked_by_id <> NEW.asked_by_id OR OLD.asked_by_kind <> NEW.asked_by_kind"
                    " OR OLD.count <> NEW.count"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"early disposal of {self.count}"


class EarlyDisposalItemQuerySet(models.QuerySet["EarlyDisposalItem"]):
    def visible_to(self, actor: Actor) -> Self:
        return within_reach(self, actor, recording="recording_id", source="source")


class EarlyDisposalItem(models.Model):
    """One recording of it, and what became of it. Outlives the recording."""

    class Outcome(models.TextChoices):
        DESTROYED = "destroyed", "Destroyed"
        HELD = "held", "Kept: legal hold"
        CONFLICT = "conflict", "Kept: rules in conflict"
        OBJECTED = "objected", "Kept: somebody objects"
        GONE = "gone", "Destroyed before"

    KEPT = (Outcome.HELD, Outcome.CONFLICT, Outcome.OBJECTED)

    id = models.BigAutoField(primary_key=True)
    disposal = models.ForeignKey(EarlyDisposal, on_delete=models.PROTECT, related_name="items")
    recording_id = models.UUIDField()  # no foreign key: it outlives the recording
    source = models.CharField(max_length=64)
    line_of_business = models.ForeignKey(LineOfBusiness, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    settled_at = models.DateTimeField(null=True)

    objects = EarlyDisposalItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("disposal", "recording_id"), name="early_disposal_names_a_call_once")
        ]
        indexes = [models.Index(fields=["recording_id"], name="early_disposal_item_call_idx")]
        triggers = [
            never_emptied("early_disposal_item_never_emptied"),
            pgtrigger.Protect(name="early_disposal_item_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="early_disposal_item_never_moves",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.recording_id <> NEW.recording_id OR OLD.disposal_id <> NEW.disposal_id"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recording_id} of {self.disposal_id}"
