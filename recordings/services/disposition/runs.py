"""Runs: what falls due together goes together, asks where it is too much, and ends once all of it is seen gone."""

from collections import defaultdict
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Q, Sum

import trail.services as trail
from accounts.permissions import Act, demand
from recordings.domain.brakes import brake_of_run
from recordings.domain.errors import CountChanged, RunNotFound, RunNotMovable
from recordings.models import DestructionBatch, DispositionRun, ObjectRemoval, PurgeClaim, Recording
from recordings.models.queries import RecordingQuerySet
from recordings.services.disposition.manifests import signed_manifest
from recordings.services.trust import assert_trusted
from trail.domain.actors import CALLWARD, Actor

State = DispositionRun.State
USUAL_OVER = timedelta(days=30)
GATHERING = int.from_bytes(b"runs fwd")  # names an advisory lock: one worker at a time begins or widens a run


def due(at: datetime, *, is_demo: bool) -> RecordingQuerySet:
    """What may be destroyed at `at`, of serious lines or of those of a demonstration: they make runs apart."""
    return Recording.objects.to_destroy(at).filter(line_of_business__is_demo=is_demo)


def run_for(*, at: datetime, is_demo: bool) -> DispositionRun | None:
    """The run that may destroy now; begun, or widened where it is through and more fell due.

    None: nothing is due, or the brake holds it until a person has answered. Raises DispositionStopped.
    """
    run = DispositionRun.objects.open().filter(is_demo=is_demo).first()
    has_more = run is not None and _has_more(run, at)
    if not has_more and not due(at, is_demo=is_demo).unclaimed().exists():
        return None
    if run is not None and run.state == State.ASKING:
        return None
    assert_trusted()  # before anything is written: a new event would hide that the clock went back
    if not has_more:
        run = _gather(at, is_demo=is_demo)
    return None if run is None or run.state == State.ASKING else run


def _has_more(run: DispositionRun, at: datetime) -> bool:
    """Whether there is still something to do of what it counted. What waits for another attempt is something."""
    if run.claims.waiting(at).exists():
        return True
    return left_of(run) > 0 and due(min(run.as_of, at), is_demo=run.is_demo).unclaimed().exists()


def left_of(run: DispositionRun) -> int:
    """How many of those that it counted nobody has claimed or destroyed. More than it counted do not go by it."""
    destroyed = DestructionBatch.objects.filter(run=run).aggregate(all=Sum("size", default=0))["all"]
    return run.due_count - int(destroyed) - sum(len(ids) for ids in run.claims.values_list("recording_ids", flat=True))


@transaction.atomic
def _gather(at: datetime, *, is_demo: bool) -> DispositionRun | None:
    """Count what is due at `at` into the open run, or into a new one; the brake judges all of it together."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [GATHERING])
    run = DispositionRun.objects.open().filter(is_demo=is_demo).select_for_update().first()
    waits = _by_line(due(at, is_demo=is_demo))
    if not waits or (run is not None and _has_more(run, at)):
        return run  # or another worker has counted them a moment ago
    is_new = run is None
    run = run or DispositionRun(is_demo=is_demo, began_at=at, as_of=at)
    run.done = _done(run)
    run.due, run.as_of = _added(run.done, waits), max(run.as_of, at)
    run.lines = sorted({*run.lines, *(UUID(line) for line in run.due)})
    _brake(run, at)
    run.save(force_insert=is_new)
    if is_new:
        trail.append("run.began", actor=CALLWARD, subject=run, recordings=run.due_count)
    if run.state == State.ASKING and run.asked_at == at:
        trail.append("run.asked", actor=CALLWARD, subject=run, recordings=run.asks_count, because=run.asks_because)
    return run


def _brake(run: DispositionRun, at: datetime) -> None:
    """Stop and ask, where so many were not allowed before. A demonstration destroys what it likes."""
    usual = usual_count(at)
    because = "" if run.is_demo else brake_of_run(run.due_count, most=settings.DISPOSITION_BRAKE, usual=usual)
    if because and run.due_count > (run.allowed_count or 0):
        run.state, run.asked_at, run.asks_because = State.ASKING, at, because
        run.asks_count, run.usual_count = run.due_count, None if usual is None else round(usual)


def usual_count(at: datetime) -> float | None:
    """The median number of the complete runs that began in the last 30 days; None: there were none."""
    runs = DispositionRun.objects.filter(state=State.COMPLETE, is_demo=False, began_at__gt=at - USUAL_OVER)
    counts = [run.done_count for run in runs.only("done") if run.done_count]
    return float(median(counts)) if counts else None


def _by_line(rows: RecordingQuerySet) -> dict[str, dict[str, int]]:
    found = rows.order_by().values("line_of_business").annotate(count=Count("pk"), bytes=Sum("size_bytes", default=0))
    return {str(line["line_of_business"]): {"count": line["count"], "bytes": line["bytes"]} for line in found}


def _done(run: DispositionRun) -> dict[str, dict[str, int]]:
    """What its batches destroyed, by line."""
    return _added(*DestructionBatch.objects.filter(run_id=run.pk).values_list("by_line", flat=True))


def _added(*counted: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    total: dict[str, dict[str, int]] = defaultdict(lambda: {"count": 0, "bytes": 0})
    for lines in counted:
        for line, figures in lines.items():
            total[line]["count"] += figures["count"]
            total[line]["bytes"] += figures["bytes"]
    return dict(total)


# --- what a person says


def find_run(run_id: UUID, actor: Actor) -> DispositionRun:
    """Raises RunNotFound: wrong and foreign alike."""
    run = DispositionRun.objects.visible_to(actor).filter(pk=run_id).first()
    if run is None:
        raise RunNotFound
    return run


@transaction.atomic
def let_run_go_on(*, run_id: UUID, confirmed: int, actor: Actor, at: datetime) -> DispositionRun:
    """Answer the brake with the number that was read and typed. Who answers sees every line of the run.

    Raises NotAllowed, RunNotFound, RunNotMovable: the brake does not hold it; CountChanged: another number is asked.
    """
    demand(actor, Act.APPROVE_DISPOSITION)
    run = DispositionRun.objects.wholly_visible_to(actor).select_for_update().filter(pk=run_id).first()
    if run is None:
        raise RunNotFound
    if run.state != State.ASKING or run.asks_count is None:
        raise RunNotMovable("The brake does not hold this run. Somebody has answered it, or it is complete.")
    if confirmed != run.asks_count:
        raise CountChanged(confirmed, run.asks_count)
    run.state, run.allowed_count, run.answered_at = State.RUNNING, confirmed, at
    run.answered_by_kind, run.answered_by_id = actor.actor_kind, actor.actor_id
    run.save(update_fields=["state", "allowed_count", "answered_at", "answered_by_kind", "answered_by_id"])
    trail.append("run.let_go_on", actor=actor, subject=run, recordings=confirmed)
    return run


@transaction.atomic
def try_again(*, run_id: UUID, actor: Actor, at: datetime) -> int:
    """Try at once what was set aside or waits for its next attempt, recordings and objects; how many.

    Raises NotAllowed, RunNotFound.
    """
    demand(actor, Act.APPROVE_DISPOSITION)
    run = DispositionRun.objects.wholly_visible_to(actor).filter(pk=run_id).first()
    if run is None:
        raise RunNotFound
    claims = run.claims.failing().update(set_aside_at=None, attempts=1, next_attempt_at=at)
    objects = run.removals.filter(absent_at=None, attempts__gt=0).update(next_attempt_at=at)
    trail.append("run.tried_again", actor=actor, subject=run, recordings=claims, objects=objects)
    return claims + objects


# --- how it stands


def tend_runs(at: datetime) -> int:
    """Look at each open run: how far it is, whether something resists, whether it is complete; how many ended."""
    ended = 0
    for pk in DispositionRun.objects.open().values_list("pk", flat=True):
        ended += _tend(pk, at)
    return ended


@transaction.atomic
def _tend(run_id: UUID, at: datetime) -> int:
    run = DispositionRun.objects.open().select_for_update(skip_locked=True).filter(pk=run_id).first()
    if run is None:
        return 0
    before = (run.state, run.done, run.read_back_count, run.waiting_count, run.failing_count)
    run.done = _done(run)
    _count_objects(run)
    if run.state != State.ASKING:
        run.state = State.INCOMPLETE if run.failing_count else State.RUNNING
        if run.state == State.INCOMPLETE and before[0] != State.INCOMPLETE:
            trail.append("run.incomplete", actor=CALLWARD, subject=run, failing=run.failing_count)
    if not run.failing_count and not run.waiting_count and not _has_anything(run):
        _complete(run, at)
    elif before == (run.state, run.done, run.read_back_count, run.waiting_count, run.failing_count):
        return 0
    run.save()
    return int(run.state == State.COMPLETE)


def _count_objects(run: DispositionRun) -> None:
    """Objects seen to be absent and to be seen; what resists: recordings that fail alone, objects that stayed."""
    objects = ObjectRemoval.objects.filter(run=run).aggregate(
        absent=Count("pk", filter=Q(absent_at__isnull=False)),
        waiting=Count("pk", filter=Q(absent_at=None)),
        failing=Count("pk", filter=Q(absent_at=None) & ~Q(last_error="")),
    )
    resist = run.claims.failing().filter(recording_ids__len=1).exclude(last_error="").count()
    run.read_back_count, run.waiting_count = objects["absent"], objects["waiting"]
    run.failing_count = objects["failing"] + resist


def _has_anything(run: DispositionRun) -> bool:
    return PurgeClaim.objects.filter(run=run).exists() or due(run.as_of, is_demo=run.is_demo).exists()


def _complete(run: DispositionRun, at: datetime) -> None:
    """All of it is gone and seen to be gone: its manifest is signed, and it never changes again."""
    run.state, run.ended_at = State.COMPLETE, at
    run.manifest = signed_manifest(run)
    facts: dict[str, Any] = {"destroyed": run.done_count, "read_back": run.read_back_count}
    trail.append("run.completed", actor=CALLWARD, subject=run, **facts)
