"""The certificate of destruction: its content, the batch's Merkle tree, and how a stranger verifies both.

Hashing follows RFC 6962, 2.1: a leaf is SHA-256(0x00 ‖ content), a node SHA-256(0x01 ‖ left ‖ right).
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, ClassVar

from trail.domain.chain import canonical_json, plain_canonical_json

KIND = "callward/certificate-of-destruction/1"
BATCH_KIND = "callward/destruction-batch/1"
READ_BACK_KIND = "callward/object-read-back/1"
READ_BACK_BATCH_KIND = "callward/read-back-batch/1"
MANIFEST_KIND = "callward/disposition-manifest/1"
KEY_DESTROYED = "the key that only this recording had was destroyed (AES-256-GCM), then its object removed"
NO_AUDIO = "no audio had ever arrived; the record of the call was destroyed"

Verifier = Callable[[bytes, str], bool]  # (message, signature in base64): did the named key sign it?


@dataclass(frozen=True)
class Destroyed:
    """What a certificate says of a recording. Ids, dates, codes and digests; nothing that names a caller."""

    recording_id: str
    origin_digest: str  # keyed digest of source + external id, in hex
    source: str
    line_of_business: str
    state: str
    call: dict[str, Any]  # started_at, ended_at, direction, medium
    audio: dict[str, Any] | None  # sha256 before encryption, size_bytes, media_type
    retention: dict[str, Any]  # keep_until, delete_by, zone, is_provisional, policy_version, law_release, explanation
    listed_at: str
    approved: dict[str, str] | None  # by (an id), at
    holds_in_force: int
    destroyed_at: str
    keys_leave_backups_by: str  # from then on no backup of keys holds its key; older certificates do not say it
    leave: "Leave | None" = None  # by whose word it went other than by its day; without one no word of it is said


@dataclass(frozen=True)
class Leave:
    """By whose word a recording went, by ids, never names. `told_as` is its name in the content."""

    told_as: ClassVar[str]


@dataclass(frozen=True)
class Erasure(Leave):
    """A request of a person, by its id, and the two people who let it go."""

    told_as: ClassVar[str] = "erasure"

    request: str
    asked_by: str
    approved_by: str
    approved_at: str


@dataclass(frozen=True)
class Early(Leave):
    """An early disposal: before its day, perhaps before its `keep_until`, by the word of two people."""

    told_as: ClassVar[str] = "early"

    disposal: str
    asked_by: str
    asked_at: str
    approved_by: str
    approved_at: str


@dataclass(frozen=True)
class Refused(Leave):
    """Somebody on the call refused to be recorded. `follow`: what its decision said, delete or keep_reason_only."""

    told_as: ClassVar[str] = "refusal"

    follow: str
    found_at: str


def content(destroyed: Destroyed, *, certificate_id: str) -> dict[str, Any]:
    """The certificate's content as plain JSON values."""
    told = {name: getattr(destroyed, name) for name in _TOLD}
    told |= {"kind": KIND, "id": certificate_id, "method": NO_AUDIO if destroyed.audio is None else KEY_DESTROYED}
    if destroyed.leave is not None:
        told[destroyed.leave.told_as] = asdict(destroyed.leave)
    return told


_TOLD = tuple(field.name for field in fields(Destroyed) if field.name != "leave")


def leaf_digest(content: Mapping[str, Any]) -> bytes:
    """SHA-256 over 0x00 and the content's canonical JSON."""
    return hashlib.sha256(b"\x00" + canonical_json(content)).digest()


def plain_leaf(content: Mapping[str, Any]) -> tuple[bytes, str]:
    """(leaf digest, canonical JSON), many times faster, for contents of ours: they hold no fractions.

    Raises TypeError: a number beyond 64 bits.
    """
    spelt = plain_canonical_json(content)
    return hashlib.sha256(b"\x00" + spelt).digest(), spelt.decode()


def merkle_levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """The tree from its leaves up to its one root. A node without a neighbour moves up as it is.

    Raises ValueError: no leaves.
    """
    if not leaves:
        raise ValueError("A tree needs a leaf.")
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        paired = [_node(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
        levels.append(paired + ([below[-1]] if len(below) % 2 else []))
    return levels


def merkle_proofs(levels: Sequence[Sequence[bytes]]) -> list[str]:
    """For each leaf in its order its neighbours up to the root: `[{"digest": hex, "side": "left" | "right"}, …]`.

    In canonical JSON; each neighbour is spelt once, however many leaves it proves.
    """
    paths = [""]
    for level in reversed(levels[:-1]):
        size = len(level)
        steps = [
            f'{{"digest":"{level[place ^ 1].hex()}","side":"{"left" if place & 1 else "right"}"}}'
            if place ^ 1 < size
            else ""
            for place in range(size)
        ]
        above = [paths[place >> 1] for place in range(size)]
        paths = [",".join(filter(None, both)) for both in zip(steps, above, strict=True)]
    return [f"[{path}]" for path in paths]


def root_from_proof(leaf: bytes, proof: Sequence[Mapping[str, str]]) -> bytes:
    """The root that this leaf and its neighbours give. Raises ValueError: the proof is not one."""
    digest = leaf
    for step in proof:
        neighbour = bytes.fromhex(step["digest"])
        if step["side"] not in {"left", "right"} or len(neighbour) != len(digest):
            raise ValueError("not a step of a proof")
        digest = _node(neighbour, digest) if step["side"] == "left" else _node(digest, neighbour)
    return digest


def batch_statement(*, batch_id: str, destroyed_at: datetime, size: int, merkle_root: str) -> bytes:
    """The bytes that are signed for a batch."""
    return canonical_json(
        {
            "kind": BATCH_KIND,
            "id": batch_id,
            "destroyed_at": destroyed_at.isoformat(),
            "size": size,
            "merkle_root": merkle_root,
        }
    )


def read_back_content(*, recording_id: str, object_digest: str, absent_at: datetime) -> dict[str, str]:
    """The second statement: the store was asked for the object and had none. `object_digest`: SHA-256 of its key."""
    return {
        "kind": READ_BACK_KIND,
        "recording_id": recording_id,
        "object_digest": object_digest,
        "absent_at": absent_at.isoformat(),
    }


def read_back_statement(*, absent_at: datetime, size: int, merkle_root: str) -> dict[str, Any]:
    """What is signed for objects that were read back together."""
    return {
        "kind": READ_BACK_BATCH_KIND,
        "absent_at": absent_at.isoformat(),
        "size": size,
        "merkle_root": merkle_root,
    }


def verify(document: Mapping[str, Any], verifier: Verifier) -> list[str]:
    """What is wrong with a certificate document (the API's JSON); an empty list: it holds, in every part."""
    try:
        return _faults(document, verifier)
    except (KeyError, TypeError, ValueError) as error:
        return [f"The document is not a whole certificate: {error}."]


def _faults(document: Mapping[str, Any], verifier: Verifier) -> list[str]:
    inner, batch = document["content"], document["batch"]
    faults = []
    if inner["recording_id"] != document["recording_id"] or inner["id"] != document["id"]:
        faults.append("The content belongs to another certificate.")
    if root_from_proof(leaf_digest(inner), document["proof"]).hex() != batch["merkle_root"]:
        faults.append("The content does not lead to the batch's root: it was changed after signing.")
    statement = batch_statement(
        batch_id=batch["id"],
        destroyed_at=datetime.fromisoformat(batch["destroyed_at"]),
        size=batch["size"],
        merkle_root=batch["merkle_root"],
    )
    if not verifier(statement, batch["signature"]):
        faults.append("The signature over the batch is not by this key.")
    for read_back in (document.get("read_back"), *document.get("also_read_back", ())):
        if read_back is not None:
            faults += read_back_faults(document["recording_id"], read_back, verifier)
    return faults


def read_back_faults(recording_id: str, read_back: Mapping[str, Any], verifier: Verifier) -> list[str]:
    """What is wrong with a statement that an object is absent: signed by itself, or with others under one root."""
    try:
        return _read_back_faults(recording_id, read_back, verifier)
    except (KeyError, TypeError, ValueError) as error:
        return [f"The read-back statement is not whole: {error}."]


def _read_back_faults(recording_id: str, read_back: Mapping[str, Any], verifier: Verifier) -> list[str]:
    """A statement is signed by itself, or with others under the root of a batch."""
    faults = []
    if read_back["content"]["recording_id"] != recording_id:
        faults.append("The read-back statement is about another recording.")
    signed = read_back["content"]
    if "batch" in read_back:
        signed = read_back["batch"]
        root = root_from_proof(leaf_digest(read_back["content"]), read_back["proof"]).hex()
        if root != signed["merkle_root"] or signed["absent_at"] != read_back["content"]["absent_at"]:
            faults.append("The read-back statement does not lead to its batch's root.")
    if not verifier(canonical_json(signed), read_back["signature"]):
        faults.append("The signature over the read-back statement is not by this key.")
    return faults


def verify_manifest(document: Mapping[str, Any], verifier: Verifier) -> list[str]:
    """What is wrong with the manifest of a run; an empty list: it holds, and so does each batch that it names."""
    try:
        return _manifest_faults(document, verifier)
    except (KeyError, TypeError, ValueError) as error:
        return [f"The document is not a whole manifest: {error}."]


def _manifest_faults(document: Mapping[str, Any], verifier: Verifier) -> list[str]:
    inner, faults = document["content"], []
    if inner["kind"] != MANIFEST_KIND:
        faults.append("It is not the manifest of a run.")
    if not verifier(canonical_json(inner), document["signature"]):
        faults.append("The signature over the manifest is not by this key.")
    for batch in inner["batches"]:
        statement = batch_statement(
            batch_id=batch["id"],
            destroyed_at=datetime.fromisoformat(batch["destroyed_at"]),
            size=batch["size"],
            merkle_root=batch["merkle_root"],
        )
        if not verifier(statement, batch["signature"]):
            faults.append(f"The signature over batch {batch['id']} is not by this key.")
    if sum(batch["size"] for batch in inner["batches"]) != inner["destroyed"]["count"]:
        faults.append("The batches do not add up to what it says was destroyed.")
    return faults


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
