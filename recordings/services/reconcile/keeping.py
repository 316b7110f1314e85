"""What was acknowledged is there: its object, of the right length, and its key; and a call is here once."""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from recordings import keys
from recordings.domain.errors import StoreUnavailable
from recordings.models import Certificate, Recording, RecordingKey
from recordings.store import store
from recordings.store.pieces import PIECE_BYTES
from trail.invariants import Problem, check

AT_ONCE = 1_000


@check(1)
def rows_without_object(at: datetime) -> Iterator[Problem]:
    """Each recording with audio has its object, as long as what was sealed. What is in it, fixity reads."""
    rows = Recording.objects.filter(object_key__isnull=False).values_list("pk", "object_key", "size_bytes")
    for pk, object_key, size_bytes in rows.iterator(chunk_size=AT_ONCE):
        try:
            there = store().head(str(object_key))
        except StoreUnavailable as error:
            yield Problem("not_looked_at", str(pk), str(error))
            return
        if there is None:
            yield Problem("row_without_object", str(pk), "The audio of this recording is not in the store.")
        elif there != sealed_length(size_bytes or 0):
            yield Problem("object_of_other_length", str(pk), "The stored audio is not as long as what was stored.")


def sealed_length(size_bytes: int) -> int:
    """Bytes that so much audio takes once it is sealed: each piece adds its nonce and its tag. 0 bytes: one piece."""
    pieces = max(1, -(-size_bytes // PIECE_BYTES))
    return size_bytes + pieces * keys.SEAL_OVERHEAD


@check(1)
def rows_without_key(at: datetime) -> Iterator[Problem]:
    keyless = Recording.objects.filter(~Exists(RecordingKey.objects.filter(recording=OuterRef("pk"))))
    for pk in keyless.values_list("pk", flat=True):
        yield Problem("row_without_key", str(pk), "The key of this recording is gone, and no certificate says so.")


@check(1)
def states_that_cannot_be(at: datetime) -> Iterator[Problem]:
    """What is stored has audio, and whoever awaits it has none."""
    lacks = Q(state=Recording.State.STORED) & (Q(object_key=None) | Q(sha256=None) | Q(size_bytes=None))
    awaits = Q(state=Recording.State.AWAITING_AUDIO, object_key__isnull=False)
    for pk, state in Recording.objects.filter(lacks | awaits).values_list("pk", "state"):
        yield Problem("state_contradicts_audio", str(pk), f"Its state is {state}, and its audio says otherwise.")


@check(7, 6)
def here_and_destroyed(at: datetime) -> Iterator[Problem]:
    """No call is kept under one id and certified as destroyed under another."""
    if not Certificate.objects.exists():
        return
    rows = Recording.objects.values_list("pk", "source", "external_id").iterator(chunk_size=AT_ONCE)
    digests: dict[bytes, str] = {}
    for pk, source, external_id in rows:
        digests[keys.origin_digest(source, external_id)] = str(pk)
        if len(digests) == AT_ONCE:
            yield from _destroyed_before(digests)
            digests = {}
    yield from _destroyed_before(digests)


def _destroyed_before(digests: dict[bytes, str]) -> Iterator[Problem]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT origin_digest, recording_id FROM recordings_certificate WHERE origin_digest = ANY(%s)",
            [list(digests)],
        )
        for digest, gone in cursor.fetchall():
            if str(gone) != (here := digests[bytes(digest)]):
                yield Problem("destroyed_call_came_again", here, f"The same call was destroyed as {gone}.")
