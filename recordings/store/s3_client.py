"""How S3 is reached: the address, a client that gives up in time, and what its errors are called here."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
    ResponseStreamingError,
)

from recordings.domain.errors import StoreUnavailable
from recordings.store.breaker import Breaker
from recordings.store.port import unavailable

OPTIONS = {"region", "endpoint", "lock"}
LOCKS = {"compliance": "COMPLIANCE", "governance": "GOVERNANCE"}
CUT_SHORT = (IncompleteReadError, ResponseStreamingError)
UNANSWERED = (HTTPClientError, *CUT_SHORT)


@dataclass(frozen=True)
class Place:
    """Where in which S3: `prefix` is empty or ends in a slash; without `endpoint` it is Amazon's.

    `lock` is the mode in which objects are kept by the bucket's own lock, empty where they are not.
    """

    bucket: str
    prefix: str
    region: str | None
    endpoint: str | None
    lock: str = ""


def place_of(url: str) -> Place:
    """`s3://bucket/prefix?region=…&endpoint=https://…&lock=compliance`; no word of the address is repeated.

    Raises StoreUnavailable.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    endpoint = options.get("endpoint")
    if endpoint is not None and not _is_web_address(endpoint):
        raise StoreUnavailable("Write the endpoint in STORAGE_URL as https://host or https://host:port.")
    if "@" in parts.netloc or (endpoint and "@" in urlsplit(endpoint).netloc):
        raise StoreUnavailable("STORAGE_URL may hold no credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
    if not parts.netloc or options.keys() - OPTIONS:
        raise StoreUnavailable("Write STORAGE_URL as s3://bucket/prefix?region=…&endpoint=https://….")
    lock = options.get("lock", "")
    if lock and lock not in LOCKS:
        raise StoreUnavailable("Write the lock in STORAGE_URL as lock=compliance or lock=governance, or leave it out.")
    prefix = unquote(parts.path).strip("/")
    prefix = f"{prefix}/" if prefix else ""
    return Place(parts.netloc, prefix, options.get("region"), endpoint, LOCKS.get(lock, ""))


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
        read_timeout=10,  # what stalls longer is asked again, twice, a little later each time
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=32,
        s3={"addressing_style": "path" if place.endpoint else "auto"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    with asked(Breaker()):  # a session of its own: the shared one may not be used by threads at once
        return Session().client("s3", region_name=place.region, endpoint_url=place.endpoint, config=config)


@contextlib.contextmanager
def asked(breaker: Breaker) -> Iterator[None]:
    """Says what kind of thing went wrong. What the server or boto3 say beyond that may name addresses and keys."""
    if not breaker.may_try():
        raise unavailable("S3 has not answered several times, and is left alone for some seconds")
    try:
        yield
    except ClientError as error:
        _count(breaker, failed=status(error) >= 500)
        raise unavailable(f"S3 answers {code(error)}") from error
    except BotoCoreError as error:
        if isinstance(error, UNANSWERED):
            breaker.failed()
        raise unavailable(f"S3 does not answer ({type(error).__name__})") from error
    else:
        breaker.answered()


def _count(breaker: Breaker, *, failed: bool) -> None:
    if failed:
        breaker.failed()
    else:
        breaker.answered()


def code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "an error"))


def status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
