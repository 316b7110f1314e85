"""A hold over a million recordings, and what standing holds cost whoever takes calls in.

In a database of the benchmark's own. Beside it stands what a plain program does: a row for each member and an update of
each recording, through the ORM. HOLDS_RECORDINGS and HOLDS_ROUNDS set other numbers.
"""

import os
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from stack import ROOT, Results

RECORDINGS = int(os.environ.get("HOLDS_RECORDINGS", "1000000"))
ROUNDS = int(os.environ.get("HOLDS_ROUNDS", "3"))
SLICE = 2_000  # recordings for the loop beside it
INTAKES = 2_000  # transactions for one figure of intake
STANDING = (0, 100, 10_000)


def main() -> None:
    home = Path(tempfile.mkdtemp(prefix="callward-bench-", dir=os.environ.get("BENCH_DIR")))
    home.chmod(0o755)
    for name in [name for name in os.environ if name.startswith(("DATABASE_", "REDIS_", "CALLWARD_"))]:
        del os.environ[name]
    os.environ |= {"CALLWARD_HOME": str(home), "DJANGO_SETTINGS_MODULE": "compliance_site.settings.local"}
    sys.path.insert(0, str(ROOT))
    from compliance_site.private import postgres
    from compliance_site.private.places import places

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was made is removed
    server = postgres.start(places())
    try:
        _measure()
    finally:
        postgres.stop(server)
        shutil.rmtree(places().services, ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)


def _measure() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    began = time.monotonic()
    _seed()
    print(f"{RECORDINGS:,} recordings stored in {time.monotonic() - began:.0f} s", flush=True)
    results = Results("holds")
    standing = {count: [] for count in STANDING}
    for count in STANDING:
        _stand(count)
        standing[count] += [_intake() for _ in range(ROUNDS)]
    for count in STANDING[1:]:
        name = f"one call's rows, beside {count:,} standing holds"
        results.add(name, standing[count], "µs", "without any", standing[0])
    loops = [_loop() for _ in range(ROUNDS)]
    placed, rate, preview, released, gone = _large()
    results.alone(f"a hold over {RECORDINGS:,}: in force after", [placed], "s")
    results.add("its members written", [rate], "/s", "a loop through the ORM", loops)
    results.alone("its release seen (figures, days, digest)", [preview], "s")
    results.alone("its release answered", [released], "s")
    results.add("its members let go", [gone], "/s", "a loop through the ORM", loops)


def _seed() -> None:
    from django.db import connection

    from accounts.models import LineOfBusiness, Role, User

    line = LineOfBusiness.objects.create(code="bench", name="Bench", zone="UTC")
    for name in ("first", "second"):
        User.objects.create(username=name, role=Role.OFFICER, all_lines=True)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # every row is right: no trigger has to look
        cursor.execute(
            "INSERT INTO recordings_recording (id, source, external_id, metadata_digest, line_of_business_id, state,"
            " quarantine_reasons, release_reason, started_at, ended_at, direction, medium, facts, purposes, agent_id,"
            " sealed_names, decided, keep_until, delete_by, zone, is_provisional, cooling_seconds, needs_approval,"
            " approved_by_id, objected_by_id, objection, hold_count, object_key, sha256, size_bytes, media_type,"
            " sample_key, created_at, stored_at)"
            " SELECT gen_random_uuid(), 'bench', n::text, '', %s, 'stored', '{}', '', now() - interval '1 day',"
            " now(), 'inbound', 'phone', '{}', '{}', 'a' || n %% 500, '', '{}', now() + n * interval '1 minute',"
            " now() + n * interval '1 minute', 'UTC', false, 604800, false, '', '', '', 0, 'o' || n, '', 200000,"
            " 'audio/wav', n, now(), now() FROM generate_series(1, %s) n",
            [line.pk, RECORDINGS],
        )
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("ANALYZE")


def _people() -> tuple[object, object]:
    from accounts.models import User

    return User.objects.get(username="first"), User.objects.get(username="second")


def _stand(count: int) -> None:
    """So many standing holds, each on a number that never calls."""
    from recordings.models import LegalHold
    from recordings.services.holds import Custodian, place_hold

    first, _ = _people()
    there = LegalHold.objects.count()
    if count > there:
        people = [Custodian(number=f"+1312{6_000_000 + n}") for n in range(count - there)]
        for begin in range(0, len(people), 100):
            place_hold(matter="Stands", reason="Bench.", custodians=people[begin : begin + 100], actor=first)
    LegalHold.objects.update(is_settled=True)


def _intake() -> float:
    """Microseconds of one transaction that writes a recording and its two parties, as uploads write them."""
    from django.db import transaction
    from django.utils import timezone

    from accounts.models import LineOfBusiness
    from recordings import keys
    from recordings.models import Party, Recording
    from trail.rows import insert_rows

    line, now, took = LineOfBusiness.objects.get(code="bench"), timezone.now(), []
    for number in range(INTAKES):
        call = Recording(
            source="intake", external_id=f"{time.monotonic_ns()}", metadata_digest=b"", line_of_business=line,
            started_at=now, ended_at=now, direction="inbound", purposes=[], agent_id=f"b{number % 500}",
            keep_until=now, delete_by=now + timedelta(days=9), zone="UTC", sample_key=number,
        )  # fmt: skip
        parties = [
            Party(recording=call, position=n, role="customer", number_index=keys.number_index(f"+1415{n}{number:06}"))
            for n in range(2)
        ]
        began = time.perf_counter()
        with transaction.atomic():
            insert_rows([call], parties)
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1e6


def _loop() -> float:
    """Members a second of a plain program: a row and an update each, in one transaction."""
    from django.db import connection, models, transaction

    from recordings.models import Recording

    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE IF NOT EXISTS plain_member (hold uuid, recording uuid, at timestamptz)")
    began = time.monotonic()
    with suppress(_Back), transaction.atomic():
        for recording in Recording.objects.order_by("pk")[:SLICE]:
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO plain_member VALUES (%s, %s, now())", [recording.pk, recording.pk])
            Recording.objects.filter(pk=recording.pk).update(flagged_at=models.functions.Now(), listed_at=None)
        took = time.monotonic() - began
        raise _Back
    return SLICE / took


class _Back(Exception):
    """Nothing of it stays."""


def _large() -> tuple[float, float, float, float, float]:
    from django.utils import timezone

    from recordings.models import Recording
    from recordings.services.holds import place_hold, preview_release, release_hold

    first, second = _people()
    hold, placed = _timed(lambda: place_hold(matter="All", reason="Bench.", query={"source": "bench"}, actor=first))
    written = _settled(hold)
    if Recording.objects.filter(source="bench", hold_count=1).count() != RECORDINGS:
        raise SystemExit("not every recording is held")
    (_, shown), seen = _timed(lambda: preview_release(hold.pk, actor=second, at=timezone.now()))
    _, released = _timed(lambda: release_hold(hold_id=hold.pk, reason="Bench.", actor=second, seen=shown.digest))
    gone = _settled(hold)
    if Recording.objects.filter(hold_count__gt=0).exists():
        raise SystemExit("something is still held")
    return placed, RECORDINGS / (placed + written), seen, released, RECORDINGS / (released + gone)


def _settled(hold) -> float:
    from recordings.services.holds import settle_holds

    began = time.monotonic()
    while True:
        settle_holds(seconds=60)
        hold.refresh_from_db()
        if hold.is_settled:
            return time.monotonic() - began


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.monotonic()
    answer = work()
    return answer, time.monotonic() - began


if __name__ == "__main__":
    main()
