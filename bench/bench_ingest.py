"""Recordings per second that are acknowledged, so kept, with eight clients; beside the raw limit of this machine.

The raw limit: SHA-256, AES-256-GCM, write, fsync, rename, fsync of the folder, INSERT and COMMIT in the same
PostgreSQL, in one process a core, without HTTP, Django, consent, retention or trail. In turns in one run.
"""

import hashlib
import json
import math
import multiprocessing
import os
import struct
import tempfile
import time
import uuid
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from load import load, request_bytes
from stack import LINE, Results, percentile, running_stack

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
    with running_stack("recordings:write") as stack:
        for name, size in SIZES.items():
            audio, rates, waits, limits = wav(size), [], [], []
            for round_ in range(ROUNDS + 1):
                seconds = SECONDS if round_ else 1
                limit = raw_limit(stack.database, stack.home, audio, seconds)
                kept = load(stack.port, upload(audio, stack.token), clients=CLIENTS, seconds=seconds, expected=201)
                if kept.refused:
                    raise SystemExit(f"refused: {kept.refused[0]}")
                if round_:  # the first one warms up
                    rates.append(kept.rate)
                    limits.append(limit)
                    waits.append(percentile(kept.latencies, 0.95) * 1000)
            results.add(f"recordings of {name}, {CLIENTS} clients", rates, "/s", "raw limit", limits)
            results.add(
                f"upload of {name} p95, {CLIENTS} clients",
                waits,
                "ms",
                "raw limit, a recording",
                [1000 / x for x in limits],
            )


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
        call = {
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
        metadata = f'{part}metadata"\r\nContent-Type: application/json\r\n\r\n{json.dumps(call)}\r\n'.encode()
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
