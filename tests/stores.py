"""Both stores behind their port: a real server for S3, and hands that reach what lies in either."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings

from recordings.services.storekeeping import orphans
from recordings.store import FileStore, store
from recordings.store.s3 import S3Store
from recordings.store.s3_incoming import LONGEST_UPLOAD

ROOT = Path(__file__).parent.parent
S3_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "only-for-tests",
    "AWS_SECRET_ACCESS_KEY": "a-secret-that-nobody-may-read",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "NO_PROXY": "127.0.0.1",
}


@contextmanager
def s3_server(module: str = "tests.s3_server") -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """The address of an S3 server that runs meanwhile, and its process. `tests.strict_s3.server` is the strict one."""
    command = [sys.executable, "-m", module]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}", process
    finally:
        process.kill()
        process.communicate()


def s3_address(endpoint: str, *, bucket: str = "", prefix: str = "callward/audio") -> str:
    """A STORAGE_URL with a bucket of its own."""
    return f"s3://{bucket or f'audio-{uuid4().hex}'}/{prefix}?region=eu-central-1&endpoint={endpoint}"


def make_bucket(*, versioned: bool = False) -> S3Store:
    """The S3 store that STORAGE_URL names, with its bucket made."""
    there = store()
    assert isinstance(there, S3Store)
    place = {"LocationConstraint": there.place.region}
    there.client.create_bucket(Bucket=there.place.bucket, CreateBucketConfiguration=place)
    if versioned:
        there.client.put_bucket_versioning(Bucket=there.place.bucket, VersioningConfiguration={"Status": "Enabled"})
    return there


def order(endpoint: str, **orders: Any) -> dict[str, int]:
    """What the strict server does wrong from now on; how often it did what before."""
    return _told(endpoint, "orders", orders)


def order_bucket(endpoint: str, **orders: Any) -> None:
    """`ahead`: seconds by which the bucket's clock is before ours; `lies`: it says that it removed, and keeps."""
    there = store()
    assert isinstance(there, S3Store)
    _told(endpoint, "bucket", {"name": there.place.bucket} | orders)


def _told(endpoint: str, what: str, orders: dict[str, Any]) -> dict[str, int]:
    request = urllib.request.Request(f"{endpoint}/_{what}", json.dumps(orders).encode(), method="POST")  # noqa: S310
    with urllib.request.urlopen(request) as answer:  # noqa: S310  a server of ours
        counts: dict[str, int] = json.load(answer)
        return counts


def make_locking_bucket() -> S3Store:
    """The S3 store that STORAGE_URL names, with its bucket made so that it can lock."""
    there = store()
    assert isinstance(there, S3Store)
    there.client.create_bucket(
        Bucket=there.place.bucket,
        ObjectLockEnabledForBucket=True,
        CreateBucketConfiguration={"LocationConstraint": there.place.region},
    )
    return there


def everything_in(there: Any) -> set[str]:
    """All that lies there: objects, their old versions, and whatever an upload left on its way."""
    if isinstance(there, FileStore):
        return {str(file.relative_to(there.root)) for file in there.root.rglob("*") if file.is_file()}
    bucket, client = there.place.bucket, there.client
    versions, uploads = client.list_object_versions(Bucket=bucket), client.list_multipart_uploads(Bucket=bucket)
    kinds = [*versions.get("Versions", []), *versions.get("DeleteMarkers", [])]
    found = {f"{entry['Key']} version {entry['VersionId']}" for entry in kinds}
    return found | {f"{entry['Key']} upload {entry['UploadId']}" for entry in uploads.get("Uploads", [])}


def sealed(object_key: str) -> bytes:
    """What lies in the store under this key."""
    there = store()
    return there.read(object_key, 0, there.head(object_key) or 1)


def put(object_key: str, content: bytes) -> None:
    """What a hand in the store could do."""
    there = store()
    if isinstance(there, S3Store):
        there.client.put_object(**there.named(object_key), Body=content)
    else:
        there.path(object_key).write_bytes(content)


def change(object_key: str, changed: Callable[[bytes], bytes]) -> None:
    put(object_key, changed(sealed(object_key)))


def swept(at: datetime) -> int:
    """What the beat does with what no row owns: set it aside at `at`, remove it after its days. How much went."""
    cleared = orphans.clear_arrivals(at)
    orphans.scan(at)
    return cleared + orphans.remove_set_aside(at + timedelta(days=settings.SET_ASIDE_DAYS, minutes=1))


def late() -> timedelta:
    """How much later than its age says this store is sure that something was never kept."""
    return LONGEST_UPLOAD if isinstance(store(), S3Store) else timedelta()
