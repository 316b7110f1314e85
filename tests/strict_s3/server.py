"""The HTTP side: `python -m tests.strict_s3.server` prints its port on 127.0.0.1 and dies with its parent."""

import base64
import hashlib
import json
import random
import sys
import threading
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape
from zlib import crc32

from compliance_site.private.processes import tie_to_parent
from tests.strict_s3.bucket import Bucket, Refused, Version

BUCKETS: dict[str, Bucket] = {}


@dataclass
class Orders:
    """What goes wrong: with `rate` (0 … 1) one of `kinds`, drawn from `seed`, for requests of these `methods`.

    kinds: 500, 503 (SlowDown), stall (`stall` seconds, then as if nothing were), cut (the body ends early), flip (a
    bit of the body).
    """

    seed: int = 0
    rate: float = 0.0
    kinds: tuple[str, ...] = ()
    methods: tuple[str, ...] = ("GET", "PUT", "POST", "DELETE", "HEAD")
    stall: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.draw = random.Random(self.seed)  # noqa: S311  a seeded fault, no secret
        self.guard = threading.Lock()

    def next(self, method: str) -> str:
        with self.guard:
            if method not in self.methods or not self.kinds or self.draw.random() >= self.rate:
                return ""
            kind = self.draw.choice(self.kinds)
            self.counts[kind] = self.counts.get(kind, 0) + 1
            return kind


ORDERS = [Orders()]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def handle_any(self) -> None:
        parts = urlsplit(self.path)
        self.query = dict(parse_qsl(parts.query, keep_blank_values=True))
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.fault = ""
        if parts.path.startswith("/_"):
            self.order(parts.path)
            return
        self.fault = ORDERS[0].next(self.command)
        if self.fault == "stall":
            time.sleep(ORDERS[0].stall)
        if self.fault in {"500", "503"}:
            self.error(int(self.fault), "SlowDown" if self.fault == "503" else "InternalError")
            return
        bucket, _, name = unquote(parts.path).lstrip("/").partition("/")
        try:
            self.assert_digest()
            self.answer(bucket, name)
        except Refused as refused:
            self.error(refused.status, refused.code)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any  # noqa: N815  the library names them

    def order(self, path: str) -> None:
        """Answers how often what went wrong under the orders before."""
        counts = ORDERS[0].counts
        if path == "/_orders":
            told = json.loads(self.body)
            ORDERS[0] = Orders(
                **{key: tuple(value) if isinstance(value, list) else value for key, value in told.items()}
            )
        if path == "/_bucket":
            told = json.loads(self.body)
            bucket = BUCKETS[told.pop("name")]
            bucket.ahead = timedelta(seconds=told.get("ahead", 0))
            bucket.lies = told.get("lies", False)
        self.reply(200, json.dumps(counts).encode())

    def assert_digest(self) -> None:
        """Whatever digest came with the body is checked. Raises Refused."""
        sums = {
            "Content-MD5": lambda body: hashlib.md5(body, usedforsecurity=False).digest(),
            "x-amz-checksum-sha256": lambda body: hashlib.sha256(body).digest(),
            "x-amz-checksum-crc32": lambda body: crc32(body).to_bytes(4),
        }
        for header, digest in sums.items():
            told = self.headers.get(header)
            if told and base64.b64encode(digest(self.body)).decode() != told:
                raise Refused(400, "BadDigest")

    def answer(self, bucket_name: str, name: str) -> None:
        if not name and self.command == "PUT" and not self.query:
            has_locks = self.headers.get("x-amz-bucket-object-lock-enabled") == "true"
            BUCKETS[bucket_name] = Bucket(is_versioned=has_locks, has_locks=has_locks)
            self.reply(200)
            return
        if bucket_name not in BUCKETS:
            raise Refused(404, "NoSuchBucket")
        self.bucket = BUCKETS[bucket_name]
        with self.bucket.guard:
            status, body, headers = self.of_object(name) if name else self.of_bucket()
        self.reply(status, body, headers)

    # --- a bucket

    def of_bucket(self) -> tuple[int, bytes, dict[str, str]]:
        query = self.query
        if self.command == "HEAD":
            return 200, b"", {}
        if "versioning" in query and self.command == "PUT":
            self.bucket.is_versioned = b"Enabled" in self.body
            return 200, b"", {}
        if "delete" in query:
            return 200, self.delete_many(), {}
        if "versions" in query:
            return 200, self.list_versions(), {}
        if "uploads" in query:
            return 200, self.list_uploads(), {}
        raise Refused(501, "NotImplemented")

    def delete_many(self) -> bytes:
        if not (
            self.headers.get("Content-MD5") or any(one.lower().startswith("x-amz-checksum") for one in self.headers)
        ):
            raise Refused(400, "MissingContentMD5")
        told = ""
        for one in _all(ET.fromstring(self.body), "Object"):  # noqa: S314  a client of ours
            name, version = _text(one, "Key"), _text(one, "VersionId")
            try:
                self.bucket.remove(name, version)
                told += f"<Deleted><Key>{escape(name)}</Key><VersionId>{version}</VersionId></Deleted>"
            except Refused as refused:
                told += f"<Error><Key>{escape(name)}</Key><Code>{refused.code}</Code></Error>"
        return _xml("DeleteResult", told)

    def list_versions(self) -> bytes:
        told = ""
        prefix = self.query.get("prefix", "")
        for name in sorted(self.bucket.versions):
            if name.startswith(prefix):
                newest = self.bucket.versions[name][-1]
                told += "".join(_version(one, one is newest) for one in reversed(self.bucket.versions[name]))
        return _xml("ListVersionsResult", f"<IsTruncated>false</IsTruncated>{told}")

    def list_uploads(self) -> bytes:
        told = "".join(
            f"<Upload><Key>{escape(one.name)}</Key><UploadId>{one.upload_id}</UploadId>"
            f"<Initiated>{_when(one.begun_at)}</Initiated></Upload>"
            for one in self.bucket.uploads.values()
        )
        return _xml("ListMultipartUploadsResult", f"<IsTruncated>false</IsTruncated>{told}")

    # --- an object

    def of_object(self, name: str) -> tuple[int, bytes, dict[str, str]]:
        query, version = self.query, self.query.get("versionId", "")
        if "uploads" in query or "uploadId" in query:
            return self.of_upload(name)
        if "retention" in query:
            told = ET.fromstring(self.body)  # noqa: S314
            until = datetime.fromisoformat(_text(told, "RetainUntilDate"))
            self.bucket.retain(name, version, _text(told, "Mode"), until)
            return 200, b"", {}
        if "legal-hold" in query:
            self.bucket.hold(name, version, held=_text(ET.fromstring(self.body), "Status") == "ON")  # noqa: S314
            return 200, b"", {}
        if self.command == "PUT":
            return 200, b"", {"ETag": f'"{self.bucket.put(name, self.body).etag}"'}
        if self.command == "DELETE":
            self.bucket.remove(name, version)
            return 204, b"", {}
        return self.read(self.bucket.find(name, version))

    def read(self, found: Version) -> tuple[int, bytes, dict[str, str]]:
        headers = {"ETag": f'"{found.etag}"', "Last-Modified": f"{found.changed_at:%a, %d %b %Y %H:%M:%S GMT}"}
        headers["x-amz-version-id"] = found.version_id
        if found.until:
            headers |= {"x-amz-object-lock-mode": found.mode, "x-amz-object-lock-retain-until-date": _when(found.until)}
        if found.held:
            headers["x-amz-object-lock-legal-hold"] = "ON"
        span = self.headers.get("Range")
        if not span:
            return 200, found.content, headers
        start, _, stop = span.removeprefix("bytes=").partition("-")
        if int(start) >= len(found.content):
            raise Refused(416, "InvalidRange")
        return 206, found.content[int(start) : int(stop) + 1], headers

    def of_upload(self, name: str) -> tuple[int, bytes, dict[str, str]]:
        if "uploads" in self.query:
            upload = self.bucket.begin(name)
            return 200, _xml("InitiateMultipartUploadResult", f"<UploadId>{upload.upload_id}</UploadId>"), {}
        upload_id = self.query["uploadId"]
        if self.command == "PUT":
            if not self.headers.get("Content-MD5"):
                raise Refused(400, "MissingContentMD5")
            self.bucket.upload(upload_id).parts[int(self.query["partNumber"])] = self.body
            return 200, b"", {"ETag": f'"{hashlib.md5(self.body, usedforsecurity=False).hexdigest()}"'}
        if self.command == "DELETE":
            self.bucket.upload(upload_id)
            del self.bucket.uploads[upload_id]
            return 204, b"", {}
        told = [
            (int(_text(part, "PartNumber")), _text(part, "ETag").strip('"'))
            for part in _all(ET.fromstring(self.body), "Part")  # noqa: S314
        ]
        kept = self.bucket.complete(upload_id, told)
        return 200, _xml("CompleteMultipartUploadResult", f"<ETag>{kept.etag}</ETag>"), {}

    # --- answers

    def error(self, status: int, code: str) -> None:
        self.fault = ""
        self.reply(status, f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{code}</Message></Error>".encode())

    def reply(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        if self.fault == "flip" and body:
            body = bytes([body[0] ^ 1]) + body[1:]
        self.send_response(status)
        for header, value in (headers or {}).items():
            self.send_header(header, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if self.fault == "cut" and body:
            body = body[: len(body) // 2]
            self.close_connection = True
        self.wfile.write(body)


def _version(one: Version, is_latest: bool) -> str:  # noqa: FBT001
    told = (
        f"<Key>{escape(one.name)}</Key><VersionId>{one.version_id}</VersionId>"
        f"<IsLatest>{str(is_latest).lower()}</IsLatest><LastModified>{_when(one.changed_at)}</LastModified>"
    )
    if one.is_mark:
        return f"<DeleteMarker>{told}</DeleteMarker>"
    return f"<Version>{told}<Size>{len(one.content)}</Size></Version>"


def _when(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _xml(name: str, content: str) -> bytes:
    return f"<?xml version='1.0' encoding='UTF-8'?><{name}>{content}</{name}>".encode()


def _all(root: ET.Element, name: str) -> list[ET.Element]:
    return [one for one in root.iter() if one.tag.rpartition("}")[2] == name]


def _text(root: ET.Element, name: str) -> str:
    found = _all(root, name)
    return (found[0].text or "") if found else ""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: Any) -> None:
        """A client that went away is none of the server's business."""


if __name__ == "__main__":
    tie_to_parent()
    server = Server(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
