"""What leaves on which day: counts for the calendar of disposition."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import models
from django.db.models import Count
from django.db.models.lookups import GreaterThanOrEqual, LessThan
from django.utils import timezone

from recordings.models import Recording
from recordings.models.queries import RecordingQuerySet
from trail.domain.actors import Actor

WEEKS = 13
ZONES = timedelta(days=1)
SHADES = ((3, 6), (5, 12), (10, 25), (30, 80), (80, 220), (250, 700), (800, 2_500))  # (some, many) of one calendar


@dataclass(frozen=True)
class Day:
    """One day of the calendar: how many recordings are readable on it for the last time."""

    on: date
    count: int
    is_today: bool
    is_past: bool
    some: int  # from this count on a day of this calendar is shaded as some
    many: int  # and from this one on as many

    @property
    def amount(self) -> int:
        """Shade: 0 none, 1 few, 2 some, 3 many."""
        return 0 if not self.count else 1 if self.count < self.some else 2 if self.count < self.many else 3


class LastDay(models.Func):
    """The last day on which a recording is readable, in its line's zone: the day that every page tells."""

    output_field = models.DateField()
    template = "((%(expressions)s))::date"
    arg_joiner = " - interval '1 microsecond') AT TIME ZONE ("

    def __init__(self, delete_by: str = "delete_by", zone: str = "zone") -> None:
        super().__init__(delete_by, zone)


def leaving_by_day(actor: Actor, at: datetime) -> list[list[Day]]:
    """Thirteen weeks from this one's Monday, each of seven days; what is held is not in it. One query."""
    today = timezone.localtime(at).date()
    monday = today - timedelta(days=today.weekday())
    rows = Recording.objects.visible_to(actor).without_hold().without_conflict()
    leaving = leaving_between(rows, monday, monday + timedelta(weeks=WEEKS))
    counts = dict(leaving.order_by().annotate(day=LastDay()).values_list("day").annotate(count=Count("pk")))
    days = [monday + timedelta(days=n) for n in range(7 * WEEKS)]
    shades = _shades(max(counts.values(), default=0))
    told = [Day(day, counts.get(day, 0), day == today, day < today, *shades) for day in days]
    return [told[n : n + 7] for n in range(0, len(told), 7)]


def _shades(most: int) -> tuple[int, int]:
    """Where the shade changes, so that the fullest days stand out among few calls as among many."""
    return next((pair for pair in SHADES if most < 2 * pair[1]), SHADES[-1])


def leaving_between(rows: RecordingQuerySet, first: date, after: date) -> RecordingQuerySet:
    """Those whose last day, in their line's zone, is `first` or later and comes before `after`."""
    since, until = (datetime.combine(day, time.min, UTC) for day in (first, after))  # any zone is within a day of UTC
    near = rows.filter(delete_by__gte=since - ZONES, delete_by__lte=until + ZONES)  # served by recording_expired_idx
    return near.filter(GreaterThanOrEqual(LastDay(), first), LessThan(LastDay(), after))
