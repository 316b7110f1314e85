"""Pages of the list of recordings over HTTP, beside a ModelViewSet with page numbers, in one run.

    python bench/bench_list.py [--rows 1000000 5000000] [--rounds 3] [--seconds 2]

Both stand in one PostgreSQL and under the same web server with as many processes. The plain one has the same number of
rows, an index on agent and on start, and COUNT + OFFSET, as page numbers need them. Ours looks at the token's rights,
and whether the database was restored, with each page.
"""

import argparse
import base64
import json
import random
import time
import urllib.parse

import psycopg
from bench_purge import populate
from load import load, request_bytes
from plain import plain_server
from stack import Results, Stack, percentile, running_stack

AGENTS = 500
PLAIN_ROWS = """
    INSERT INTO plain_list.plain_list_recording
        (call_id, agent, direction, started_at, duration_s, size, sha256, expires_at, legal_hold, file)
    SELECT gen_random_uuid(), 'agent-' || number % {agents}, 'in',
        now() - interval '400 days' + number * interval '20 seconds', 240, 8000,
        md5(number::text) || md5(number::text), now() + interval '300 days', false, md5(number::text)
    FROM generate_series({first}, {last}) AS number
"""
DEEP = 0.5  # how far down the deep page lies: this share of the rows is newer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 5_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2)
    asked = parser.parse_args()
    results = Results("list")
    with running_stack("recordings:read") as stack, plain_server(stack.home, "list_plain") as (port, key):
        ours = {"Authorization": f"Bearer {stack.token}"}
        plain = {"Authorization": f"Token {key}"}
        before: dict[str, list[float]] = {}
        there = 0
        for rows in sorted(asked.rows):
            fill(stack, there + 1, rows)
            there = rows
            deep = position(stack, rows)
            targets = {
                "of an agent": (stack.port, lambda n: f"/api/v1/recordings/?agent=agent-{n % AGENTS}", ours),
                "of an agent, plain": (port, lambda n: f"/recordings/?agent=agent-{n % AGENTS}&page=1", plain),
                "all": (stack.port, lambda n: "/api/v1/recordings/", ours),
                "all, plain": (port, lambda n: "/recordings/?page=1", plain),
                "deep": (stack.port, lambda n, deep=deep: deep[n % len(deep)], ours),
                "deep, plain": (port, lambda n, rows=rows: f"/recordings/?page={int(rows * DEEP / 50)}", plain),
            }
            for clients in (2, 16):
                rates, p50 = rounds(targets, clients, asked.rounds, asked.seconds)
                label = f"{rows // 1_000_000}M rows, {clients} clients"
                for name in ("of an agent", "all", "deep"):
                    results.add(f"pages {name}, {label}", rates[name], "/s", "page numbers", rates[f"{name}, plain"])
                results.add(f"a deep page, p50, {label}", p50["deep"], "ms", "the first page", p50["all"])
                for name in ("of an agent", "all", "deep"):
                    key_of = f"{name} {clients}"
                    if key_of in before:
                        results.add(f"pages {name}, p50, {label}", p50[name], "ms", "fewer rows", before[key_of])
                    before[key_of] = p50[name]


def fill(stack: Stack, first: int, last: int) -> None:
    began = time.monotonic()
    with psycopg.connect(stack.database, autocommit=True) as database:
        populate(database, last, 10 * last, first=first, parts=False)
        for start in range(first, last + 1, 500_000):
            database.execute(PLAIN_ROWS.format(agents=AGENTS, first=start, last=min(start + 499_999, last)))
        database.execute("VACUUM ANALYZE plain_list.plain_list_recording")
        database.execute("CHECKPOINT")
    print(f"{last} rows after {time.monotonic() - began:.0f} s", flush=True)


def position(stack: Stack, rows: int) -> list[str]:
    """Addresses of pages around the middle of the list, as `next` would name them."""
    found = []
    with psycopg.connect(stack.database) as database:
        for place in random.Random(5).sample(range(1, 1000), 40):  # noqa: S311
            row = database.execute(
                "SELECT started_at, id FROM recordings_recording WHERE external_id = %s",
                [f"call-{int(rows * (1 - DEEP)) - place}"],
            ).fetchone()
            assert row is not None
            texts = [row[0].isoformat(), str(row[1])]
            cursor = base64.urlsafe_b64encode(json.dumps(texts).encode()).decode().rstrip("=")
            found.append(f"/api/v1/recordings/?cursor={urllib.parse.quote(cursor)}")
    return found


def rounds(targets, clients: int, count: int, seconds: float):
    """Every target once a round, in turns; the first round warms up. Requests per second, and p50 in ms."""
    rates, p50 = {name: [] for name in targets}, {name: [] for name in targets}
    for number in range(count + 1):
        for name, (port, path, headers) in targets.items():

            def build(step: int, path=path, headers=headers) -> bytes:
                return request_bytes("GET", path(step), **headers)

            done = load(port, build, clients=clients, seconds=seconds if number else 1, expected=200)
            assert not done.refused, (name, done.refused[:2])
            if number:
                rates[name].append(done.rate)
                p50[name].append(percentile(done.latencies, 0.5) * 1000)
    return rates, p50


if __name__ == "__main__":
    main()
