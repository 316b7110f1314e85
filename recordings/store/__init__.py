"""The audio store: sealed audio in, any range of it out. Files by default, an S3-compatible store by setting.

`pieces` seals and opens; `port` is what it asks of a place; `files` and `s3` are places; `chosen` reads the setting.
"""

from recordings.store.chosen import store
from recordings.store.files import FileStore
from recordings.store.pieces import (
    PIECE_BYTES,
    SEALED_PIECE_BYTES,
    AudioWriter,
    is_ready,
    last_piece,
    piece_label,
    read_object,
    read_piece,
    read_range,
    sealed_size,
)
from recordings.store.port import IncomingObject, Lock, Refused, Store, StoredObject

__all__ = [
    "PIECE_BYTES",
    "SEALED_PIECE_BYTES",
    "AudioWriter",
    "FileStore",
    "IncomingObject",
    "Lock",
    "Refused",
    "Store",
    "StoredObject",
    "is_ready",
    "last_piece",
    "piece_label",
    "read_object",
    "read_piece",
    "read_range",
    "sealed_size",
    "store",
]
