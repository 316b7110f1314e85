"""Keys: the keyset that wraps each recording's own key, the secret behind blind indexes, the key that signs.

All three stand in one JSON document, `{"encryption": <Tink keyset>, "index_secret", "signing": [{"id", "private"}]}`,
which comes from KEYSET or is made once under CALLWARD_HOME. A recording's key leaves the database with its recording;
what was sealed with it is then unreadable for ever. No cryptography of our own: Tink seals, `cryptography` signs.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import tink
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from tink import aead, json_proto_keyset_format, proto_keyset_format, secret_key_access

from recordings.domain.errors import AudioIntegrityLost, KeysUnavailable
from recordings.domain.numbers import findable_name, findable_number

aead.register()

SEAL_OVERHEAD = 28  # bytes that sealing adds: a nonce of 12 and a tag of 16


@dataclass(frozen=True)
class Keyset:
    """The document, opened."""

    encryption: aead.Aead
    index_secret: bytes
    signing_id: str
    signing: Ed25519PrivateKey


# --- a recording's own key


def new_key(recording_id: UUID) -> tuple[bytes, aead.Aead]:
    """A fresh AES-256-GCM key, bound to the recording's id: wrapped, to keep, and open, to seal with."""
    handle = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM_RAW)
    wrapped = proto_keyset_format.serialize_encrypted(handle, keyset().encryption, recording_id.bytes)
    return wrapped, handle.primitive(aead.Aead)


def open_key(recording_id: UUID, wrapped: bytes | memoryview) -> aead.Aead:
    """The recording's key, unwrapped. Raises KeysUnavailable: wrapped by another keyset, or for another recording."""
    try:
        handle = proto_keyset_format.parse_encrypted(bytes(wrapped), keyset().encryption, recording_id.bytes)
    except tink.TinkError as error:
        raise KeysUnavailable("The keyset does not open this recording's key. Start with the right one.") from error
    return handle.primitive(aead.Aead)


def seal(key: aead.Aead, plaintext: bytes, label: bytes) -> bytes:
    """Encrypt and authenticate; only the same label opens it again."""
    sealed: bytes = key.encrypt(plaintext, label)
    return sealed


def unseal(key: aead.Aead, sealed: bytes | memoryview, label: bytes) -> bytes:
    """The plaintext. Raises AudioIntegrityLost: changed bytes, another key or another label."""
    try:
        plaintext: bytes = key.decrypt(bytes(sealed), label)
    except tink.TinkError as error:
        raise AudioIntegrityLost("What is stored of this recording was changed after it was stored.") from error
    return plaintext


def seal_json(key: aead.Aead, value: object, label: bytes) -> bytes:
    return seal(key, json.dumps(value, ensure_ascii=False).encode(), label)


def unseal_json(key: aead.Aead, sealed: bytes | memoryview, label: bytes) -> Any:
    """The value that `seal_json` sealed; None where nothing was sealed."""
    return json.loads(unseal(key, sealed, label)) if sealed else None


# --- keyed digests: equal things are found, nothing can be read back without the secret


def blind_index(kind: str, text: str) -> bytes:
    """HMAC-SHA256 of the text; `kind` keeps a number and a name of equal letters apart."""
    return hmac.digest(keyset().index_secret, f"{kind}\x00{text}".encode(), "sha256")


def number_index(number: str) -> bytes:
    """The index of a telephone number, however it was written."""
    return blind_index("number", findable_number(number))


def name_index(name: str) -> bytes:
    """The index of a person's name, whatever its case and spacing."""
    return blind_index("name", findable_name(name))


def origin_digest(source: str, external_id: str) -> bytes:
    """What a certificate keeps of source + external id, so that a late delivery of a destroyed call is known."""
    return blind_index("origin", json.dumps([source, external_id]))


def content_digest(kind: str, content: bytes) -> bytes:
    """Whether the same content came again, without keeping it."""
    return hmac.digest(keyset().index_secret, kind.encode() + b"\x00" + content, "sha256")


def sample_key(recording_id: UUID) -> int:
    """The recording's place in every draw: 63 secret-keyed bits that nobody can choose. 0 … 2^63 - 1."""
    return int.from_bytes(hmac.digest(keyset().index_secret, b"sample\x00" + recording_id.bytes, "sha256")[:8]) >> 1


# --- signatures


def sign(message: bytes) -> tuple[str, str]:
    """(signature in base64, key id): Ed25519 over the message."""
    keys = keyset()
    return base64.b64encode(keys.signing.sign(message)).decode(), keys.signing_id


def public_key() -> dict[str, str]:
    """The current signing key's public half, to verify with: `{key_id, algorithm, public}`, base64 of 32 bytes."""
    keys = keyset()
    public = base64.b64encode(keys.signing.public_key().public_bytes_raw()).decode()
    return {"key_id": keys.signing_id, "algorithm": "Ed25519", "public": public}


def verify(message: bytes, signature: str, key_id: str) -> bool:
    """Whether the key of this id, current or earlier, signed this message."""
    public = _public_keys().get(key_id)
    if public is None:
        return False
    try:
        public.verify(base64.b64decode(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


# --- the document


@cache
def keyset() -> Keyset:
    """The keyset of this copy, read once a process. Raises KeysUnavailable."""
    document = _document()
    try:
        handle = json_proto_keyset_format.parse(json.dumps(document["encryption"]), secret_key_access.TOKEN)
        first = document["signing"][0]
        return Keyset(
            encryption=handle.primitive(aead.Aead),
            index_secret=base64.b64decode(document["index_secret"], validate=True),
            signing_id=first["id"],
            signing=Ed25519PrivateKey.from_private_bytes(base64.b64decode(first["private"])),
        )
    except (tink.TinkError, KeyError, IndexError, TypeError, ValueError) as error:
        raise KeysUnavailable("KEYSET is not a keyset document. Make one with manage.py make_keyset.") from error


def new_document() -> str:
    """A fresh keyset document. The newest signing key stands first; earlier ones stay, to verify what they signed."""
    handle = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM)
    private = Ed25519PrivateKey.generate()
    content = {
        "encryption": json.loads(json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN)),
        "index_secret": base64.b64encode(secrets.token_bytes(32)).decode(),
        "signing": [
            {
                "id": hashlib.sha256(private.public_key().public_bytes_raw()).hexdigest()[:16],
                "private": base64.b64encode(private.private_bytes_raw()).decode(),
            }
        ],
    }
    return json.dumps(content, indent=1)


def _document() -> dict[str, Any]:
    text = settings.KEYSET or _kept_document(settings.PLACES.keys / "keyset.json", settings.PLACES.store)
    try:
        document = json.loads(text)
    except ValueError as error:
        raise KeysUnavailable("KEYSET is not JSON. Make one with manage.py make_keyset.") from error
    if not isinstance(document, dict):
        raise KeysUnavailable("KEYSET is not a keyset document. Make one with manage.py make_keyset.")
    return document


@cache
def _public_keys() -> dict[str, Ed25519PublicKey]:
    return {
        key["id"]: Ed25519PrivateKey.from_private_bytes(base64.b64decode(key["private"])).public_key()
        for key in _document()["signing"]
    }


def _kept_document(file: Path, store: Path) -> str:
    """The document of this copy, made at its first start. A lost keyset is never replaced where audio depends on it."""
    with contextlib.suppress(FileNotFoundError):
        return file.read_text()
    if any(store.glob("??/*")):
        raise KeysUnavailable(f"The keyset {file} is missing, but audio is stored. Put the file back from its backup.")
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write_once(file, new_document().encode())
    return file.read_text()


def _write_once(file: Path, content: bytes) -> None:
    """Write durably, or leave what another process wrote first."""
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    with contextlib.suppress(FileExistsError):
        os.link(fresh, file)
    os.unlink(fresh)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
