"""What the database knows of the disposition log, which lies outside of it so that a restore cannot take it back."""

import pgtrigger
from django.db import models
from django.db.models import Q

from trail.domain.ids import uuid7
from trail.triggers import never_emptied


class LedgerDeed(models.Model):
    """A line of the log whose deed was committed: written in the deed's own transaction, so both stand or neither.

    The log names the same id. A line whose id is not here was rolled back, or is from after this database's backup.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=16)  # recordings.domain.ledger_lines.DEEDS
    subject_id = models.UUIDField()  # the hold, or the batch of certificates
    line = models.BigIntegerField(null=True)  # its number in the log, once that was looked at: settled

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="ledger_deed_unsettled_idx", condition=Q(line=None)),
            models.Index(fields=["subject_id"], name="ledger_deed_subject_idx"),
        ]
        triggers = [
            never_emptied("ledger_deed_never_emptied"),
            pgtrigger.Protect(
                name="settled_deed_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.line IS NOT NULL OR NEW.id <> OLD.id OR NEW.subject_id <> OLD.subject_id"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"


class LedgerHead(models.Model):
    """How far database and log are known to agree. One row, kept by the sweep that settles."""

    THE_ONE = 1

    id = models.SmallIntegerField(primary_key=True, default=THE_ONE)
    settled_to = models.BigIntegerField(default=0)  # number of the last line that both agree on
    digest = models.CharField(max_length=64, blank=True)  # of that line
    is_adopted = models.BooleanField(default=False)  # what was destroyed or held before there was a log is in it
    store_marked_at = models.DateTimeField(null=True)  # since when the audio store carries this installation's mark
    seen_at = models.DateTimeField(null=True)  # when the sweep last ran: a clock that leaps ahead is noticed

    class Meta:
        constraints = [models.CheckConstraint(name="ledger_has_one_head", condition=Q(id=1))]

    def __str__(self) -> str:
        return f"settled to line {self.settled_to}"
