"""The company's own policies and their versions. Once published, a version never changes; a trigger holds it."""

from datetime import date, datetime
from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import LineOfBusiness
from accounts.permissions import lines_of
from trail.domain.actors import Actor
from trail.domain.ids import uuid7
from trail.triggers import never_emptied


class PolicyQuerySet(models.QuerySet["Policy"]):
    def visible_to(self, actor: Actor) -> Self:
        """Policies for every line, and those of a line that the actor sees."""
        lines = lines_of(actor)
        return self if lines is None else self.filter(Q(lines=None) | Q(lines__in=lines)).distinct()


class PolicyVersionQuerySet(models.QuerySet["PolicyVersion"]):
    def visible_to(self, actor: Actor) -> Self:
        """Versions of the policies that the actor sees."""
        return self.filter(policy__in=Policy.objects.visible_to(actor))

    def in_force(self, at: datetime) -> Self:
        """Published, and neither retired at `at` nor still to begin."""
        begun = Q(effective_from=None) | Q(effective_from__lte=at)
        return self.filter(begun, Q(retired_at=None) | Q(retired_at__gt=at), published_at__isnull=False)

    def review_past(self, today: date) -> Self:
        """Whose review day is over."""
        return self.filter(next_review_on__lt=today)


class Policy(models.Model):
    """What a version is a version of. Without lines it speaks for every line that has no policy of its own."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    lines = models.ManyToManyField(LineOfBusiness, blank=True, related_name="policies")

    objects = PolicyQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "policies"

    def __str__(self) -> str:
        return self.name


class PolicyLine(Policy.lines.through):  # type: ignore[misc,name-defined]
    """What a policy reaches. Fixed with its first published version, as decisions were given on it."""

    class Meta:
        proxy = True
        triggers = [
            never_emptied("lines_never_emptied"),
            pgtrigger.Trigger(
                name="lines_are_fixed_once_published",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                # the lock makes it wait for a version that is being published; OLD is empty for an insert, NEW for a
                # delete
                func=(
                    "PERFORM FROM policies_policy WHERE id IN (OLD.policy_id, NEW.policy_id) ORDER BY id FOR SHARE;"
                    " IF EXISTS (SELECT FROM policies_policyversion WHERE policy_id IN (OLD.policy_id, NEW.policy_id)"
                    " AND state IN ('published', 'retired')) THEN RAISE EXCEPTION"
                    " 'The lines of a policy are fixed with its first published version.'"
                    " USING ERRCODE = 'restrict_violation'; END IF; RETURN COALESCE(NEW, OLD);"
                ),
            ),
        ]


class PolicyVersion(models.Model):
    """draft → in_review → published → retired. Author and approver are two people, but for the one that ships."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        PUBLISHED = "published", "Published"
        RETIRED = "retired", "Retired"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    document = models.JSONField()  # its shape: policies.domain.documents
    ships = models.BooleanField(default=False, editable=False)  # came with Callward, approved by nobody here
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    effective_from = models.DateTimeField(null=True)  # empty: always
    retired_at = models.DateTimeField(null=True)
    sent_back_because = models.TextField(blank=True)
    next_review_on = models.DateField(null=True)  # set at the latest when it is published
    approval = models.JSONField(  # what the approver saw: {report, law_release, warnings[{pointer, detail}]}
        default=dict, db_default=models.Value({}, models.JSONField())
    )
    retirement_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    retirement_asked_at = models.DateTimeField(null=True)
    retirement_reason = models.TextField(blank=True, db_default="")
    retired_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = PolicyVersionQuerySet.as_manager()

    class Meta:
        ordering = ("policy", "-number")
        constraints = [
            models.UniqueConstraint(fields=("policy", "number"), name="policy_version_number_is_unique"),
            models.CheckConstraint(
                name="policy_version_has_two_pairs_of_eyes",
                condition=Q(state__in=["draft", "in_review"])
                | Q(ships=True)
                | (Q(author__isnull=False) & Q(approver__isnull=False) & ~Q(author=F("approver"))),
            ),
            models.CheckConstraint(
                name="policy_version_is_retired_by_two_people",
                condition=Q(retired_by=None)
                | (Q(retirement_asked_by__isnull=False) & ~Q(retired_by=F("retirement_asked_by"))),
            ),
        ]
        triggers = [
            never_emptied("version_never_emptied"),
            pgtrigger.Protect(
                name="published_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state IN ('published', 'retired') AND (OLD.document IS DISTINCT FROM NEW.document"
                    " OR OLD.policy_id IS DISTINCT FROM NEW.policy_id OR OLD.number IS DISTINCT FROM NEW.number"
                    " OR OLD.author_id IS DISTINCT FROM NEW.author_id"
                    " OR OLD.approver_id IS DISTINCT FROM NEW.approver_id"
                    " OR OLD.published_at IS DISTINCT FROM NEW.published_at"
                    " OR OLD.effective_from IS DISTINCT FROM NEW.effective_from"
                    " OR OLD.ships IS DISTINCT FROM NEW.ships OR OLD.approval IS DISTINCT FROM NEW.approval"
                    # an end that has come stays; one still to come moves when what follows does
                    " OR (OLD.retired_at <= clock_timestamp() AND OLD.retired_at IS DISTINCT FROM NEW.retired_at)"
                    " OR NEW.state NOT IN ('published', 'retired')"
                    " OR (OLD.state = 'retired' AND OLD.retired_at <= clock_timestamp() AND NEW.state <> 'retired'))"
                ),
            ),
            pgtrigger.Protect(
                name="never_ends_in_the_past",
                operation=pgtrigger.Update,
                # An end of "now" is read within the transaction, so it is never before its start; the seconds are for
                # the clocks of two machines.
                condition=pgtrigger.Condition(
                    "OLD.retired_at IS DISTINCT FROM NEW.retired_at AND NEW.retired_at < now() - interval '5 seconds'"
                ),
            ),
            pgtrigger.Protect(
                name="ships_never_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.ships IS DISTINCT FROM NEW.ships"),
            ),
            pgtrigger.Trigger(
                name="only_the_default_ships",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.ships"),  # in any state, as a draft could be published afterwards
                func=(
                    "PERFORM FROM policies_policy WHERE id = NEW.policy_id AND code = 'careful-default' FOR UPDATE;"
                    " IF NOT FOUND OR EXISTS (SELECT FROM policies_policyversion"
                    " WHERE policy_id = NEW.policy_id AND ships) THEN RAISE EXCEPTION"
                    " 'Only the careful default ships, once.' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;"
                ),
            ),
            pgtrigger.Protect(
                name="published_is_kept",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__state__in=["published", "retired"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy}, version {self.number}"

    def standing(self, at: datetime) -> str:
        """Where it stands at a moment: draft, in_review, scheduled, in_force or retired."""
        if self.published_at is None:
            return str(self.state)
        if self.retired_at and self.retired_at <= at:
            return "retired"
        return "scheduled" if self.effective_from and self.effective_from > at else "in_force"
