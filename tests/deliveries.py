"""What a phone system sends: metadata, clips, multipart bodies."""

import json
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.utils import timezone

DATA = Path(__file__).parent / "data" / "audio"
CLIPS = Path(__file__).parent.parent / "compliance_site" / "demo" / "clips"
BOUNDARY = "-----callward-parts"


def metadata(**changes: Any) -> dict[str, Any]:
    """A call in Texas whose customer agreed; give a field to change it, None to leave it out."""
    started_at = timezone.now() - timedelta(hours=1)
    call: dict[str, Any] = {
        "source": "harbor-pbx",
        "external_id": f"call-{uuid4().hex[:12]}",
        "started_at": started_at.isoformat(),
        "ended_at": (started_at + timedelta(seconds=27)).isoformat(),
        "direction": "inbound",
        "line_of_business": "home-cover",
        "purposes": ["quality_assurance", "training"],
        "agent": {"id": "a-17", "name": "Dana Whitfield"},
        "parties": [
            {"role": "agent", "jurisdiction": "US-TX"},
            {"role": "customer", "number": "+15125550142", "name": "Ada Ekman", "jurisdiction": "US-TX"},
        ],
        "consent": [{"method": "spoken", "party": "customer", "offset_s": 6.2, "result": "given"}],
    }
    call |= changes
    return {name: value for name, value in call.items() if value is not None}


@cache
def clip(name: str) -> bytes:
    """A spoken call of the demo, or a bad file."""
    known = CLIPS / name
    return (known if known.exists() else DATA / "bad" / name).read_bytes()


def multipart(*parts: tuple[str, str | None, str, bytes]) -> bytes:
    """Parts of (name, file name, content type, content) as one body."""
    body = b""
    for name, file_name, content_type, content in parts:
        named = f'; filename="{file_name}"' if file_name is not None else ""
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\nContent-Type: {content_type}\r\n'
        )
        body += head.encode() + b"\r\n" + content + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode()


def upload(call: Any, audio: bytes, *, file_name: str = "call.opus", audio_first: bool = False) -> bytes:
    """The multipart body of a delivery."""
    parts = [
        ("metadata", None, "application/json", call if isinstance(call, bytes) else json.dumps(call).encode()),
        ("audio", file_name, "audio/ogg", audio),
    ]
    return multipart(*(reversed(parts) if audio_first else parts))


def posted(client: Any, headers: dict[str, str], body: bytes, **more: str) -> Any:
    return client.post(
        "/api/v1/recordings/",
        data=body,
        content_type=f"multipart/form-data; boundary={BOUNDARY}",
        headers={**headers, **more},
    )


def delivered(client: Any, headers: dict[str, str], call: Any, audio: bytes | None = None, **more: str) -> Any:
    """Deliver a call; without audio as JSON."""
    if audio is not None:
        return posted(client, headers, upload(call, audio), **more)
    return client.post(
        "/api/v1/recordings/", data=json.dumps(call), content_type="application/json", headers={**headers, **more}
    )
