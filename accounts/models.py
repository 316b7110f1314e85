"""People, integration clients with their tokens, lines of business, and who was given which call to hear."""

from datetime import datetime
from typing import ClassVar, Self

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from accounts.domain.zones import ZONE_WANTED, zones
from trail.domain.ids import uuid7


def validate_zone(zone: str) -> None:
    """For forms and `full_clean`; `add_line` asks the same for itself."""
    if zone not in zones():
        raise ValidationError(ZONE_WANTED)


class LineOfBusiness(models.Model):
    """The part of the company that a call belongs to; policies, plans and people are scoped by it."""

    UNASSIGNED: ClassVar[str] = "unassigned"  # ships with Callward; takes the calls that name no line

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    zone = models.CharField(
        max_length=64,
        default="UTC",
        validators=[validate_zone],
        help_text="IANA time zone in which its retention days end.",
    )
    is_demo = models.BooleanField(default=False, help_text="May have periods in seconds and no cooling.")
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name",)
        verbose_name = "line of business"
        verbose_name_plural = "lines of business"

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    REVIEWER = "reviewer", "Reviewer"
    SUPERVISOR = "supervisor", "Supervisor"
    OFFICER = "officer", "Officer"
    AUDITOR = "auditor", "Auditor"


class User(AbstractUser):
    """Somebody who signs in. `is_staff` and `is_superuser` open the admin's door, never a rule of Callward."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.REVIEWER)
    all_lines = models.BooleanField(default=False, help_text="Sees every line of business, also later ones.")
    lines = models.ManyToManyField(LineOfBusiness, blank=True, related_name="people")
    access_until = models.DateTimeField(null=True, blank=True, help_text="Sees nothing from this moment on.")

    actor_kind = "user"

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"
        constraints = [
            models.CheckConstraint(
                name="user_auditor_is_time_limited", condition=~Q(role="auditor") | Q(access_until__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def actor_id(self) -> str:
        return str(self.pk)


class IntegrationClient(models.Model):
    """A telephony system or another program that calls the API. Each is a different somebody."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    is_active = models.BooleanField(default=True)

    actor_kind = "client"

    def __str__(self) -> str:
        return self.name

    @property
    def actor_id(self) -> str:
        return str(self.pk)


class Token(models.Model):
    """A client's secret, kept as a digest. Several may be valid at once, so that they rotate with overlap."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    client = models.ForeignKey(IntegrationClient, on_delete=models.CASCADE, related_name="tokens")
    prefix = models.CharField(max_length=24, unique=True, help_text="The token's first part, to find and to name it.")
    digest = models.BinaryField(max_length=32)  # SHA-256 of the whole token, which has 256 bits of its own
    scopes = ArrayField(models.CharField(max_length=32))
    sources = ArrayField(models.CharField(max_length=64), default=list, blank=True)  # empty: every source
    lines = models.ManyToManyField(LineOfBusiness, blank=True, related_name="+")
    all_lines = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.prefix}… of {self.client}"


class CallAccess(models.Model):
    """A call that one person was given, such as by an assignment. It is how a reviewer sees exactly their own calls."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="call_access")
    recording_id = models.UUIDField()
    given_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("user", "recording_id"), name="call_access_is_given_once")]

    def __str__(self) -> str:
        return f"{self.user} hears {self.recording_id}"


class Generation(models.Model):
    """One row that names what governs just now: lines, tokens, clients, and the rules of the rooms above.

    Triggers give it a new random name with each change of such a table, in the change's own transaction. A process
    keeps what it read under one name for as long as that is the name. Random, so that what was rolled back or restored
    never bears the name of something else.
    """

    is_the_one = models.BooleanField(primary_key=True, default=True)
    name = models.UUIDField()

    class Meta:
        constraints = [models.CheckConstraint(name="generation_is_one_row", condition=Q(is_the_one=True))]

    def __str__(self) -> str:
        return str(self.name)


class LetterQuerySet(models.QuerySet["Letter"]):
    def waiting(self, at: datetime) -> Self:
        """Not sent, not given up, and due for its next try; the oldest first."""
        return self.filter(sent_at=None, next_try_at__lte=at, tries__lt=Letter.MOST_TRIES).order_by("written_at", "pk")

    def stuck(self) -> Self:
        """Refused at least once and still here."""
        return self.filter(sent_at=None, tries__gt=0)


class Letter(models.Model):
    """Mail to one of our people. Of one kind and key there is one for each, however often it is written."""

    MOST_TRIES: ClassVar[int] = 12  # about a week

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    to = models.ForeignKey(User, on_delete=models.CASCADE, related_name="letters")
    kind = models.SlugField()  # weekly-rules
    key = models.CharField(max_length=64)  # what it is about: 2026-W48
    subject = models.CharField(max_length=200)
    body = models.TextField()
    written_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    failed_because = models.CharField(max_length=80, blank=True)
    sent_at = models.DateTimeField(null=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("to", "kind", "key"), name="letter_is_written_once")]
        indexes = [models.Index(fields=["next_try_at"], name="letter_waiting_idx", condition=Q(sent_at=None))]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
