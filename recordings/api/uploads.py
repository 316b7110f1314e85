"""Bodies that stream: multipart with `metadata` and `audio` in any order, or the audio alone. Never plain on a disk."""

import base64
import binascii
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from recordings.domain.errors import AudioTooLarge, UploadCutShort, UploadUnreadable
from recordings.services.audio import Arriving

CHUNK_BYTES = 256 * 1024
AROUND_AUDIO = 2 << 20  # bytes that a multipart body may have beside its audio
CHUNKED_LENGTH = 1 << 62  # what the parser is told where the length is not known before the end


@dataclass
class Received:
    """Both parts of a multipart body; the audio is sealed already, and goes unless it is claimed."""

    metadata: bytes
    audio: Arriving | None


@contextmanager
def received(request: HttpRequest) -> Iterator[Received]:
    """Read a multipart body to its end. Raises UploadUnreadable, UploadCutShort, AudioTooLarge, AudioRefused."""
    with ExitStack() as stack:
        body = Body(request, settings.AUDIO_MAX_BYTES + AROUND_AUDIO)
        parts = _Parts(stack)
        _parse(request, body, parts)
        if parts.metadata is None:
            raise UploadUnreadable("The part metadata is missing. Send it as JSON.", pointer="/metadata")
        if parts.audio is None:
            raise UploadUnreadable("The part audio is missing. Send it with a file name.", pointer="/audio")
        yield Received(bytes(parts.metadata), parts.audio)


def _parse(request: HttpRequest, body: "Body", parts: "_Parts") -> None:
    meta = dict(request.META, CONTENT_LENGTH=CHUNKED_LENGTH if body.length is None else body.length)
    try:
        fields, _ = MultiPartParser(meta, cast(Any, body), [parts], "utf-8").parse()
    except RequestDataTooBig as error:
        raise UploadUnreadable("A part without a file name is too large. Send audio with a file name.") from error
    except (MultiPartParserError, SuspiciousOperation) as error:
        raise UploadUnreadable(f"The multipart body is broken: {error}") from error
    body.assert_whole(b"--" + _boundary(request) + b"--")
    for name, values in fields.lists():
        parts.take_field(name, values)


def _boundary(request: HttpRequest) -> bytes:
    return str(request.content_params.get("boundary", "")).encode("latin-1", "replace")  # type: ignore[union-attr]


class _Parts(FileUploadHandler):
    """Sends each part where it belongs: metadata into memory, audio through seal into the store."""

    chunk_size = CHUNK_BYTES

    def __init__(self, stack: ExitStack) -> None:
        super().__init__()
        self.stack = stack
        self.metadata: bytearray | None = None
        self.audio: Arriving | None = None
        self.part = ""

    def new_file(self, field_name: str, *args: Any, **extra: Any) -> None:
        super().new_file(field_name, *args, **extra)
        self._begin(field_name)
        if field_name == "audio":
            self.audio = self.stack.enter_context(Arriving(declared=self.content_type or ""))

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self.part == "audio" and self.audio is not None:
            self.audio.write(raw_data)
        elif self.metadata is not None:
            self.metadata += raw_data
            if len(self.metadata) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                raise UploadUnreadable("The part metadata is too large.", pointer="/metadata")

    def file_complete(self, file_size: int) -> None:
        return None

    def take_field(self, name: str, values: list[str]) -> None:
        """A part without a file name: that is how forms send the metadata."""
        if name == "audio":
            raise UploadUnreadable("Send the part audio with a file name.", pointer="/audio")
        if len(values) > 1:
            raise UploadUnreadable(f"The part {name} stands twice; send it once.", pointer=f"/{name}")
        self._begin(name)
        self.metadata = bytearray(values[0].encode("utf-8", "surrogatepass"))

    def _begin(self, name: str) -> None:
        if name not in {"metadata", "audio"}:
            raise UploadUnreadable(f"There is no part {name!r}; send metadata and audio.", pointer=f"/{name}")
        if (self.metadata if name == "metadata" else self.audio) is not None:
            raise UploadUnreadable(f"The part {name} stands twice; send it once.", pointer=f"/{name}")
        if name == "metadata":
            self.metadata = bytearray()
        self.part = name


class Body:
    """The request's bytes, counted; at its end it is known whether all of them came."""

    def __init__(self, request: HttpRequest, limit: int) -> None:
        self.length = _declared_length(request)
        self.limit = limit
        if self.length is not None and self.length > limit:
            raise AudioTooLarge(settings.AUDIO_MAX_BYTES)
        is_chunked = self.length is None and request.META.get("wsgi.input_terminated")
        self.stream = request.META["wsgi.input"] if is_chunked else request
        self.count = 0
        self.tail = b""

    def read(self, size: int | None = None) -> bytes:
        data: bytes = self.stream.read(CHUNK_BYTES if size is None or size < 0 else size)
        self.count += len(data)
        if self.count > self.limit:
            raise AudioTooLarge(settings.AUDIO_MAX_BYTES)
        self.tail = (self.tail + data)[-512:] if len(data) < 512 else data[-512:]
        return data

    def chunks(self) -> Iterator[bytes]:
        """All of it. Raises UploadCutShort after the last, where some is missing."""
        while data := self.read(CHUNK_BYTES):
            yield data
        self.assert_whole()

    def assert_whole(self, ending: bytes = b"") -> None:
        is_short = self.length is not None and self.count < self.length
        if is_short or ending not in self.tail:
            raise UploadCutShort


def _declared_length(request: HttpRequest) -> int | None:
    text = request.META.get("CONTENT_LENGTH") or ""
    return int(text) if text.isascii() and text.isdigit() else None


_DIGEST = re.compile(r"(?:^|,)\s*sha-256\s*=\s*:([A-Za-z0-9+/=]*):\s*(?:;[^,]*)?(?=,|$)", re.IGNORECASE)


def content_digest(request: HttpRequest) -> bytes | None:
    """The SHA-256 that `Content-Digest` announces (RFC 9530); None: none. Raises UploadUnreadable."""
    text = request.headers.get("Content-Digest", "")
    if not text:
        return None
    found = _DIGEST.search(text)
    try:
        digest = base64.b64decode(found.group(1), validate=True) if found else b""
    except binascii.Error:
        digest = b""
    if len(digest) != 32:
        raise UploadUnreadable("Write Content-Digest as sha-256=:<base64 of 32 bytes>:.", pointer="/Content-Digest")
    return digest
