"""Imports from their beginning to their end: begun or gone on with, worked by several processes, reported."""

import contextlib
import ctypes
import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from django.db import connections, transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

import trail.services as trail
from accounts.models import LineOfBusiness
from accounts.permissions import lines_of
from recordings import keys
from recordings.domain.errors import ImportRefused
from recordings.importing.folders import Found, files_in
from recordings.importing.manifest import files_named_in
from recordings.ledger.state import assert_not_restored
from recordings.models import ImportItem, ImportRun
from recordings.services.imports.batches import import_batch
from recordings.services.imports.plans import Plan, is_manifest
from trail.domain.actors import Actor

BATCH = 64  # files of one commit
AHEAD = 3  # batches that wait for each process
PLACE = "import place"
STANDS_STILL = timedelta(minutes=10)  # a run that got no further for so long has no process any more
State = ImportRun.State


@dataclass
class Tally:
    """What became of the files of a batch, or of all."""

    taken: int = 0
    known: int = 0
    refused: int = 0
    size_bytes: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def seen(self) -> int:
        return self.taken + self.known + self.refused

    def add(self, other: "Tally") -> None:
        self.taken += other.taken
        self.known += other.known
        self.refused += other.refused
        self.size_bytes += other.size_bytes
        self.reasons.update(other.reasons)


def files_of(plan: Plan, place: Path) -> Iterator[Found]:
    """What the plan imports, one file after the other. Raises ImportRefused."""
    if is_manifest(plan.kind):
        return files_named_in(place)
    if not plan.root.is_dir():
        raise ImportRefused("There is no such folder.")
    return files_in(plan.root)


@transaction.atomic
def begin(*, plan: Plan, place: Path, actor: Actor) -> ImportRun:
    """A new import of this place. Raises ImportRefused: no such line of business; RecordingsClosed."""
    assert_not_restored()
    line = _line_of(plan)
    now = timezone.now()
    run = ImportRun.objects.create(
        kind=plan.kind,
        source=plan.defaults.source,
        place_digest=place_digest(place),
        sealed_place=keys.seal_with_keyset(str(place).encode(), PLACE),
        line_of_business=line,
        started_at=now,
        moved_at=now,
    )
    trail.append("import.started", actor=actor, subject=run, source=run.source, way=run.kind)
    return run


def gone_on_with(*, plan: Plan, place: Path) -> ImportRun | None:
    """The last import of this place, if it did not come to its end; None: there is none."""
    rows = ImportRun.objects.filter(place_digest=place_digest(place), source=plan.defaults.source, kind=plan.kind)
    return rows.filter(state=State.RUNNING).order_by("-started_at").first()


@transaction.atomic
def end(*, run: ImportRun, actor: Actor) -> ImportRun:
    """All files were looked at: complete, or incomplete where some were refused."""
    row = ImportRun.objects.select_for_update().get(pk=run.pk)
    row.state = State.INCOMPLETE if row.refused else State.COMPLETE
    row.ended_at = row.moved_at = timezone.now()
    row.save(update_fields=["state", "ended_at", "moved_at"])
    trail.append(
        "import.ended", actor=actor, subject=row, source=row.source, taken=row.taken, known=row.known,
        refused=row.refused,
    )  # fmt: skip
    return row


def work(
    *, run: ImportRun, plan: Plan, files: Iterable[Found], workers: int = 1, moved: Callable[[Tally], None]
) -> Tally:
    """Take all files in; `moved` hears of each batch after its commit. Files are asked for as they are needed.

    Raises what `import_batch` raises, and BrokenProcessPool: a process died; what was committed stands.
    """
    batches, total = _batches(files), Tally()
    found = (_imported(run, plan, batch) for batch in batches) if workers < 2 else _shared(run, plan, batches, workers)
    for tally in found:
        total.add(tally)
        moved(tally)
    return total


def _imported(run: ImportRun, plan: Plan, files: list[Found]) -> Tally:
    batch = import_batch(run=run, plan=plan, files=files)
    tally = Tally()
    for one in [*batch.settled, *batch.again]:
        tally.taken += one.outcome == ImportItem.Outcome.TAKEN
        tally.known += one.outcome == ImportItem.Outcome.KNOWN
        tally.refused += one.outcome == ImportItem.Outcome.REFUSED
        tally.size_bytes += one.size_bytes
        if one.outcome == ImportItem.Outcome.REFUSED:
            tally.reasons[one.code] += 1
    return tally


def _shared(run: ImportRun, plan: Plan, batches: Iterator[list[Found]], workers: int) -> Iterator[Tally]:
    """As one process would, by several; a few batches wait for each, never all."""
    keys.keyset()  # read, or made, before there are several who would
    connections.close_all()  # a session belongs to one process
    pool = ProcessPoolExecutor(workers, mp_context=get_context("fork"), initializer=_begin_process)
    waiting: set[Future[Tally]] = set()
    try:
        for batch in batches:
            waiting.add(pool.submit(_imported, run, plan, batch))
            if len(waiting) >= workers * AHEAD:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (one.result() for one in done)
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (one.result() for one in done)
    except BrokenProcessPool as error:
        raise ImportRefused("A process of the import was killed. Run it again with --resume.") from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin_process() -> None:
    """In the new process: it ends with the one that made it, and leaves Ctrl-C to that one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() == 1:
        os._exit(1)
    connections.close_all()


def _batches(files: Iterable[Found]) -> Iterator[list[Found]]:
    rest = iter(files)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _line_of(plan: Plan) -> LineOfBusiness | None:
    code = plan.filled.line_of_business
    if not code:
        return None
    line = LineOfBusiness.objects.filter(code=code).first()
    if line is None:
        known = ", ".join(LineOfBusiness.objects.order_by("code").values_list("code", flat=True))
        raise ImportRefused(f"There is no line of business {code!r}. There are: {known}.")
    return line


def imports_of(actor: Actor) -> QuerySet[ImportRun]:
    """The imports of which this actor may know: those of their lines; those of no line name calls of any."""
    lines = lines_of(actor)
    rows = ImportRun.objects.select_related("line_of_business")
    return rows if lines is None else rows.filter(line_of_business__in=lines)


def place_digest(place: Path) -> bytes:
    return keys.content_digest("import place", json.dumps(str(place.resolve())).encode())


def place_of(run: ImportRun) -> str:
    """The path, for those who administer intake."""
    return keys.unseal_with_keyset(run.sealed_place, PLACE).decode()


def refusals_of(run: ImportRun) -> Iterator[dict[str, Any]]:
    """Each refused file with its reason: `{name, code, reason}`; names may tell numbers, so they are for few."""
    for item in ImportItem.objects.filter(run=run).refused().order_by("pk").iterator(chunk_size=500):
        yield {"name": name_of(item), "code": item.reason_code, "reason": item.reason}


def reasons_of(run: ImportRun) -> dict[str, int]:
    """How many were refused for which reason, the most frequent first."""
    rows = ImportItem.objects.filter(run=run).refused().values("reason_code").annotate(count=Count("pk"))
    return {row["reason_code"]: row["count"] for row in rows.order_by("-count", "reason_code")}


def name_of(item: ImportItem) -> str:
    """The file's name, unsealed."""
    return keys.unseal_with_keyset(item.sealed_name, "import file").decode() if item.sealed_name else ""
