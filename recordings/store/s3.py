"""Objects in an S3-compatible store. Nothing lies on a disk of ours: audio goes up part by part while it arrives.

An object exists for nobody until its multipart upload is completed, and is kept once a HEAD then shows all its bytes.
Removing takes every version. Credentials come from boto3's usual places, never from the address.
"""

import base64
import contextlib
import hashlib
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from recordings.domain.errors import AudioIntegrityLost, StoreUnavailable
from recordings.store.port import unavailable

PART_BYTES = 8 << 20  # so much of an upload is in memory; S3 takes no part below 5 MiB but the last, and 10,000 parts
LONGEST_UPLOAD = timedelta(hours=6)
OBJECT_KEY = re.compile(r"[0-9a-f]{32}")  # what else lies beside our objects is not ours


@dataclass(frozen=True)
class Place:
    """Where in which S3: `prefix` is empty or ends in a slash; without `endpoint` it is Amazon's."""

    bucket: str
    prefix: str
    region: str | None
    endpoint: str | None


def place_of(url: str) -> Place:
    """`s3://bucket/prefix?region=…&endpoint=https://…`. Raises StoreUnavailable; no word of the address is repeated."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    endpoint = options.get("endpoint")
    if endpoint is not None and not _is_web_address(endpoint):
        raise StoreUnavailable("Write the endpoint in STORAGE_URL as https://host or https://host:port.")
    if "@" in parts.netloc or (endpoint and "@" in urlsplit(endpoint).netloc):
        raise StoreUnavailable("STORAGE_URL may hold no credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
    if not parts.netloc or options.keys() - {"region", "endpoint"}:
        raise StoreUnavailable("Write STORAGE_URL as s3://bucket/prefix?region=…&endpoint=https://….")
    prefix = unquote(parts.path).strip("/")
    return Place(parts.netloc, f"{prefix}/" if prefix else "", options.get("region"), endpoint)


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def client_of(place: Place) -> Any:
    """A client that gives up in time. Each part carries its MD5, which every server checks; newer sums few know."""
    config = Config(
        connect_timeout=3,
        read_timeout=30,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=32,
        s3={"addressing_style": "path" if place.endpoint else "auto"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    with _as_unavailable():  # a session of its own: the shared one may not be used by threads at once
        return Session().client("s3", region_name=place.region, endpoint_url=place.endpoint, config=config)


class S3Store:
    """Objects as `<prefix><key>` in one bucket."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.client = client_of(place)

    def incoming(self) -> "IncomingS3":
        return IncomingS3(self)

    def named(self, object_key: str) -> dict[str, str]:
        """How a request names this object."""
        return {"Bucket": self.place.bucket, "Key": self.place.prefix + object_key}

    def read(self, object_key: str, start: int, length: int) -> bytes:
        with _as_unavailable():
            try:
                span = f"bytes={start}-{start + length - 1}"
                answer = self.client.get_object(**self.named(object_key), Range=span)
            except ClientError as error:
                if _code(error) == "InvalidRange":  # behind the end, where a file has no bytes either
                    return b""
                if _code(error) != "NoSuchKey":
                    raise
                raise AudioIntegrityLost("The audio of this recording is missing from the store.") from error
            if answer["ContentLength"] > length:
                answer["Body"].close()
                raise unavailable("it does not answer ranges")
            body: bytes = answer["Body"].read()
            return body

    def head(self, object_key: str) -> int | None:
        with _as_unavailable():
            try:
                size: int = self.client.head_object(**self.named(object_key))["ContentLength"]
                return size
            except ClientError as error:
                if _code(error) not in {"404", "NoSuchKey"}:
                    raise
            self.client.head_bucket(Bucket=self.place.bucket)  # that the bucket is away is not that the object is gone
            return None

    def delete(self, object_key: str) -> None:
        with _as_unavailable():
            for version in self._versions(object_key):
                self.client.delete_object(**self.named(object_key), **version)
            if self._versions(object_key):
                raise unavailable("it still has a version of an object after removing it")

    def _versions(self, object_key: str) -> list[dict[str, str]]:
        """Each version and each mark of a deletion; without versioning S3 calls the only one "null"."""
        name = self.named(object_key)["Key"]
        pages = self.client.get_paginator("list_object_versions").paginate(Bucket=self.place.bucket, Prefix=name)
        try:
            found = [entry for page in pages for kind in ("Versions", "DeleteMarkers") for entry in page.get(kind, ())]
        except ClientError as error:
            if _code(error) != "NotImplemented":
                raise
            return [{}] if self.head(object_key) is not None else []  # a store that knows no versions has none
        return [{"VersionId": entry["VersionId"]} for entry in found if entry["Key"] == name]

    def object_keys(self, *, older_than: float) -> Iterator[str]:
        """An object bears the time at which its upload began, and may have been kept as long as one may take later."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.place.bucket, Prefix=self.place.prefix
        )
        with _as_unavailable():
            for page in pages:
                for entry in page.get("Contents", ()):
                    if object_key := self._ours(entry["Key"], entry["LastModified"].timestamp(), older_than):
                        yield object_key

    def clear_arrivals(self, *, older_than: float) -> int:
        pages = self.client.get_paginator("list_multipart_uploads").paginate(
            Bucket=self.place.bucket, Prefix=self.place.prefix
        )
        cleared = 0
        with _as_unavailable():
            for upload in [upload for page in pages for upload in page.get("Uploads", ())]:
                if object_key := self._ours(upload["Key"], upload["Initiated"].timestamp(), older_than):
                    self.abort(object_key, upload["UploadId"])
                    cleared += 1
        return cleared

    def abort(self, object_key: str, upload_id: str) -> None:
        """Drop the parts of an upload. "Already absent" is success."""
        with _as_unavailable():
            try:
                self.client.abort_multipart_upload(**self.named(object_key), UploadId=upload_id)
            except ClientError as error:
                if _code(error) != "NoSuchUpload":
                    raise

    def _ours(self, name: str, begun_at: float, older_than: float) -> str:
        """The key of an object of ours that was begun so long ago that it is older; empty: another's, or younger."""
        object_key = name.removeprefix(self.place.prefix)
        is_older = begun_at < older_than - LONGEST_UPLOAD.total_seconds()
        return object_key if is_older and OBJECT_KEY.fullmatch(object_key) else ""


class IncomingS3:
    """One multipart upload. It begins with its first full part, so that what ends before leaves nothing to remove."""

    def __init__(self, store: S3Store) -> None:
        self.store = store
        self.object_key = secrets.token_hex(16)
        self.size_bytes = 0
        self._held = bytearray()
        self._upload_id = ""
        self._begun_at = 0.0
        self._parts: list[dict[str, Any]] = []
        self._is_open = True
        self._may_exist = False

    def write(self, data: bytes) -> None:
        assert self._is_open, "written after it was kept or discarded"  # noqa: S101
        self._held += data
        if len(self._held) >= PART_BYTES:
            self._send()

    def _send(self) -> None:
        with _as_unavailable():
            if not self._upload_id:
                self._begun_at = time.monotonic()
                answer = self.store.client.create_multipart_upload(**self.store.named(self.object_key))
                self._upload_id = answer["UploadId"]
            number = len(self._parts) + 1
            digest = hashlib.md5(self._held, usedforsecurity=False).digest()
            answer = self.store.client.upload_part(
                **self.store.named(self.object_key),
                UploadId=self._upload_id,
                PartNumber=number,
                Body=self._held,
                ContentMD5=base64.b64encode(digest).decode(),
            )
        self._parts.append({"PartNumber": number, "ETag": answer["ETag"]})
        self.size_bytes += len(self._held)
        self._held = bytearray()

    def keep(self) -> str:
        """What took so long that the sweep of orphans may mistake it for one is refused."""
        assert self._is_open, "kept twice"  # noqa: S101
        if self._held or not self._parts:
            self._send()
        self._is_open = False
        if time.monotonic() - self._begun_at > LONGEST_UPLOAD.total_seconds():
            raise unavailable(f"the upload took longer than {LONGEST_UPLOAD}")
        self._may_exist = True
        with _as_unavailable():
            self._complete()
        if self.store.head(self.object_key) != self.size_bytes:
            raise unavailable("it does not have all bytes of an object that it said to keep")
        return self.object_key

    def _complete(self) -> None:
        try:
            self.store.client.complete_multipart_upload(
                **self.store.named(self.object_key),
                UploadId=self._upload_id,
                MultipartUpload={"Parts": self._parts},
            )
        except ClientError as error:
            if _code(error) != "NoSuchUpload":  # completed before, and the answer was lost: the size will tell
                raise

    def discard(self) -> None:
        self._is_open = False
        self._held = bytearray()
        with contextlib.suppress(StoreUnavailable):
            if self._upload_id:
                self.store.abort(self.object_key, self._upload_id)
        with contextlib.suppress(StoreUnavailable):
            if self._may_exist:
                self.store.delete(self.object_key)


@contextlib.contextmanager
def _as_unavailable() -> Iterator[None]:
    """Says what kind of thing went wrong. What the server or boto3 say beyond that may name addresses and keys."""
    try:
        yield
    except ClientError as error:
        raise unavailable(f"S3 answers {_code(error)}") from error
    except BotoCoreError as error:
        raise unavailable(f"S3 does not answer ({type(error).__name__})") from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "an error"))
