"""Holds: the count on each row is that of the members, and nothing that was held is gone."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from recordings.models import HoldMember, Recording
from trail.invariants import Problem, check


@check(2)
def miscounted_holds(at: datetime) -> Iterator[Problem]:
    members = HoldMember.objects.filter(recording=OuterRef("pk"), released_at=None).order_by().values("recording")
    counted = Coalesce(Subquery(members.annotate(count=Count("pk")).values("count")), 0)
    rows = Recording.objects.annotate(members=counted).filter(~Q(hold_count=F("members")))
    for pk, told, members_found in rows.values_list("pk", "hold_count", "members"):
        yield Problem("hold_miscounted", str(pk), f"Its row says {told} holds; {members_found} are in force.")


@check(2)
def held_and_gone(at: datetime) -> Iterator[Problem]:
    """What a hold in force keeps is here."""
    here = Recording.objects.filter(pk=OuterRef("recording_id"))
    for pk, hold in (
        HoldMember.objects.filter(~Exists(here), released_at=None).values_list("recording_id", "hold_id").iterator()
    ):
        yield Problem("held_and_gone", str(pk), f"Hold {hold} keeps this recording, and it is gone.")


@check(2)
def members_of_released_holds(at: datetime) -> Iterator[Problem]:
    """A hold that is over and settled keeps nothing, and one in force has let go of nothing."""
    over = Q(released_at=None, hold__released_at__isnull=False, hold__is_settled=True)
    let_go = Q(released_at__isnull=False, hold__released_at=None)
    for pk, hold in HoldMember.objects.filter(over | let_go).values_list("recording_id", "hold_id"):
        yield Problem("hold_and_member_differ", str(pk), f"Hold {hold} and its member do not end together.")


@check(12)
def members_of_another_line(at: datetime) -> Iterator[Problem]:
    """Who may know of a hold follows from the line of what it keeps."""
    differs = HoldMember.objects.exclude(recording__line_of_business=F("line_of_business"))
    for pk in differs.filter(Exists(Recording.objects.filter(pk=OuterRef("recording_id")))).values_list(
        "recording_id", flat=True
    ):
        yield Problem("line_of_member_differs", str(pk), "Its membership in a hold names another line of business.")
