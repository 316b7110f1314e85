"""The phone system delivers each call, in its way, and comes again where it was turned away."""

import http.server
import json
import threading
from datetime import UTC, datetime

import pytest

from compliance_site.demo.calls import Way, calls
from compliance_site.demo.phone import DeliveryRefused, PhoneSystem

ANCHOR = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)


@pytest.fixture
def counterpart():
    """An HTTP server that notes what it is sent and answers with the statuses that it is given, then 201."""

    class Counterpart(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((self.command, self.path, dict(self.headers), body))
            status = statuses.pop(0) if statuses else 201
            content = json.dumps({"id": "7", "token": "signed"}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PUT = answer  # noqa: N815  names of the standard library

        def log_message(self, *args: object) -> None:
            pass

    seen: list[tuple[str, str, dict[str, str], bytes]] = []
    statuses: list[int] = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counterpart)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", seen, statuses
    server.shutdown()
    server.server_close()


def first(way: Way):
    return next(call for call in calls(ANCHOR) if call.way is way)


def test_metadata_and_audio_go_together(counterpart):
    address, seen, _ = counterpart
    call = first(Way.ONE_REQUEST)
    PhoneSystem(address, "cw_1").deliver(call)
    [(method, path, headers, body)] = seen
    assert (method, path) == ("POST", "/api/v1/recordings/")
    assert headers["Authorization"] == "Bearer cw_1"
    assert headers["Content-Type"].startswith("multipart/form-data")
    assert call.external_id.encode() in body
    assert call.audio() in body


def test_audio_follows_its_metadata_with_its_digest(counterpart):
    address, seen, _ = counterpart
    call = first(Way.TWO_REQUESTS)
    PhoneSystem(address, "cw_1").deliver(call)
    assert [(method, path) for method, path, _, _ in seen] == [
        ("POST", "/api/v1/recordings/"),
        ("PUT", "/api/v1/recordings/7/audio"),
    ]
    assert seen[1][2]["Content-Digest"].startswith("sha-256=:")
    assert seen[1][3] == call.audio()


def test_a_decision_comes_first_and_binds_the_call(counterpart):
    address, seen, _ = counterpart
    PhoneSystem(address, "cw_1").deliver(first(Way.DECISION_FIRST))
    assert [path for _, path, _, _ in seen] == ["/api/v1/decisions/", "/api/v1/recordings/"]
    assert b'"decision": "signed"' in seen[1][3]
    assert b'"name"' not in seen[0][3]


def test_a_busy_callward_is_asked_again(counterpart):
    address, seen, statuses = counterpart
    statuses += [503, 429]
    assert PhoneSystem(address, "cw_1").deliver(first(Way.METADATA_ALONE)).status == 201
    assert len(seen) == 3


def test_a_refusal_is_not_repeated_and_says_what_was_answered(counterpart):
    address, seen, statuses = counterpart
    statuses += [422]
    with pytest.raises(DeliveryRefused, match="422"):
        PhoneSystem(address, "cw_1").deliver(first(Way.METADATA_ALONE))
    assert len(seen) == 1


def test_a_call_that_was_destroyed_meanwhile_is_no_error(counterpart):
    address, seen, statuses = counterpart
    statuses += [410]
    assert PhoneSystem(address, "cw_1").deliver(first(Way.TWO_REQUESTS)).status == 410
    assert len(seen) == 1
