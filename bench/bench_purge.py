"""Recordings per second that are destroyed, among many that live: until unreadable, and until their objects are gone.

Beside the loop that one writes at first, `r.file.delete(); r.delete()`, and beside four threads that unlink the same
number of files and one DELETE. All in one PostgreSQL, in one run; ours with claims, certificates, trail, signatures,
holds looked at, and every object read back.

    python bench/bench_purge.py [--rows 1000000] [--expired 100000] [--naive 20000] [--workers 2]
"""

import argparse
import contextlib
import json
import os
import random
import secrets
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
from stack import ROOT, Results, Stack, running_stack

LARGEST = 16 << 10  # bytes of an object, evenly spread from 1 KB
FOLDERS = [f"{number:02x}" for number in range(256)]
AT_ONCE = 1_000

# The product's own worker stands still, so that the counted ones alone do the work; those pass the pause by
PAUSED = """
    INSERT INTO recordings_dispositionpause
        (id, reason, paused_at, paused_by_kind, paused_by_id, resumed_by_kind, resumed_by_id)
    VALUES (gen_random_uuid(), 'A benchmark.', now(), 'callward', 'bench', '', '')
"""
LIVING = """
    INSERT INTO recordings_recording (id, source, external_id, metadata_digest, line_of_business_id, state,
        quarantine_reasons, release_reason, started_at, ended_at, direction, medium, facts, purposes, agent_id,
        sealed_names, decided, keep_until, delete_by, zone, is_provisional, cooling_seconds, needs_approval,
        approved_by_id, objected_by_id, objection, listed_at, hold_count, object_key, sha256, size_bytes, media_type,
        sample_key, created_at, stored_at)
    SELECT row.id, 'bench', 'call-' || row.number, sha256(row.number::text::bytea), %(line)s::uuid, 'stored', '{}', '',
        row.began, row.began + interval '4 minutes', 'inbound', 'phone', '{}', '{quality_assurance}',
        'agent-' || row.number %% 500, '', %(decided)s::jsonb, row.began + interval '30 days', row.goes,
        'America/New_York', false, 604800, false, '', '', '',
        CASE WHEN row.is_due THEN row.goes - interval '7 days' END, 0, row.object_key,
        sha256(row.number::text::bytea), 8000, 'audio/ogg', row.number * 7919, row.began, row.began
    FROM (SELECT number, gen_random_uuid() AS id, md5('bench' || number) AS object_key,
            number %% %(every)s::bigint = 0 AS is_due,
            now() - interval '400 days' + number * interval '20 seconds' AS began,
            CASE WHEN number %% %(every)s::bigint = 0 THEN now() - interval '2 days' - number * interval '1 ms'
                 ELSE now() + interval '300 days' END AS goes
          FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS number) AS row
"""
PARTS = """
    INSERT INTO recordings_recordingkey (recording_id, wrapped)
        SELECT id, decode(md5(external_id) || md5(id::text), 'hex') FROM recordings_recording WHERE source = 'bench';
    INSERT INTO recordings_party (recording_id, position, role, jurisdiction, location_source, certainty, sealed,
            number_index)
        SELECT id, side, CASE side WHEN 0 THEN 'customer' ELSE 'agent' END, 'US-IL', 'number', 'medium', '',
            sha256((sample_key + side)::text::bytea)
        FROM recordings_recording, generate_series(0, 1) AS side WHERE source = 'bench';
    INSERT INTO recordings_audioprofile (recording_id, {profile}) SELECT id, {values} FROM recordings_recording
        WHERE source = 'bench'
"""
NAIVE = """
    CREATE SCHEMA IF NOT EXISTS baseline;
    DROP TABLE IF EXISTS baseline.recording;
    CREATE TABLE baseline.recording (id bigint PRIMARY KEY, call_id uuid UNIQUE NOT NULL, agent varchar(64) NOT NULL,
        started_at timestamptz NOT NULL, size bigint NOT NULL, sha256 varchar(64) NOT NULL,
        expires_at timestamptz NOT NULL, legal_hold boolean NOT NULL, file varchar(100) NOT NULL);
    INSERT INTO baseline.recording SELECT number, gen_random_uuid(), 'agent' || number %% 500,
        timestamptz '2020-01-01' + number * interval '20 seconds', 8000, md5(number::text) || md5(number::text),
        CASE WHEN number %% %(every)s = 0 THEN timestamptz '2021-01-01'
             ELSE timestamptz '2036-01-01' END, false,
        substr(md5('naive' || number), 1, 2) || '/' || md5('naive' || number)
        FROM generate_series(1, %(rows)s) AS number;
    CREATE INDEX ON baseline.recording (agent); CREATE INDEX ON baseline.recording (started_at);
    CREATE INDEX ON baseline.recording (expires_at)
"""
EXPLAINED = {
    "retention": {
        "explanation": [
            {
                "rule": "standard",
                "citation": "Company policy, 3.1",
                "kind": "maximum",
                "period": "P90D",
                "until": "2026-01-01T00:00:00+00:00",
                "standing": "decides",
                "outranked_by": None,
                "because": "Calls are kept for 90 days.",
                "certainty": "high",
                "trigger": "recording_created",
                "by": "company",
                "verify": "",
            }
        ]
    }
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--expired", type=int, default=100_000)
    parser.add_argument("--naive", type=int, default=20_000, help="how many the plain loop deletes")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    results = Results("purge")
    with running_stack("recordings:read") as stack:
        naive = plain_loop(stack, asked.rows, asked.naive)
        threads = four_threads(stack, asked.rows, asked.expired)
        unreadable, gone = ours(stack, asked.rows, asked.expired, asked.workers)
    results.add("destroyed, until unreadable", [unreadable], "/s", "the plain loop", [naive])
    results.add("destroyed, until read back as absent", [gone], "/s", "the plain loop", [naive])
    results.add("destroyed, until read back as absent", [gone], "/s", "four unlinking threads", [threads])


def ours(stack: Stack, rows: int, expired: int, workers: int) -> tuple[float, float]:
    """Recordings per second until every one is unreadable, and until every object is seen to be absent."""
    with psycopg.connect(stack.database, autocommit=True) as database:
        database.execute(PAUSED)
        populate(database, rows, rows // expired)
        due = database.execute("SELECT object_key FROM recordings_recording WHERE listed_at IS NOT NULL").fetchall()
    lay_files(stack.home / "store", [key for (key,) in due])
    begun = time.monotonic()
    work(stack, workers, "purge")
    unreadable = time.monotonic()
    work(stack, workers, "remove")
    ended = time.monotonic()
    with psycopg.connect(stack.database) as database:
        certified = database.execute("SELECT count(*) FROM recordings_certificate").fetchone()
        absent = database.execute(
            "SELECT count(*) FROM recordings_objectremoval WHERE absent_at IS NOT NULL"
        ).fetchone()
    assert certified == absent == (len(due),), (certified, absent, len(due))
    return len(due) / (unreadable - begun), len(due) / (ended - begun)


def populate(database: psycopg.Connection, rows: int, every: int, *, first: int = 1, parts: bool = True) -> None:
    """Recordings `first` to `rows`, with key, two parties and profile where `parts` are asked for.

    Every `every`-th is due, spread among the living.
    """
    line = database.execute("SELECT id FROM accounts_lineofbusiness WHERE code = 'bench-line'").fetchone()
    database.execute("SET session_replication_role = replica")  # rows that are consistent need no checks one by one
    given = {"line": line and line[0], "every": every, "decided": json.dumps(EXPLAINED)}
    for begin in range(first, rows + 1, 100_000):
        database.execute(LIVING, given | {"first": begin, "last": min(begin + 99_999, rows)})
    if not parts:
        database.execute("SET session_replication_role = DEFAULT")
        database.execute("VACUUM ANALYZE recordings_recording")
        return
    profile = database.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'recordings_audioprofile'"
        " AND column_name <> 'recording_id' AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'"
    ).fetchall()
    names, values = zip(*((name, PLAIN[kind]) for name, kind in profile), strict=True)
    database.execute(PARTS.format(profile=", ".join(names), values=", ".join(values)))
    database.execute("SET session_replication_role = DEFAULT")
    for table in ("recording", "recordingkey", "party", "audioprofile"):
        database.execute(f"VACUUM ANALYZE recordings_{table}")
    database.execute("CHECKPOINT")


PLAIN = {  # a value of each kind, for what the benchmark does not look at
    "jsonb": "'{}'::jsonb",
    "double precision": "240.0",
    "integer": "1",
    "smallint": "1",
    "bigint": "1",
    "boolean": "false",
    "character varying": "'good'",
    "text": "''",
    "bytea": "''::bytea",
    "ARRAY": "'{}'",
    "timestamp with time zone": "now()",
}


def lay_files(root: Path, names: list[str]) -> None:
    blob, sizes = secrets.token_bytes(LARGEST), random.Random(3)  # noqa: S311
    for folder in FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    for name in names:
        (root / name[:2] / name).write_bytes(blob[: sizes.randrange(1_024, LARGEST)])
    os.sync()


def work(stack: Stack, workers: int, what: str) -> None:
    """So many processes at once, each until there is nothing left to do. Their start is not part of the work."""
    environment = os.environ | {
        "CALLWARD_HOME": str(stack.home),
        "PORT": str(stack.port),
        "DISPOSITION_BRAKE": "100000000",
    }
    words = [sys.executable, str(ROOT / "bench" / "purge_worker.py"), what]
    started = [
        subprocess.Popen(words, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(workers)
    ]
    for one in started:
        assert one.stdout is not None
        one.stdout.readline()  # it is ready
    for one in started:
        assert one.stdin is not None
        one.stdin.write(b"go\n")
        one.stdin.flush()
    for one in started:
        assert one.wait() == 0, f"{what} failed"


def plain_loop(stack: Stack, rows: int, expired: int) -> float:
    """Rows per second of `for r in expired: r.file.delete(save=False); r.delete()`."""
    media = stack.home / "naive"
    with psycopg.connect(stack.database, autocommit=True) as database:
        database.execute(NAIVE % {"every": rows // expired, "rows": rows})
        database.execute("VACUUM ANALYZE baseline.recording")
        found = database.execute("SELECT file FROM baseline.recording WHERE expires_at < now()").fetchall()
    lay_files(media, [file.partition("/")[2] for (file,) in found])
    environment = os.environ | {"BASELINE_HOST": str(stack.home / "run"), "BASELINE_MEDIA": str(media)}
    words = [sys.executable, str(ROOT / "bench" / "purge_plain.py")]
    done = subprocess.run(words, cwd=ROOT / "bench", env=environment, capture_output=True, text=True, check=True)
    count, seconds = done.stdout.split()
    assert int(count) == len(found)
    return int(count) / float(seconds)


def four_threads(stack: Stack, rows: int, expired: int) -> float:
    """Four threads that unlink as many files, then one DELETE of as many rows: the limit of this machine."""
    media, names = stack.home / "limit", [secrets.token_hex(16) for _ in range(expired)]
    lay_files(media, names)
    with psycopg.connect(stack.database, autocommit=True) as database:
        database.execute(NAIVE % {"every": rows // expired, "rows": rows})
        database.execute("VACUUM ANALYZE baseline.recording")
        database.execute("CHECKPOINT")
        begun = time.monotonic()
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda folder: unlink_all(media / folder), FOLDERS))
        database.execute("DELETE FROM baseline.recording WHERE expires_at < now() AND NOT legal_hold")
        seconds = time.monotonic() - begun
        database.execute("DROP TABLE baseline.recording")
    shutil.rmtree(media)
    return expired / seconds


def unlink_all(folder: Path) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(entry.path)  # noqa: PTH108  the least that there is


if __name__ == "__main__":
    main()
