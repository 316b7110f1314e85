#!/usr/bin/env python3
"""Verify certificates of destruction and manifests of runs, without Callward, its database or its network.

    python verify_certificate.py FILE… [--key PUBLIC_KEY]

FILE is a signed file as Callward hands it out: JSON, or the PDF that carries the same JSON. PUBLIC_KEY is Callward's
public key in base64, as you got it by a way that you trust; without it the key in the file is taken, which shows that
the file is whole, and not whose it is. Exit status: 0 all hold, 1 something is wrong, 2 a file cannot be read.

Needs Python 3.9 and the package `cryptography`. How it works, so that you can write it anew:
a leaf is SHA-256(0x00 + canonical JSON of `content`); a node SHA-256(0x01 + left + right); `proof` leads from the leaf
to `merkle_root`; Ed25519 signs the canonical JSON of the batch, {kind, id, destroyed_at, size, merkle_root}; canonical
JSON has sorted keys, no spaces, UTF-8. What was read back as absent is proven in the same way, under a root of its own.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
import zlib
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

CERTIFICATE = "callward/certificate-of-destruction/1"
MANIFEST = "callward/disposition-manifest/1"
BATCH = "callward/destruction-batch/1"
READ_BACK = "callward/object-read-back/1"
READ_BACK_BATCH = "callward/read-back-batch/1"
IN_PDF = re.compile(rb"callward-json:([A-Za-z0-9+/=]+)")


class Wrong(Exception):
    """What does not hold."""


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def leaf(content):
    return hashlib.sha256(b"\x00" + canonical(content)).digest()


def root(digest, proof):
    for step in proof:
        other = bytes.fromhex(step["digest"])
        if len(other) != 32 or step["side"] not in ("left", "right"):
            raise Wrong("the proof is none")
        pair = other + digest if step["side"] == "left" else digest + other
        digest = hashlib.sha256(b"\x01" + pair).digest()
    return digest.hex()


def demand(holds, otherwise):
    if not holds:
        raise Wrong(otherwise)


def signed(key, message, signature, what):
    try:
        key.verify(base64.b64decode(signature, validate=True), message)
    except (InvalidSignature, ValueError):
        raise Wrong(f"the signature over {what} is not by this key") from None


def batch_statement(batch):
    return canonical(
        {
            "kind": BATCH,
            "id": batch["id"],
            "destroyed_at": datetime.fromisoformat(batch["destroyed_at"]).isoformat(),
            "size": batch["size"],
            "merkle_root": batch["merkle_root"],
        }
    )


def certificate(document, key):
    """Raises Wrong; else what the certificate says, in a line."""
    content, batch = document["content"], document["batch"]
    demand(content["kind"] == CERTIFICATE, "it is no certificate of destruction")
    same = content["id"] == document["id"] and content["recording_id"] == document["recording_id"]
    demand(same, "the content belongs to another certificate")
    demand(
        root(leaf(content), document["proof"]) == batch["merkle_root"], "the content was changed after it was signed"
    )
    same = content["destroyed_at"] == batch["destroyed_at"] == document["destroyed_at"]
    demand(same, "its times contradict each other")
    signed(key, batch_statement(batch), batch["signature"], "the batch")
    backups = content.get("keys_leave_backups_by")  # certificates of before it was said have none
    late = backups and datetime.fromisoformat(backups) < datetime.fromisoformat(content["destroyed_at"])
    demand(not late, "its key would have left the backups before it was destroyed")
    told = [told for told in [document.get("read_back"), *document.get("also_read_back", [])] if told]
    for read_back in told:
        absent(read_back, content["recording_id"], key)
    gone = f", {len(told)} object(s) read back as absent" if told else ", not yet read back"
    kept = f", no backup holds its key after {backups}" if backups else ""
    return f"recording {content['recording_id']} was destroyed at {content['destroyed_at']}{gone}{kept}"


def absent(read_back, recording_id, key):
    content = read_back["content"]
    demand(
        content["kind"] == READ_BACK and content["recording_id"] == recording_id, "a read-back is of another recording"
    )
    statement = content
    if "batch" in read_back:
        statement = read_back["batch"]
        leads = root(leaf(content), read_back["proof"]) == statement["merkle_root"]
        whole = statement["kind"] == READ_BACK_BATCH and statement["absent_at"] == content["absent_at"]
        demand(leads and whole, "a read-back does not lead to its root")
    signed(key, canonical(statement), read_back["signature"], "a read-back")


def manifest(document, key):
    """Raises Wrong; else what the manifest says, in a line."""
    content = document["content"]
    demand(content["kind"] == MANIFEST, "it is no manifest of a run")
    signed(key, canonical(content), document["signature"], "the manifest")
    for batch in content["batches"]:
        signed(key, batch_statement(batch), batch["signature"], f"batch {batch['id']}")
    total = sum(batch["size"] for batch in content["batches"])
    demand(total == content["destroyed"]["count"], "the batches do not add up")
    run = f"run {content['id']}, ended {content['ended_at']}"
    gone = f"{total} destroyed in {len(content['batches'])} batches"
    return f"{run}: {gone}, {content['objects_read_back']} objects read back"


def opened(path):
    data = Path(path).read_bytes()
    if data.startswith(b"%PDF"):
        found = IN_PDF.search(re.sub(rb"\\\r?\n", b"", data))
        if not found:
            raise ValueError("the PDF carries no signed file of Callward")
        data = zlib.decompress(base64.b64decode(found.group(1)))
    return json.loads(data)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--key", help="Callward's public key, base64 of 32 bytes")
    asked, status = parser.parse_args(), 0
    for path in asked.files:
        try:
            document = opened(path)
            public = asked.key or document["public_key"]["public"]
            key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public))
            verify = manifest if document["content"]["kind"] == MANIFEST else certificate
            said = verify(document, key)
            whose = "" if asked.key else f"; by the key in the file, {public}: compare it"
            print(f"{path}: holds: {said}{whose}")
        except Wrong as wrong:
            print(f"{path}: DOES NOT HOLD: {wrong}")
            status = max(status, 1)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, zlib.error) as error:
            print(f"{path}: cannot be read: {error}", file=sys.stderr)
            status = 2
    return status


if __name__ == "__main__":
    sys.exit(main())
