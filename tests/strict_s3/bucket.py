"""What lies in a bucket, and who may remove it when. No HTTP here."""

import hashlib
import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


class Refused(Exception):
    """The answer is an error: HTTP status and S3's code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


@dataclass
class Version:
    name: str
    content: bytes
    changed_at: datetime
    version_id: str
    is_mark: bool = False  # of a deletion
    mode: str = ""
    until: datetime | None = None
    held: bool = False

    @property
    def etag(self) -> str:
        return hashlib.md5(self.content, usedforsecurity=False).hexdigest()


@dataclass
class Upload:
    name: str
    upload_id: str
    begun_at: datetime
    parts: dict[int, bytes] = field(default_factory=dict)


@dataclass
class Bucket:
    """Versions of each name, newest last."""

    is_versioned: bool = False
    has_locks: bool = False
    lies: bool = False  # says "removed" and keeps it
    ahead: timedelta = timedelta()  # how far its clock is before ours
    versions: dict[str, list[Version]] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    guard: threading.RLock = field(default_factory=threading.RLock)

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time(), UTC) + self.ahead

    def put(self, name: str, content: bytes) -> Version:
        version = Version(name, content, self.now(), secrets.token_hex(8) if self.is_versioned else "null")
        self._add(version)
        return version

    def _add(self, version: Version) -> None:
        if self.is_versioned:
            self.versions.setdefault(version.name, []).append(version)
        else:
            self.versions[version.name] = [version]

    def find(self, name: str, version_id: str = "") -> Version:
        found = [one for one in self.versions.get(name, []) if not version_id or one.version_id == version_id]
        if not found:
            raise Refused(404, "NoSuchVersion" if version_id else "NoSuchKey")
        if found[-1].is_mark:
            raise Refused(405 if version_id else 404, "MethodNotAllowed" if version_id else "NoSuchKey")
        return found[-1]

    def remove(self, name: str, version_id: str) -> None:
        """Without a version a versioned bucket only marks. Raises Refused: that version is locked."""
        if self.lies:
            return
        if not version_id and self.is_versioned:
            self._add(Version(name, b"", self.now(), secrets.token_hex(8), is_mark=True))
            return
        for version in list(self.versions.get(name, [])):
            if not version_id or version.version_id == version_id:
                self._assert_unlocked(version)
                self.versions[name].remove(version)
        if not self.versions.get(name):
            self.versions.pop(name, None)

    def _assert_unlocked(self, version: Version) -> None:
        if version.held or (version.until and version.until > self.now()):
            raise Refused(403, "AccessDenied")

    def retain(self, name: str, version_id: str, mode: str, until: datetime) -> None:
        """Never earlier, in either mode: nobody here has the right to pass by governance."""
        version = self._lockable(name, version_id)
        if until <= self.now():
            raise Refused(400, "InvalidArgument")
        if version.until and version.until > self.now() and (until < version.until or mode != version.mode):
            raise Refused(403, "AccessDenied")
        version.mode, version.until = mode, until

    def hold(self, name: str, version_id: str, *, held: bool) -> None:
        self._lockable(name, version_id).held = held

    def _lockable(self, name: str, version_id: str) -> Version:
        if not self.has_locks:
            raise Refused(400, "InvalidRequest")
        return self.find(name, version_id)

    # --- uploads in parts

    def begin(self, name: str) -> Upload:
        upload = Upload(name, secrets.token_hex(12), self.now())
        self.uploads[upload.upload_id] = upload
        return upload

    def upload(self, upload_id: str) -> Upload:
        if upload_id not in self.uploads:
            raise Refused(404, "NoSuchUpload")
        return self.uploads[upload_id]

    def complete(self, upload_id: str, told: list[tuple[int, str]]) -> Version:
        upload = self.upload(upload_id)
        for number, etag in told:
            part = upload.parts.get(number)
            if part is None or hashlib.md5(part, usedforsecurity=False).hexdigest() != etag:
                raise Refused(400, "InvalidPart")
        if any(len(upload.parts[number]) < 5 << 20 for number, _ in told[:-1]):
            raise Refused(400, "EntityTooSmall")
        del self.uploads[upload_id]
        return self.put(upload.name, b"".join(upload.parts[number] for number, _ in told))
