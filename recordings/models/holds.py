"""Legal holds. The count on the recording follows the membership table by trigger, whoever writes to it."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q

from accounts.models import LineOfBusiness
from accounts.permissions import lines_of
from recordings.models.recordings import Recording
from trail.domain.actors import Actor
from trail.domain.ids import uuid7
from trail.triggers import never_emptied


class LegalHoldQuerySet(models.QuerySet["LegalHold"]):
    def in_force(self) -> Self:
        return self.filter(released_at=None)

    def visible_to(self, actor: Actor) -> Self:
        """Holds that keep a call which this actor may see, and those that they placed."""
        lines = lines_of(actor)
        if lines is None:
            return self
        members = HoldMember.objects.filter(hold=OuterRef("pk"), line_of_business__in=lines)
        return self.filter(Exists(members) | Q(placed_by_kind=actor.actor_kind, placed_by_id=actor.actor_id))

    def counted_for(self, actor: Actor) -> Self:
        """Each with `held`: what it keeps, or kept when it was released, as far as this actor may know of it."""
        counts = Q(members__released_at=None) | Q(released_at__isnull=False)
        lines = lines_of(actor)
        theirs = counts if lines is None else counts & Q(members__line_of_business__in=lines)
        return self.annotate(held=Count("members", filter=theirs))


class LegalHold(models.Model):
    """A matter that suspends disposition. Released by a second person; the last release of a recording counts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    matter = models.CharField(max_length=200)
    reason = models.TextField()
    query = models.JSONField(null=True)  # filters of the list: what matches joins the hold, now and later
    placed_by_kind = models.CharField(max_length=16)
    placed_by_id = models.CharField(max_length=64)
    placed_at = models.DateTimeField()
    released_by_kind = models.CharField(max_length=16, blank=True)
    released_by_id = models.CharField(max_length=64, blank=True)
    released_at = models.DateTimeField(null=True)
    release_reason = models.TextField(blank=True)

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        ordering = ("-placed_at",)
        constraints = [
            models.CheckConstraint(
                name="hold_is_released_by_a_second_person",
                condition=Q(released_at__isnull=True)
                | ~Q(released_by_kind=F("placed_by_kind"), released_by_id=F("placed_by_id")),
            )
        ]
        triggers = [
            never_emptied("hold_never_emptied"),
            pgtrigger.Protect(name="hold_never_removed", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="released_hold_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.released_at IS NOT NULL"),
            ),
            pgtrigger.Protect(
                name="who_placed_it_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.placed_by_kind <> NEW.placed_by_kind OR OLD.placed_by_id <> NEW.placed_by_id"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.matter

    @property
    def is_in_force(self) -> bool:
        return self.released_at is None


class HoldMember(models.Model):
    """One recording under one hold, in force until `released_at`."""

    hold = models.ForeignKey(LegalHold, on_delete=models.PROTECT, related_name="members")
    recording = models.ForeignKey(Recording, on_delete=models.DO_NOTHING, db_constraint=False, related_name="holds")
    line_of_business = models.ForeignKey(LineOfBusiness, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("hold", "recording"), name="hold_holds_a_recording_once")]
        indexes = [models.Index(fields=["recording"], name="hold_member_in_force_idx", condition=Q(released_at=None))]
        triggers = [
            pgtrigger.Trigger(
                name="counts_on_the_recording",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF TG_OP <> 'INSERT' AND OLD.released_at IS NULL THEN
                        UPDATE recordings_recording SET hold_count = hold_count - 1 WHERE id = OLD.recording_id;
                    END IF;
                    IF TG_OP <> 'DELETE' AND NEW.released_at IS NULL THEN
                        UPDATE recordings_recording
                            SET hold_count = hold_count + 1, listed_at = NULL, approved_at = NULL, approved_by_id = ''
                            WHERE id = NEW.recording_id;
                        IF NOT FOUND THEN
                            RAISE EXCEPTION 'There is no such recording to hold; it may have been destroyed.'
                                USING ERRCODE = 'restrict_violation';
                        END IF;
                    END IF;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="joins_a_hold_in_force",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.released_at IS NULL"),
                func="""
                    PERFORM 1 FROM recordings_legalhold
                        WHERE id = NEW.hold_id AND released_at IS NULL FOR KEY SHARE;
                    IF NOT FOUND THEN
                        RAISE EXCEPTION 'A recording joins a hold that is in force, or none.'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="ends_with_its_hold",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF NEW.hold_id <> OLD.hold_id OR NEW.recording_id <> OLD.recording_id
                        OR OLD.released_at IS NOT NULL
                        OR EXISTS (SELECT 1 FROM recordings_legalhold WHERE id = OLD.hold_id AND released_at IS NULL)
                    THEN
                        RAISE EXCEPTION 'A recording leaves a hold when the hold is released, and not otherwise.'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(name="member_never_removed", operation=pgtrigger.Delete),
            never_emptied("member_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.recording_id} in {self.hold_id}"
