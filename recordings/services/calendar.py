"""What leaves on which day: counts for the calendar of disposition."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from recordings.models import Recording
from trail.domain.actors import Actor

WEEKS = 13
SHADES = ((3, 6), (5, 12), (10, 25), (30, 80), (80, 220), (250, 700), (800, 2_500))  # (some, many) of one calendar


@dataclass(frozen=True)
class Day:
    """One day of the calendar in the reader's zone."""

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


def leaving_by_day(actor: Actor, at: datetime) -> list[list[Day]]:
    """Thirteen weeks from this one's Monday, each of seven days; what is held is not in it. One query."""
    today = timezone.localtime(at).date()
    monday = today - timedelta(days=today.weekday())
    first, last = (_midnight(monday + timedelta(weeks=weeks)) for weeks in (0, WEEKS))
    rows = Recording.objects.visible_to(actor).without_hold().without_conflict()
    counts = dict(
        rows.filter(delete_by__gte=first, delete_by__lt=last)
        .order_by()
        .annotate(day=TruncDate("delete_by"))
        .values_list("day")
        .annotate(count=Count("pk"))
    )
    days = [monday + timedelta(days=n) for n in range(7 * WEEKS)]
    shades = _shades(max(counts.values(), default=0))
    told = [Day(day, counts.get(day, 0), day == today, day < today, *shades) for day in days]
    return [told[n : n + 7] for n in range(0, len(told), 7)]


def _shades(most: int) -> tuple[int, int]:
    """Where the shade changes, so that the fullest days stand out among few calls as among many."""
    return next((pair for pair in SHADES if most < 2 * pair[1]), SHADES[-1])


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The local day's first moment, and the first after it."""
    return _midnight(day), _midnight(day + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
