"""The phone system of the demo: an ordinary client of the API, over HTTP, with a token."""

import base64
import hashlib
import http.client
import json
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from compliance_site.demo.calls import DemoCall, Way

LINES_OUT = 4  # requests at once: a small exchange, and two busy cores
TRIES = 6
BOUNDARY = "callward-demo-4f1b0f9a"
RETRIED = {429, 502, 503}
FACTS_OF_A_DECISION = ("direction", "line_of_business", "purposes", "facts", "started_at")


class DeliveryRefused(RuntimeError):
    """Callward answered something that this phone system does not expect; the message has the answer."""


@dataclass(frozen=True)
class Delivered:
    """What became of one call. A destroyed one, delivered again, has no state."""

    call: DemoCall
    status: int
    answer: dict[str, Any]


class PhoneSystem:
    """Delivers calls, each thread on its own kept-alive connection. Deliver twice, and nothing is there twice."""

    def __init__(self, base_url: str, token: str) -> None:
        self.address = urlsplit(base_url)
        self.token = token
        self.own = threading.local()

    def deliver_all(self, calls: Iterable[DemoCall]) -> Iterator[Delivered]:
        """Deliver the calls, a few at once; each as it is done, in order."""
        lines = ThreadPoolExecutor(LINES_OUT, thread_name_prefix="exchange")
        try:
            yield from lines.map(self.deliver, calls)
        finally:
            lines.shutdown(cancel_futures=True)  # after a refusal the rest is not even tried

    def deliver(self, call: DemoCall) -> Delivered:
        """Deliver one call in its own way. Raises DeliveryRefused, and OSError where Callward does not answer."""
        if call.way is Way.METADATA_ALONE:
            return Delivered(call, *self._send_metadata(call))
        if call.way is Way.TWO_REQUESTS:
            status, answer = self._send_metadata(call)
            return Delivered(
                call, status, self._send_audio(call, answer["id"]) if status != http.HTTPStatus.GONE else answer
            )
        token = self._ask(call) if call.way is Way.DECISION_FIRST else None
        metadata = call.metadata | ({"decision": token} if token else {})
        body, media_type = _two_parts(metadata, call.audio(), call.clip.file.name)
        return Delivered(call, *self._request("POST", "recordings/", body, media_type, {200, 201, 410}))

    def tell_event(self, recording_id: str, event: dict[str, Any]) -> None:
        """Tell something that happened on a call that is delivered. Raises as `deliver`."""
        body = json.dumps(event).encode()
        self._request("POST", f"recordings/{recording_id}/events/", body, "application/json", {200, 201})

    def _ask(self, call: DemoCall) -> str:
        """What must be said on this call, asked before it begins: the signed token of the decision."""
        asked = {name: call.metadata[name] for name in FACTS_OF_A_DECISION}
        asked["parties"] = [
            {name: party[name] for name in ("role", "number", "jurisdiction") if name in party}
            for party in call.metadata["parties"]
        ]
        _, answer = self._request("POST", "decisions/", json.dumps(asked).encode(), "application/json", {200, 201})
        return str(answer["token"])

    def _send_metadata(self, call: DemoCall) -> tuple[int, dict[str, Any]]:
        body = json.dumps(call.metadata).encode()
        return self._request("POST", "recordings/", body, "application/json", {200, 201, 410})

    def _send_audio(self, call: DemoCall, recording_id: str) -> dict[str, Any]:
        audio = call.audio()
        digest = base64.b64encode(hashlib.sha256(audio).digest()).decode()
        headers = {"Content-Digest": f"sha-256=:{digest}:"}
        return self._request("PUT", f"recordings/{recording_id}/audio", audio, "audio/ogg", {200, 201}, **headers)[1]

    def _request(
        self, method: str, path: str, body: bytes, media_type: str, expected: set[int], **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """One request, sent again where the connection broke or Callward is busy: each may safely come twice."""
        for attempt in range(1, TRIES + 1):
            try:
                status, content = self._sent_once(method, path, body, {"Content-Type": media_type, **headers})
            except (OSError, http.client.HTTPException):
                self._connection().close()
                if attempt == TRIES:
                    raise
            else:
                if status in expected:
                    return status, json.loads(content)
                if status not in RETRIED or attempt == TRIES:
                    raise DeliveryRefused(f"{method} {path}: {status} {content[:500].decode(errors='replace')}")
            time.sleep(0.02 * 2**attempt)
        raise AssertionError("the last attempt returns or raises")

    def _sent_once(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        connection = self._connection()
        connection.request(method, f"/api/v1/{path}", body, {"Authorization": f"Bearer {self.token}", **headers})
        response = connection.getresponse()
        return response.status, response.read()

    def _connection(self) -> http.client.HTTPConnection:
        """This thread's own; it opens itself again after a close."""
        known: http.client.HTTPConnection | None = getattr(self.own, "connection", None)
        if known is None:
            kind = http.client.HTTPSConnection if self.address.scheme == "https" else http.client.HTTPConnection
            self.own.connection = known = kind(self.address.netloc, timeout=30)
        return known


def _two_parts(metadata: dict[str, Any], audio: bytes, file_name: str) -> tuple[bytes, str]:
    """multipart/form-data of `metadata` (JSON) and `audio`, and its media type."""
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="metadata"\r\nContent-Type: application/json\r\n\r\n'
        f"{json.dumps(metadata)}\r\n"
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="audio"; filename="{file_name}"\r\n'
        "Content-Type: audio/ogg\r\n\r\n"
    )
    return head.encode() + audio + f"\r\n--{BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={BOUNDARY}"
