"""What the beat rings for in this room. Each may come twice, at once, or not at all: the database says what is due."""

import logging
import time

from celery import shared_task
from django.conf import settings
from django.db import OperationalError
from django.utils import timezone

from recordings import gate
from recordings.domain.errors import (
    DispositionStopped,
    KeysUnavailable,
    LedgerUnavailable,
    ReplayRefused,
    StoreUnavailable,
)
from recordings.ledger.replaying import replay
from recordings.ledger.settling import settle
from recordings.services.alone import alone
from recordings.services.arrivals import flag_awaiting
from recordings.services.closing import remove_closed_copies
from recordings.services.disposition import list_due, purge_batch
from recordings.services.disposition.early import destroy_early
from recordings.services.disposition.runs import tend_runs
from recordings.services.erasing import erase_due
from recordings.services.fetching import fetch_due
from recordings.services.holds import settle_holds as settle_unsettled
from recordings.services.imports.dropping import take_dropped
from recordings.services.imports.tidying import tidy_imports
from recordings.services.inbound import tidy_deliveries
from recordings.services.person_copies import make_due
from recordings.services.person_requests import flag_overdue, forget_people
from recordings.services.playback import end_sessions
from recordings.services.probe import probe_due
from recordings.services.redating import redate_for
from recordings.services.removals import object_removals
from recordings.services.renditions import evict_unused, render_due
from recordings.services.requests import forget_requests
from recordings.services.retention.cases import tend_cases
from recordings.services.retention.refusals import settle_refusals
from recordings.services.retention.triggers import count_due
from recordings.services.shortening import shorten_due
from recordings.services.storekeeping import fixity, locks, orphans, rotation
from recordings.services.working import work_due

logger = logging.getLogger(__name__)

LOOKED_EVERY, LOOKED_FOR = 15, 5.0  # seconds: how often the beat rings for fixity, and how long a look lasts
FETCHERS = 2  # workers that may wait for hosts elsewhere at once


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def dispose_due(*, batch_size: int = 2_000) -> None:
    """List what is due to be listed, destroy what is due to go, batch by batch, then remove its objects."""
    at = timezone.now()
    with alone("list_due") as mine:
        while mine and (listed := list_due(at=at, limit=batch_size)):
            logger.info("recordings listed for disposition", extra={"listed": listed, "as_of": at.isoformat()})
    try:
        while settled := destroy_early(at, limit=batch_size):
            logger.info("early disposals settled", extra={"settled": settled})
        while purged := purge_batch(at=at, limit=batch_size):
            logger.info("recordings destroyed", extra={"purged": purged, "as_of": at.isoformat()})
    except DispositionStopped as stopped:
        logger.error("disposition stopped", extra={"reasons": stopped.reasons})
    remove_objects(batch_size=batch_size)


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def settle_ledger() -> None:
    """Tell the disposition log how each deed ended; where the database was restored, do again what it lost."""
    at = timezone.now()
    try:
        settle(at)
        if gate.reason() and settings.REPLAY_BY_ITSELF:
            done = replay(at=at)
            logger.warning("disposition log replayed after a restore", extra=done.as_json())
    except ReplayRefused as refused:
        logger.error("restored, and the disposition log cannot be replayed", extra={"reasons": refused.reasons})
    except LedgerUnavailable as error:
        logger.error("disposition log unavailable", extra={"reason": str(error)})


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def remove_objects(*, batch_size: int = 2_000) -> None:
    """Remove and read back the objects of what was destroyed; then see which runs are through."""
    with alone("remove_objects") as mine:
        while mine and (absent := object_removals(at=timezone.now(), limit=batch_size)):
            logger.info("objects read back as absent", extra={"absent": absent})
    if ended := tend_runs(timezone.now()):
        logger.info("runs of disposition complete", extra={"runs": ended})


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def render_audio() -> None:
    """Make the playable forms that somebody waits for; remove those that nobody used for a month."""
    at = timezone.now()
    if made := render_due(at):
        logger.info("audio made playable", extra={"recordings": made})
    if gone := evict_unused(at):
        logger.info("unused playable forms removed", extra={"recordings": gone})


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def probe_audio() -> None:
    """Read the audio that came in and was not read yet. Workers share the work: each passes over the others' rows."""
    if read := probe_due(timezone.now()):
        logger.info("audio read", extra={"recordings": read})


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def work_deliveries() -> None:
    """Work what phone systems delivered, once each. Workers share it: each passes over the others' rows."""
    if worked := work_due(timezone.now()):
        logger.info("deliveries worked", extra={"deliveries": worked})


@shared_task(acks_late=True)
def take_dropped_files() -> None:
    """Take in what lies whole in the drop folders. Files that wait are the queue: the next ring goes on."""
    with alone("take_dropped_files") as mine:
        if mine and (settled := take_dropped(timezone.now())):
            logger.info("dropped files settled", extra={"files": settled})


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def fetch_audio() -> None:
    """Fetch the audio that lies elsewhere and is due; few at once, so that slow hosts hold up nothing else."""
    for lane in range(FETCHERS):
        with alone(f"fetch_audio {lane}") as mine:
            if mine:
                if tried := fetch_due(timezone.now()):
                    logger.info("audio fetched", extra={"recordings": tried})
                return


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def end_listening(*, batch_size: int = 200) -> None:
    """Write into the trail what was heard in sessions that are over."""
    at = timezone.now()
    while ended := end_sessions(at=at, limit=batch_size):
        logger.info("listening sessions ended", extra={"ended": ended})


@shared_task(acks_late=True)
def tidy_arrivals() -> None:
    """Flag calls whose audio is missing for a day; sweep what dead processes left in the store; forget old keys."""
    at = timezone.now()
    with alone("tidy_arrivals") as mine:
        if mine:
            done = {
                "flagged": flag_awaiting(at),
                "arrivals_cleared": orphans.clear_arrivals(at),
                "requests_forgotten": forget_requests(at),
                "deliveries_forgotten": tidy_deliveries(at),
                "imports_forgotten": tidy_imports(at),
            }
            logger.info("arrivals tidied", extra=done)


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def redate_recordings(*, seconds: float = 20.0) -> None:
    """Let dates come later where law or policy published since asks for it; the rest is for the next ring."""
    with alone("redate_recordings") as mine:
        if mine and (looked_at := redate_for(seconds=seconds)):
            logger.info("recordings looked at for later dates", extra={"looked_at": looked_at})


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def shorten_recordings(*, seconds: float = 20.0) -> None:
    """Count what was proposed to be shortened, and shorten what two people approved, batch by batch."""
    until = time.monotonic() + seconds
    with alone("shorten_recordings") as mine:
        while mine and time.monotonic() < until and (settled := shorten_due(at=timezone.now())):
            logger.info("shortenings went on", extra={"settled": settled})


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def work_person_requests() -> None:
    """Erase what two people let go, make the copies that were asked for, batch by batch."""
    at = timezone.now()
    with alone("work_person_requests") as mine:
        if not mine:
            return
        try:
            while settled := erase_due(at):
                logger.info("erasures settled", extra={"settled": settled})
        except DispositionStopped as stopped:
            logger.error("erasure stopped", extra={"reasons": stopped.reasons})
        while made := make_due(at):
            logger.info("copies made", extra={"made": made})
    remove_objects()


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def tend_person_requests() -> None:
    """Flag requests that are late, remove copies whose days are over, forget who asked long ago."""
    at, today = timezone.now(), timezone.localdate()
    with alone("tend_person_requests") as mine:
        if mine:
            done = {
                "overdue": flag_overdue(today, at),
                "copies_removed": remove_closed_copies(at),
                "forgotten": forget_people(today, at),
            }
            logger.info("requests of people tended", extra=done)


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def settle_holds() -> None:
    """Put under large holds what they reach, chunk by chunk, and let go of what released ones kept."""
    with alone("settle_holds") as mine:
        if mine and (moved := settle_unsettled()):
            logger.info("recordings put under holds or let go", extra={"recordings": moved})


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def carry_out_refusals() -> None:
    """Do what the decision said where somebody refused to be recorded, batch by batch."""
    with alone("carry_out_refusals") as mine:
        if not mine:
            return
        at, settled = timezone.now(), 0
        try:
            while count := settle_refusals(at):
                settled += count
        except DispositionStopped as stopped:
            logger.error("refusals wait", extra={"reasons": stopped.reasons})
    if settled:
        logger.info("refusals settled", extra={"settled": settled})
        remove_objects()


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def count_triggers(*, seconds: float = 20.0) -> None:
    """Count dates anew from what was told of all that match; the rest is for the next ring."""
    until = time.monotonic() + seconds
    with alone("count_triggers") as mine:
        while mine and time.monotonic() < until and (counted := count_due(at=timezone.now())):
            logger.info("dates counted anew", extra={"counted": counted})


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def tend_inbox() -> None:
    """Open, close and call late the cases of calls whose dates need a person."""
    with alone("tend_inbox") as mine:
        if mine and (changed := tend_cases(timezone.now())):
            logger.info("cases tended", extra={"changed": changed})


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def look_at_stored() -> None:
    """Read through the next of what is stored, a few seconds long, so that each is read once in a cycle."""
    with alone("look_at_stored") as mine:
        until, left = time.monotonic() + LOOKED_FOR, LOOKED_EVERY * settings.FIXITY_BYTES_PER_SECOND
        try:
            while mine and (seconds := until - time.monotonic()) > 0 and left > 0:
                looked = fixity.look(timezone.now(), seconds=seconds, most_bytes=left)
                if not looked.recordings:
                    break
                left -= looked.size_bytes
                if looked.failed:
                    logger.error("stored audio is not what was stored", extra={"recordings": looked.failed})
        except (StoreUnavailable, KeysUnavailable) as error:
            logger.error("stored audio cannot be looked at", extra={"reason": str(error)})


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def keep_store() -> None:
    """Compare the store with the rows once a day, remove what was set aside long enough, keep its locks in step."""
    at = timezone.now()
    with alone("keep_store") as mine:
        try:
            if mine and orphans.is_due(at):
                scan = orphans.scan(at)
                logger.info("store compared with the rows", extra={"unexplained": scan.unexplained})
            if mine and (gone := orphans.remove_set_aside(at)):
                logger.info("objects that nothing owned removed", extra={"objects": gone})
            while mine and locks.keep_locks(at):
                pass
        except StoreUnavailable as error:
            logger.error("the store cannot be looked after", extra={"reason": str(error)})


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=True, max_retries=8)
def rotate_keys(*, seconds: float = 20.0) -> None:
    """Go on wrapping keys anew where a rotation runs."""
    with alone("rotate_keys") as mine:
        try:
            if mine and (moved := rotation.go_on(timezone.now(), seconds=seconds)):
                logger.info("keys wrapped anew", extra={"keys": moved})
        except KeysUnavailable as error:
            logger.error("keys cannot be wrapped anew", extra={"reason": str(error)})
