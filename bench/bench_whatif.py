"""What-if over a million stored recordings: recordings a second and memory, beside deciding each through the ORM.

The recordings lie in a database of the benchmark's own, filled by COPY and removed at the end. They are of five lines,
four hundred days and some thousand circumstances, each with evidence of consent; the version in question keeps longer,
asks everybody for a yes, and so touches every recording of its line. What each recording was decided is left out: the
what-if does not read it. WHATIF_RECORDINGS sets another number.
"""

import gc
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from stack import ROOT, Results

RECORDINGS = int(os.environ.get("WHATIF_RECORDINGS", "1000000"))
SLICE = 1_000  # recordings for the loop beside it
DAYS, LINES = 400, 5
STATES = ["AL", "AZ", "CA", "CO", "CT", "DE", "FL", "GA", "IL", "IN", "KS", "KY", "LA", "MD", "MA", "MI", "MN", "MO"]
STATES += ["MT", "NV", "NH", "NJ", "NY", "NC", "OH", "OR", "PA", "TX", "VA", "WA", "WI"]
SECTORS = ("", "insurance", "health", "debt_collection")
PURPOSES = (["quality_assurance"], ["quality_assurance", "training"], ["dispute_resolution"])
ROUNDS = int(os.environ.get("WHATIF_ROUNDS", "3"))
MEGABYTE = 1024 * 1024


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

    from compliance_site.shipping import ship

    call_command("migrate", interactive=False, verbosity=0)
    ship()
    began = time.monotonic()
    version, officer = _seed()
    print(f"{RECORDINGS:,} recordings stored in {time.monotonic() - began:.0f} s", flush=True)
    rates, peaks, early, loops, busy = [], [], [], [], []
    for _ in range(ROUNDS):
        rate, first, peak, computed = _in_a_process_of_its_own(_what_if, version, officer)
        (loop,) = _in_a_process_of_its_own(_loop, version, officer)
        rates.append(rate)
        early.append(first)
        peaks.append(peak)
        busy.append(computed)
        loops.append(loop)
    results = Results("whatif")
    results.add(f"what-if over {RECORDINGS:,} recordings", rates, "/s", "a loop through the ORM", loops)
    seconds = [RECORDINGS / rate for rate in rates]
    results.add(
        "what-if, from asking to its end", seconds, "s", "the loop, at its rate", [RECORDINGS / x for x in loops]
    )
    results.add("what-if, most memory", peaks, "MB", "after the first tenth", early)
    results.add("what-if, the process computing", busy, "s", "from asking to its end", seconds)
    (redated,) = _in_a_process_of_its_own(_redate, version, officer)
    results.add("stored dates that come later", [redated], "/s", "a loop through the ORM", loops)


def _seed():
    """The lines, two officers, the version in force, the version in question; a million calls under the first."""
    from django.db import connection

    from accounts.models import LineOfBusiness, Role, User
    from policies.services.snapshot import rules_now
    from policies.services.versions import draft_version, publish_version, submit_version

    lines = [
        LineOfBusiness.objects.create(code=f"line-{n}", name=f"Line {n}", zone="America/New_York") for n in range(LINES)
    ]
    author, second = (
        User.objects.create(username=name, role=Role.OFFICER, all_lines=True) for name in ("author", "second")
    )
    usual = {"company": "Bench", "retention": {"max_period": "P2Y"}}
    first = submit_version(version=draft_version(document=usual, code="all", name="All", actor=author), actor=author)
    first = publish_version(version=first, actor=second, always=True)
    circumstances = _circumstances()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # every row is right: no trigger has to look
        _copy_recordings(cursor, lines, [one.pk for one in circumstances], first.pk, rules_now().law.release)
        _copy_evidence(cursor)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("ANALYZE")
    stricter = usual | {"retention": {"max_period": "P3Y"}, "consent": {"standard": "all_party", "form": "express"}}
    version = draft_version(document=stricter, policy=first.policy, actor=author)
    return submit_version(version=version, actor=author), author


def _circumstances():
    from recordings.models import Circumstances

    rows = {}
    for agent in ("TX", "FL", "OH", "CA"):
        for customer in STATES:
            for direction in ("inbound", "outbound"):
                for sector in SECTORS:
                    for purposes in PURPOSES:
                        row = Circumstances.of(_call(agent, customer, direction, sector, purposes))
                        rows[row.pk] = row
    Circumstances.objects.bulk_create(rows.values(), batch_size=1_000)
    return list(rows.values())


def _call(agent: str, customer: str, direction: str, sector: str, purposes: list[str]) -> dict[str, object]:
    party = {"source": "explicit", "certainty": "high", "mismatch": ""}
    return {
        "direction": direction,
        "medium": "phone",
        "purposes": purposes,
        "facts": {"sector": [sector]} if sector else {},
        "parties": [
            {"role": "agent", "jurisdiction": f"US-{agent}"} | party,
            {"role": "customer", "jurisdiction": f"US-{customer}"} | party,
        ],
    }


_COLUMNS = (
    "id source external_id metadata_digest line_of_business_id state quarantine_reasons release_reason started_at"
    " ended_at direction medium facts purposes agent_id sealed_names circumstances_id decided policy_version_id"
    " law_release keep_until delete_by zone is_provisional cooling_seconds needs_approval approved_by_id objected_by_id"
    " objection hold_count object_key sha256 size_bytes media_type sample_key created_at stored_at"
)


def _copy_recordings(cursor, lines, circumstances, version, release) -> None:
    from zoneinfo import ZoneInfo

    from policies.domain.periods import end_of_period, period
    from trail.domain.ids import first_uuid7

    chance, zone, length = random.Random(7), ZoneInfo("America/New_York"), period("P2Y")  # noqa: S311  the same each time
    newest = datetime(2026, 11, 20, 12, tzinfo=UTC)
    step = timedelta(days=DAYS) / RECORDINGS
    ends: dict[object, str] = {}
    with cursor.copy(f"COPY recordings_recording ({', '.join(_COLUMNS.split())}) FROM STDIN") as copy:
        for number in range(RECORDINGS):
            began = newest - (RECORDINGS - number) * step
            ended = began + timedelta(seconds=30 + chance.randrange(900))
            day = ended.astimezone(zone).date()
            if day not in ends:
                ends[day] = end_of_period(ended, length, zone).isoformat()
            pk = first_uuid7(ended).int | chance.getrandbits(60)
            pk = f"{pk:032x}"
            at, until = began.isoformat(), ended.isoformat()
            copy.write(
                f"{pk}\tbench\t{number}\t\\\\x00\t{chance.choice(lines).pk}\tstored\t{{}}\t\t{at}\t{until}\tinbound\tphone"
                f"\t{{}}\t{{quality_assurance}}\ta{number % 500}\t\\\\x\t{chance.choice(circumstances)}\t{{}}"
                f"\t{version}\t{release}\t{until}\t{ends[day]}\tAmerica/New_York\tf\t604800\tf\t\t\t\t0\to{number}\t\\\\x00"
                f"\t{200_000 + number % 900_000}\taudio/wav\t{chance.getrandbits(62)}\t{until}\t{until}\n"
            )


def _copy_evidence(cursor) -> None:
    """Everybody heard the announcement."""
    cursor.execute(
        "INSERT INTO recordings_consentevidence (recording_id, party_id, method, result, document_sha256)"
        " SELECT id, NULL, 'announcement', 'given', '' FROM recordings_recording ORDER BY id"
    )


def _in_a_process_of_its_own(work, version, officer):
    """What it answers; its memory is its own, and goes with it."""
    from django.db import connections

    connections.close_all()
    fork = multiprocessing.get_context("fork")
    answers = fork.Queue()
    process = fork.Process(target=lambda: answers.put(work(version, officer)))
    process.start()
    answer = answers.get()
    process.join()
    return answer


def _what_if(version, officer) -> tuple[float, float, float, float]:
    """Recordings a second from asking to the end; megabytes after the first tenth, and at most; CPU seconds."""
    from compliance_site.whatif.job import Run, advance
    from policies.services.impact import start_impact

    gc.collect()
    began, computing = time.monotonic(), time.process_time()
    report = start_impact(version, officer)
    run, early, peak = Run.of(report), 0.0, 0.0
    while advance(report.pk, run):
        report.refresh_from_db(fields=["done_count"])
        memory = _memory()
        peak = max(peak, memory)
        if not early and report.done_count >= RECORDINGS / 10:
            early = memory
    took = time.monotonic() - began
    report.refresh_from_db()
    counts = next(iter(report.figures["lines"].values()))["counts"]
    if report.state != "done" or not counts.get("later") or not counts.get("noncompliant"):
        raise SystemExit(f"the report is {report.state}: {counts}")
    return RECORDINGS / took, early, peak, time.process_time() - computing


def _memory() -> float:
    """What this process holds now, in megabytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE


def _loop(version, officer) -> tuple[float]:
    """One recording after the other, as its page would: read it, decide it under either policy, compare."""
    from policies.domain.stored_calls import read_call
    from policies.services.decisions import decide, preview
    from policies.services.snapshot import company_policy
    from recordings.models import ConsentEvidence, Recording

    draft, changed = company_policy(version), 0
    began = time.monotonic()
    for recording in Recording.objects.order_by("pk")[:SLICE]:
        call = read_call(
            recording.circumstances.call,
            line_of_business=recording.line_of_business.code,
            started_at=recording.started_at,
            ended_at=recording.ended_at,
        )
        evidence = list(ConsentEvidence.objects.filter(recording=recording))
        before, after = decide(call), preview(call, draft=draft, actor=officer)
        changed += bool(evidence) and before.answer["consent"] != after.answer["consent"]
    return (SLICE / (time.monotonic() - began),)


def _redate(version, officer) -> tuple[float]:
    """Stored dates a second that come later, each with its reason and its event, after the version was published."""
    from accounts.models import User
    from policies.services.impact import impact_of
    from policies.services.versions import publish_version
    from recordings.models import RetentionChange
    from recordings.services.redating import redate_for

    publish_version(version=version, actor=User.objects.get(username="second"), report=impact_of(version))
    began = time.monotonic()
    redate_for(seconds=10)
    return (RetentionChange.objects.count() / (time.monotonic() - began),)


if __name__ == "__main__":
    main()
