"""One call's recording, its key, and the requests that brought it.

Whatever names a person is sealed with the recording's own key, so that destroying the key destroys it too.
"""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from accounts.models import IntegrationClient, LineOfBusiness
from recordings.models.circumstances import Circumstances
from recordings.models.joining import changed_rows_join_holds, new_rows_join_holds
from recordings.models.kept import OLD_ROWS, kept_while_held, leaves_nothing, part_of_a_recording
from recordings.models.queries import ListedFrom, RecordingQuerySet
from trail.domain.ids import uuid7
from trail.triggers import never_emptied

# What hangs on a recording, children first, and goes with it. Nothing of it stays: `leaves_no_part`.
PARTS = ("consentevidence", "callevent", "audioprofile", "telephonyfacts", "audiofetch", "party", "recordingkey")
TABLES_OF_PARTS = tuple(f"recordings_{part}" for part in PARTS)
KEYS_RETIRE = 1801812339  # who keeps a key and who retires one wait for each other on this advisory lock


class Recording(models.Model):
    class State(models.TextChoices):
        AWAITING_AUDIO = "awaiting_audio", "Awaiting audio"
        STORED = "stored", "Stored"
        QUARANTINED = "quarantined", "Quarantined"

    class Direction(models.TextChoices):
        INBOUND = "inbound", "Inbound"
        OUTBOUND = "outbound", "Outbound"
        INTERNAL = "internal", "Internal"

    class Medium(models.TextChoices):
        PHONE = "phone", "Phone"
        VIDEO = "video", "Video"
        IN_PERSON = "in_person", "In person"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.CharField(max_length=64)
    external_id = models.CharField(max_length=200)
    metadata_digest = models.BinaryField(max_length=32)  # keyed digest of the canonical metadata: same again, or other?
    line_of_business = models.ForeignKey(LineOfBusiness, on_delete=models.PROTECT, related_name="recordings")
    state = models.CharField(max_length=16, choices=State.choices, default=State.AWAITING_AUDIO)
    quarantine_reasons = ArrayField(models.CharField(max_length=32), default=list)  # recordings.domain.lifecycle
    release_reason = models.TextField(blank=True)  # why a person let it out; may name people, so it goes with the row
    flagged_at = models.DateTimeField(null=True)  # since when it is known to await its audio for too long
    # the call
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    direction = models.CharField(max_length=16, choices=Direction.choices)
    medium = models.CharField(max_length=16, choices=Medium.choices, default=Medium.PHONE)
    # what the phone system did not tell: started_at, ended_at, direction, parties, agent. A time that is unknown stands
    # as the latest that it can be, so that no period counted from it ends early.
    unknown = ArrayField(models.CharField(max_length=16), default=list, db_default=[])
    facts = models.JSONField(default=dict)
    purposes = ArrayField(models.CharField(max_length=32))
    agent_id = models.CharField(max_length=120, blank=True)  # the phone system's id of the agent, not a name
    sealed_names = models.BinaryField(default=bytes)  # JSON {"agent": name}, sealed with the recording's key
    # what was decided, for the call's day
    decision_id = models.UUIDField(null=True)  # the decision that the telephony asked for before the call
    circumstances = models.ForeignKey(  # what it was decided from, shared by all such calls
        Circumstances, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided = models.JSONField(default=dict)  # the answer of policies.domain.decide for this call, as of its day
    policy_version_id = models.UUIDField(null=True)  # no foreign key: what is pinned blocks nothing
    law_release = models.PositiveIntegerField(null=True)
    # retention
    keep_until = models.DateTimeField()  # nobody may destroy it before
    delete_by = models.DateTimeField()  # it goes then
    zone = models.CharField(max_length=64)
    known_triggers = models.JSONField(default=dict, db_default={})  # what a period counts from: its instant, if told
    is_provisional = models.BooleanField(default=False)  # no policy or a conflict: the default's dates
    cooling_seconds = models.PositiveIntegerField(default=7 * 86400)
    needs_approval = models.BooleanField(default=False)  # a person's leave first: policy asks, or a minimum is open
    approved_at = models.DateTimeField(null=True)
    approved_by_id = models.CharField(max_length=64, blank=True)
    objected_until = models.DateTimeField(null=True)  # a person's objection: it does not go before this moment
    objected_by_id = models.CharField(max_length=64, blank=True)
    objection = models.TextField(blank=True)
    restricted_at = models.DateTimeField(null=True)  # to be erased, and kept by a duty alone: not played, not drawn
    restriction = models.CharField(
        max_length=12, blank=True, default="", db_default=""
    )  # what keeps it: held, minimum, open, …
    listed_at = models.DateTimeField(null=True)  # since when it stands on the disposition list
    hold_count = models.PositiveIntegerField(default=0)  # kept by a trigger on HoldMember, never by Python
    # the audio
    object_key = models.CharField(max_length=120, null=True)  # noqa: DJ001  unique where set
    expected_sha256 = models.BinaryField(max_length=32, null=True)
    sha256 = models.BinaryField(max_length=32, null=True)
    size_bytes = models.BigIntegerField(null=True)
    media_type = models.CharField(max_length=64, blank=True)  # judged from the container
    sample_key = models.BigIntegerField()  # secret-keyed, for draws: audits order by it
    client = models.ForeignKey(IntegrationClient, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    stored_at = models.DateTimeField(null=True)

    objects = RecordingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("source", "external_id"), name="recording_is_delivered_once"),
            models.UniqueConstraint(fields=("object_key",), name="recording_object_is_its_own"),
            models.CheckConstraint(
                name="recording_delete_by_not_before_keep_until",
                condition=Q(delete_by__gte=F("keep_until")),
                violation_error_message="Deletion may not come before the end of the retention period.",
            ),
            models.CheckConstraint(
                name="recording_with_audio_is_whole",
                condition=Q(object_key__isnull=True)
                | Q(sha256__isnull=False, size_bytes__isnull=False, stored_at__isnull=False),
            ),
            models.CheckConstraint(
                name="recording_stored_has_audio", condition=~Q(state="stored") | Q(object_key__isnull=False)
            ),
            models.CheckConstraint(
                name="recording_quarantined_has_a_reason",
                condition=~Q(state="quarantined") | Q(quarantine_reasons__len__gt=0),
            ),
        ]
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="recording_newest_idx"),
            models.Index(fields=["line_of_business", "-started_at", "-id"], name="recording_line_newest_idx"),
            models.Index(fields=["agent_id", "-started_at", "-id"], name="recording_agent_newest_idx"),
            models.Index(fields=["delete_by", "id"], name="recording_expired_idx", condition=Q(hold_count=0)),
            models.Index(ListedFrom(), name="recording_to_list_idx", condition=Q(hold_count=0, listed_at=None)),
            models.Index(fields=["state", "-started_at", "-id"], name="recording_state_newest_idx"),
            models.Index(fields=["line_of_business", "sample_key"], name="recording_draw_idx"),
            models.Index(fields=["source", "-created_at"], name="recording_source_newest_idx"),
            models.Index(
                fields=["id"],
                name="recording_refused_idx",
                condition=Q(quarantine_reasons__contains=["consent_refused"]),
            ),
            models.Index(
                fields=["id"],
                name="recording_to_decide_idx",
                condition=Q(quarantine_reasons__overlap=["retention_conflict", "no_policy", "no_line"]),
            ),
            models.Index(fields=["external_id"], name="recording_external_id_idx"),
            BrinIndex(fields=["created_at"], name="recording_arrived_idx"),  # rows lie in the order of their arrival
            models.Index(
                fields=["line_of_business", "delete_by"], name="recording_held_idx", condition=Q(hold_count__gt=0)
            ),
            models.Index(fields=["delete_by", "id"], name="recording_listed_idx", condition=Q(listed_at__isnull=False)),
            models.Index(
                fields=["objected_until"], name="recording_objected_idx", condition=Q(objected_until__isnull=False)
            ),
        ]
        triggers = [
            never_emptied("never_emptied"),
            pgtrigger.Protect(
                name="hold_protects", operation=pgtrigger.Delete, condition=pgtrigger.Q(old__hold_count__gt=0)
            ),
            pgtrigger.Trigger(
                name="destroyed_with_certificate",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Delete,
                referencing=OLD_ROWS,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM old_rows gone
                        WHERE (
                            SELECT 1 FROM recordings_certificate
                            WHERE recording_id = gone.id AND destroyed_at >= gone.keep_until
                        ) IS NULL AND (
                            SELECT 1 FROM recordings_certificate certificate
                            JOIN recordings_earlydisposalitem item ON item.recording_id = certificate.recording_id
                            JOIN recordings_earlydisposal disposal ON disposal.id = item.disposal_id
                            WHERE certificate.recording_id = gone.id AND disposal.state IN ('approved', 'done')
                              AND disposal.settled_by_id <> disposal.asked_by_id
                            LIMIT 1
                        ) IS NULL
                    ) THEN
                        RAISE EXCEPTION 'A recording goes with its certificate, after its keep-until date, or never.'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NULL;
                """,
            ),
            leaves_nothing("leaves_no_part", "A recording leaves no part behind.", TABLES_OF_PARTS, "recording_id"),
            pgtrigger.Trigger(
                name="destroyed_never_returns",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF EXISTS (SELECT 1 FROM recordings_certificate WHERE recording_id = NEW.id) THEN
                        RAISE EXCEPTION 'This recording was destroyed; its certificate stands.'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            new_rows_join_holds("new_calls_join_holds", "id"),
            changed_rows_join_holds(
                "changed_calls_join_holds",
                "id",
                changed="(OLD.agent_id, OLD.source, OLD.external_id, OLD.direction, OLD.started_at,"
                " OLD.line_of_business_id) IS DISTINCT FROM (NEW.agent_id, NEW.source, NEW.external_id, NEW.direction,"
                " NEW.started_at, NEW.line_of_business_id) OR NEW.delete_by < OLD.delete_by",
                also="""
                    IF OLD.line_of_business_id <> NEW.line_of_business_id THEN
                        UPDATE recordings_holdmember SET line_of_business_id = NEW.line_of_business_id
                            WHERE recording_id = NEW.id AND released_at IS NULL;
                    END IF;
                """,
            ),
            pgtrigger.Protect(
                name="hold_count_follows_members",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.hold_count <> NEW.hold_count AND pg_trigger_depth() = 0"),
            ),
            pgtrigger.Trigger(
                name="dates_never_shortened",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "NOT OLD.is_provisional AND (NEW.keep_until < OLD.keep_until OR NEW.delete_by < OLD.delete_by)"
                ),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM accounts_lineofbusiness WHERE id = OLD.line_of_business_id AND is_demo
                    ) AND NOT EXISTS (
                        SELECT 1 FROM recordings_shorteningitem item
                        JOIN recordings_shorteningjob job ON job.id = item.job_id
                        WHERE item.recording_id = OLD.id AND item.state = 'waiting' AND job.state = 'running'
                          AND OLD.hold_count = 0
                          AND NEW.keep_until >= LEAST(item.keep_until, OLD.keep_until)
                          AND NEW.delete_by >= LEAST(item.delete_by, OLD.delete_by)
                    ) THEN
                        RAISE EXCEPTION 'A decided date never comes earlier, but by a shortening that two approved.'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(  # else the next statement could shorten the date
                name="decided_stays_decided",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.is_provisional AND NOT OLD.is_provisional"),
            ),
            pgtrigger.Protect(
                name="object_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.object_key IS NOT NULL AND (OLD.object_key IS DISTINCT FROM NEW.object_key"
                    " OR OLD.sha256 IS DISTINCT FROM NEW.sha256 OR OLD.size_bytes IS DISTINCT FROM NEW.size_bytes)"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.external_id}"

    @property
    def length_seconds(self) -> float | None:
        """How long the call was, as its phone system told it; None where it did not."""
        if {"started_at", "ended_at"} & set(self.unknown):
            return None
        return (self.ended_at - self.started_at).total_seconds()

    @property
    def is_held(self) -> bool:
        return self.hold_count > 0

    @property
    def is_listed(self) -> bool:
        return self.listed_at is not None


class RecordingKey(models.Model):
    """The recording's own key, wrapped by the keyset. Deleting this row destroys the audio and the names for ever."""

    recording = models.OneToOneField(
        Recording, on_delete=models.CASCADE, primary_key=True, related_name="key", db_constraint=False
    )
    wrapped = models.BinaryField()

    class Meta:
        triggers = [
            never_emptied("key_never_emptied"),
            kept_while_held("key_kept_while_held"),
            *part_of_a_recording("key"),
            pgtrigger.Trigger(
                name="key_goes_with_certificate",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Delete,
                referencing=OLD_ROWS,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM old_rows key
                        WHERE (SELECT 1 FROM recordings_certificate WHERE recording_id = key.recording_id) IS NULL
                    ) THEN
                        RAISE EXCEPTION 'A key goes with the certificate of its recording, or not at all.'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(  # the same key under a newer wrapping, once a rotation, and nothing else
                name="key_never_changes",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF NEW.recording_id <> OLD.recording_id OR NOT EXISTS (
                        SELECT 1 FROM recordings_keyrotation
                        WHERE state = 'wrapping' AND prefix = substring(NEW.wrapped FROM 4 FOR 5)
                          AND prefix <> substring(OLD.wrapped FROM 4 FOR 5)
                          AND octet_length(NEW.wrapped) = octet_length(OLD.wrapped)
                    ) THEN
                        RAISE EXCEPTION 'A key is only ever wrapped anew, by a rotation that runs.'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(  # else an upload that began before a key retired would end under it
                name="key_of_no_retired_one",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    PERFORM pg_advisory_xact_lock_shared(1801812339);
                    IF EXISTS (
                        SELECT 1 FROM recordings_keyrotation
                        WHERE retired ? encode(substring(NEW.wrapped FROM 4 FOR 5), 'hex')
                    ) THEN
                        RAISE EXCEPTION 'This key was wrapped by one that retired meanwhile.'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"key of {self.recording_id}"


class SeenRequest(models.Model):
    """An Idempotency-Key that a client used, and what became of it. Short-lived; holds no content."""

    client = models.ForeignKey(IntegrationClient, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    body_digest = models.BinaryField(max_length=32)
    recording_id = models.UUIDField(null=True)  # None while the first request still runs
    seen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("client", "key"), name="request_key_is_used_once_by_a_client")]
        indexes = [models.Index(fields=["seen_at"], name="seen_request_age_idx")]

    def __str__(self) -> str:
        return self.key
