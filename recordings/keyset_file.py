"""The keyset's document: made once, kept in a file of its own or given by KEYSET, changed only by a rotation.

`{"encryption": <Tink keyset>, "index_secret", "signing": [{"id", "private"}]}`. The encryption keys each stand with an
id; the primary one wraps, all of them open. The file is replaced as a whole, durably, or not at all.
"""

import base64
import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Collection
from pathlib import Path
from typing import Any

import tink
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from tink import aead, json_proto_keyset_format, secret_key_access

from recordings.domain.errors import KeysUnavailable, RotationNotMovable
from recordings.keyset_needed import needed_by

Document = dict[str, Any]
AWAY = (0, 0)  # no file, or none that is ours to look at


def is_a_file() -> bool:
    """Whether this copy keeps its keyset itself; else KEYSET gives it, and only an operator can change it."""
    return not settings.KEYSET


def path() -> Path:
    file: Path = settings.PLACES.keys / "keyset.json"
    return file


def document() -> Document:
    """Raises KeysUnavailable: lost, or not a keyset document."""
    text = settings.KEYSET or kept_document(path())
    try:
        read = json.loads(text)
    except ValueError as error:
        raise KeysUnavailable("KEYSET is not JSON. Make one with manage.py make_keyset.") from error
    if not isinstance(read, dict):
        raise KeysUnavailable("KEYSET is not a keyset document. Make one with manage.py make_keyset.")
    return read


def version() -> tuple[int, int]:
    """What changes with the file: its number and its time. A keyset given by KEYSET changes with the process alone."""
    if not is_a_file():
        return AWAY
    try:
        status = path().stat()
    except FileNotFoundError:
        return AWAY
    return (status.st_ino, status.st_mtime_ns)


def new_document() -> str:
    """A fresh keyset document. The newest signing key stands first; earlier ones stay, to verify what they signed."""
    private = Ed25519PrivateKey.generate()
    content = {
        "encryption": _fresh_encryption(),
        "index_secret": base64.b64encode(secrets.token_bytes(32)).decode(),
        "signing": [
            {
                "id": hashlib.sha256(private.public_key().public_bytes_raw()).hexdigest()[:16],
                "private": base64.b64encode(private.private_bytes_raw()).decode(),
            }
        ],
    }
    return json.dumps(content, indent=1)


# --- the keys that wrap, in a document


def key_ids(document: Document) -> list[int]:
    return [int(key["keyId"]) for key in document["encryption"]["key"] if key["status"] == "ENABLED"]


def primary_id(document: Document) -> int:
    return int(document["encryption"]["primaryKeyId"])


def prefix_of(key_id: int) -> bytes:
    """What Tink writes before all that this key seals."""
    return b"\x01" + key_id.to_bytes(4)


def with_new_key(document: Document) -> Document:
    """The same with one more key, which does not wrap yet but opens what others wrap with it."""
    fresh = _fresh_encryption()
    while fresh["primaryKeyId"] in key_ids(document):
        fresh = _fresh_encryption()
    encryption = document["encryption"]
    return document | {"encryption": encryption | {"key": [*encryption["key"], *fresh["key"]]}}


def with_newest_first(document: Document) -> Document:
    """The same, with the key that was added last as the one that wraps."""
    newest = document["encryption"]["key"][-1]["keyId"]
    return document | {"encryption": document["encryption"] | {"primaryKeyId": newest}}


def without(document: Document, gone: Collection[int]) -> Document:
    """The same without these keys. Raises RotationNotMovable: one of them still wraps."""
    if primary_id(document) in gone:
        raise RotationNotMovable("The key that wraps now cannot retire. Begin another rotation first.")
    left = [key for key in document["encryption"]["key"] if int(key["keyId"]) not in gone]
    return document | {"encryption": document["encryption"] | {"key": left}}


def replace(document: Document) -> None:
    """Set this document in the place of the file's, durably, once it was read back whole.

    Raises RotationNotMovable: KEYSET gives the document, so that it can only be changed there.
    """
    if not is_a_file():
        raise RotationNotMovable("KEYSET gives the keys of this copy. Print a document, and set it there.")
    json_proto_keyset_format.parse(json.dumps(document["encryption"]), secret_key_access.TOKEN).primitive(aead.Aead)
    file = path()
    fresh = _written_beside(file, json.dumps(document, indent=1).encode())
    if json.loads(fresh.read_bytes()) != document:
        fresh.unlink()
        raise KeysUnavailable("What was written of the keyset reads back otherwise. Nothing was changed.")
    fresh.replace(file)
    _fsync_folder(file.parent)


def kept_document(file: Path) -> str:
    """The document of this copy, made at its first start. A lost keyset is never replaced where anything needs it.

    Raises KeysUnavailable: it was lost, or whether it was cannot be asked.
    """
    with contextlib.suppress(FileNotFoundError):
        return file.read_text()
    if why := needed_by():
        with contextlib.suppress(FileNotFoundError):
            return file.read_text()  # another process made it meanwhile
        raise KeysUnavailable(f"The keyset {file} is missing, but {why}. Put the file back from its backup.")
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = _written_beside(file, new_document().encode())
    with contextlib.suppress(FileExistsError):  # another process wrote first
        file.hardlink_to(fresh)
    fresh.unlink()
    _fsync_folder(file.parent)
    return file.read_text()


def _fresh_encryption() -> dict[str, Any]:
    handle = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM)
    made: dict[str, Any] = json.loads(json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN))
    return made


def _written_beside(file: Path, content: bytes) -> Path:
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return fresh


def _fsync_folder(place: Path) -> None:
    folder = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
