"""Fetching a body: redirects judged like the first address, size, time and type bounded, resumed where it broke off."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from typing import Any, Self
from urllib.parse import SplitResult, urljoin, urlsplit

from django.conf import settings
from django.utils import timezone

from recordings.domain.errors import AudioNotReady, AudioTooLarge, AudioUnreachable
from recordings.egress.guard import GuardedConnection, GuardedTLSConnection

PIECE_BYTES = 256 * 1024
MOST_REDIRECTS = 5
MOST_RESUMES = 5
MOST_JSON_BYTES = 1 << 16
LONGEST_SECONDS = 900.0
GRACE_SECONDS = 30.0  # before slowness counts
SLOWEST_BYTES_A_SECOND = 16 * 1024  # slower than a call itself, uncompressed
LONGEST_WAIT_SECONDS = 3600.0
REDIRECTS = {301, 302, 303, 307, 308}
LATER = {202, 204, 404, 408, 409, 423, 425, 429, 500, 502, 503, 504}  # the link often comes before the file
CREDENTIALS = {401, 403, 407}
# What a recording may be called; the bytes themselves are judged where they are stored.
TYPES = ("audio/", "video/mp4", "video/webm", "application/ogg", "application/octet-stream", "binary/octet-stream")


@dataclass(frozen=True)
class Fetch:
    """What to fetch. `headers` go to the host of `url` alone, never along a redirect to another."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def fetched(fetch: Fetch) -> Iterator[bytes]:
    """The body, piece by piece, whole or not at all.

    Raises AudioNotReady: later again; AudioUnreachable: never; AudioTooLarge: more than AUDIO_MAX_BYTES.
    """
    began = time.monotonic()
    progress = _Progress()
    for _ in range(MOST_RESUMES + 1):
        with closing(_answered(fetch, progress)) as answer:
            progress.begin(answer)
            yield from _pieces(answer, progress, began)
        if progress.is_whole:
            return
        if not progress.validator:
            raise AudioNotReady("The audio broke off, and its host cannot continue it.")
    raise AudioNotReady(f"The audio broke off {MOST_RESUMES + 1} times.")


def posted(url: str, headers: Mapping[str, str]) -> Mapping[str, Any]:
    """The JSON object that an empty POST is answered with, such as an access token; no redirect is followed.

    Raises AudioNotReady, AudioUnreachable.
    """
    with closing(_asked(_place(url), headers, method="POST")) as answer:
        body = answer.response.read(MOST_JSON_BYTES)
        if answer.response.status != 200:
            raise _refusal(answer.response.status, _wait_seconds(answer.response))
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise AudioNotReady("What should be a token cannot be read.") from error
    return said if isinstance(said, dict) else {}


@dataclass
class _Progress:
    """How far it has come: a continuation has to be of the very same body."""

    count: int = 0
    total: int | None = None
    validator: str = ""
    is_whole: bool = False

    def begin(self, answer: "_Answer") -> None:
        response = answer.response
        validator = response.getheader("ETag", "")
        if validator.startswith("W/"):
            validator = ""
        validator = validator or response.getheader("Last-Modified", "")
        if self.count == 0:
            if response.status == 206:
                raise AudioNotReady("The audio's host answers with a part that nobody asked for.")
            length = response.getheader("Content-Length", "")
            self.total = int(length) if length.isascii() and length.isdigit() else None
            self.validator = validator
            if self.total is not None and self.total > settings.AUDIO_MAX_BYTES:
                raise AudioTooLarge(settings.AUDIO_MAX_BYTES)
        elif response.status != 206 or not response.getheader("Content-Range", "").startswith(f"bytes {self.count}-"):
            raise AudioNotReady("The audio changed while it was fetched.")

    def took(self, size: int) -> None:
        self.count += size
        if self.count > settings.AUDIO_MAX_BYTES:
            raise AudioTooLarge(settings.AUDIO_MAX_BYTES)

    @property
    def headers(self) -> dict[str, str]:
        return {"Range": f"bytes={self.count}-", "If-Range": self.validator} if self.count else {}


@dataclass
class _Answer:
    connection: HTTPConnection
    response: HTTPResponse

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> Self:
        return self


def _pieces(answer: _Answer, progress: _Progress, began: float) -> Iterator[bytes]:
    """What comes until the end or until it breaks; `progress` knows which."""
    while True:
        _assert_in_time(progress, time.monotonic() - began)
        try:
            piece = answer.response.read1(PIECE_BYTES)
        except IncompleteRead as broken:
            piece = broken.partial
            if not piece:
                return
        except (HTTPException, OSError):
            return
        if not piece:
            break
        progress.took(len(piece))
        yield piece
    progress.is_whole = progress.total is None or progress.count == progress.total


def _assert_in_time(progress: _Progress, seconds: float) -> None:
    """A host that drips holds up a worker, which has better to do. Raises AudioNotReady."""
    if seconds > LONGEST_SECONDS:
        raise AudioNotReady(f"The audio took longer than {LONGEST_SECONDS:g} seconds.")
    if seconds > GRACE_SECONDS and progress.count < SLOWEST_BYTES_A_SECOND * seconds:
        raise AudioNotReady(f"The audio comes slower than {SLOWEST_BYTES_A_SECOND} bytes a second.")


def _answered(fetch: Fetch, progress: _Progress) -> _Answer:
    """The final answer after redirects: 200, or 206 where a part was asked for."""
    url, first = fetch.url, _place(fetch.url)
    for _ in range(MOST_REDIRECTS + 1):
        parts = _place(url)
        is_same_host = (parts.scheme, parts.hostname, parts.port) == (first.scheme, first.hostname, first.port)
        answer = _asked(parts, {**(fetch.headers if is_same_host else {}), **progress.headers})
        status = answer.response.status
        if status in {200, 206}:
            _assert_sound(answer)
            return answer
        location = answer.response.getheader("Location", "")
        wait = _wait_seconds(answer.response)
        answer.close()
        if status not in REDIRECTS or not location:
            raise _refusal(status, wait)
        url = urljoin(url, location)
        if parts.scheme == "https" and not url.lower().startswith("https:"):
            raise AudioUnreachable("The audio's host redirects from https to something less.")
    raise AudioNotReady(f"The audio's host redirects more than {MOST_REDIRECTS} times.")


def _place(url: str) -> SplitResult:
    """Raises AudioUnreachable: not an address that is fetched from."""
    try:
        parts = urlsplit(url)
        is_sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_sound = False
    if not is_sound or "@" in parts.netloc or not url.isascii() or any(one.isspace() for one in url):
        raise AudioUnreachable("The audio's address is not one that can be fetched: https://host/path.")
    return parts


def _asked(parts: SplitResult, headers: Mapping[str, str], *, method: str = "GET") -> _Answer:
    kind = GuardedTLSConnection if parts.scheme == "https" else GuardedConnection
    connection = kind(parts.hostname or "", parts.port or kind.default_port)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    wanted = {"Accept": "audio/*, */*;q=0.5", "Accept-Encoding": "identity", "User-Agent": "Callward", **headers}
    try:
        connection.request(method, target, headers=wanted)
        return _Answer(connection, connection.getresponse())
    except (AudioNotReady, AudioUnreachable):
        connection.close()
        raise
    except (HTTPException, OSError, ValueError) as error:
        connection.close()
        raise AudioNotReady("The audio's host does not answer as it should.") from error


def _assert_sound(answer: _Answer) -> None:
    """Raises AudioUnreachable: packed, or nothing that could be audio."""
    kind = answer.response.getheader("Content-Type", "").partition(";")[0].strip().lower()
    packed = answer.response.getheader("Content-Encoding", "identity").strip().lower()
    if packed not in {"", "identity"}:
        answer.close()
        raise AudioUnreachable("The audio's host packs what it sends, though it was asked not to.")
    if kind and not kind.startswith(TYPES):
        answer.close()
        raise AudioUnreachable("What lies at the audio's address is no audio by its content type.")


def _refusal(status: int, wait: float | None) -> Exception:
    if status in CREDENTIALS:
        return AudioUnreachable(f"The audio's host wants credentials, other ones, or the link has expired ({status}).")
    if status in LATER:
        return AudioNotReady(f"The audio is not there yet ({status}).", after_seconds=wait)
    return AudioUnreachable(f"The audio's host answers {status}.")


def _wait_seconds(response: HTTPResponse) -> float | None:
    """`Retry-After` in seconds or as a date."""
    text = response.getheader("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_WAIT_SECONDS)
    try:
        until = parsedate_to_datetime(text)
        return min(max((until - timezone.now()).total_seconds(), 0.0), LONGEST_WAIT_SECONDS)
    except (ValueError, TypeError):
        return None
