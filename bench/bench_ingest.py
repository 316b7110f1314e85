"""Recordings per second that are acknowledged, so kept, with eight clients, everything on; in turns in one run.

By PUT (the metadata was posted before, untimed), by metadata and PUT (both timed), and by one multipart request.

Beside a ModelViewSet with a FileField that takes the same bytes by multipart (no encryption, no fsync, no policy, no
trail), and beside the raw limit of this machine: SHA-256, AES-256-GCM, write, fsync, rename, fsync of the folder,
INSERT and COMMIT in the same PostgreSQL, in one process a core, without HTTP, Django, consent, retention or trail.
"""

import hashlib
import http.client
import json
import math
import multiprocessing
import os
import socket
import struct
import tempfile
import time
import uuid
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from load import Load, load, request_bytes
from plain import plain_server
from stack import LINE, Results, Stack, percentile, running_stack

CLIENTS = 8
ROUNDS = 3
SECONDS = 2.5
SIZES = {"120 KB": 120_044, "960 KB": 960_044}
TABLE = """CREATE TABLE IF NOT EXISTS bench_limit (
    id bigserial PRIMARY KEY, call_id uuid NOT NULL UNIQUE, agent text NOT NULL, started_at timestamptz NOT NULL,
    size bigint NOT NULL, sha256 bytea NOT NULL, path text NOT NULL)"""
INSERT = "INSERT INTO bench_limit (call_id, agent, started_at, size, sha256, path) VALUES (%s, %s, now(), %s, %s, %s)"


def main() -> None:
    results = Results("ingest")
    with (
        running_stack("recordings:write") as stack,
        tempfile.TemporaryDirectory(dir=stack.home) as media,
        plain_server(stack.home, "import_plain", "prepare", media=media) as (port, key),
    ):
        for name, size in SIZES.items():
            measured = rounds(stack, port, key, size)
            for way in ("PUT", "metadata and PUT", "multipart"):
                for beside in ("ModelViewSet", "raw limit"):
                    figure = f"recordings of {name} by {way}, {CLIENTS} clients"
                    results.add(figure, measured[way]["rate"], "/s", beside, measured[beside]["rate"])
                figure = f"recordings of {name} by {way}, p95"
                results.add(figure, measured[way]["p95"], "ms", "ModelViewSet", measured["ModelViewSet"]["p95"])
                figure = f"recordings of {name} by {way}, processor"
                results.add(figure, measured[way]["cpu"], "ms", "ModelViewSet", measured["ModelViewSet"]["cpu"])


def rounds(stack: Stack, port: int, key: str, size: int) -> dict[str, dict[str, list[float]]]:
    """Every way once a round, in turns; the first round warms up."""
    audio = wav(size)
    measured: dict[str, dict[str, list[float]]] = {}

    def note(way: str, done: Load, before: float) -> None:
        if done.refused:
            raise SystemExit(f"{way}: refused: {done.refused[0]}")
        told = measured.setdefault(way, {"rate": [], "p95": [], "cpu": []})
        told["rate"].append(done.rate)
        told["p95"].append(percentile(done.latencies, 0.95) * 1000)
        told["cpu"].append((processors() - before) / len(done.latencies) * 1000)

    for number in range(ROUNDS + 1):
        seconds = SECONDS if number else 1
        waiting = announced(stack, int(seconds * AT_MOST))
        before = processors()
        note(
            "PUT",
            load(stack.port, put(audio, stack.token, waiting), clients=CLIENTS, seconds=seconds, expected=200),
            before,
        )
        before = processors()
        both = load_both(stack, audio, seconds)
        note("metadata and PUT", both, before)
        before = processors()
        form = upload(audio, stack.token)
        note("multipart", load(stack.port, form, clients=CLIENTS, seconds=seconds, expected=201), before)
        before = processors()
        plain = plain_upload(audio, key)
        note("ModelViewSet", load(port, plain, clients=CLIENTS, seconds=seconds, expected=201), before)
        limit = raw_limit(stack.database, stack.home, audio, seconds)
        measured.setdefault("raw limit", {"rate": []})["rate"].append(limit)
        if not number:
            measured.clear()
    return measured


AT_MOST = 700  # recordings a second that are announced beforehand, so that none of the clients runs out


def processors() -> float:
    """Seconds that the processors of this machine were busy since it started, all of them together."""
    with Path("/proc/stat").open() as stat:
        told = [int(word) for word in stat.readline().split()[1:]]
    idle = told[3] + told[4]
    return (sum(told[:8]) - idle) / os.sysconf("SC_CLK_TCK")


def announced(stack: Stack, count: int) -> list[list[str]]:
    """Recordings that await their audio, a list for each client."""
    run = uuid.uuid4().hex[:8]
    fork = multiprocessing.get_context("fork")
    answers = fork.Queue()
    share = -(-count // CLIENTS)
    workers = [fork.Process(target=_announce, args=(stack, run, n * share, share, answers)) for n in range(CLIENTS)]
    for worker in workers:
        worker.start()
    found = [answers.get() for _ in workers]
    for worker in workers:
        worker.join()
    return found


def _announce(stack: Stack, run: str, first: int, count: int, answers) -> None:
    web = http.client.HTTPConnection("127.0.0.1", stack.port)
    made = []
    for number in range(first, first + count):
        web.request("POST", "/api/v1/recordings/", json.dumps(call(run, number)), json_headers(stack.token))
        answer = web.getresponse()
        made.append(json.loads(answer.read())["id"])
    answers.put(made)


def json_headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def put(audio: bytes, token: str, waiting: list[list[str]]):
    """The audio of one that awaits it; `number` is that of the client times a million, and its step."""

    def build(number: int) -> bytes:
        client, step = divmod(number, 1_000_000)
        body = audio[:-16] + uuid.uuid4().bytes
        path = f"/api/v1/recordings/{waiting[client][step]}/audio"
        return request_bytes("PUT", path, body, Authorization=f"Bearer {token}", Content_Type="audio/wav")

    return build


def load_both(stack: Stack, audio: bytes, seconds: float) -> Load:
    """Clients that announce a call and then send its audio; the time of both."""
    fork = multiprocessing.get_context("fork")
    barrier, answers = fork.Barrier(CLIENTS), fork.Queue()
    workers = [fork.Process(target=_both, args=(stack, audio, seconds, barrier, answers)) for _ in range(CLIENTS)]
    for worker in workers:
        worker.start()
    total = Load()
    for took, latencies in [answers.get() for _ in workers]:
        total.seconds = max(total.seconds, took)
        total.latencies += latencies
    for worker in workers:
        worker.join()
    return total


def _both(stack: Stack, audio: bytes, seconds: float, barrier, answers) -> None:
    web, run, latencies = http.client.HTTPConnection("127.0.0.1", stack.port), uuid.uuid4().hex[:12], []
    web.connect()
    web.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    headers = {"Authorization": f"Bearer {stack.token}", "Content-Type": "audio/wav"}
    barrier.wait()
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        sent = time.monotonic()
        body = json.dumps(call(run, len(latencies)))
        web.request("POST", "/api/v1/recordings/", body, json_headers(stack.token))
        pk = json.loads(web.getresponse().read())["id"]
        web.request("PUT", f"/api/v1/recordings/{pk}/audio", audio[:-16] + uuid.uuid4().bytes, headers)
        answer = web.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        latencies.append(time.monotonic() - sent)
    answers.put((time.monotonic() - began, latencies))


def call(run: str, number: int) -> dict[str, object]:
    return {
        "source": "bench",
        "external_id": f"{run}-{number}",
        "started_at": "2026-11-20T15:00:00Z",
        "duration_s": 60,
        "direction": "inbound",
        "line_of_business": LINE,
        "purposes": ["quality_assurance"],
        "agent": {"id": f"agent-{number % 500}", "name": "Bench"},
        "parties": [{"role": "agent", "jurisdiction": "US-TX"}, {"role": "customer", "number": "+15125550101"}],
        "consent": [{"method": "announcement", "party": "customer", "offset_s": 1, "result": "given"}],
    }


def plain_upload(audio: bytes, key: str):
    """The same bytes as a form for the ModelViewSet."""
    run = uuid.uuid4().hex

    def build(number: int) -> bytes:
        boundary = uuid.uuid4().hex
        given = {
            "external_id": f"{run}-{number}", "caller": "+15125550101", "called": "200", "direction": "in",
            "started_at": "2026-11-20T15:00:00Z", "expires_at": "2027-02-20T15:00:00Z",
        }  # fmt: skip
        fields = "".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in given.items()
        )
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{number}.wav"\r\n\r\n'
        body = b"".join(
            [fields.encode(), head.encode(), audio[:-16], uuid.uuid4().bytes, f"\r\n--{boundary}--\r\n".encode()]
        )
        form = f"multipart/form-data; boundary={boundary}"
        return request_bytes("POST", "/recordings/", body, Authorization=f"Token {key}", Content_Type=form)

    return build


def wav(size: int) -> bytes:
    """A call of 8 kHz mono PCM with a tone, `size` bytes with its head."""
    samples = (size - 44) // 2
    tone = b"".join(struct.pack("<h", int(6000 * math.sin(n * 0.17))) for n in range(8000))
    body = (tone * (samples // 8000 + 1))[: samples * 2]
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
    return (
        struct.pack("<4sI4s", b"RIFF", 36 + len(body), b"WAVE") + form + struct.pack("<4sI", b"data", len(body)) + body
    )


def upload(audio: bytes, token: str):
    """Requests that differ in call and sound: no two are the same delivery."""
    boundary = uuid.uuid4().hex
    run = uuid.uuid4().hex[:8]
    part = f'--{boundary}\r\nContent-Disposition: form-data; name="'

    def build(number: int) -> bytes:
        metadata = (
            f'{part}metadata"\r\nContent-Type: application/json\r\n\r\n{json.dumps(call(run, number))}\r\n'.encode()
        )
        head = f'{part}audio"; filename="call.wav"\r\nContent-Type: audio/wav\r\n\r\n'.encode()
        body = b"".join([metadata, head, audio[:-16], uuid.uuid4().bytes, f"\r\n--{boundary}--\r\n".encode()])
        form = f"multipart/form-data; boundary={boundary}"
        return request_bytes("POST", "/api/v1/recordings/", body, Authorization=f"Bearer {token}", Content_Type=form)

    return build


def raw_limit(database: str, home: Path, audio: bytes, seconds: float) -> float:
    """Recordings per second that this machine can keep at all."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(TABLE)
    fork = multiprocessing.get_context("fork")
    answers, processes = fork.Queue(), os.cpu_count() or 1
    with tempfile.TemporaryDirectory(dir=home) as folder:
        workers = [
            fork.Process(target=_keep, args=(database, Path(folder), audio, seconds, answers)) for _ in range(processes)
        ]
        for worker in workers:
            worker.start()
        rate = sum(answers.get() for _ in workers)
        for worker in workers:
            worker.join()
    return rate


def _keep(database: str, folder: Path, audio: bytes, seconds: float, answers) -> None:
    cipher, count = AESGCM(os.urandom(32)), 0
    with psycopg.connect(database) as connection:
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            call = uuid.uuid4()
            sound = audio[:-16] + call.bytes
            digest, nonce = hashlib.sha256(sound).digest(), os.urandom(12)
            path = folder / call.hex
            _write_durably(path, nonce + cipher.encrypt(nonce, sound, None))
            connection.execute(INSERT, (call, f"agent-{count % 500}", len(sound), digest, str(path)))
            connection.commit()
            count += 1
        answers.put(count / (time.monotonic() - began))


def _write_durably(path: Path, content: bytes) -> None:
    fresh = path.with_suffix(".new")
    with fresh.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


if __name__ == "__main__":
    main()
