"""Objects in an S3-compatible store. Nothing lies on a disk of ours: audio goes up part by part while it arrives.

An object exists for nobody until its multipart upload is completed, and is kept once a HEAD then shows all its bytes.
Removing takes every version, and what the bucket's own lock keeps is said to be kept. Credentials come from boto3's
usual places, never from the address.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from recordings.domain.errors import AudioIntegrityLost, StoreLocked, StoreUnavailable
from recordings.store.breaker import Breaker
from recordings.store.files import MARKER, OBJECT_KEY
from recordings.store.parallel import each
from recordings.store.port import Lock, Refused, StoredObject, unavailable
from recordings.store.s3_client import CUT_SHORT, Place, asked, client_of, code
from recordings.store.s3_incoming import LONGEST_UPLOAD, IncomingS3
from recordings.store.s3_listing import listed

READS = 3  # an answer that was cut short is asked for again
AT_ONCE = 1_000  # so many a request takes
ABSENT = {"404", "NoSuchKey", "NoSuchVersion"}
NO_BATCHES = {"NotImplemented", "MethodNotAllowed", "MissingContentMD5", "InvalidRequest"}  # of a store that has none


class S3Store:
    """Objects as `<prefix><key>` in one bucket."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.locks = bool(place.lock)
        self.client = client_of(place)
        self._breaker = Breaker()

    def asked(self) -> AbstractContextManager[None]:
        return asked(self._breaker)

    def incoming(self) -> IncomingS3:
        return IncomingS3(self)

    def named(self, object_key: str) -> dict[str, str]:
        """How a request names this object."""
        return {"Bucket": self.place.bucket, "Key": self.place.prefix + object_key}

    # --- reading

    def read(self, object_key: str, start: int, length: int) -> bytes:
        with self.asked():
            for attempt in range(1, READS + 1):
                try:
                    return self._got(object_key, start, length)
                except CUT_SHORT:
                    if attempt == READS:
                        raise
        raise AssertionError("the last attempt returns or raises")

    def _got(self, object_key: str, start: int, length: int) -> bytes:
        try:
            span = f"bytes={start}-{start + length - 1}"
            answer = self.client.get_object(**self.named(object_key), Range=span)
        except ClientError as error:
            if code(error) == "InvalidRange":  # behind the end, where a file has no bytes either
                return b""
            if code(error) != "NoSuchKey":
                raise
            raise AudioIntegrityLost("The audio of this recording is missing from the store.") from error
        if answer["ContentLength"] > length:
            answer["Body"].close()
            raise unavailable("it does not answer ranges")
        body: bytes = answer["Body"].read()
        return body

    def head(self, object_key: str) -> int | None:
        with self.asked():
            found = self._head(object_key)
            return None if found is None else int(found["ContentLength"])

    def _head(self, object_key: str, **version: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self.client.head_object(**self.named(object_key), **version)
            return found
        except ClientError as error:
            if code(error) not in ABSENT:
                raise
        self.client.head_bucket(Bucket=self.place.bucket)  # that the bucket is away is not that the object is gone
        return None

    # --- removing

    def delete(self, object_key: str) -> None:
        if refused := self._delete_one(object_key):
            if refused.until:
                raise StoreLocked(refused.reason, refused.until)
            raise StoreUnavailable(refused.reason)

    def delete_many(self, object_keys: Collection[str]) -> dict[str, Refused]:
        return dict(each(self._delete_share, object_keys))

    def remaining(self, object_keys: Collection[str]) -> set[str]:
        return set(each(lambda share: (key for key in share if self._versions(key)), object_keys))

    def _delete_share(self, object_keys: Sequence[str]) -> Iterator[tuple[str, Refused]]:
        """Every version of these, so many a request; the answer is read key by key."""
        wanted: list[tuple[str, dict[str, str]]] = []
        for key in object_keys:
            try:
                wanted += [(key, version) for version in self._versions(key)]
            except StoreUnavailable as error:
                yield key, Refused(str(error))
        for begin in range(0, len(wanted), AT_ONCE):
            yield from self._delete_batch(wanted[begin : begin + AT_ONCE])

    def _delete_batch(self, wanted: list[tuple[str, dict[str, str]]]) -> Iterator[tuple[str, Refused]]:
        names = [{"Key": self.place.prefix + key} | version for key, version in wanted]
        try:
            with self.asked():
                try:
                    answer = self.client.delete_objects(Bucket=self.place.bucket, Delete={"Objects": names})
                except ClientError as error:
                    if code(error) not in NO_BATCHES:
                        raise
                    answer = None
        except StoreUnavailable as error:
            yield from ((key, Refused(str(error))) for key, _ in wanted)
            return
        for key in sorted({key for key, _ in wanted}) if answer is None else self._not_said_to_be_removed(answer):
            if refused := self._delete_one(key):  # once more by itself, and the reason is looked for
                yield key, refused

    def _not_said_to_be_removed(self, answer: dict[str, Any]) -> list[str]:
        """The keys of the versions for which the answer tells an error."""
        return sorted({entry["Key"].removeprefix(self.place.prefix) for entry in answer.get("Errors", ())})

    def _delete_one(self, object_key: str) -> Refused | None:
        version: dict[str, str] = {}
        try:
            for version in self._versions(object_key):
                with self.asked():
                    self.client.delete_object(**self.named(object_key), **version)
            if self._versions(object_key):
                return Refused("The store still has a version of an object after removing it.")
        except StoreUnavailable as error:
            cause = error.__cause__
            if isinstance(cause, ClientError) and code(cause) in {"AccessDenied", "InvalidRequest"}:
                return self._refused(object_key, version, str(error))
            return Refused(str(error))
        return None

    def _refused(self, object_key: str, version: dict[str, str], reason: str) -> Refused:
        """Why a version is kept: by the bucket's lock, or because these credentials may not remove it."""
        try:
            with self.asked():
                lock = _lock_in(self._head(object_key, **version) or {})
        except StoreUnavailable:
            return Refused(reason)
        if lock.held:
            return Refused("The store keeps it by a legal hold of its own, which is lifted with the next look.")
        if lock.until:
            return Refused(f"The store's own lock keeps it until {lock.until:%Y-%m-%d %H:%M} UTC.", lock.until)
        return Refused(reason)

    def _versions(self, object_key: str) -> list[dict[str, str]]:
        """Each version and each mark of a deletion; without versioning S3 calls the only one "null"."""
        name = self.named(object_key)["Key"]
        pages = self.client.get_paginator("list_object_versions").paginate(Bucket=self.place.bucket, Prefix=name)
        with self.asked():
            try:
                kinds = ("Versions", "DeleteMarkers")
                found = [entry for page in pages for kind in kinds for entry in page.get(kind, ())]
            except ClientError as error:
                if code(error) != "NotImplemented":
                    raise
                return [{}] if self._head(object_key) is not None else []  # a store that knows no versions has none
        return [{"VersionId": entry["VersionId"]} for entry in found if entry["Key"] == name]

    # --- all that is there

    def object_keys(self, *, older_than: float) -> Iterator[str]:
        return (found.key for found in self.objects(older_than=older_than) if found.is_ours and found.size_bytes)

    def objects(self, *, older_than: float) -> Iterator[StoredObject]:
        """An object bears the time at which its upload began, and may have been kept as long as one may take later."""
        before = older_than - LONGEST_UPLOAD.total_seconds()
        with self.asked():
            for found in listed(self.client, self.place):
                name = found.name.removeprefix(self.place.prefix)
                if found.changed_at < before and name != MARKER:
                    is_ours = bool(OBJECT_KEY.fullmatch(name))
                    yield StoredObject(name, found.size_bytes, found.spare_bytes, is_ours=is_ours)

    def clear_arrivals(self, *, older_than: float) -> int:
        pages = self.client.get_paginator("list_multipart_uploads").paginate(
            Bucket=self.place.bucket, Prefix=self.place.prefix
        )
        before = older_than - LONGEST_UPLOAD.total_seconds()
        cleared = 0
        with self.asked():
            uploads = [upload for page in pages for upload in page.get("Uploads", ())]
        for upload in uploads:
            object_key = upload["Key"].removeprefix(self.place.prefix)
            if upload["Initiated"].timestamp() < before and OBJECT_KEY.fullmatch(object_key):
                self.abort(object_key, upload["UploadId"])
                cleared += 1
        return cleared

    def abort(self, object_key: str, upload_id: str) -> None:
        """Drop the parts of an upload. "Already absent" is success."""
        with self.asked():
            try:
                self.client.abort_multipart_upload(**self.named(object_key), UploadId=upload_id)
            except ClientError as error:
                if code(error) != "NoSuchUpload":
                    raise

    def room(self) -> int | None:
        return None

    # --- the mark of the place, and its locks

    def marker(self) -> bytes | None:
        if not self.head(MARKER):
            return None
        return self.read(MARKER, 0, 4096)

    def put_marker(self, content: bytes) -> None:
        with self.asked():
            self.client.put_object(**self.named(MARKER), Body=content)

    def lock(self, object_key: str, *, until: datetime | None, held: bool) -> None:
        now = self.lock_of(object_key)
        if now is None:
            raise AudioIntegrityLost("The audio of this recording is missing from the store.")
        with self.asked():
            if until and (now.until is None or now.until < until):
                retention = {"Mode": self.place.lock, "RetainUntilDate": until}
                self.client.put_object_retention(**self.named(object_key), Retention=retention)
            if held != now.held:
                status = {"Status": "ON" if held else "OFF"}
                self.client.put_object_legal_hold(**self.named(object_key), LegalHold=status)

    def lock_of(self, object_key: str) -> Lock | None:
        with self.asked():
            found = self._head(object_key)
            return None if found is None else _lock_in(found)


def _lock_in(head: dict[str, Any]) -> Lock:
    return Lock(head.get("ObjectLockRetainUntilDate"), head.get("ObjectLockLegalHoldStatus") == "ON")
