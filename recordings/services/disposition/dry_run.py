"""What would be destroyed now, and what would stay and why. Nothing is changed."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, Sum, Value
from django.db.models.lookups import GreaterThan

from accounts.permissions import lines_of
from recordings.domain.brakes import brake_of_run
from recordings.models import Recording
from recordings.models.queries import RecordingQuerySet
from recordings.services.disposition.pause import pause_in_force
from recordings.services.disposition.runs import usual_count
from recordings.services.trust import mistrust
from trail.domain.actors import Actor

STAYS = {  # why something whose day has come stays: in this order, each recording counted once
    "held": "Kept by a legal hold",
    "conflict": "Its rules contradict each other; a person decides",
    "objected": "Somebody objects",
    "minimum": "A minimum runs",
    "unapproved": "Wants a person's approval",
    "unlisted": "Not on the disposition list yet",
    "cooling": "On the list, and cooling",
}


@dataclass(frozen=True)
class DryRun:
    """What a purge at `at` would do, as far as the asker sees: numbers, bytes, and the first of the list."""

    at: datetime
    count: int
    size_bytes: int
    by_line: list[dict[str, Any]]  # {"line", "count", "bytes"}
    stays: dict[str, int]  # of those whose day has come: a key of STAYS → how many
    stopped: list[str]  # why nothing at all would go now, in sentences
    brake: str  # "", count or median: the brake would stop it first
    rows: RecordingQuerySet = field(repr=False)

    def as_json(self, most: int = 1_000) -> dict[str, Any]:
        """Plain values; `recordings` names the first `most`."""
        listed = self.rows.order_by("delete_by", "pk").values_list("pk", "delete_by", "size_bytes")[:most]
        return {
            "at": self.at.isoformat(),
            "would_destroy": self.count,
            "bytes": self.size_bytes,
            "by_line_of_business": self.by_line,
            "stays": {key: {"count": count, "because": STAYS[key]} for key, count in self.stays.items()},
            "stopped": self.stopped,
            "brake": self.brake,
            "recordings": [
                {"id": str(pk), "delete_by": delete_by.isoformat(), "bytes": size} for pk, delete_by, size in listed
            ],
        }


def dry_run(at: datetime, *, actor: Actor) -> DryRun:
    """Three queries over what is due, whatever its number; nothing is locked or written."""
    mine = Recording.objects.visible_to(actor)
    goes = mine.to_destroy(at)
    lines = goes.order_by("line_of_business__code").values("line_of_business__code")
    by_line = [
        {"line": row["line_of_business__code"], "count": row["count"], "bytes": row["bytes"]}
        for row in lines.annotate(count=Count("pk"), bytes=Sum("size_bytes", default=0))
    ]
    serious = goes.filter(line_of_business__is_demo=False).count()
    sees_all = lines_of(actor) is None
    return DryRun(
        at=at,
        count=sum(row["count"] for row in by_line),
        size_bytes=sum(row["bytes"] for row in by_line),
        by_line=by_line,
        stays=_stays(mine.expired(at), at),
        stopped=_stopped(),
        brake=brake_of_run(serious, most=settings.DISPOSITION_BRAKE, usual=usual_count(at)) if sees_all else "",
        rows=goes,
    )


def _stays(expired: RecordingQuerySet, at: datetime) -> dict[str, int]:
    cooling = ExpressionWrapper(F("cooling_seconds") * Value(timedelta(seconds=1)), output_field=DurationField())
    asked = {
        "held": Q(hold_count__gt=0),
        "conflict": Q(quarantine_reasons__contains=["retention_conflict"]),
        "objected": Q(objected_until__gt=at),
        "minimum": Q(keep_until__gt=at),
        "unapproved": Q(needs_approval=True, approved_at=None),
        "unlisted": Q(listed_at=None),
        "cooling": Q(GreaterThan(F("listed_at") + cooling, at)),
    }
    filters, before = {}, Q()
    for name, holds in asked.items():
        filters[name] = Count("pk", filter=before & holds)
        before &= ~holds
    found: dict[str, int] = expired.order_by().aggregate(**filters)
    return {name: count for name, count in found.items() if count}


def _stopped() -> list[str]:
    paused = pause_in_force()
    since = [f"A person paused destruction on {paused.paused_at:%Y-%m-%d at %H:%M} UTC."] if paused else []
    return since + mistrust()
