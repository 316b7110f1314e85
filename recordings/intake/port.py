"""What every phone system's module offers: `verify` and `understand`, nothing else.

A module has `LIMIT_BYTES` where its bodies may be larger than usual, `SIGNS_ADDRESS` where the address is signed too,
`TAKES_GET` where the vendor can be set to send so, and `WANTED`, the keys without which it refuses everything.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from types import ModuleType
from typing import Any, Protocol, cast
from urllib.parse import parse_qsl, urlsplit

from accounts.api.parsers import strict_json
from recordings.domain.errors import DeliveryUnproven, DeliveryUnreadable
from recordings.domain.told import Understood

LIMIT_BYTES = 1 << 20
REPLAY_WINDOW = timedelta(minutes=5)  # as the libraries of Telnyx and of Standard Webhooks have it


@dataclass(frozen=True)
class Sent:
    """A request as its sender saw it: the public address, header names in small letters, the body byte for byte."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    method: str = "POST"

    @cached_property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    @cached_property
    def form(self) -> dict[str, str]:
        """The body's fields. Raises DeliveryUnreadable."""
        return {name: values[-1] for name, values in self.fields.items()}

    @cached_property
    def fields(self) -> dict[str, list[str]]:
        """All values of each field of the body. Raises DeliveryUnreadable."""
        try:
            pairs = parse_qsl(self.body.decode(), keep_blank_values=True, max_num_fields=500)
        except ValueError as error:
            raise DeliveryUnreadable("bad_form", "The body is not a form of at most 500 fields in UTF-8.") from error
        found: dict[str, list[str]] = {}
        for name, value in pairs:
            found.setdefault(name, []).append(value)
        return found

    @cached_property
    def json(self) -> dict[str, Any]:
        """The body as a JSON object. Raises DeliveryUnreadable."""
        return json_object(self.body)

    @property
    def told(self) -> dict[str, Any]:
        """The members of a JSON body, the fields of a form, or where the vendor asks with GET those of the query."""
        if self.method == "GET":
            return dict(self.query)
        return self.json if self.kind == "application/json" else dict(self.form)

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")

    @property
    def kind(self) -> str:
        """The content type without its parameters."""
        return self.header("content-type").partition(";")[0].strip().lower()


@dataclass(frozen=True)
class Setup:
    """How this source was configured: its keys, and what the vendor does not send."""

    values: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def key(self, name: str) -> str:
        """A secret. Raises DeliveryUnproven: there is none, so nothing can be proven."""
        if not (value := self.text(name)):
            raise DeliveryUnproven("not_configured", f"This source has no {name}. Run manage.py configure_source.")
        return value

    def text(self, name: str) -> str:
        value = self.values.get(name)
        return value if isinstance(value, str) else ""

    def words(self, name: str) -> list[str]:
        value = self.values.get(name) or []
        return [str(word) for word in value] if isinstance(value, list) else [str(value)]

    @property
    def region(self) -> str:
        """ISO 3166 code of the country whose numbers are written without a country code."""
        return self.text("default_region").upper()

    @property
    def zone(self) -> str:
        """IANA zone of times that are written without one."""
        return self.text("assume_timezone")


class Adapter(Protocol):
    """One module a vendor."""

    WANTED: tuple[str, ...]

    def verify(self, sent: Sent, setup: Setup) -> None:
        """Prove who sent it, and that nothing was changed. Raises DeliveryUnproven, DeliveryUnreadable."""

    def understand(self, sent: Sent, setup: Setup) -> Understood:
        """Read what a proven request says. Raises DeliveryUnreadable."""


def as_adapter(module: ModuleType) -> Adapter:
    return cast(Adapter, module)


# --- what several vendors share


def json_object(data: bytes) -> dict[str, Any]:
    """Raises DeliveryUnreadable: broken, too deep, keys twice, not an object."""
    try:
        value = strict_json(data)
    except Exception as error:
        raise DeliveryUnreadable("bad_json", "The body is not JSON (RFC 8259), or is nested too deep.") from error
    if not isinstance(value, dict):
        raise DeliveryUnreadable("bad_json", "The body is not a JSON object.")
    return value


def inside(value: Any, *path: str) -> Any:
    """`inside(record, "Agent", "Username")`; None where there is no such thing."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; nothing where it is none."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def text(value: Any, limit: int = 200) -> str:
    """A text or a number as text; empty for all else. Control characters are taken out."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return "".join(character for character in str(value) if character.isprintable()).strip()[:limit]


def named(value: Any, what: str) -> str:
    """An id without which a call cannot be known again. Raises DeliveryUnreadable."""
    found = text(value, 201)
    if not found or len(found) > 200:
        raise DeliveryUnreadable("no_id", f"The delivery has no {what} of 1 to 200 characters.")
    return found


def assert_bearer(sent: Sent, token: str) -> None:
    """Raises DeliveryUnproven."""
    scheme, _, given = sent.header("authorization").partition(" ")
    if not given:
        raise DeliveryUnproven("no_credentials", "Send Authorization: Bearer with the source's token.")
    if scheme.lower() != "bearer" or not same(given.strip(), token):
        raise DeliveryUnproven("bad_credentials", "The bearer token is not the one configured for this source.")


def assert_header_key(sent: Sent, setup: Setup) -> None:
    """The header that an EventBridge API destination adds. Raises DeliveryUnproven."""
    name, wanted = setup.key("connection_api_key_header"), setup.key("connection_api_key")
    given = sent.header(name)
    if not given:
        raise DeliveryUnproven("no_credentials", f"Send the header {name} with the source's key.")
    if not same(given, wanted):
        raise DeliveryUnproven("bad_credentials", f"The header {name} does not hold the key configured here.")


def assert_recent(stamp: float, sent: Sent) -> None:
    """Raises DeliveryUnproven: signed too long ago, or in the future."""
    if abs(sent.received_at.timestamp() - stamp) > REPLAY_WINDOW.total_seconds():
        minutes = int(REPLAY_WINDOW.total_seconds() // 60)
        raise DeliveryUnproven(
            "stale_timestamp", f"It was signed more than {minutes} minutes before or after it came. Check both clocks."
        )


def stamp_of(value: str) -> float:
    """Seconds since 1970 from a header. Raises DeliveryUnproven."""
    if not value.isascii() or not value.isdigit() or len(value) > 12:
        raise DeliveryUnproven("bad_signature", "The timestamp header is missing or not whole seconds.")
    return float(value)


def same(given: str, wanted: str) -> bool:
    """Compared in a time that does not depend on where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def from_base64(given: str, *, url_safe: bool = False) -> bytes | None:
    """The bytes, padded or not; None: not base64."""
    try:
        raw = given.rstrip("=").encode("ascii")
        padded = raw + b"=" * (-len(raw) % 4)
        return base64.b64decode(padded, altchars=b"-_" if url_safe else None, validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError):
        return None


def media_type_of(name: str) -> str:
    """By the ending of a file's name; empty where it tells nothing."""
    ending = name.rpartition("/")[2].rpartition(".")[2].lower()
    return {
        "wav": "audio/wav",
        "mp3": "audio/mpeg",
        "ogg": "audio/ogg",
        "opus": "audio/ogg",
        "m4a": "audio/mp4",
        "mp4": "audio/mp4",
        "gsm": "audio/gsm",
        "amr": "audio/amr",
    }.get(ending, "")


def sealed_form(sent: Sent) -> bytes:
    """The request as one JSON document, to be sealed."""
    said = {
        "url": sent.url,
        "headers": dict(sent.headers),
        "body": base64.b64encode(sent.body).decode(),
        "received_at": sent.received_at.isoformat(),
        "method": sent.method,
    }
    return json.dumps(said).encode()


def opened_form(document: bytes) -> Sent:
    """What `sealed_form` made."""
    said = json.loads(document)
    received_at = datetime.fromisoformat(said["received_at"]).astimezone(UTC)
    return Sent(said["url"], said["headers"], base64.b64decode(said["body"]), received_at, said.get("method", "POST"))
