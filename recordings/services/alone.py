"""One worker at a time for a job that the beat rings for again and again. Safety never hangs on it; it saves work."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def alone(job: str) -> Iterator[bool]:
    """Whether this process has the job; False where another has it. A session's lock, so it ends with its process."""
    number = int.from_bytes(hashlib.sha256(f"callward job {job}".encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number])
