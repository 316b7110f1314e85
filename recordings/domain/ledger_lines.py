"""One line of the disposition log: its parts, its bytes, and what chains it to the line before.

`<header JSON>\t<signature>\t<body>\n`. The header is canonical JSON and names the digest of the body and of the header
before; the signature is ours, over the header. The body is canonical JSON, deflated, in base64. Everything but the
bodies can be read at the speed of the disk; a reader without Callward needs nothing but a standard library.
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trail.domain.chain import canonical_json, plain_canonical_json

KIND = "callward/disposition-log/1"
NOTHING_BEFORE = "0" * 64

BEGUN = "begun"  # by which installation; the first line, and again where a lost log was begun anew
HOLD_PLACED = "hold_placed"  # hold, sealed {matter, reason, …}, criteria, recordings[]
HOLD_MEMBERS = "hold_members"  # hold, recordings[]: joined later
HOLD_RELEASED = "hold_released"  # hold, sealed {reason}, by
DESTROYING = "destroying"  # batch, certificates[], objects{}: written before the commit that destroys
DESTROYED = "destroyed"  # intents[]: their transactions were committed
VOID = "void"  # intents[]: their transactions were rolled back, so none of it happened
REPLAYED = "replayed"  # how much was done again after a restore
DEEDS = frozenset({HOLD_PLACED, HOLD_MEMBERS, HOLD_RELEASED, DESTROYING})  # what the database has to know


class LineBroken(ValueError):
    """The bytes are not a line of the log, or not the one that follows."""


@dataclass(frozen=True)
class Line:
    """A line without its body. `offset` and `length`: where its bytes lie in the file of its segment."""

    number: int  # from 1, without a gap
    at: str  # ISO 8601, UTC
    kind: str
    intent: str  # a UUID that the database knows too, where the deed was committed; empty: the line is no deed
    transaction: str  # which transaction of which cluster was to commit it: `<system>:<xid>`; empty: none
    settles: tuple[str, ...]  # intents that this line says the end of
    digest: str  # SHA-256 of the header, in hex
    before: str  # that of the line before
    installation: str  # whose log this is
    offset: int = 0
    length: int = 0


def line_bytes(
    *,
    number: int,
    at: str,
    kind: str,
    before: str,
    installation: str,
    intent: str = "",
    transaction: str = "",
    settles: tuple[str, ...] = (),
    body: Mapping[str, Any] | None = None,
) -> tuple[bytes, str]:
    """The header's bytes, which are to be signed, and the encoded body."""
    encoded = base64.b64encode(zlib.compress(_spelt(body or {}), 1)).decode()
    header = {
        "kind": KIND,
        "number": number,
        "at": at,
        "line": kind,
        "intent": intent,
        "transaction": transaction,
        "settles": list(settles),
        "body": hashlib.sha256(encoded.encode()).hexdigest(),
        "before": before,
        "installation": installation,
    }
    return canonical_json(header), encoded


def _spelt(body: Mapping[str, Any]) -> bytes:
    """Certificates are checked by their own canonical bytes; here any JSON does that keeps every value."""
    try:
        return plain_canonical_json(body)
    except TypeError:
        return canonical_json(body)


def line_of(raw: bytes, *, offset: int = 0) -> Line:
    """The line that these bytes are, its newline left off. Raises LineBroken."""
    try:
        header = raw[: raw.index(b"\t")]
        told = json.loads(header)
        if told["kind"] != KIND:
            raise LineBroken("It is of another kind.")
        return Line(
            number=int(told["number"]),
            at=told["at"],
            kind=told["line"],
            intent=told["intent"],
            transaction=told["transaction"],
            settles=tuple(told["settles"]),
            digest=digest_of(header),
            before=told["before"],
            installation=told["installation"],
            offset=offset,
            length=len(raw),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise LineBroken(f"These bytes are not a line of the disposition log: {error}.") from error


def body_of(raw: bytes) -> tuple[bytes, str, Any]:
    """(header, signature, body) of a line's bytes. Raises LineBroken: the body is not the one that was signed."""
    try:
        header, signature, encoded = raw.split(b"\t")
        if hashlib.sha256(encoded).hexdigest() != json.loads(header)["body"]:
            raise LineBroken("Its body was changed after it was written.")
        return header, signature.decode(), json.loads(zlib.decompress(base64.b64decode(encoded, validate=True)))
    except (ValueError, KeyError, TypeError, zlib.error) as error:
        raise LineBroken(f"The line cannot be read: {error}.") from error


def digest_of(header: bytes) -> str:
    return hashlib.sha256(header).hexdigest()
