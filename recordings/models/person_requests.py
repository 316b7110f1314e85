"""What people ask about themselves: a copy of their calls, or their erasure. Who they are is sealed, and forgotten."""

from datetime import date
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


class PersonRequestQuerySet(models.QuerySet["PersonRequest"]):
    def visible_to(self, actor: Actor) -> Self:
        """Requests that reach into at least one line of the actor's."""
        lines = lines_of(actor)
        return self if lines is None else self.filter(lines__overlap=list(lines))

    def unanswered(self) -> Self:
        """The clock runs."""
        return self.exclude(state__in=[PersonRequest.State.ANSWERED, PersonRequest.State.REFUSED])

    def overdue(self, today: date) -> Self:
        """Not answered by the end of the due day."""
        return self.unanswered().filter(due_on__lt=today)


class PersonRequest(models.Model):
    """open → working → ready → answered, an erasure by way of asked; or refused. One person's request, with its clock.

    `sealed` holds every word that may name somebody: who asks, the reasons that people write. Its key goes after a
    stated period, and what is left names nobody.
    """

    class Kind(models.TextChoices):
        ACCESS = "access", "A copy of their calls"
        ERASURE = "erasure", "Erasure of their calls"

    class State(models.TextChoices):
        OPEN = "open", "Being looked through"
        ASKED = "asked", "Waits for a second person"
        WORKING = "working", "The worker is at it"
        READY = "ready", "Letter to be sent"
        ANSWERED = "answered", "Answered"
        REFUSED = "refused", "Refused"

    class Identity(models.TextChoices):
        DOCUMENT = "document", "An identity document"
        CALL_BACK = "call_back", "A call back to the known number"
        ACCOUNT = "account", "Signed in to their account"
        KNOWN = "known", "Data that only they know"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    lines = ArrayField(models.UUIDField())  # lines of business in which was looked for their calls
    place = models.CharField(max_length=16)  # whose law sets the clock, as the requester names it
    language = models.CharField(max_length=2)  # of the letter
    received_on = models.DateField()
    due_on = models.DateField()
    extended_on = models.DateField(null=True)
    overdue_at = models.DateTimeField(null=True)  # flagged once
    sealed = models.BinaryField(default=bytes)  # JSON {"name", "number", "address", "extension", "refusal"}
    identity_by = models.CharField(max_length=9, choices=Identity.choices, blank=True)
    identity_checked_at = models.DateTimeField(null=True)
    identity_checked_by_id = models.CharField(max_length=64, blank=True)
    opened_at = models.DateTimeField()
    opened_by_id = models.CharField(max_length=64)
    asked_at = models.DateTimeField(null=True)
    asked_by_kind = models.CharField(max_length=16, blank=True)
    asked_by_id = models.CharField(max_length=64, blank=True)
    approved_at = models.DateTimeField(null=True)
    approved_by_id = models.CharField(max_length=64, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by_id = models.CharField(max_length=64, blank=True)
    forget_on = models.DateField(null=True)  # its key goes on this day
    forgotten_at = models.DateTimeField(null=True)

    objects = PersonRequestQuerySet.as_manager()

    class Meta:
        ordering = ("-received_on", "-id")
        constraints = [
            models.CheckConstraint(
                name="erasure_has_two_pairs_of_eyes",
                condition=~Q(kind="erasure")
                | ~Q(state__in=["working", "ready", "answered"])
                | (~Q(approved_by_id="") & ~Q(asked_by_id="") & ~Q(approved_by_id=F("asked_by_id"))),
            ),
            models.CheckConstraint(
                name="person_request_is_answered_after_the_identity",
                condition=~Q(state__in=["asked", "working", "ready", "answered"])
                | Q(identity_checked_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on"], name="person_request_due_idx", condition=~Q(state__in=["answered", "refused"])
            )
        ]
        triggers = [
            never_emptied("person_request_never_emptied"),
            pgtrigger.Protect(name="person_request_never_removed", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.kind} request of {self.received_on}"

    @property
    def is_closed(self) -> bool:
        return self.state in {self.State.ANSWERED, self.State.REFUSED}


class PersonRequestKey(models.Model):
    """The request's own key. Deleting this row forgets who asked, and closes the copy that was made for them."""

    request = models.OneToOneField(PersonRequest, on_delete=models.PROTECT, primary_key=True, related_name="key")
    wrapped = models.BinaryField()

    def __str__(self) -> str:
        return f"key of {self.request_id}"


class PersonRequestItemQuerySet(models.QuerySet["PersonRequestItem"]):
    def visible_to(self, actor: Actor) -> Self:
        return within_reach(self, actor, recording="recording_id", source="source")

    def confirmed(self) -> Self:
        return self.filter(choice=PersonRequestItem.Choice.THEIRS)

    def kept(self) -> Self:
        """To be erased once nothing keeps them."""
        return self.filter(outcome__in=PersonRequestItem.KEPT)


class PersonRequestItem(models.Model):
    """One call that may be theirs, and what became of it. Outlives the recording; names nobody."""

    class Choice(models.TextChoices):
        OPEN = "open", "To be looked at"
        THEIRS = "theirs", "Theirs"
        LEFT_OUT = "left_out", "Left out"

    class Outcome(models.TextChoices):
        COPIED = "copied", "In the copy"
        DESTROYED = "destroyed", "Destroyed"
        HELD = "held", "Kept: legal hold"
        MINIMUM = "minimum", "Kept: a minimum runs"
        OPEN_MINIMUM = "open", "Kept: a minimum of law has no end yet"
        CONFLICT = "conflict", "Kept: rules in conflict"
        GONE = "gone", "Destroyed before"

    KEPT = (Outcome.HELD, Outcome.MINIMUM, Outcome.OPEN_MINIMUM, Outcome.CONFLICT)

    request = models.ForeignKey(PersonRequest, on_delete=models.PROTECT, related_name="items")
    recording_id = models.UUIDField()  # no foreign key: it outlives the recording
    source = models.CharField(max_length=64)
    line_of_business = models.ForeignKey(LineOfBusiness, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    zone = models.CharField(max_length=64)
    found_by = models.CharField(max_length=8)  # number, name, both
    choice = models.CharField(max_length=8, choices=Choice.choices, default=Choice.OPEN)
    sealed_reason = models.BinaryField(default=bytes)  # why it was left out, sealed with the request's key
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    kept_until = models.DateTimeField(null=True)
    rule = models.CharField(max_length=300, blank=True)  # what asks for the minimum: a rule and its citation
    settled_at = models.DateTimeField(null=True)

    objects = PersonRequestItemQuerySet.as_manager()

    class Meta:
        ordering = ("started_at", "pk")
        constraints = [
            models.UniqueConstraint(fields=("request", "recording_id"), name="person_request_names_a_call_once")
        ]
        indexes = [
            models.Index(fields=["recording_id"], name="person_request_item_call_idx"),
            models.Index(
                fields=["id"],
                name="person_request_item_kept_idx",
                condition=Q(outcome__in=["held", "minimum", "open", "conflict"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recording_id} in {self.request_id}"

    @property
    def is_kept(self) -> bool:
        return self.outcome in self.KEPT


class PersonCopy(models.Model):
    """The file with their calls, sealed with the request's key: fetched once, gone after days. A new one replaces."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    request = models.ForeignKey(PersonRequest, on_delete=models.PROTECT, related_name="copies")
    object_key = models.CharField(max_length=120, unique=True)
    wrapped = models.BinaryField()  # a key of its own, wrapped; empty: nobody opens it any more
    size_bytes = models.BigIntegerField()
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)
    fetched_by_id = models.CharField(max_length=64, blank=True)
    removed_at = models.DateTimeField(null=True)  # its object was read back as absent

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="person_copy_expires_idx", condition=Q(removed_at=None))]

    def __str__(self) -> str:
        return f"copy for {self.request_id}"
