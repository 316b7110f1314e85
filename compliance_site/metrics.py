"""What a machine that watches should know: what is due, late, held or waiting, read anew at each scrape."""

import time
from collections.abc import Callable

from django.db.models import Count, Max
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from redis.exceptions import RedisError

from audits.models import Assignment, Finding
from compliance_site import heartbeats
from compliance_site.health import queue_depth
from recordings.models import (
    Certificate,
    DestructionBatch,
    DispositionPause,
    DispositionRun,
    IntegrityIncident,
    LegalHold,
    ObjectRemoval,
    PurgeClaim,
    Recording,
    StoreScan,
)
from trail.models import Event

# name: (what it says, how it is read)
GAUGES: dict[str, tuple[str, Callable[[], float]]] = {
    "callward_recordings_late": (
        "Readable after their delete-by date though nothing holds them. There must be none.",
        lambda: Recording.objects.late(timezone.now()).count(),
    ),
    "callward_recordings_held": (
        "Under a legal hold.",
        lambda: Recording.objects.filter(hold_count__gt=0).count(),
    ),
    "callward_recordings_listed": (
        "On the disposition list, before their destruction.",
        lambda: Recording.objects.exclude(listed_at=None).count(),
    ),
    "callward_holds_in_force": ("Legal holds in force.", lambda: LegalHold.objects.in_force().count()),
    "callward_certificates": ("Certificates of destruction.", lambda: Certificate.objects.count()),
    "callward_last_destruction_timestamp_seconds": (
        "When a batch was last destroyed; 0: never.",
        lambda: _instant(DestructionBatch.objects.aggregate(last=Max("destroyed_at"))["last"]),
    ),
    "callward_object_removals_waiting": (
        "Audio of destroyed recordings that was not yet seen to be absent.",
        lambda: ObjectRemoval.objects.filter(absent_at=None).count(),
    ),
    "callward_object_removals_failing": (
        "Of these, those that were tried and failed.",
        lambda: ObjectRemoval.objects.filter(absent_at=None, attempts__gt=0).count(),
    ),
    "callward_disposition_runs_incomplete": (
        "Runs of which something resists. There must be none.",
        lambda: DispositionRun.objects.filter(state=DispositionRun.State.INCOMPLETE).count(),
    ),
    "callward_disposition_runs_asking": (
        "Runs that the brake stopped before anything more went.",
        lambda: DispositionRun.objects.filter(state=DispositionRun.State.ASKING).count(),
    ),
    "callward_recordings_set_aside": (
        "Recordings that could not be destroyed after many attempts.",
        lambda: PurgeClaim.objects.exclude(set_aside_at=None).count(),
    ),
    "callward_disposition_paused": (
        "1 while a person has paused destruction.",
        lambda: DispositionPause.objects.filter(resumed_at=None).count(),
    ),
    "callward_integrity_incidents_open": (
        "Recordings whose stored audio is not what was stored. There must be none.",
        lambda: IntegrityIncident.objects.open().count(),
    ),
    "callward_store_unexplained_bytes": (
        "Bytes in the store that nothing owns, as of the last comparison. There must be none.",
        lambda: StoreScan.objects.exclude(finished_at=None).values_list("unexplained_bytes", flat=True).first() or 0,
    ),
    "callward_reviews_open": ("Assignments that wait for their review.", lambda: Assignment.objects.open().count()),
    "callward_reviews_overdue": (
        "Of these, those after their due date.",
        lambda: Assignment.objects.overdue(timezone.now()).count(),
    ),
    "callward_findings_open": ("Findings that nobody has closed.", lambda: Finding.objects.open().count()),
    "callward_trail_last_sequence": (
        "The number of the newest event; it only grows.",
        lambda: Event.objects.aggregate(last=Max("sequence"))["last"] or 0,
    ),
    "callward_queue_depth": (
        "Messages that wait in the broker for a worker; NaN: the broker does not answer.",
        lambda: _depth(),
    ),
    "callward_worker_heartbeat_age_seconds": (
        "Since the worker last showed itself; NaN: never, or nobody knows.",
        lambda: _age(heartbeats.WORKER),
    ),
    "callward_beat_heartbeat_age_seconds": (
        "Since a message of beat last went through broker and worker; NaN: never, or nobody knows.",
        lambda: _age(heartbeats.BEAT),
    ),
}


def exposition() -> tuple[bytes, str]:
    """The figures as Prometheus reads them, and their content type."""
    registry = CollectorRegistry()
    states = Gauge("callward_recordings", "Recordings by state.", ["state"], registry=registry)
    counted = dict(Recording.objects.order_by().values_list("state").annotate(Count("pk")))
    for state in Recording.State.values:
        states.labels(state=state).set(counted.get(state, 0))
    for name, (says, read) in GAUGES.items():
        Gauge(name, says, registry=registry).set(read())
    Gauge("callward_scrape_timestamp_seconds", "When these figures were read.", registry=registry).set(time.time())
    return generate_latest(registry), CONTENT_TYPE_LATEST


def _instant(at: object) -> float:
    return at.timestamp() if hasattr(at, "timestamp") else 0.0


def _depth() -> float:
    depth = queue_depth()
    return float("nan") if depth is None else depth


def _age(part: str) -> float:
    try:
        age = heartbeats.age_seconds(part)
    except RedisError:
        age = None
    return float("nan") if age is None else age
