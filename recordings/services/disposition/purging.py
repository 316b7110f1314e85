"""What is due goes, batch by batch, with any number of workers at once, each with recordings of its own.

A worker first commits a claim that names its batch, then destroys it in a transaction in which the claim goes too. An
attempt that fails, or that kills its worker, leaves the claim: its recordings are tried again in parts, until the one
that resists stands alone. It waits longer and longer and is set aside at last; what lies behind it goes its way.
"""

import logging
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction

import trail.services as trail
from recordings.domain.errors import DispositionStopped, KeysUnavailable, StoreUnavailable
from recordings.models import DispositionRun, PurgeClaim, Recording
from recordings.models.queries import many
from recordings.services.disposition.ending import destroy
from recordings.services.disposition.pause import pause_in_force
from recordings.services.disposition.runs import due, left_of, run_for
from recordings.services.holds import join_claimed
from trail.domain.actors import CALLWARD

logger = logging.getLogger(__name__)

PARTS_OF_A_FAILURE = 10
MOST_ATTEMPTS = 8  # of one recording alone; then it is set aside
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
FAILURES_IN_A_ROW = 20  # then it is not one recording that resists, and the next ring goes on
CLAIMING = int.from_bytes(b"claims d")  # names an advisory lock: who claims sees what all others have claimed
UNTOLD = (  # what no certificate tells; to read thousands of them took as long as to sign them
    "metadata_digest",
    "quarantine_reasons",
    "flagged_at",
    "facts",
    "purposes",
    "sealed_names",
    "known_triggers",
    "created_at",
    "stored_at",
)
NOT_ONE_RECORDING = (DispositionStopped, OperationalError, KeysUnavailable, StoreUnavailable)


def purge_batch(*, at: datetime, limit: int = 200) -> int:
    """Destroy up to `limit` recordings that are due at `at`; how many. 0: there is nothing more to do now.

    Nothing goes while a person has paused it or the brake asks. Raises DispositionStopped: clock, keys, store or trail
    cannot be trusted.
    """
    if pause_in_force():
        return 0
    _recover(at)
    for is_demo in (False, True):
        run = run_for(at=at, is_demo=is_demo)
        if run is not None and (destroyed := _purge(run, at, limit)):
            return destroyed
    return 0


def _purge(run: DispositionRun, at: datetime, limit: int) -> int:
    """The next batch of this run that goes. Failed attempts are put aside for later on the way to it."""
    failures = 0
    while claim := _claim(run, at, limit):
        try:
            if destroyed := _destroy(claim, min(run.as_of, at), at, run):
                return destroyed
        except NOT_ONE_RECORDING:
            PurgeClaim.objects.filter(pk=claim.pk, attempts=1).delete()
            raise
        except Exception as error:
            logger.exception("a batch could not be destroyed", extra={"run": str(run.pk), "claim": claim.pk})
            failures += 1
            _put_back(claim, f"{type(error).__name__}: it could not be destroyed. The log has the whole of it.", at)
            if failures == FAILURES_IN_A_ROW:
                raise
    return 0


@transaction.atomic(durable=True)
def _claim(run: DispositionRun, at: datetime, limit: int) -> PurgeClaim | None:
    """A claim of this session: of an earlier attempt whose time has come, or of recordings that nobody has claimed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CLAIMING])
        cursor.execute("SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()")
        mine = dict(zip(("backend_pid", "backend_start"), cursor.fetchone(), strict=True))
    if waiting := run.claims.waiting(at).order_by("next_attempt_at", "pk").first():
        waiting.attempts, waiting.backend_pid, waiting.backend_start = waiting.attempts + 1, *mine.values()
        waiting.save(update_fields=["attempts", *mine])
        return waiting
    free = due(min(run.as_of, at), is_demo=run.is_demo).unclaimed()
    ids = list(free.claimed(max(0, min(limit, left_of(run)))).values_list("pk", flat=True))
    return PurgeClaim.objects.create(run=run, recording_ids=ids, next_attempt_at=at, **mine) if ids else None


def _recover(at: datetime) -> None:
    """Claims whose session is gone, or is this one, which is done with what it tried before: those attempts failed."""
    lost = PurgeClaim.objects.filter(backend_pid__isnull=False).extra(
        where=[
            "(backend_pid = pg_backend_pid() OR NOT EXISTS (SELECT 1 FROM pg_stat_activity session WHERE"
            " session.pid = backend_pid AND session.backend_start = recordings_purgeclaim.backend_start))"
        ]
    )
    for claim in lost:
        _put_back(claim, "The worker that tried it ended before it was through.", at)


@transaction.atomic(durable=True)
def _destroy(claim: PurgeClaim, due_by: datetime, at: datetime, run: DispositionRun) -> int:
    """Destroy what is claimed and is still due, judged anew on the locked rows. The claim goes in the same commit.

    Rows that somebody else has locked are passed over; a row whose hold committed meanwhile is seen as held.
    """
    rows = Recording.objects.to_destroy(due_by).filter(pk__in=many(claim.recording_ids)).defer(*UNTOLD)
    locked = list(rows.select_for_update(skip_locked=True, of=("self",)).order_by("pk"))
    kept = join_claimed([recording.pk for recording in locked])
    if doomed := [recording for recording in locked if recording.pk not in kept]:
        destroy(doomed, at, run=run)
    PurgeClaim.objects.filter(pk=claim.pk).delete()
    return len(doomed)


@transaction.atomic
def _put_back(claim: PurgeClaim, error: str, at: datetime) -> None:
    """Let the recordings of a failed attempt be tried again: many in parts at once, one alone after a while."""
    ids = claim.recording_ids
    tried = PurgeClaim.objects.filter(pk=claim.pk, backend_pid=claim.backend_pid)  # else somebody put it back before
    alone = tried.select_for_update().first()
    if alone is None:
        return
    if len(ids) > 1:
        size = -(-len(ids) // PARTS_OF_A_FAILURE)
        alone.delete()
        PurgeClaim.objects.bulk_create(
            PurgeClaim(
                run_id=claim.run_id,
                recording_ids=ids[begin : begin + size],
                attempts=0,
                next_attempt_at=at,
                last_error=error,
            )
            for begin in range(0, len(ids), size)
        )
        return
    alone.backend_pid, alone.backend_start, alone.last_error = None, None, error
    alone.next_attempt_at = at + min(FIRST_WAIT * 2 ** min(alone.attempts, 20), LONGEST_WAIT)
    if alone.attempts >= MOST_ATTEMPTS:
        alone.set_aside_at = at
        run = DispositionRun(pk=alone.run_id)
        trail.append("run.set_aside", actor=CALLWARD, subject=run, attempts=alone.attempts, recording=str(ids[0]))
    alone.save()
