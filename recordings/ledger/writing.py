"""A line for each deed, on the disk before the deed is committed; its id goes into the database with the deed."""

import base64
import json
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Protocol, TypeVar
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction

from recordings import keys
from recordings.domain.errors import DispositionStopped, LedgerUnavailable
from recordings.domain.ledger_lines import DESTROYING, HOLD_MEMBERS, HOLD_PLACED, HOLD_RELEASED
from recordings.ledger.log import log
from recordings.models import DestructionBatch, LegalHold
from trail.domain.ids import uuid7

Item = TypeVar("Item")
MEMBERS_A_LINE = 5_000
NONCE = 12

# The row's own transaction, a savepoint's where it is in one: what becomes of it tells what became of the deed.
_DEED = """
    INSERT INTO recordings_ledgerdeed (id, kind, subject_id) VALUES (%s, %s, %s)
    RETURNING xmin::text, pg_current_xact_id()::text, (SELECT system_identifier FROM pg_control_system())
"""


class Certifying(Protocol):
    """A certificate: a row, or one to be, the JSON of which is spelt already."""

    @property
    def pk(self) -> Any: ...
    @property
    def recording_id(self) -> Any: ...
    @property
    def line_of_business_id(self) -> Any: ...
    @property
    def content(self) -> Any: ...
    @property
    def proof(self) -> Any: ...


def intend_destruction(
    batch: DestructionBatch, certificates: Sequence[Certifying], objects: Mapping[str, tuple[UUID, str]]
) -> None:
    """Say in the log what this transaction is about to destroy. `objects`: key in the store → (recording, kind).

    Called by whoever destroys, before anything is deleted. Raises DispositionStopped: it could not be written durably.
    """
    try:
        write_deed(DESTROYING, batch.pk, destruction(batch, certificates, objects))
    except LedgerUnavailable as error:
        raise DispositionStopped([str(error)]) from error


def hold_placed(hold: LegalHold, recording_ids: Collection[UUID] = ()) -> None:
    """A hold with what it keeps so far. Where the log cannot be written the sweep does so later."""
    first, *others = [*chunks(map(str, recording_ids), MEMBERS_A_LINE)] or [[]]
    placed = {"hold": str(hold.pk), "sealed": sealed_hold(hold), "recordings": first}
    if _unless_unavailable(HOLD_PLACED, hold, [placed]):
        _unless_unavailable(HOLD_MEMBERS, hold, ({"hold": str(hold.pk), "recordings": some} for some in others))


def hold_members(hold: LegalHold, recording_ids: Collection[UUID]) -> None:
    """What joined it later, or since the last line about it."""
    bodies = ({"hold": str(hold.pk), "recordings": some} for some in chunks(map(str, recording_ids), MEMBERS_A_LINE))
    _unless_unavailable(HOLD_MEMBERS, hold, bodies)


def hold_released(hold: LegalHold) -> None:
    _unless_unavailable(HOLD_RELEASED, hold, [{"hold": str(hold.pk), "sealed": sealed_hold(hold)}])


def _unless_unavailable(kind: str, hold: LegalHold, bodies: Iterable[dict[str, Any]]) -> bool:
    """A hold is placed whatever the log's state: the row alone protects, and nothing is destroyed without the log."""
    for body in bodies:
        try:
            with transaction.atomic():
                write_deed(kind, hold.pk, body)
        except LedgerUnavailable:
            return False
    return True


def write_deed(kind: str, subject_id: UUID, body: Mapping[str, Any]) -> None:
    """The row that names a line, in the caller's transaction, and the line. Raises LedgerUnavailable."""
    written = log()
    written.last()  # nothing goes into the database for a log that cannot be read
    intent = uuid7()
    with connection.cursor() as cursor:
        cursor.execute(_DEED, [intent, kind, subject_id])
        low, whole, system = cursor.fetchone()
    written.append(kind, body, intent=str(intent), transaction=f"{system}:{_full(int(low), int(whole))}")


def _full(low: int, whole: int) -> int:
    """The 64-bit id of a transaction of which a row keeps the lower 32; it is the transaction `whole`, or within it."""
    full = (whole >> 32 << 32) | low
    return full if full >= whole else full + (1 << 32)


def destruction(
    batch: DestructionBatch, certificates: Sequence[Certifying], objects: Mapping[str, tuple[UUID, str]]
) -> dict[str, Any]:
    """The very certificates with what signs them, so that they can come back."""
    return {
        "batch": {name: _plain(getattr(batch, name)) for name in _batch_columns()},
        "certificates": [
            {
                "id": str(each.pk),
                "recording": str(each.recording_id),
                "line_id": str(each.line_of_business_id),
                "content": each.content,
                "proof": each.proof,
            }
            for each in certificates
        ],
        "objects": {key: [str(recording_id), str(kind)] for key, (recording_id, kind) in objects.items()},
    }


def _batch_columns() -> list[str]:
    """All of the batch but its run: that is a row which a backup may not have."""
    return [column.attname for column in DestructionBatch._meta.concrete_fields if not column.is_relation]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


# --- what names people is sealed: the words of a hold, the filters that it was placed by


def sealed_hold(hold: LegalHold) -> str:
    """The hold and its criteria with all their columns, sealed, in base64."""
    rows = [hold, *_criteria(hold)]
    text = json.dumps(serializers.serialize("python", rows), cls=_ToTheMicrosecond)
    nonce = secrets.token_bytes(NONCE)
    return base64.b64encode(nonce + _words_key().encrypt(nonce, text.encode(), hold.pk.bytes)).decode()


def opened_hold(sealed: str, hold_id: UUID) -> list[models.Model]:
    """The unsaved rows that were sealed, the hold first. Raises LedgerUnavailable: the keyset is another."""
    raw = base64.b64decode(sealed)
    try:
        text = _words_key().decrypt(raw[:NONCE], raw[NONCE:], hold_id.bytes)
    except InvalidTag as error:
        raise LedgerUnavailable("The keyset does not open what the disposition log says of a hold.") from error
    return [each.object for each in serializers.deserialize("python", json.loads(text), ignorenonexistent=True)]


class _ToTheMicrosecond(DjangoJSONEncoder):
    """Django's own cuts instants to milliseconds."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


def _criteria(hold: LegalHold) -> list[models.Model]:
    related = getattr(hold, "criteria", None)
    return list(related.all()) if related is not None else []


def _words_key() -> AESGCM:
    """From the index secret, which never rotates: a line of the log cannot be sealed anew."""
    return AESGCM(keys.blind_index("key", "the words of the disposition log"))


def chunks(rows: Iterable[Item], size: int) -> Iterator[list[Item]]:
    each = iter(rows)
    while some := list(islice(each, size)):
        yield some
