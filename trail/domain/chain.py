"""Canonical bytes and digests of events: what a seal signs and an outsider recomputes."""

import hashlib
import json
from datetime import datetime


def canonical_json(value: object) -> bytes:
    """One spelling for one value: sorted keys, no spaces, UTF-8, no NaN. `{"b": 1, "a": "é"}` → `{"a":"é","b":1}`."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def event_digest(
    *,
    event_id: str,
    occurred_at: datetime,
    verb: str,
    actor: tuple[str, str],
    subject: tuple[str, str],
    line_of_business_id: str | None,
    facts: dict[str, object],
) -> bytes:
    """SHA-256 over the leaf byte 0x00 (RFC 6962, 2.1) and the event's canonical JSON. `occurred_at` is aware."""
    content = {
        "id": event_id,
        "occurred_at": occurred_at.isoformat(),
        "verb": verb,
        "actor": list(actor),
        "subject": list(subject),
        "line_of_business": line_of_business_id,
        "facts": facts,
    }
    return hashlib.sha256(b"\x00" + canonical_json(content)).digest()
