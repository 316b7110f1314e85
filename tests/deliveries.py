"""What a phone system sends: metadata, clips, multipart bodies."""

import json
from array import array
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.utils import timezone

from recordings.api.serializers import delivery_of
from recordings.models import Recording
from recordings.services.audio import Arriving
from recordings.services.intake import take_in
from recordings.store import store
from recordings.store.files import MARKER
from tests.stores import everything_in
from trail.domain.actors import CALLWARD

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


def delivery(**changes: Any) -> Any:
    """The same call as the services take it."""
    return delivery_of(json.loads(json.dumps(metadata(**changes))))


def taken(*, audio: bytes | None = None, actor: Any = CALLWARD, **changes: Any) -> Recording:
    """The recording of a call that was delivered just now, through the service."""
    call = delivery(**changes)
    if audio is None:
        return take_in(delivery=call, actor=actor).recording
    with Arriving() as arriving:
        arriving.write(audio)
        return take_in(delivery=call, actor=actor, audio=arriving).recording


def wav(*, seconds: float, left: int = 0, right: int = 0, rate: int = 8000) -> bytes:
    """Two channels of 16-bit samples; a side with a level hums, one without is silent."""
    samples = array("h")
    for number in range(int(seconds * rate)):
        sign = 1 if number // 10 % 2 else -1
        samples.extend((left * sign, right * sign))
    data = samples.tobytes()
    form = b"fmt " + (16).to_bytes(4, "little") + bytes([1, 0, 2, 0]) + rate.to_bytes(4, "little")
    form += (rate * 4).to_bytes(4, "little") + bytes([4, 0, 16, 0])
    body = b"WAVE" + form + b"data" + len(data).to_bytes(4, "little") + data
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def kept_files() -> set[str]:
    """Everything that lies in the store: objects, and whatever an upload left on its way; not the mark beside them."""
    return {name for name in everything_in(store()) if MARKER not in name}


class NothingKept:
    """`with NothingKept(): …` asserts that what is done inside leaves no row, no object, no temporary file."""

    def __enter__(self) -> None:
        self.files, self.rows = kept_files(), Recording.objects.count()

    def __exit__(self, *_: object) -> None:
        assert kept_files() == self.files
        assert Recording.objects.count() == self.rows
