"""A new wrapping key: every stored key is wrapped anew while work goes on, then the older wrapping keys may retire.

Audio is not encrypted again: only the few bytes that hold a recording's key change. A row opens under the key that
wrapped it, old or new, so a rotation may stop anywhere and go on later. An older key goes from the keyset only when no
row needs it any more and a day has passed, since an upload that began before keeps its key at its end.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models, transaction
from django.db.models import F
from psycopg import sql

import trail.services as trail
from recordings import keys, keyset_file
from recordings.domain.errors import KeyDoesNotFit, KeysUnavailable, RotationNotMovable
from recordings.models import (
    CallListEntry,
    ImportItem,
    ImportRun,
    IntakeDelivery,
    IntegrityIncident,
    KeyRotation,
    PersonCopy,
    PersonRequestKey,
    RecordingKey,
    TelephonySource,
)
from recordings.models.recordings import KEYS_RETIRE
from recordings.services.storekeeping import incidents
from trail.domain.actors import CALLWARD, Actor

AT_ONCE = 500
RETIRES_AFTER = timedelta(days=1)  # longer than any upload, and than any process keeps a key that it made
IN_A_KEY, IN_A_SEAL = 4, 1  # the byte at which the wrapping key is named


@dataclass(frozen=True)
class Wrapped:
    """A column that the keyset protects: the byte that begins the wrapping key's name, and how it is done anew."""

    model: type[models.Model]
    column: str
    at: int
    anew: Callable[[Any, bytes], bytes]

    @property
    def needing(self) -> sql.Composed:
        """What is not empty, and not under the key whose prefix is given. One parameter."""
        return sql.SQL("octet_length({0}) > 0 AND substring({0} FROM {1} FOR 5) <> %s").format(
            sql.Identifier(self.column), sql.Literal(self.at)
        )

    @property
    def names(self) -> dict[str, sql.Identifier]:
        pk = sql.Identifier(str(self.model._meta.pk and self.model._meta.pk.column))
        return {
            "table": sql.Identifier(self.model._meta.db_table),
            "pk": pk,
            "column": sql.Identifier(self.column),
        }


def sealed(label: str) -> Callable[[Any, bytes], bytes]:
    """How what the keyset itself sealed under `<label> <pk>` is sealed anew; a label without a place stands alone."""

    def anew(pk: Any, content: bytes) -> bytes:
        name = label.format(pk)
        return keys.seal_with_keyset(keys.unseal_with_keyset(content, name), name)

    return anew


WRAPPED: list[Wrapped] = [
    Wrapped(RecordingKey, "wrapped", IN_A_KEY, keys.wrapped_anew),
    Wrapped(PersonRequestKey, "wrapped", IN_A_KEY, keys.wrapped_anew),
    Wrapped(PersonCopy, "wrapped", IN_A_KEY, keys.wrapped_anew),
    Wrapped(TelephonySource, "sealed", IN_A_SEAL, sealed("source {}")),
    Wrapped(IntakeDelivery, "sealed", IN_A_SEAL, sealed("delivery {}")),
    Wrapped(ImportRun, "sealed_place", IN_A_SEAL, sealed("import place")),
    Wrapped(ImportItem, "sealed_name", IN_A_SEAL, sealed("import file")),
    Wrapped(CallListEntry, "sealed", IN_A_SEAL, sealed("call list entry")),
]


def begin(*, actor: Actor, at: datetime) -> KeyRotation:
    """Set a new wrapping key in place and begin to wrap anew; one that stands in place and was not worked, is worked.

    Raises RotationNotMovable: another still wraps, or KEYSET gives the keys and has no newer one.
    """
    if KeyRotation.objects.running().exists():
        raise RotationNotMovable("A rotation still wraps keys, and goes on by itself. Begin another when it ended.")
    is_worked = not needing(_primary()) or KeyRotation.objects.filter(prefix=_primary()).exists()
    if is_worked and not keyset_file.is_a_file():
        raise RotationNotMovable("KEYSET has no newer key. Set there what rotate_keys --document prints, then begin.")
    if is_worked:
        keyset_file.replace(keyset_file.with_newest_first(keyset_file.with_new_key(keyset_file.document())))
        keys.forget_keyset()
    return _begun(actor, at)


def go_on(at: datetime, *, seconds: float) -> int:
    """Wrap anew for up to so long; how many keys. Ends the rotation where none is left. Raises KeysUnavailable.

    What cannot be opened stays as it is, and is told: nothing is lost that was not lost before.
    """
    rotation = KeyRotation.objects.running().first()
    if rotation is None:
        return 0
    keys.look_again()
    if bytes(rotation.prefix) != _primary():
        raise KeysUnavailable("A rotation began with a key that this keyset does not have. Start with the right one.")
    until, moved, unopened = time.monotonic() + seconds, 0, 0
    for kind in WRAPPED:
        after: Any = None
        while time.monotonic() < until:
            batch = _batch(rotation, kind, after)
            _tell(kind, batch.unopened)
            moved, unopened = moved + batch.moved, unopened + len(batch.unopened)
            if batch.last is None:
                break
            after = batch.last
    if needing(bytes(rotation.prefix)) <= unopened:
        _end(rotation, unopened, at)
    return moved


def needing(prefix: bytes) -> int:
    """How many rows are under another key than this."""
    counts = [
        sql.SQL("(SELECT count(*) FROM {table} WHERE {needing})").format(**kind.names, needing=kind.needing)
        for kind in WRAPPED
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT ") + sql.SQL(" + ").join(counts), [prefix] * len(counts))
        return int(cursor.fetchone()[0])


def retire(*, actor: Actor, at: datetime) -> list[int]:
    """Take every older wrapping key out of use for good; their ids. What they wrapped opens never again.

    Raises RotationNotMovable: a row still needs one, a day has not passed, or there is none. The database refuses from
    then on whatever they wrapped; only after that commit are they taken out of the file.
    """
    primary = keyset_file.primary_id(keyset_file.document())
    rotation = KeyRotation.objects.order_by("-started_at").first()
    if rotation is None or bytes(rotation.prefix) != keyset_file.prefix_of(primary):
        raise RotationNotMovable("No rotation ended with the key that wraps now. Begin one with rotate_keys.")
    if rotation.state != KeyRotation.State.RETIRED:
        _assert_may_retire(rotation, older_ids(), at)
        _retire(rotation, older_ids(), actor, at)
    gone = [number for number in older_ids() if keyset_file.prefix_of(number).hex() in rotation.retired]
    if gone and keyset_file.is_a_file():
        keyset_file.replace(keyset_file.without(keyset_file.document(), gone))
        keys.forget_keyset()
    return gone


def older_ids() -> list[int]:
    """The wrapping keys of this keyset that wrap no more."""
    document = keyset_file.document()
    return [number for number in keyset_file.key_ids(document) if number != keyset_file.primary_id(document)]


def _primary() -> bytes:
    return keyset_file.prefix_of(keyset_file.primary_id(keyset_file.document()))


@transaction.atomic
def _begun(actor: Actor, at: datetime) -> KeyRotation:
    rotation = KeyRotation.objects.create(prefix=_primary(), started_at=at, total=needing(_primary()))
    trail.append("keys.rotated", actor=actor, subject=rotation, keys=rotation.total)
    return rotation


@dataclass(frozen=True)
class _Batch:
    """What became of some rows; `last` is where the next begin, None where there were none."""

    moved: int
    unopened: list[Any]
    last: Any


@transaction.atomic
def _batch(rotation: KeyRotation, kind: Wrapped, after: Any) -> _Batch:
    """The next rows behind `after`; what another transaction holds just now is passed over, for a later look."""
    rows = _claimed(kind, bytes(rotation.prefix), after)
    anew = [(pk, _anew(kind, pk, bytes(old))) for pk, old in rows]
    fresh = [(pk, content) for pk, content in anew if content is not None]
    if fresh:
        _write(kind, fresh)
        KeyRotation.objects.filter(pk=rotation.pk).update(done=F("done") + len(fresh))
    return _Batch(len(fresh), [pk for pk, content in anew if content is None], rows[-1][0] if rows else None)


def _claimed(kind: Wrapped, prefix: bytes, after: Any) -> list[tuple[Any, bytes]]:
    place = sql.SQL("AND {pk} > %s").format(**kind.names) if after is not None else sql.SQL("")
    query = sql.SQL(
        "SELECT {pk}, {column} FROM {table} WHERE {needing} {place} ORDER BY {pk} LIMIT {limit}"
        " FOR NO KEY UPDATE SKIP LOCKED"
    ).format(**kind.names, needing=kind.needing, place=place, limit=sql.Literal(AT_ONCE))
    with connection.cursor() as cursor:
        cursor.execute(query, [prefix, *([after] if after is not None else [])])
        return list(cursor.fetchall())


def _anew(kind: Wrapped, pk: Any, old: bytes) -> bytes | None:
    try:
        return kind.anew(pk, old)
    except (KeyDoesNotFit, KeysUnavailable):
        return None


def _tell(kind: Wrapped, unopened: Sequence[Any]) -> None:
    """After the batch, whose rows are let go by then: an incident locks the recording first."""
    for pk in unopened if kind.model is RecordingKey else ():
        incidents.report(pk, kind=incidents.Kind.KEY, found_by=IntegrityIncident.FoundBy.FIXITY)


def _write(kind: Wrapped, fresh: Sequence[tuple[Any, bytes]]) -> None:
    values = sql.SQL(", ").join([sql.SQL("(%s, %s)")] * len(fresh))
    query = sql.SQL(
        "UPDATE {table} SET {column} = fresh.content FROM (VALUES {values}) AS fresh (pk, content)"
        " WHERE {table}.{pk} = fresh.pk"
    ).format(**kind.names, values=values)
    with connection.cursor() as cursor:
        cursor.execute(query, [part for row in fresh for part in row])


@transaction.atomic
def _end(rotation: KeyRotation, unopened: int, at: datetime) -> None:
    ended = {"state": KeyRotation.State.WRAPPED, "wrapped_at": at, "unopened": unopened}
    if KeyRotation.objects.running().filter(pk=rotation.pk).update(**ended):
        rotation.refresh_from_db()
        trail.append("keys.wrapped", actor=CALLWARD, subject=rotation, keys=rotation.done)


@transaction.atomic
def _retire(rotation: KeyRotation, older: list[int], actor: Actor, at: datetime) -> None:
    """Nobody keeps a key meanwhile; whoever does so afterwards is refused what the older ones wrapped."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [KEYS_RETIRE])
    rotation.state, rotation.retired_at = KeyRotation.State.RETIRED, at
    rotation.retired = [keyset_file.prefix_of(number).hex() for number in older]
    if needing(bytes(rotation.prefix)):
        raise RotationNotMovable("A key came under an older one just now. Retire them again in a minute.")
    rotation.save(update_fields=["state", "retired_at", "retired"])
    trail.append("keys.retired", actor=actor, subject=rotation, keys=len(older))


def _assert_may_retire(rotation: KeyRotation, older: list[int], at: datetime) -> None:
    """Raises RotationNotMovable. What came late under an older key is wrapped anew first: the rotation goes on."""
    if not older:
        raise RotationNotMovable("The keyset has one wrapping key alone. Nothing is to retire.")
    if rotation.state == KeyRotation.State.WRAPPING:
        raise RotationNotMovable("Keys are still being wrapped anew. Retire the older wrapping keys when that ended.")
    left = needing(bytes(rotation.prefix))
    if left > rotation.unopened:
        KeyRotation.objects.filter(pk=rotation.pk).update(state=KeyRotation.State.WRAPPING)
        raise RotationNotMovable(f"{left:,} keys still need an older one. They are wrapped anew now; retire later.")
    if left:
        raise RotationNotMovable(
            f"{left:,} keys do not open. Put them back from the keys' backup, or let their recordings go, then retire."
        )
    if rotation.wrapped_at is None or at < rotation.wrapped_at + RETIRES_AFTER:
        raise RotationNotMovable("Wait a day after the last key was wrapped anew: an upload may still bring one.")
