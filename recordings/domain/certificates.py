"""The certificate of destruction: its content, the batch's Merkle tree, and how a stranger verifies both.

Hashing follows RFC 6962, 2.1: a leaf is SHA-256(0x00 ‖ content), a node SHA-256(0x01 ‖ left ‖ right).
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from trail.domain.chain import canonical_json

KIND = "callward/certificate-of-destruction/1"
BATCH_KIND = "callward/destruction-batch/1"
READ_BACK_KIND = "callward/object-read-back/1"
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
    erasure: "Erasure | None" = (
        None  # the person's request that asked for it; without one the content does not speak of it
    )


@dataclass(frozen=True)
class Erasure:
    """A request of a person, by its id, and the two people who let it go; ids, never names."""

    request: str
    asked_by: str
    approved_by: str
    approved_at: str


def content(destroyed: Destroyed, *, certificate_id: str) -> dict[str, Any]:
    """The certificate's content as plain JSON values."""
    method = NO_AUDIO if destroyed.audio is None else KEY_DESTROYED
    told = asdict(destroyed)
    if destroyed.erasure is None:
        del told["erasure"]
    return {"kind": KIND, "id": certificate_id, "method": method} | told


def leaf_digest(content: Mapping[str, Any]) -> bytes:
    """SHA-256 over 0x00 and the content's canonical JSON."""
    return hashlib.sha256(b"\x00" + canonical_json(content)).digest()


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


def merkle_proof(levels: Sequence[Sequence[bytes]], position: int) -> list[dict[str, str]]:
    """Neighbours from the leaf at `position` to the root: `[{"side": "left" | "right", "digest": hex}, …]`."""
    proof = []
    for level in levels[:-1]:
        neighbour = position ^ 1
        if neighbour < len(level):
            side = "left" if neighbour < position else "right"
            proof.append({"side": side, "digest": level[neighbour].hex()})
        position //= 2
    return proof


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
    if (read_back := document.get("read_back")) is not None:
        if read_back["content"]["recording_id"] != document["recording_id"]:
            faults.append("The read-back statement is about another recording.")
        if not verifier(canonical_json(read_back["content"]), read_back["signature"]):
            faults.append("The signature over the read-back statement is not by this key.")
    return faults


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
