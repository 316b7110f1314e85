"""The real server on a real socket: bodies that break off, lie about their length, never end, or are no HTTP at all."""

import contextlib
import hashlib
import http.client
import json
import os
import re
import resource
import socket
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from compliance_site.private import valkey
from tests.faults.house import CLIP, House, house, multipart

pytestmark = pytest.mark.timeout(300)

MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def served():
    with house("database", "broker", "web") as lived_in:
        lived_in.upload("warm")
        yield lived_in
        assert lived_in.problems() == []


@pytest.fixture
def fresh(request):
    """An external id of this test's own."""
    return re.sub(r"\W+", "-", request.node.name)


def _head(served: House, length: int | str, kind: str, *more: str, path: str = "/api/v1/recordings/") -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {served.token}",
        f"Content-Type: {kind}",
        *([f"Content-Length: {length}"] if length != "" else []),
        *more,
        "",
        "",
    ]
    return "\r\n".join(lines).encode()


def _sent(served: House, raw: bytes, *, then_close: bool = False, wait: float = 20) -> bytes:
    """What comes back for these very bytes; nothing where the server only closes."""
    received = b""
    with socket.create_connection(("127.0.0.1", served.port), timeout=wait) as connection:
        with contextlib.suppress(OSError):  # whoever is refused early is cut off
            connection.sendall(raw)
            if then_close:
                connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(OSError):
            while block := connection.recv(65536):
                received += block
                if _is_whole(received):
                    break
    return received


def _is_whole(received: bytes) -> bool:
    head, gap, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    return bool(gap and length and len(body) >= int(length[1]))


def _status(received: bytes) -> int:
    return int(received.split(b" ", 2)[1]) if received else 0


def _calls(served: House, external_id: str) -> int:
    return served.count("recordings_recording", f"external_id = '{external_id}'")


# --- bodies that are not what they say


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_a_body_that_ends_early_leaves_nothing(served, fresh, share):
    body, kind = multipart(fresh)
    files = set(served.stored_files())
    received = _sent(served, _head(served, len(body), kind) + body[: int(len(body) * share)], then_close=True)
    assert _status(received) in {0, 400}
    served.until(lambda: set(served.stored_files()) == files, 20, "the broken upload left a file")
    assert _calls(served, fresh) == 0
    assert served.upload(fresh).status == 201


def test_what_follows_a_body_is_no_part_of_it_and_no_request_of_somebody_else(served, fresh):
    body, kind = multipart(fresh)
    smuggled = b"POST /api/v1/holds/ HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
    received = _sent(served, _head(served, len(body), kind) + body + smuggled)
    assert _status(received) == 201
    [(digest,)] = served.sql("SELECT sha256 FROM recordings_recording WHERE external_id = %s", fresh)
    assert digest == hashlib.sha256(CLIP).digest()
    assert served.count("recordings_legalhold") == 0  # it came without a token of its own


def test_a_client_that_never_heard_the_answer_asks_again_and_gets_the_first(served, fresh):
    body, kind = multipart(fresh)
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.sendall(_head(served, len(body), kind, f"Idempotency-Key: {fresh}") + body)
        served.until(lambda: _calls(served, fresh) == 1, 20, "the upload did not arrive")
    again = served.upload(fresh)
    assert again.status in {200, 201}
    assert _calls(served, fresh) == 1
    assert served.audio(again.json()["id"]) == CLIP


def test_a_key_on_two_bodies_at_once_is_used_once(served, fresh):
    other = CLIP[:-1] + bytes([CLIP[-1] ^ 1])
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda n: served.upload(fresh, (CLIP, other)[n % 2], key=fresh).status, range(16)))
    assert set(answers) <= {200, 201, 409, 422}
    assert answers.count(201) == 1
    assert _calls(served, fresh) == 1


# --- too large, too slow


def test_a_body_of_five_gigabytes_is_refused_before_it_is_sent(served):
    _, kind = multipart("huge")
    received = _sent(served, _head(served, 5 * 1024**3, kind))
    assert _status(received) == 413, received


@pytest.mark.parametrize("megabytes", [24, pytest.param(500, marks=pytest.mark.long)])
def test_memory_does_not_grow_with_the_body(served, fresh, megabytes):
    [worker] = served.children_of("web")
    _sent_chunks(served, f"{fresh}-warm", 8)
    before = _peak(worker, reset=True)
    assert _sent_chunks(served, fresh, megabytes) == 201
    assert _peak(worker) - before < 32 * MEGABYTE
    assert (
        served.sql("SELECT size_bytes FROM recordings_recording WHERE external_id = %s", fresh)[0][0] > megabytes << 20
    )


def _sent_chunks(served: House, external_id: str, megabytes: int) -> int:
    """An upload without a length, of so much audio."""
    body, kind = multipart(external_id, b"SOUND")
    head, tail = body.split(b"SOUND")
    with socket.create_connection(("127.0.0.1", served.port), timeout=60) as connection:
        connection.sendall(_head(served, "", kind, "Transfer-Encoding: chunked"))
        try:
            for part in (head + _wave_head(megabytes * MEGABYTE), *[bytes(MEGABYTE)] * megabytes, tail):
                connection.sendall(b"%x\r\n%s\r\n" % (len(part), part))
            connection.sendall(b"0\r\n\r\n")
            return _status(connection.recv(65536))
        except (BrokenPipeError, ConnectionResetError):
            return 0


def _wave_head(size: int) -> bytes:
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
    return struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE") + form + struct.pack("<4sI", b"data", size)


def _peak(process: int, *, reset: bool = False) -> int:
    if reset:
        Path(f"/proc/{process}/clear_refs").write_text("5")
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


@pytest.mark.parametrize("clients", [12, pytest.param(200, marks=pytest.mark.long)])
def test_clients_that_send_a_byte_and_wait_do_not_keep_others_out(served, fresh, clients):
    body, kind = multipart(fresh)
    slow = []
    try:
        for number in range(clients):
            slow.append(socket.create_connection(("127.0.0.1", served.port), timeout=20))
            slow[-1].sendall(b"POST /api/v1/recordings/ HTT" if number % 2 else _head(served, len(body), kind) + b"--")
        assert served.ask("GET", "/healthz").status == 200
        assert served.upload(fresh).status == 201
    finally:
        for connection in slow:
            connection.close()


# --- no HTTP, or two at once

NAMED = "Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        "POST /api/v1/holds/ HTTP/1.1\r\n" + NAMED + "Content-Length: 2\r\nContent-Length: 200\r\n\r\n{{}}",
        "POST /api/v1/holds/ HTTP/1.1\r\n"
        + NAMED
        + "Content-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
        "POST /api/v1/holds/ HTTP/1.1\r\n" + NAMED + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "POST /api/v1/holds/ HTTP/1.1\r\n" + NAMED + "Transfer-Encoding: chunked\r\n\r\nZZ\r\n{{}}\r\n0\r\n\r\n",
        "POST /api/v1/holds/ HTTP/1.1\r\n" + NAMED + "Content-Length: -1\r\n\r\n",
        "POST /api/v1/holds/ HTTP/1.1\r\n" + NAMED + "Content-Length: 1e3\r\n\r\n",
        "GET /api/v1/recordings/ HTTP/1.1\r\n" + NAMED + "X-Long: " + "a" * 1_000_000 + "\r\n\r\n",
        "GET /api/v1/recordings/ HTTP/1.1\r\n" + NAMED + "X-Folded: a\r\n b\r\n\r\n",
        "GET /api/v1/recordings/ HTTP/1.1\r\n" + NAMED + "X-Nul: a\x00b\r\n\r\n",
        "GET /api/v1/recordings/ HTTP/1.1\r\n" + NAMED + "X Space: a\r\n\r\n",
        "GET /api/v1/recordings/\x00 HTTP/1.1\r\n" + NAMED + "\r\n",
        "GET /api/v1/" + "a" * 200_000 + " HTTP/1.1\r\n" + NAMED + "\r\n",
        "GET /api/v1/recordings/ HTTP/9.9\r\n" + NAMED + "\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
    ids=lambda raw: re.sub(r"[^\w:]+", "-", raw.splitlines()[-1 if "\r\n" not in raw else 0])[:24] + str(len(raw)),
)
def test_what_is_no_clean_http_is_refused_and_reaches_nobody_twice(served, raw):
    received = _sent(served, raw.format(token=served.token).encode("latin-1"), then_close=True, wait=5)
    assert _status(received) in {0, *range(200, 500)}, received[:300]
    assert received.count(b"HTTP/1.1 2") <= 1, received[:2000]
    assert served.count("recordings_legalhold") == 0
    assert served.ask("GET", "/healthz").status == 200


# --- rights that end midway


@pytest.mark.long
def test_a_token_that_is_revoked_while_the_body_runs_stores_nothing(served, fresh):
    secret = served.manage("issue_token", fresh, "--scope", "recordings:write").stdout.strip()
    body, kind = multipart(fresh)
    head = _head(served, len(body), kind).replace(served.token.encode(), secret.encode())
    files = set(served.stored_files())
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
        connection.sendall(head + body[: len(body) // 2])
        served.manage("revoke_token", fresh)
        connection.sendall(body[len(body) // 2 :])
        received = connection.recv(65536)
    assert _status(received) == 401, received
    assert _calls(served, fresh) == 0
    served.until(lambda: set(served.stored_files()) == files, 20, "the refused upload left a file")


# --- limits of the machine


def test_a_limit_on_the_size_of_files_refuses_the_upload_and_leaves_nothing(served, fresh):
    [worker] = served.children_of("web")
    files = set(served.stored_files())
    before = resource.prlimit(worker, resource.RLIMIT_FSIZE)
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        assert served.upload(fresh).status in {503, 507}
        assert set(served.stored_files()) == files
    finally:
        resource.prlimit(worker, resource.RLIMIT_FSIZE, before)
    assert served.upload(fresh).status == 201


def test_no_file_descriptors_left_is_no_lost_upload(served, fresh):
    [worker] = served.children_of("web")
    before = resource.prlimit(worker, resource.RLIMIT_NOFILE)
    open_now = len(os.listdir(f"/proc/{worker}/fd"))  # noqa: PTH208
    resource.prlimit(worker, resource.RLIMIT_NOFILE, (open_now, before[1]))
    try:
        answers = []
        for number in range(3):
            try:
                answers.append(served.ask("GET", "/healthz", timeout=2).status)
                answers.append(served.upload(f"{fresh}-{number}").status)
            except (OSError, http.client.HTTPException):
                answers.append(0)
    finally:
        resource.prlimit(worker, resource.RLIMIT_NOFILE, before)
    assert set(answers) <= {0, 200, 201, 500, 503}
    assert served.upload(fresh).status == 201


def test_connections_of_the_database_that_are_used_up_are_said_and_come_back(served, fresh):
    """Every place is taken, those that the web server has too."""
    with contextlib.ExitStack() as held:
        served.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        for _ in range(200):
            try:
                held.enter_context(psycopg.connect(served.database))
            except psycopg.OperationalError:
                break
        with ThreadPoolExecutor(8) as clients:
            answers = list(clients.map(lambda n: served.upload(f"{fresh}-{n}"), range(8)))
        assert {answer.status for answer in answers} <= {201, 503}, answers
        assert served.ask("GET", "/readyz").status == 503
    served.until(lambda: served.upload(fresh).status in {200, 201}, 20, "it did not come back")


# --- what leans on nothing but itself


@pytest.mark.parametrize("away", ["stopped", "full"])
def test_a_broker_that_is_gone_or_full_costs_no_upload_and_no_hold(served, fresh, away):
    if away == "stopped":
        served.kill("broker")
    else:
        _broker(served, b"CONFIG SET maxmemory 1\r\n")
    try:
        made = served.upload(fresh)
        assert made.status == 201
        body = json.dumps({"matter": "A", "reason": "Counsel asked.", "recordings": [made.json()["id"]]})
        assert served.ask("POST", "/api/v1/holds/", body, Content_Type="application/json").status == 201
        assert served.ask("GET", "/readyz").status == 503
    finally:
        if away == "stopped":
            served.start("broker")
        else:
            _broker(served, b"CONFIG SET maxmemory 0\r\n")
        served.sql(
            "SET session_replication_role = replica; DELETE FROM recordings_holdmember; "
            "DELETE FROM recordings_legalhold; UPDATE recordings_recording SET hold_count = 0; "
            "DELETE FROM trail_event WHERE verb LIKE 'hold.%%' OR verb = 'recording.held'"
        )


def _broker(served: House, command: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as wire:
        wire.connect(str(valkey.socket(served.places)))
        wire.sendall(command)
        assert wire.recv(64).startswith(b"+OK")


def test_a_log_that_nobody_takes_costs_no_request(served, fresh):
    served.stop_listening_to("web")
    assert served.ask("GET", "/api/v1/recordings/wrong/").status == 404
    assert served.ask("POST", "/api/v1/recordings/", b"{", Content_Type="application/json").status == 400
    assert served.upload(fresh).status == 201


# --- killed midway


def test_a_web_server_killed_with_half_a_body_keeps_nothing_of_it_and_takes_it_again(served, fresh):
    body, kind = multipart(fresh)
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
        connection.sendall(_head(served, len(body), kind, f"Idempotency-Key: {fresh}") + body[: len(body) // 2])
        time.sleep(0.05)
        served.kill("web")
    assert _calls(served, fresh) == 0
    served.start("web")
    assert served.upload(fresh).status == 201
    assert _calls(served, fresh) == 1


@pytest.mark.parametrize("crashes", [1, pytest.param(100, marks=pytest.mark.long)])
def test_a_database_that_crashes_while_uploads_run_loses_nothing_that_was_acknowledged(served, fresh, crashes):
    acknowledged: dict[str, str] = {}
    refused: list[int] = []
    over = threading.Event()

    def deliver(client: int) -> None:
        for number in range(1_000_000):
            if over.is_set():
                return
            name = f"{fresh}-{client}-{number}"
            try:
                answer = served.upload(name)
            except (OSError, http.client.HTTPException):
                continue
            if answer.status in {200, 201}:
                acknowledged[name] = answer.json()["id"]
            else:
                refused.append(answer.status)
                time.sleep(0.02)

    clients = [threading.Thread(target=deliver, args=(n,)) for n in range(4)]
    for client in clients:
        client.start()
    for _ in range(crashes):
        reached = len(acknowledged)
        served.until(lambda reached=reached: len(acknowledged) > reached + 4, 60, "uploads do not go on")
        served.crash_database()
        served.start("database")
    over.set()
    for client in clients:
        client.join()
    assert set(refused) <= {503}, sorted(set(refused))
    kept = dict(
        served.sql("SELECT external_id, id::text FROM recordings_recording WHERE external_id LIKE %s", f"{fresh}-%")
    )
    assert acknowledged.items() <= kept.items()
    for recording_id in list(acknowledged.values())[:: max(1, len(acknowledged) // 50)]:
        assert served.audio(recording_id) == CLIP
    print(f"{len(acknowledged)} acknowledged over {crashes} crashes, none lost; {len(refused)} told to try again")  # noqa: T201
