"""Whether Callward may destroy at all. What cannot be trusted stops it, and says why."""

from collections.abc import Callable
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from recordings import keys
from recordings.domain.errors import DispositionStopped, KeysUnavailable, StoreFull, StoreUnavailable
from recordings.ledger import clock, place, state
from recordings.store import is_ready
from trail.models import Event

CLOCKS_MAY_DIFFER = timedelta(seconds=60)  # host against database, and now against the trail's last event
PROBE = b"callward: may these keys be trusted?"


def assert_trusted() -> None:
    """Raises DispositionStopped, with every reason."""
    if reasons := mistrust():
        raise DispositionStopped(reasons)


def mistrust() -> list[str]:
    """Why nothing may be destroyed now, in sentences; empty where all is well."""
    checks: tuple[Callable[[], list[str]], ...] = (_clock, _keys, _store, _ledger)
    return [reason for check in checks for reason in check()]


def _clock() -> list[str]:
    here = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        there = cursor.fetchone()[0]
    last = Event.objects.order_by("-sequence").values_list("occurred_at", flat=True).first()
    reasons = []
    if abs(here - there) > CLOCKS_MAY_DIFFER:
        reasons.append(f"The clocks of this machine and of the database differ by {abs(here - there)}. Set them right.")
    if last is not None and last - here > CLOCKS_MAY_DIFFER:
        reasons.append(
            f"The trail's last event is from {last:%Y-%m-%d %H:%M:%S} UTC, which is still to come: the clock went back."
        )
    return reasons + clock.reasons(here)


def _keys() -> list[str]:
    try:
        signature, key_id = keys.sign(PROBE)
        if keys.verify(PROBE, signature, key_id):
            return []
    except KeysUnavailable as error:
        return [str(error)]
    return ["The signing key does not verify what it signs. Put the right KEYSET back."]


def _store() -> list[str]:
    """Ours, and it returns what is written to it. A full one is emptied by destroying, so it stops nothing."""
    try:
        return place.reasons() or ([] if is_ready() else ["The audio store does not return what was written to it."])
    except StoreFull:
        return []
    except StoreUnavailable as error:
        return [str(error)]


def _ledger() -> list[str]:
    """Neither is the database older than the disposition log, nor the log shorter than the database remembers."""
    return state.look()
