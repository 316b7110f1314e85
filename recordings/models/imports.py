"""Calls that came as files, and a vendor's own lists of calls to compare with. Names of files are sealed: they tell
numbers.
"""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from accounts.models import LineOfBusiness
from trail.domain.ids import uuid7


class ImportRun(models.Model):
    """One import of a folder or a manifest, or what one drop folder brought on one day."""

    class Kind(models.TextChoices):
        FOLDER = "folder", "Folder"
        MANIFEST = "manifest", "Manifest"
        DROP = "drop", "Drop folder"

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        COMPLETE = "complete", "Complete"
        INCOMPLETE = "incomplete", "Incomplete"  # some were refused: each stands with its reason

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    source = models.CharField(max_length=64)
    place_digest = models.BinaryField(max_length=32)  # keyed, of where it came from: the same place is known again
    sealed_place = models.BinaryField()  # the path, sealed with the keyset
    line_of_business = models.ForeignKey(LineOfBusiness, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField()
    moved_at = models.DateTimeField()  # when it last got further; one that stands still was killed
    ended_at = models.DateTimeField(null=True)
    taken = models.PositiveIntegerField(default=0)  # with their audio; each counter commits with what it counts
    known = models.PositiveIntegerField(default=0)  # were there already, with the same content
    refused = models.PositiveIntegerField(default=0)
    size_bytes = models.BigIntegerField(default=0)  # of the audio that was taken

    class Meta:
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="import_newest_idx"),
            models.Index(fields=["place_digest", "-started_at"], name="import_place_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.started_at:%Y-%m-%d %H:%M:%S}"

    @property
    def seen(self) -> int:
        return self.taken + self.known + self.refused


class ImportItemQuerySet(models.QuerySet["ImportItem"]):
    def refused(self) -> Self:
        """Somebody has to mend them. Served by import_refused_idx."""
        return self.filter(outcome=ImportItem.Outcome.REFUSED)


class ImportItem(models.Model):
    """What became of one file. Committed with its recording, so that a killed import goes on where it was."""

    class Outcome(models.TextChoices):
        TAKEN = "taken", "Taken in"
        KNOWN = "known", "Known before"
        REFUSED = "refused", "Refused"

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="items")
    file_digest = models.BinaryField(max_length=32)  # keyed, of its name, size and time of change
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    recording_id = models.UUIDField(null=True)  # no foreign key: what becomes of it is its own
    origin_digest = models.BinaryField(max_length=32, null=True)  # keyed, of source and id, where it was refused
    reason_code = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=300, blank=True)  # why, and how to mend it; names nobody
    sealed_name = models.BinaryField(default=bytes)  # of a refused file, sealed with the keyset

    objects = ImportItemQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("run", "file_digest"), name="import_item_is_settled_once")]
        indexes = [
            models.Index(fields=["run", "id"], name="import_refused_idx", condition=Q(outcome="refused")),
            models.Index(fields=["origin_digest"], name="import_origin_idx", condition=Q(outcome="refused")),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} in {self.run_id}"


class DropSighting(models.Model):
    """A file in a drop folder as it was last seen: one that stays the same is whole. Gone once it is settled."""

    source = models.CharField(max_length=64)
    file_digest = models.BinaryField(max_length=32)  # keyed, of its name
    state_digest = models.BinaryField(max_length=32)  # keyed, of size and time of change, its side file's too
    since = models.DateTimeField()  # it is like that
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("source", "file_digest"), name="drop_file_is_seen_once")]
        indexes = [models.Index(fields=["seen_at"], name="drop_sighting_age_idx")]

    def __str__(self) -> str:
        return f"a file of {self.source}"


class CallListQuerySet(models.QuerySet["CallList"]):
    def made_since(self, at: datetime) -> Self:
        return self.filter(made_at__gte=at)


class CallList(models.Model):
    """A vendor's own list of its calls, compared with what is here."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.CharField(max_length=64)
    line_of_business = models.ForeignKey(LineOfBusiness, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    made_by_kind = models.CharField(max_length=16)
    made_by_id = models.CharField(max_length=64, blank=True)
    first_at = models.DateTimeField(null=True)  # of the calls on it
    last_at = models.DateTimeField(null=True)
    calls = models.PositiveIntegerField(default=0)
    recorded = models.PositiveIntegerField(default=0)
    explained = models.PositiveIntegerField(default=0)  # without a recording, for a cause that is known
    unexplained = models.PositiveIntegerField(default=0)  # without a recording and without a cause
    without_call = models.PositiveIntegerField(default=0)  # recordings of that time that the list does not have
    refusals = models.JSONField(default=dict)  # of that source in that time, by reason: their calls are not known

    objects = CallListQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["-made_at", "-id"], name="call_list_newest_idx"),
            models.Index(fields=["source", "-made_at"], name="call_list_source_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.made_at:%Y-%m-%d %H:%M:%S}"


class CallListEntry(models.Model):
    """One call of a list that has no recording, or a recording that the list does not have."""

    class Cause(models.TextChoices):
        FORBIDDEN = "forbidden", "A decision forbade to record it"
        NOT_ANSWERED = "not_answered", "Nobody answered, so nothing was recorded"
        AWAITING_AUDIO = "awaiting_audio", "Told of, its audio has not come"
        FETCH_FAILED = "fetch_failed", "Told of, its audio could not be fetched"
        DEAD_LETTER = "dead_letter", "Its delivery was given up"
        WAITING = "waiting", "Its delivery waits to be worked"
        REFUSED = "refused", "Its file was refused"
        DESTROYED = "destroyed", "Destroyed, with certificate"
        TWICE = "twice", "It stands twice on the list"
        UNKNOWN = "unknown", "Nothing is known of it"
        WITHOUT_CALL = "without_call", "A recording of which the list has no call"

    call_list = models.ForeignKey(CallList, on_delete=models.CASCADE, related_name="entries")
    number = models.PositiveIntegerField()  # of the line on the list; 0: it is not on it
    cause = models.CharField(max_length=16, choices=Cause.choices)
    detail = models.CharField(max_length=300, blank=True)  # more of the cause; names nobody
    started_at = models.DateTimeField(null=True)
    recording_id = models.UUIDField(null=True)  # of the recording, or of what a certificate tells
    sealed = models.BinaryField(default=bytes)  # JSON: the ids that the list gave, sealed with the keyset

    class Meta:
        indexes = [models.Index(fields=["call_list", "cause", "number", "id"], name="call_list_entry_idx")]

    def __str__(self) -> str:
        return f"{self.cause} on {self.call_list_id}"
