"""Idempotency keys: a request that is sent again has the effect of once; while it runs, the second is told so."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from recordings import keys
from recordings.domain.errors import RequestKeyReused, RequestStillRunning
from recordings.models import SeenRequest

REMEMBERED = timedelta(days=7)


def running(client_id: UUID | None, key: str) -> AbstractContextManager[None]:
    """Hold the key while the request runs; without one there is nothing to hold. Raises RequestStillRunning.

    A session's advisory lock, not a row: it ends with its process, so a killed request never blocks its repetition.
    """
    return _locked(f"{client_id}/{key}") if key else nullcontext()


@contextmanager
def _locked(name: str) -> Iterator[None]:
    number = int.from_bytes(keys.blind_index("request", name)[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        if not cursor.fetchone()[0]:
            raise RequestStillRunning
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number])


def seen(client_id: UUID | None, key: str, body_digest: bytes) -> SeenRequest | None:
    """The earlier request with this key and this body; None: it is new. Raises RequestKeyReused: another body."""
    found = SeenRequest.objects.filter(client_id=client_id, key=key).first()
    if found is not None and bytes(found.body_digest) != body_digest:
        raise RequestKeyReused
    return found


def forget_requests(at: datetime) -> int:
    """Keys are remembered for a week; how many were forgotten."""
    return SeenRequest.objects.filter(seen_at__lt=at - REMEMBERED).delete()[0]
