"""An object on its way into S3: one multipart upload, so that it exists for nobody until it is completed."""

import base64
import contextlib
import hashlib
import secrets
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from recordings.domain.errors import StoreUnavailable
from recordings.store.port import unavailable
from recordings.store.s3_client import code

if TYPE_CHECKING:
    from recordings.store.s3 import S3Store

PART_BYTES = 8 << 20  # so much of an upload is in memory; S3 takes no part below 5 MiB but the last, and 10,000 parts
LONGEST_UPLOAD = timedelta(hours=6)


class IncomingS3:
    """One multipart upload. It begins with its first full part, so that what ends before leaves nothing to remove."""

    def __init__(self, store: "S3Store") -> None:
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
        with self.store.asked():
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
        """What took so long that the scan for orphans may mistake it for one is refused."""
        assert self._is_open, "kept twice"  # noqa: S101
        if self._held or not self._parts:
            self._send()
        self._is_open = False
        if time.monotonic() - self._begun_at > LONGEST_UPLOAD.total_seconds():
            raise unavailable(f"the upload took longer than {LONGEST_UPLOAD}")
        self._may_exist = True
        with self.store.asked():
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
            if code(error) != "NoSuchUpload":  # completed before, and the answer was lost: the size will tell
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
