"""Keys: the keyset that wraps each recording's own key, the secret behind blind indexes, the key that signs.

All three stand in one JSON document (`keyset_file`), which comes from KEYSET or is made once under CALLWARD_HOME. A
recording's key leaves the database with its recording; what was sealed with it is then unreadable for ever. No
cryptography of our own: Tink seals, `cryptography` signs.
"""

import base64
import hmac
import json
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import tink
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from tink import aead, json_proto_keyset_format, proto_keyset_format, secret_key_access

from recordings import keyset_file
from recordings.domain.errors import AudioIntegrityLost, KeyDoesNotFit, KeysUnavailable
from recordings.domain.numbers import findable_name, findable_number
from recordings.gate import assert_open

aead.register()

SEAL_OVERHEAD = 28  # bytes that sealing adds: a nonce of 12 and a tag of 16


@dataclass(frozen=True)
class Keyset:
    """The document, opened."""

    encryption: aead.Aead
    key_ids: frozenset[int]  # of every key that wraps, the newest and the earlier ones
    index_secret: bytes
    signing_id: str
    signing: Ed25519PrivateKey
    version: tuple[int, int]  # of the file that it was read from


# --- a recording's own key


def new_key(recording_id: UUID) -> tuple[bytes, aead.Aead]:
    """A fresh AES-256-GCM key, bound to the recording's id: wrapped, to keep, and open, to seal with."""
    look_again()  # a key that was set in place a moment ago wraps from now on
    handle = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM_RAW)
    return _wrapped(handle, recording_id), handle.primitive(aead.Aead)


def open_key(recording_id: UUID, wrapped: bytes | memoryview) -> aead.Aead:
    """The recording's key, unwrapped.

    Raises KeysUnavailable: the key that wrapped it is not in this keyset; KeyDoesNotFit: it is, and what is stored was
    changed, or belongs to another recording; RecordingsClosed.
    """
    assert_open()
    return _unwrapped(recording_id, bytes(wrapped)).primitive(aead.Aead)


def wrapped_anew(recording_id: UUID, wrapped: bytes | memoryview) -> bytes:
    """The same key, wrapped by the newest of the keyset, and opened again to be sure. Raises what `open_key` raises."""
    handle = _unwrapped(recording_id, bytes(wrapped))
    fresh = _wrapped(handle, recording_id)
    unseal(_unwrapped(recording_id, fresh).primitive(aead.Aead), seal(handle.primitive(aead.Aead), b"same", b""), b"")
    return fresh


def wrapping_prefix(wrapped: bytes | memoryview) -> bytes:
    """What names the key that wrapped: the byte 01 and four bytes of its id, behind three bytes of the message."""
    return bytes(wrapped)[3:8]


def _wrapped(handle: tink.KeysetHandle, recording_id: UUID) -> bytes:
    wrapped: bytes = proto_keyset_format.serialize_encrypted(handle, keyset().encryption, recording_id.bytes)
    return wrapped


def _unwrapped(recording_id: UUID, wrapped: bytes) -> tink.KeysetHandle:
    while True:
        try:
            return proto_keyset_format.parse_encrypted(wrapped, keyset().encryption, recording_id.bytes)
        except tink.TinkError as error:
            if look_again():  # wrapped by a key that came after this process began
                continue
            if int.from_bytes(wrapping_prefix(wrapped)[1:]) in keyset().key_ids:
                raise KeyDoesNotFit from error
            raise KeysUnavailable("The keyset does not open this recording's key. Start with the right one.") from error


def seal_with_keyset(content: bytes, label: str) -> bytes:
    """Seal what belongs to no recording, with the keyset itself. The first five bytes name the key."""
    look_again()
    sealed: bytes = keyset().encryption.encrypt(content, label.encode())
    return sealed


def unseal_with_keyset(sealed: bytes | memoryview, label: str) -> bytes:
    """Raises KeysUnavailable: changed, or sealed with another keyset."""
    while True:
        try:
            content: bytes = keyset().encryption.decrypt(bytes(sealed), label.encode())
        except tink.TinkError as error:
            if look_again():
                continue
            raise KeysUnavailable(
                "The keyset does not open what was sealed with it. Start with the right one."
            ) from error
        return content


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


def public_keys() -> dict[str, bytes]:
    """The public half of every signing key, the current one first: key id → 32 bytes."""
    return {key_id: public.public_bytes_raw() for key_id, public in _public_keys().items()}


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
    """The keyset of this copy, read once a process, and again where its file was changed. Raises KeysUnavailable."""
    document = keyset_file.document()
    try:
        handle = json_proto_keyset_format.parse(json.dumps(document["encryption"]), secret_key_access.TOKEN)
        first = document["signing"][0]
        return Keyset(
            encryption=handle.primitive(aead.Aead),
            key_ids=frozenset(keyset_file.key_ids(document)),
            index_secret=base64.b64decode(document["index_secret"], validate=True),
            signing_id=first["id"],
            signing=Ed25519PrivateKey.from_private_bytes(base64.b64decode(first["private"])),
            version=keyset_file.version(),
        )
    except (tink.TinkError, KeyError, IndexError, TypeError, ValueError) as error:
        raise KeysUnavailable("KEYSET is not a keyset document. Make one with manage.py make_keyset.") from error


@cache
def _public_keys() -> dict[str, Ed25519PublicKey]:
    return {
        key["id"]: Ed25519PrivateKey.from_private_bytes(base64.b64decode(key["private"])).public_key()
        for key in keyset_file.document()["signing"]
    }


def look_again() -> bool:
    """Whether the keyset's file was changed since this process read it; what was read is then forgotten.

    One that is away was not changed: what this process knows still opens what is there.
    """
    is_changed = keyset_file.version() not in {keyset().version, keyset_file.AWAY}
    if is_changed:
        forget_keyset()
    return is_changed


def forget_keyset() -> None:
    """Read the keyset anew at the next use."""
    keyset.cache_clear()
    _public_keys.cache_clear()
