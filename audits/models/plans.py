"""Plans, the samples drawn by them, and the assignments that bring a drawn call to a reviewer."""

from datetime import datetime, timedelta
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import LineOfBusiness
from accounts.permissions import lines_of, sees_only_given_calls
from audits.models.forms import EvaluationForm
from trail.domain.actors import Actor
from trail.domain.ids import uuid7
from trail.triggers import never_emptied


class AuditPlanQuerySet(models.QuerySet["AuditPlan"]):
    def visible_to(self, actor: Actor) -> Self:
        """Plans of at least one line that the actor looks into."""
        lines = lines_of(actor)
        return self if lines is None else self.filter(lines__in=lines).distinct()

    def due(self, at: datetime) -> Self:
        """Active plans whose next draw has come."""
        return self.filter(is_active=True, next_draw_at__lte=at)


class Per(models.TextChoices):
    """What a plan's number of calls is counted for: the draw as a whole, or each stratum of it."""

    DRAW = "draw", "Each draw"
    AGENT = "agent", "Each agent in each draw"
    PLACE = "place", "Each place of a customer in each draw"


OF_EACH = {Per.DRAW.value: "", Per.AGENT.value: "of each agent", Per.PLACE.value: "of each place of a customer"}


class AuditPlan(models.Model):
    """Which calls are drawn, how many, how often, by whom reviewed, due when."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120, unique=True)
    form = models.ForeignKey(EvaluationForm, on_delete=models.PROTECT, related_name="plans")
    lines = models.ManyToManyField(LineOfBusiness, related_name="plans")
    direction = models.CharField(max_length=16, blank=True)  # empty: any
    size = models.PositiveIntegerField(help_text="Calls in each draw, or of each agent or place in it.")
    per = models.CharField(max_length=8, choices=Per.choices, default=Per.DRAW)
    period_days = models.PositiveIntegerField(default=7, help_text="A draw covers the calls of this many days.")
    due_working_days = models.PositiveIntegerField(default=5)
    reviewers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="plans")
    is_active = models.BooleanField(default=True)
    next_draw_at = models.DateTimeField(null=True, blank=True)

    objects = AuditPlanQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                name="plan_draws_calls_of_some_days_for_some_day",
                condition=Q(size__gte=1, period_days__gte=1, due_working_days__gte=1),
                violation_error_message="A plan draws at least one call, of at least one day, due in at least one day.",
            ),
            models.CheckConstraint(name="plan_draws_per_draw_agent_or_place", condition=Q(per__in=Per.values)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def of_each(self) -> str:
        """`of each agent`, after a number of calls; empty: of the draw as a whole."""
        return OF_EACH[self.per]


class SampleQuerySet(models.QuerySet["Sample"]):
    def undrawn(self) -> Self:
        """Frames that are committed and not drawn yet: a draw stopped between its two commits."""
        return self.filter(seed="")


class Sample(models.Model):
    """One draw: the frame's digest was committed before the seed was made, so nobody could choose the calls."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    plan = models.ForeignKey(AuditPlan, on_delete=models.PROTECT, related_name="samples")
    period_from = models.DateTimeField()
    period_to = models.DateTimeField()
    filters = models.JSONField()
    per = models.CharField(max_length=8, choices=Per.choices, default=Per.DRAW)  # only `draw` gives an unweighted rate
    algorithm = models.CharField(max_length=32)
    frame = models.JSONField()  # [[recording id, sample key, stratum if any], …] in key order: what a redraw needs
    frame_size = models.PositiveIntegerField()
    frame_digest = models.CharField(max_length=64)  # SHA-256 of the frame's canonical bytes
    frame_committed_at = models.DateTimeField()
    seed = models.CharField(max_length=64, blank=True)  # hexadecimal; empty until the frame is committed
    drawn = models.JSONField(default=list)  # recording ids in drawn order; replacements are the next ones of that order
    drawn_at = models.DateTimeField(null=True)

    objects = SampleQuerySet.as_manager()

    class Meta:
        ordering = ("-frame_committed_at",)
        constraints = [models.UniqueConstraint(fields=("plan", "period_from"), name="plan_draws_a_period_once")]
        triggers = [
            never_emptied("sample_never_emptied"),
            pgtrigger.Protect(
                name="frame_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.frame IS DISTINCT FROM NEW.frame OR OLD.frame_digest IS DISTINCT FROM NEW.frame_digest"
                    " OR OLD.frame_size IS DISTINCT FROM NEW.frame_size OR OLD.algorithm IS DISTINCT FROM NEW.algorithm"
                    " OR OLD.per IS DISTINCT FROM NEW.per"
                    " OR OLD.frame_committed_at IS DISTINCT FROM NEW.frame_committed_at"
                    " OR (OLD.seed <> ''"
                    " AND (OLD.seed IS DISTINCT FROM NEW.seed OR OLD.drawn IS DISTINCT FROM NEW.drawn))"
                ),
            ),
            pgtrigger.Protect(name="sample_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.plan}, {self.period_from:%d %b %Y}"


STILL_OPEN = Q(state__in=["assigned", "in_review"])
LEASE = timedelta(minutes=15)  # how long a review stays with whoever saved last


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def visible_to(self, actor: Actor) -> Self:
        """A reviewer's own; for the others those of their lines."""
        if sees_only_given_calls(actor):
            return self.filter(reviewer_id=actor.actor_id)
        lines = lines_of(actor)
        return self if lines is None else self.filter(line_of_business__in=lines)

    def open(self) -> Self:
        """Not yet submitted, replaced or withdrawn."""
        return self.filter(STILL_OPEN)

    def overdue(self, at: datetime) -> Self:
        """Open and past its due moment. Served by assignment_due_idx."""
        return self.open().filter(due_at__lt=at)

    def unflagged(self) -> Self:
        """Nobody was told yet that it is overdue."""
        return self.filter(flagged_overdue_at=None)

    def in_drawn_order(self) -> Self:
        """Earliest due first, then the place in the draw: nobody picks the short calls."""
        return self.order_by("due_at", "sample_id", "position")


class Assignment(models.Model):
    class State(models.TextChoices):
        ASSIGNED = "assigned", "Assigned"
        IN_REVIEW = "in_review", "In review"
        SUBMITTED = "submitted", "Submitted"
        REPLACED = "replaced", "Replaced"
        GONE = "gone", "Destroyed before its review"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, related_name="assignments")
    recording_id = models.UUIDField()  # no foreign key: the result outlives the recording
    line_of_business = models.ForeignKey(LineOfBusiness, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()  # place in the drawn order
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assignments")
    state = models.CharField(max_length=16, choices=State.choices, default=State.ASSIGNED)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    flagged_overdue_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    replaced_reason = models.CharField(max_length=32, blank=True)
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replacement")

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ("due_at", "position")
        constraints = [
            models.UniqueConstraint(fields=("sample", "recording_id"), name="call_is_assigned_once_in_a_sample"),
            models.UniqueConstraint(fields=("sample", "position"), name="place_in_the_draw_is_assigned_once"),
            models.CheckConstraint(
                name="assignment_replaced_has_a_reason", condition=~Q(state="replaced") | ~Q(replaced_reason="")
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="assignment_due_idx", condition=STILL_OPEN),
            models.Index(fields=["reviewer", "state", "due_at"], name="assignment_queue_idx"),
            models.Index(fields=["recording_id"], name="assignment_call_idx", condition=STILL_OPEN),
        ]
        triggers = [
            pgtrigger.Protect(name="assignment_is_kept", operation=pgtrigger.Delete),
            never_emptied("assignment_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.sample}, {self.position}"

    @property
    def is_open(self) -> bool:
        return self.state in {self.State.ASSIGNED, self.State.IN_REVIEW}

    def is_overdue(self, at: datetime) -> bool:
        return self.is_open and self.due_at < at

    def is_leased(self, at: datetime) -> bool:
        """Somebody is at it right now."""
        return self.state == self.State.IN_REVIEW and self.leased_until is not None and at < self.leased_until
