"""A JSON document with its signature: JWS in its general JSON serialization (RFC 7515, 7.2.1), by Ed25519 (RFC 8037).

The key is published as a JSON Web Key (RFC 7517); its id stands in the protected header as `kid`.
"""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from trail.domain.chain import canonical_json

ALGORITHM = "EdDSA"
Verifier = Callable[[bytes, str, str], bool]  # (message, signature in base64, key id): did this key sign it?


def to_sign(document: Mapping[str, Any], *, key_id: str, kind: str) -> tuple[bytes, str, str]:
    """(the bytes to sign, the protected header, the payload), both as base64url; the payload is canonical JSON."""
    protected = base64url(canonical_json({"alg": ALGORITHM, "kid": key_id, "typ": kind}))
    payload = base64url(canonical_json(document))
    return f"{protected}.{payload}".encode(), protected, payload


def signed(protected: str, payload: str, signature: bytes, *, header: Mapping[str, Any]) -> dict[str, Any]:
    """The document as it goes out. `header` is beside the signature, and not covered by it."""
    one = {"header": dict(header), "protected": protected, "signature": base64url(signature)}
    return {"payload": payload, "signatures": [one]}


def opened(message: Mapping[str, Any], verifier: Verifier) -> dict[str, Any]:
    """The document, where a signature of it holds. Raises ValueError: none does, or it is no such message."""
    payload = str(message.get("payload", ""))
    for one in message.get("signatures") or []:
        protected = str(one["protected"])
        head = json.loads(from_base64url(protected))
        signature = base64.b64encode(from_base64url(str(one["signature"]))).decode()
        if head.get("alg") == ALGORITHM and verifier(f"{protected}.{payload}".encode(), signature, head.get("kid", "")):
            content: dict[str, Any] = json.loads(from_base64url(payload))
            return content
    raise ValueError("no signature of it holds")


def public_jwk(*, key_id: str, public: bytes) -> dict[str, str]:
    """An Ed25519 public key as a JSON Web Key (RFC 8037, 2)."""
    return {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": ALGORITHM, "kid": key_id, "x": base64url(public)}


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
