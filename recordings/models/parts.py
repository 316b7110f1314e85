"""What hangs on a recording: its parties, their consent, what happened on the call, what the probe read.

Whatever names a person is sealed with the recording's own key, so that destroying the key destroys it too.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from recordings.models.joining import changed_rows_join_holds, new_rows_join_holds
from recordings.models.kept import kept_while_held, leaves_nothing, part_of_a_recording
from recordings.models.recordings import Recording
from trail.triggers import never_emptied


class Party(models.Model):
    """Somebody on the call, and where they were as far as was known at call time."""

    class Role(models.TextChoices):
        AGENT = "agent", "Agent"
        CUSTOMER = "customer", "Customer"
        THIRD_PARTY = "third_party", "Third party"
        UNKNOWN = "unknown", "Unknown"

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="parties", db_constraint=False)
    position = models.PositiveSmallIntegerField()  # index in the delivery's `parties`
    role = models.CharField(max_length=16, choices=Role.choices)
    jurisdiction = models.CharField(max_length=16, blank=True)  # empty: unknown, so the strictest
    location_source = models.CharField(max_length=16)  # explicit, address, number, default, unknown
    certainty = models.CharField(max_length=8)  # high, medium, low, none
    sealed = models.BinaryField(default=bytes)  # JSON {"number", "name"}, sealed with the recording's key
    number_index = models.BinaryField(max_length=32, null=True)  # keyed digest of the E.164 number, to find by
    name_index = models.BinaryField(max_length=32, null=True)  # keyed digest of the case-folded name

    class Meta:
        ordering = ("position",)
        verbose_name_plural = "parties"
        constraints = [models.UniqueConstraint(fields=("recording", "position"), name="party_position_is_its_own")]
        indexes = [
            models.Index(fields=["number_index"], name="party_number_idx"),
            models.Index(fields=["name_index"], name="party_name_idx"),
        ]
        triggers = [
            never_emptied("party_never_emptied"),
            kept_while_held("party_kept_while_held"),
            *part_of_a_recording("party"),
            leaves_nothing(
                "party_leaves_nothing",
                "What tells of a party goes with it.",
                ("recordings_consentevidence", "recordings_callevent"),
                "party_id",
            ),
            new_rows_join_holds("new_parties_join_holds", "recording_id"),
            changed_rows_join_holds(
                "changed_parties_join_holds",
                "recording_id",
                changed="(OLD.recording_id, OLD.number_index, OLD.name_index)"
                " IS DISTINCT FROM (NEW.recording_id, NEW.number_index, NEW.name_index)",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} of {self.recording_id}"


class ConsentEvidence(models.Model):
    """How consent was got on this call, by what, from whom, when."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="consent", db_constraint=False)
    party = models.ForeignKey(  # None: all parties
        Party, null=True, on_delete=models.CASCADE, related_name="consent", db_constraint=False
    )
    method = models.CharField(max_length=16)  # announcement, spoken, keypad, written
    result = models.CharField(max_length=8)  # given, refused
    offset_seconds = models.FloatField(null=True)
    document_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        triggers = [
            never_emptied("consent_never_emptied"),
            kept_while_held("consent_kept_while_held"),
            *part_of_a_recording("consent", names_a_party=True),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.result}"


class CallEvent(models.Model):
    """What happened on the call: a disclosure played, consent given or refused, a pause."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="call_events", db_constraint=False)
    kind = models.CharField(max_length=24)
    offset_seconds = models.FloatField()
    party = models.ForeignKey(Party, null=True, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    method = models.CharField(max_length=16, blank=True)
    detail = models.CharField(max_length=64, blank=True)  # a key, such as of the disclosure that was played; no words

    class Meta:
        ordering = ("offset_seconds", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=("recording", "kind", "offset_seconds", "party", "method", "detail"),
                name="call_event_is_told_once",
                nulls_distinct=False,
            )
        ]
        triggers = part_of_a_recording("call_event", names_a_party=True)

    def __str__(self) -> str:
        return f"{self.kind} at {self.offset_seconds}"


class AudioProfile(models.Model):
    """What the probe read from the audio itself. Peaks are sealed with the recording's key and go with it."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "Waiting"
        GOOD = "good", "Good"
        DAMAGED = "damaged", "Damaged"
        UNREADABLE = "unreadable", "Unreadable"

    recording = models.OneToOneField(
        Recording, on_delete=models.CASCADE, primary_key=True, related_name="profile", db_constraint=False
    )
    outcome = models.CharField(max_length=16, choices=Outcome.choices, default=Outcome.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)  # counted before the work, so that a killer file is parked
    next_attempt_at = models.DateTimeField(null=True)
    detail = models.TextField(blank=True)
    codec = models.CharField(max_length=32, blank=True)
    channels = models.PositiveSmallIntegerField(null=True)
    sample_rate_hz = models.PositiveIntegerField(null=True)
    duration_seconds = models.FloatField(null=True)
    announced_seconds = models.FloatField(null=True)  # by the audio's own container
    checked_at = models.DateTimeField(null=True)  # when all its bytes last gave the hash that was taken at its arrival
    marks = ArrayField(models.CharField(max_length=32), default=list)  # recordings.domain.marks
    sealed_peaks = models.BinaryField(default=bytes)  # per channel 500 bytes of 0…255, sealed

    class Meta:
        indexes = [
            models.Index(fields=["next_attempt_at"], name="profile_due_idx", condition=Q(outcome="waiting")),
            GinIndex(fields=["marks"], name="profile_marks_idx", condition=~Q(marks=[])),
        ]
        triggers = part_of_a_recording("profile")

    def __str__(self) -> str:
        return f"{self.outcome} audio of {self.recording_id}"
