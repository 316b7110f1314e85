"""Whether the machines live and may be trusted, for the card on Today. Asked at most every half minute."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import Max
from redis.exceptions import RedisError

from compliance_site import heartbeats
from compliance_site.health import queue_depth
from recordings.models import Certificate, ObjectRemoval
from recordings.services.trust import mistrust

REMEMBERED_SECONDS = 30
KEY = "callward:machine:mistrust"


@dataclass(frozen=True)
class Machine:
    """What the card shows. `reasons`: why Callward has stopped destroying, or what does not answer."""

    worker_at: datetime | None
    beat_at: datetime | None
    last_destroyed_at: datetime | None
    waiting: int | None  # messages in the broker; None: it does not answer
    to_remove: int  # objects whose absence is not yet read back
    reasons: list[str]

    @property
    def is_well(self) -> bool:
        return not self.reasons


def machine(now: datetime) -> Machine:
    worker, beat = _seen(heartbeats.WORKER, now), _seen(heartbeats.BEAT, now)
    stale = now - timedelta(seconds=heartbeats.STALE_SECONDS)
    reasons = [
        f"The {name} does not show itself: nothing is listed, drawn or destroyed until it runs again."
        for name, seen in (("worker", worker), ("beat", beat))
        if seen is None or seen < stale
    ]
    return Machine(
        worker_at=worker,
        beat_at=beat,
        last_destroyed_at=Certificate.objects.aggregate(last=Max("destroyed_at"))["last"],
        waiting=queue_depth(),
        to_remove=ObjectRemoval.objects.filter(absent_at=None).count(),
        reasons=[*reasons, *_mistrust()],
    )


def _seen(part: str, now: datetime) -> datetime | None:
    try:
        age = heartbeats.age_seconds(part)
    except RedisError:
        return None
    return None if age is None else now - timedelta(seconds=age)


def _mistrust() -> list[str]:
    """Clock, keys and store, tried for real; remembered, because trying writes to the store."""
    try:
        known: list[str] | None = cache.get(KEY)
        if known is None:
            known = mistrust()
            cache.set(KEY, known, REMEMBERED_SECONDS)
    except RedisError:
        return ["The broker does not answer."]
    return known
