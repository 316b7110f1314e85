"""The store that STORAGE_URL names."""

import os
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings

from recordings.domain.errors import StoreUnavailable
from recordings.store.files import FileStore
from recordings.store.port import Store


@cache
def store() -> Store:
    """`file:///path` or `s3://bucket/prefix`. Raises StoreUnavailable: another address, or a package is missing."""
    parts = urlsplit(settings.STORAGE_URL)
    if parts.scheme == "file":
        return FileStore(Path(unquote(parts.path)))
    if parts.scheme == "s3":
        return _s3_store()
    raise StoreUnavailable(
        f"STORAGE_URL begins with {parts.scheme}:, which Callward does not know. Use file:///… or s3://…."
    )


def _s3_store() -> Store:
    try:
        from recordings.store.s3 import S3Store
        from recordings.store.s3_client import place_of
    except ModuleNotFoundError as error:
        raise StoreUnavailable(
            "STORAGE_URL begins with s3:, which needs the package boto3. Install it: make setup EXTRAS=s3."
        ) from error
    return S3Store(place_of(settings.STORAGE_URL))


os.register_at_fork(after_in_child=store.cache_clear)  # two processes cannot talk over one connection
