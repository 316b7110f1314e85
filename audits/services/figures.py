"""The room's figures for Today and the navigation."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, DateTimeField, ExpressionWrapper, F, Min, Q, QuerySet
from django.db.models.functions import TruncWeek
from django.utils import timezone

from accounts.permissions import lines_of, sees_only_given_calls
from audits.domain.intervals import Rate, rate_of
from audits.models import Assignment, AuditPlan, Finding, Per, Review
from trail.domain.actors import Actor

# So many calls of each agent or place are no picture of all calls: without weights only plain draws give a rate.
UNWEIGHTED = Q(assignment__sample__per=Per.DRAW)


@dataclass(frozen=True)
class Figures:
    """Of a reviewer's own reviews, or of everybody's in the actor's lines."""

    open: int
    overdue: int
    worst_due_at: datetime | None  # of the one that is overdue longest
    due_today: int
    done_today: int
    week_done: int
    week_due: int  # done or still due by the end of this week
    rate: Rate  # calls that said every critical thing, in 13 weeks
    critical_failures: int  # in 7 days
    findings_open: int
    findings_overdue: int
    next_draw_at: datetime | None


@dataclass(frozen=True)
class Week:
    """Reviewed calls of the samples that ended in this week."""

    begins: date  # its Monday
    rate: Rate


def figures(actor: Actor, at: datetime) -> Figures:
    """What is there for this actor at `at`, in four queries. Days and weeks are those of the current time zone."""
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow, monday = _day_after(midnight), midnight - timedelta(days=midnight.weekday())
    sunday_night = monday + timedelta(days=7)
    is_open = Q(state__in=["assigned", "in_review"])
    work = Assignment.objects.visible_to(actor).aggregate(
        open=Count("pk", filter=is_open),
        overdue=Count("pk", filter=is_open & Q(due_at__lt=at)),
        worst_due_at=Min("due_at", filter=is_open & Q(due_at__lt=at)),
        due_today=Count("pk", filter=is_open & Q(due_at__gte=midnight, due_at__lt=tomorrow)),
        due_in_week=Count("pk", filter=is_open & Q(due_at__lt=sunday_night)),
    )
    done = _reviewed(actor).aggregate(
        done_today=Count("pk", filter=Q(submitted_at__gte=midnight)),
        week_done=Count("pk", filter=Q(submitted_at__gte=monday)),
        said=Count("pk", filter=UNWEIGHTED & Q(said_all=True)),
        counted=Count("pk", filter=UNWEIGHTED & Q(said_all__isnull=False)),
        critical_failures=Count("pk", filter=Q(score__failed=True, submitted_at__gte=at - timedelta(days=7))),
    )
    found = (
        Finding.objects.open()
        .visible_to(actor)
        .aggregate(findings_open=Count("pk"), findings_overdue=Count("pk", filter=Q(due_at__lt=at)))
    )
    return Figures(
        open=work["open"],
        overdue=work["overdue"],
        worst_due_at=work["worst_due_at"],
        due_today=work["due_today"],
        done_today=done["done_today"],
        week_done=done["week_done"],
        week_due=done["week_done"] + work["due_in_week"],
        rate=rate_of(done["said"], done["counted"]),
        critical_failures=done["critical_failures"],
        findings_open=found["findings_open"],
        findings_overdue=found["findings_overdue"],
        next_draw_at=next_draw_at(actor),
    )


def weeks(actor: Actor, at: datetime, *, line_id: UUID | None = None) -> list[Week]:
    """The last 13 weeks, the newest last, by when the calls were drawn from; in one query."""
    monday = timezone.localtime(at).date() - timedelta(days=timezone.localtime(at).weekday())
    mondays = [monday - timedelta(weeks=back) for back in range(12, -1, -1)]
    # A sample's end is the first moment that is no longer in it: a week's own ends with Monday's midnight.
    ended = ExpressionWrapper(F("assignment__sample__period_to") - timedelta(seconds=1), output_field=DateTimeField())
    counted = _reviewed(actor).filter(UNWEIGHTED, said_all__isnull=False)
    if line_id:
        counted = counted.filter(assignment__line_of_business=line_id)
    rows = (
        counted.annotate(week=TruncWeek(ended, tzinfo=timezone.get_current_timezone()))
        .order_by()
        .values_list("week")
        .annotate(said=Count("pk", filter=Q(said_all=True)), n=Count("pk"))
    )
    found = {week.date(): rate_of(said, n) for week, said, n in rows}
    return [Week(begins, found.get(begins, rate_of(0, 0))) for begins in mondays]


def next_draw_at(actor: Actor) -> datetime | None:
    """When the next sample is drawn that may bring this actor work."""
    active = AuditPlan.objects.filter(is_active=True)
    mine = active.filter(reviewers=UUID(actor.actor_id)) if sees_only_given_calls(actor) else active.visible_to(actor)
    return mine.order_by("next_draw_at").values_list("next_draw_at", flat=True).first()


def _reviewed(actor: Actor) -> QuerySet[Review]:
    """Submitted reviews of 13 weeks that this actor sees."""
    recent = Review.objects.filter(submitted_at__gte=timezone.now() - timedelta(weeks=13))
    if sees_only_given_calls(actor):
        return recent.filter(assignment__reviewer=UUID(actor.actor_id))
    lines = lines_of(actor)
    return recent if lines is None else recent.filter(assignment__line_of_business__in=lines)


def _day_after(midnight: datetime) -> datetime:
    """The next local midnight, also across a clock change."""
    day = midnight.date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=midnight.tzinfo)
