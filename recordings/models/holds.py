"""Legal holds. The count on the recording follows the membership table by trigger, whoever writes to it."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from recordings.models.recordings import Recording
from trail.domain.ids import uuid7


class LegalHold(models.Model):
    """A matter that suspends disposition. Released by a second person; the last release of a recording counts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    matter = models.CharField(max_length=200)
    reason = models.TextField()
    placed_by_kind = models.CharField(max_length=16)
    placed_by_id = models.CharField(max_length=64)
    placed_at = models.DateTimeField()
    released_by_kind = models.CharField(max_length=16, blank=True)
    released_by_id = models.CharField(max_length=64, blank=True)
    released_at = models.DateTimeField(null=True)
    release_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("-placed_at",)
        constraints = [
            models.CheckConstraint(
                name="hold_is_released_by_a_second_person",
                condition=Q(released_at__isnull=True)
                | ~Q(released_by_kind=F("placed_by_kind"), released_by_id=F("placed_by_id")),
            )
        ]

    def __str__(self) -> str:
        return self.matter


class HoldMember(models.Model):
    """One recording under one hold, in force until `released_at`."""

    hold = models.ForeignKey(LegalHold, on_delete=models.PROTECT, related_name="members")
    recording = models.ForeignKey(Recording, on_delete=models.DO_NOTHING, db_constraint=False, related_name="holds")
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
                        UPDATE recordings_recording SET hold_count = hold_count + 1 WHERE id = NEW.recording_id;
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recording_id} in {self.hold_id}"

