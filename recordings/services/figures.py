"""What stands where, in a few counts: for Today, the navigation and the page of disposition."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q, Sum
from django.utils import timezone

from recordings.models import Certificate, LegalHold, ObjectRemoval, Recording
from recordings.models.queries import PURGE_INTERVAL
from recordings.services.objections import to_approve
from trail.domain.actors import Actor


@dataclass(frozen=True)
class Figures:
    """Counts of what the actor may see, as of `at`."""

    at: datetime
    recordings: int = 0
    arrived_today: int = 0
    listed: int = 0
    listed_bytes: int = 0
    leaving_next: datetime | None = None  # the first delete-by of what is listed
    leaving_last: datetime | None = None
    to_approve: int = 0
    objected: int = 0
    on_hold: int = 0
    matters: int = 0
    quarantined: int = 0
    quarantined_by_reason: dict[str, int] = field(default_factory=dict)
    late: int = 0
    late_to_approve: int = 0  # of the late ones, those that only lack a person's leave
    destroyed_7_days: int = 0
    read_back: int = 0  # of those destroyed in seven days, the ones whose object is known to be absent

    @property
    def to_be_read_back(self) -> int:
        return self.destroyed_7_days - self.read_back


def figures(actor: Actor, at: datetime) -> Figures:
    """Six queries, however many recordings there are."""
    mine = Recording.objects.visible_to(actor)
    late = Q(hold_count=0, delete_by__lte=at - PURGE_INTERVAL)
    counted = mine.aggregate(
        recordings=Count("pk"),
        arrived_today=Count("pk", filter=Q(created_at__gte=_midnight(at))),
        listed=Count("pk", filter=Q(listed_at__isnull=False)),
        listed_bytes=Sum("size_bytes", filter=Q(listed_at__isnull=False), default=0),
        leaving_next=Min("delete_by", filter=Q(listed_at__isnull=False)),
        leaving_last=Max("delete_by", filter=Q(listed_at__isnull=False)),
        objected=Count("pk", filter=Q(objected_until__gt=at)),
        on_hold=Count("pk", filter=Q(hold_count__gt=0)),
        quarantined=Count("pk", filter=Q(state=Recording.State.QUARANTINED)),
        late=Count("pk", filter=late),
        late_to_approve=Count("pk", filter=late & Q(needs_approval=True, approved_at=None)),
    )
    reasons: Counter[str] = Counter()
    in_quarantine = mine.filter(state=Recording.State.QUARANTINED).order_by().values_list("quarantine_reasons")
    for codes, count in in_quarantine.annotate(count=Count("pk")):
        reasons.update(dict.fromkeys(codes, count))
    destroyed = Certificate.objects.visible_to(actor).filter(destroyed_at__gt=at - timedelta(days=7))
    absent = ObjectRemoval.objects.filter(absent_at=None).values("recording_id")
    gone = destroyed.aggregate(all=Count("pk"), read_back=Count("pk", filter=~Q(recording_id__in=absent)))
    return Figures(
        at=at,
        **counted,
        to_approve=to_approve(actor, at).count(),
        matters=LegalHold.objects.visible_to(actor).in_force().count(),
        quarantined_by_reason=dict(reasons.most_common()),
        destroyed_7_days=gone["all"],
        read_back=gone["read_back"],
    )


def _midnight(at: datetime) -> datetime:
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
