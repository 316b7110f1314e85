"""What happened outside the call and counts for its dates; what a person has to decide; what refusals led to."""

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


class RetentionTriggerQuerySet(models.QuerySet["RetentionTrigger"]):
    def visible_to(self, actor: Actor) -> Self:
        """Those that reached a line of the actor's, and those that they told."""
        lines = lines_of(actor)
        if lines is None:
            return self
        own = Q(told_by_kind=actor.actor_kind, told_by_id=actor.actor_id)
        return self.filter(Q(lines__overlap=list(lines)) | own)

    def working(self) -> Self:
        return self.filter(state=RetentionTrigger.State.WORKING)


class RetentionTrigger(models.Model):
    """Somebody told that a contract ended, a complaint was closed: for one recording, or for all that match.

    Its dates are counted anew for each that it concerns. It names nobody: a number is kept as its keyed digest.
    """

    class State(models.TextChoices):
        WORKING = "working", "Being worked"
        DONE = "done", "Done"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WORKING)
    kind = models.CharField(max_length=32)  # recordings.domain.triggers.KINDS
    happened_at = models.DateTimeField()
    replaces = models.BooleanField(default=False)  # whether it stands in for what was told of the same before
    recording_id = models.UUIDField(null=True)  # the one that it was told of; None: all that match
    match = models.JSONField(default=dict)  # filters of the list, as a hold keeps them
    lines = ArrayField(models.UUIDField(), default=list)  # of the recordings that it reached
    position = models.UUIDField(null=True)  # the last recording that was looked at, in the order of their ids
    upto = models.UUIDField(null=True)  # no recording that came later is looked at
    matched = models.PositiveBigIntegerField(default=0)
    later = models.PositiveBigIntegerField(default=0)  # leave later now
    same = models.PositiveBigIntegerField(default=0)
    earlier = models.PositiveBigIntegerField(default=0)  # would leave earlier: proposed, never done by itself
    contradicts = models.PositiveBigIntegerField(default=0)  # told otherwise before: left as they were
    job_id = models.UUIDField(null=True)  # the shortening that it proposed
    told_at = models.DateTimeField()
    told_by_kind = models.CharField(max_length=16)
    told_by_id = models.CharField(max_length=64)
    ended_at = models.DateTimeField(null=True)

    objects = RetentionTriggerQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=["told_at"], name="trigger_working_idx", condition=Q(state="working"))]
        triggers = [
            never_emptied("trigger_never_emptied"),
            pgtrigger.Protect(name="trigger_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="trigger_says_what_it_said",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state = 'done' OR OLD.kind <> NEW.kind OR OLD.happened_at <> NEW.happened_at"
                    " OR OLD.replaces <> NEW.replaces OR OLD.match <> NEW.match"
                    " OR OLD.recording_id IS DISTINCT FROM NEW.recording_id OR OLD.told_by_id <> NEW.told_by_id"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.happened_at:%Y-%m-%d}"


class TriggerEffectQuerySet(models.QuerySet["TriggerEffect"]):
    def of(self, recording_id: object) -> Self:
        """What was told of one recording, oldest first. Served by trigger_effect_recording_idx."""
        return self.filter(recording_id=recording_id).select_related("trigger").order_by("pk")


class TriggerEffect(models.Model):
    """What one trigger did to one recording. Outlives the recording; no personal data."""

    class Outcome(models.TextChoices):
        LATER = "later", "It leaves later"
        SAME = "same", "Its dates stay"
        EARLIER = "earlier", "It would leave earlier: proposed to a second person"
        CONTRADICTS = "contradicts", "Left as it was: told otherwise before"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    trigger = models.ForeignKey(RetentionTrigger, on_delete=models.PROTECT, related_name="effects")
    recording_id = models.UUIDField()
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    happened_before = models.DateTimeField(null=True)  # what was told of the same before

    objects = TriggerEffectQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(fields=("recording_id", "trigger"), name="trigger_counts_once")]
        triggers = [
            never_emptied("trigger_effect_never_emptied"),
            pgtrigger.Protect(name="trigger_effect_stays", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} for {self.recording_id}"


class RetentionCaseQuerySet(models.QuerySet["RetentionCase"]):
    def visible_to(self, actor: Actor) -> Self:
        return within_reach(self, actor, recording="recording_id", source="source")

    def open(self) -> Self:
        """Not closed: nobody decided yet, or a second person has to. Served by retention_case_open_idx."""
        return self.exclude(state=RetentionCase.State.CLOSED)

    def overdue(self, at: object) -> Self:
        return self.open().filter(due_at__lte=at)


class RetentionCase(models.Model):
    """A recording whose dates a person has to look at: its rules contradict each other, or no policy governs it.

    open → proposed (a second person is asked) → closed. It has an age, and is called late. Outlives the recording.
    """

    class Kind(models.TextChoices):
        CONFLICT = "conflict", "Rules contradict each other"
        NO_POLICY = "no_policy", "No policy governs it"

    class State(models.TextChoices):
        OPEN = "open", "Waits for a person"
        PROPOSED = "proposed", "Waits for a second person"
        CLOSED = "closed", "Closed"

    class Outcome(models.TextChoices):
        NONE = "", "None yet"
        DECIDED = "decided", "A person decided until when it is kept"
        ASSIGNED = "assigned", "Assigned to a line of business"
        GOVERNED = "governed", "A policy governs it now"
        RELEASED = "released", "Let out of quarantine as it was"
        SETTLED = "settled", "Its rules agree now"
        GONE = "gone", "Destroyed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recording_id = models.UUIDField()
    source = models.CharField(max_length=64)
    line_of_business = models.ForeignKey(LineOfBusiness, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    since = models.DateTimeField()
    due_at = models.DateTimeField()
    overdue_told_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True, default="")
    rules = ArrayField(models.CharField(max_length=200), default=list)  # of the conflict that was decided
    kept_until = models.DateTimeField(null=True)  # what a person decided
    reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by_kind = models.CharField(max_length=16, blank=True)
    decided_by_id = models.CharField(max_length=64, blank=True)
    job_id = models.UUIDField(null=True)  # the shortening by which a second person is asked
    closed_at = models.DateTimeField(null=True)

    objects = RetentionCaseQuerySet.as_manager()

    class Meta:
        ordering = ("since", "id")
        constraints = [
            models.UniqueConstraint(
                fields=("recording_id", "kind"), name="retention_case_is_open_once", condition=~Q(state="closed")
            ),
            models.CheckConstraint(
                name="retention_case_is_closed_with_its_outcome",
                condition=Q(state="closed") & ~Q(outcome="") & Q(closed_at__isnull=False)
                | ~Q(state="closed") & Q(outcome="", closed_at=None),
            ),
            models.CheckConstraint(name="retention_case_is_due_later", condition=Q(due_at__gt=F("since"))),
        ]
        indexes = [
            models.Index(fields=["since", "id"], name="retention_case_open_idx", condition=~Q(state="closed")),
            models.Index(fields=["recording_id"], name="retention_case_recording_idx"),
        ]
        triggers = [
            never_emptied("retention_case_never_emptied"),
            pgtrigger.Protect(name="retention_case_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="closed_case_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.state = 'closed' OR OLD.recording_id <> NEW.recording_id"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.recording_id}"


class RefusedCallQuerySet(models.QuerySet["RefusedCall"]):
    def visible_to(self, actor: Actor) -> Self:
        return within_reach(self, actor, recording="recording_id", source="source")

    def kept(self) -> Self:
        """To be destroyed, and kept by a hold or a minimum until it ends. Served by refused_call_kept_idx."""
        return self.filter(state=RefusedCall.State.KEPT)


class RefusedCall(models.Model):
    """What was done where somebody refused to be recorded. Outlives the recording; no personal data.

    stays, kept → destroyed, destroyed; withdrawn where a person found that the refusal was taken back.
    """

    class State(models.TextChoices):
        STAYS = "stays", "Kept apart on its dates"
        KEPT = "kept", "To be destroyed, kept by a duty"
        DESTROYED = "destroyed", "Destroyed with certificate"
        WITHDRAWN = "withdrawn", "The refusal was taken back"

    recording_id = models.UUIDField(primary_key=True)
    source = models.CharField(max_length=64)
    line_of_business = models.ForeignKey(LineOfBusiness, on_delete=models.PROTECT, related_name="+")
    follow = models.CharField(max_length=20)  # what the decision said: delete, keep_reason_only, stop_recording, …
    state = models.CharField(max_length=12, choices=State.choices)
    kept_by = models.CharField(max_length=12, blank=True)  # held, minimum, open, conflict
    kept_until = models.DateTimeField(null=True)
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    # the reason of the call, where the policy keeps that alone
    called_on = models.DateField(null=True)
    direction = models.CharField(max_length=16, blank=True)
    purposes = ArrayField(models.CharField(max_length=32), default=list)
    reason_key = models.CharField(max_length=64, blank=True)  # a key that the phone system gave; no words
    forget_at = models.DateTimeField(null=True)  # the reason goes on the day on which the recording would have gone

    objects = RefusedCallQuerySet.as_manager()

    class Meta:
        ordering = ("-found_at", "-recording_id")
        indexes = [
            models.Index(fields=["recording_id"], name="refused_call_kept_idx", condition=Q(state="kept")),
            models.Index(fields=["forget_at"], name="refused_call_forget_idx", condition=Q(forget_at__isnull=False)),
            models.Index(fields=["-found_at", "-recording_id"], name="refused_call_newest_idx"),
        ]
        triggers = [
            never_emptied("refused_call_never_emptied"),
            pgtrigger.Protect(name="refused_call_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="destroyed_stays_destroyed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.state = 'destroyed' AND NEW.state <> 'destroyed'"),
            ),
        ]

    def __str__(self) -> str:
        return f"refusal on {self.recording_id}"
