"""Legal holds. The count on the recording follows the membership table by trigger, whoever writes to it."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.functions import Now

from accounts.models import LineOfBusiness
from accounts.permissions import lines_of
from recordings.models.joining import NEW_ROWS, OLD_AND_NEW_ROWS
from recordings.models.recordings import Recording
from trail.domain.actors import Actor
from trail.domain.ids import uuid7
from trail.triggers import never_emptied


class LegalHoldQuerySet(models.QuerySet["LegalHold"]):
    def in_force(self) -> Self:
        return self.filter(released_at=None)

    def unsettled(self) -> Self:
        """Holds whose members are still being written, or let go. Served by hold_unsettled_idx."""
        return self.filter(is_settled=False)

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
    reference = models.CharField(max_length=120, blank=True, db_default="")  # the file number elsewhere
    reason = models.TextField()
    is_settled = models.BooleanField(db_default=True)  # False: members are being written, or let go; it protects
    placed_by_kind = models.CharField(max_length=16)
    placed_by_id = models.CharField(max_length=64)
    placed_at = models.DateTimeField()
    released_by_kind = models.CharField(max_length=16, blank=True)
    released_by_id = models.CharField(max_length=64, blank=True)
    released_at = models.DateTimeField(null=True)
    release_reason = models.TextField(blank=True)
    let_go = models.JSONField(null=True)  # what the second person saw: recordings.services.holds.preview

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
        indexes = [models.Index(fields=["placed_at"], name="hold_unsettled_idx", condition=Q(is_settled=False))]
        triggers = [
            never_emptied("hold_never_emptied"),
            pgtrigger.Protect(name="hold_never_removed", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="released_hold_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.released_at IS NOT NULL"
                    " AND to_jsonb(OLD) - 'is_settled' IS DISTINCT FROM to_jsonb(NEW) - 'is_settled'"
                ),
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

    class How(models.TextChoices):
        NAMED = "named", "Named by who placed it"
        FOUND = "found", "Matched when it was placed"
        LATER = "later", "Came or was completed later, and joined by itself"

    hold = models.ForeignKey(LegalHold, on_delete=models.PROTECT, related_name="members")
    recording = models.ForeignKey(Recording, on_delete=models.DO_NOTHING, db_constraint=False, related_name="holds")
    line_of_business = models.ForeignKey(LineOfBusiness, on_delete=models.PROTECT, related_name="+")
    how = models.CharField(max_length=8, choices=How.choices, db_default=How.NAMED)
    joined_at = models.DateTimeField(db_default=Now())
    is_told = models.BooleanField(db_default=True)  # False: joined by trigger, its event is not written yet
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("hold", "recording"), name="hold_holds_a_recording_once")]
        indexes = [
            models.Index(fields=["recording"], name="hold_member_in_force_idx", condition=Q(released_at=None)),
            models.Index(fields=["recording"], name="hold_member_untold_idx", condition=Q(is_told=False)),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="counts_on_the_recording",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=NEW_ROWS,
                declare=[("held", "bigint")],
                func="""
                    PERFORM 1 FROM recordings_legalhold
                        WHERE id IN (SELECT hold_id FROM new_rows WHERE released_at IS NULL) FOR KEY SHARE;
                    IF EXISTS (
                        SELECT 1 FROM new_rows JOIN recordings_legalhold hold ON hold.id = new_rows.hold_id
                        WHERE new_rows.released_at IS NULL AND hold.released_at IS NOT NULL
                    ) THEN
                        RAISE EXCEPTION 'A recording joins a hold that is in force, or none.'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    UPDATE recordings_recording recording
                        SET hold_count = hold_count + joined.holds, listed_at = NULL, approved_at = NULL,
                            approved_by_id = ''
                        FROM (
                            SELECT recording_id, count(*) AS holds FROM new_rows
                            WHERE released_at IS NULL GROUP BY recording_id
                        ) joined
                        WHERE recording.id = joined.recording_id;
                    GET DIAGNOSTICS held = ROW_COUNT;
                    IF held <> (SELECT count(DISTINCT recording_id) FROM new_rows WHERE released_at IS NULL) THEN
                        RAISE EXCEPTION 'There is no such recording to hold; it may have been destroyed.'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="ends_with_its_hold",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                referencing=OLD_AND_NEW_ROWS,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM old_rows was
                        LEFT JOIN new_rows becomes ON becomes.id = was.id
                        LEFT JOIN recordings_legalhold hold ON hold.id = was.hold_id
                        WHERE becomes.id IS NULL
                           OR (becomes.hold_id, becomes.recording_id) <> (was.hold_id, was.recording_id)
                           OR was.released_at IS NOT NULL
                           OR (becomes.released_at IS NOT NULL AND hold.released_at IS NULL)
                    ) THEN
                        RAISE EXCEPTION 'A recording leaves a hold when the hold is released, and not otherwise.'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    UPDATE recordings_recording recording SET hold_count = hold_count - gone.holds
                        FROM (
                            SELECT recording_id, count(*) AS holds FROM new_rows
                            WHERE released_at IS NOT NULL GROUP BY recording_id
                        ) gone
                        WHERE recording.id = gone.recording_id;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Protect(name="member_never_removed", operation=pgtrigger.Delete),
            never_emptied("member_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.recording_id} in {self.hold_id}"
