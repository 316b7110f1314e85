"""The end of a recording: certificates, the batch that signs them, and the objects that have yet to go."""

from datetime import datetime
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q

from accounts.models import LineOfBusiness
from recordings.models.joining import NEW_ROWS, refused_while_a_hold_is_filled
from recordings.models.reach import within_reach
from recordings.models.runs import DispositionRun
from trail.domain.actors import Actor
from trail.domain.ids import uuid7
from trail.triggers import never_emptied


class DestructionBatch(models.Model):
    """Certificates that were signed together: one signature over the Merkle root of their digests."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    destroyed_at = models.DateTimeField()
    size = models.PositiveIntegerField()
    by_line = models.JSONField(default=dict, db_default={})  # {line id: {"count", "bytes"}}
    run = models.ForeignKey(  # the run that it belongs to; none: by request of a person, or early
        DispositionRun, null=True, on_delete=models.PROTECT, related_name="batches"
    )
    merkle_root = models.CharField(max_length=64)
    signature = models.TextField()  # base64, Ed25519, by the key that `key_id` names
    key_id = models.CharField(max_length=32)

    class Meta:
        triggers = [
            never_emptied("batch_never_emptied"),
            pgtrigger.Protect(name="batch_never_changes", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(  # looked at once, at the commit; no certificate can join the batch after it
                name="batch_is_whole_and_true",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func="""
                    IF (SELECT count(*) FROM recordings_certificate WHERE batch_id = NEW.id) <> NEW.size THEN
                        RAISE EXCEPTION 'A batch has as many certificates as it says.'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    IF EXISTS (
                        SELECT 1 FROM recordings_certificate certificate
                        WHERE certificate.batch_id = NEW.id
                          AND (SELECT 1 FROM recordings_recording WHERE id = certificate.recording_id) IS NOT NULL
                    ) THEN
                        RAISE EXCEPTION 'A certificate is only for a recording that is gone.'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.size} destroyed on {self.destroyed_at:%Y-%m-%d}"


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def visible_to(self, actor: Actor) -> Self:
        """Certificates of recordings that this actor might have seen."""
        return within_reach(self, actor, recording="recording_id", source="content__source")


class Certificate(models.Model):
    """What was destroyed, when, how, under which rule. No personal data. Never changes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recording_id = models.UUIDField(unique=True)
    # keyed digest of source + external id: a late delivery is known
    origin_digest = models.BinaryField(max_length=32, unique=True)
    line_of_business = models.ForeignKey(  # certificate_newest_idx begins with it
        LineOfBusiness, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    destroyed_at = models.DateTimeField()
    content = models.JSONField()  # its shape: recordings.domain.certificates
    batch = models.ForeignKey(  # what a key in the database would ask row by row: certificate_of_a_new_batch
        DestructionBatch, on_delete=models.PROTECT, related_name="certificates", db_constraint=False
    )
    proof = models.JSONField()  # sibling digests from this leaf to the batch's root

    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ("-destroyed_at", "-id")
        indexes = [models.Index(fields=["line_of_business", "-destroyed_at", "-id"], name="certificate_newest_idx")]
        triggers = [
            never_emptied("certificate_never_emptied"),
            pgtrigger.Protect(name="certificate_never_changes", operation=pgtrigger.Update | pgtrigger.Delete),
            refused_while_a_hold_is_filled("none_while_a_hold_is_filled"),
            pgtrigger.Trigger(  # a batch that was committed is whole, so its own transaction alone can add to it
                name="certificate_of_a_new_batch",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=NEW_ROWS,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM (SELECT DISTINCT batch_id AS id FROM new_rows) named
                        LEFT JOIN recordings_destructionbatch batch ON batch.id = named.id
                        WHERE batch.id IS NULL
                           OR (SELECT count(*) FROM recordings_certificate WHERE batch_id = named.id) > batch.size
                    ) THEN
                        RAISE EXCEPTION 'A certificate comes with its batch, or not at all.'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"certificate of {self.recording_id}"


class ObjectRemovalQuerySet(models.QuerySet["ObjectRemoval"]):
    def due(self, at: datetime) -> Self:
        """Objects to remove and read back now. Served by removal_waiting_idx."""
        return self.filter(absent_at=None, next_attempt_at__lte=at)


class ObjectRemoval(models.Model):
    """An object whose key is gone and whose bytes have to follow: removed, retried, read back as absent.

    Reading it back adds the second signed statement; the certificate itself stays as it was.
    """

    class Kind(models.TextChoices):
        AUDIO = "audio", "The recording's audio"
        DERIVED = "derived", "Made from it: a rendition, peaks, an excerpt"
        COPY = "copy", "A copy that was made for a person"

    object_key = models.CharField(max_length=120, primary_key=True)
    recording_id = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.AUDIO, db_default=Kind.AUDIO)
    run = models.ForeignKey(
        DispositionRun, null=True, on_delete=models.PROTECT, related_name="removals", db_index=False
    )
    asked_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    last_error = models.TextField(blank=True)
    absent_at = models.DateTimeField(null=True)
    # the object was read back and is absent: {content, proof, batch{…}, signature, key_id}
    statement = models.JSONField(null=True)

    objects = ObjectRemovalQuerySet.as_manager()

    class Meta:
        indexes = [  # in the order of their keys, so that a batch lies in few folders
            models.Index(fields=["object_key"], name="removal_waiting_idx", condition=Q(absent_at=None)),
            models.Index(fields=["run", "absent_at"], name="removal_run_idx"),
        ]

    def __str__(self) -> str:
        return self.object_key
