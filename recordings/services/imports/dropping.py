"""Drop folders: what a phone system puts there is taken in once it is whole, and moved away once it is kept.

A file is whole when it looked the same for a while. It is moved only after the commit; one that a crash left behind is
looked at again, is known by then, and is moved. Whoever fills the folder finds in `refused` what was not taken, with
its reason beside it.
"""

import contextlib
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings

from recordings import keys
from recordings.domain.errors import FileRefused, ImportRefused
from recordings.importing.documents import METHODS, Defaults
from recordings.importing.folders import Found, files_in, make_folder, move, remove, side_file, write_note
from recordings.importing.patterns import reader_of
from recordings.models import DropSighting, ImportItem, ImportRun
from recordings.services.imports.batches import Settled, import_batch
from recordings.services.imports.plans import Plan
from recordings.services.imports.runs import BATCH, begin, end, place_digest
from trail.domain.actors import CALLWARD

WHOLE_AFTER = timedelta(seconds=10)  # unchanged for so long, seen at least twice
SIDE_FILE_WAIT = timedelta(minutes=10)  # audio that needs a side file is refused without one after that
SIGHTING_KEPT = timedelta(days=1)
DONE, REFUSED = "done", "refused"
KEEP_DAYS = 7  # what was taken in stays in `done` for so long, unless the folder says otherwise
LATER = {"changing", "unreadable"}  # refusals that another look may mend: the file stays
MEMBERS = {"source", "folder", "pattern", "zone", "region", "line_of_business", "purposes", "consent", "keep_days"}


@dataclass(frozen=True)
class Watched:
    """One drop folder. `keep_days`: how long what was taken in stays in `done`; 0: it is removed at once."""

    plan: Plan
    keep_days: int


def watched() -> list[Watched]:
    """The folders of the setting DROP_FOLDERS: a JSON list of objects. Raises ImportRefused."""
    if not settings.DROP_FOLDERS:
        return []
    try:
        said = json.loads(settings.DROP_FOLDERS)
    except ValueError as error:
        raise ImportRefused("DROP_FOLDERS is not JSON. Write a list of objects with source and folder.") from error
    if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
        raise ImportRefused("DROP_FOLDERS is not a list of objects with source and folder.")
    return [_watched(one) for one in said]


def take_dropped(at: datetime, *, limit: int = 2000) -> int:
    """Take in what is whole at `at`, folder by folder; how many files were settled.

    Raises ImportRefused: the setting is wrong; StoreUnavailable, KeysUnavailable: nothing is moved then.
    """
    settled = 0
    for folder in watched():
        if not folder.plan.root.is_dir():
            continue
        for batch in _batches(islice(files_in(folder.plan.root, skipping=frozenset({DONE, REFUSED})), limit)):
            if whole := _whole(folder.plan, batch, at):
                settled += _taken(folder, whole, at)
        _end_of_day(folder.plan, at)
    return settled


def tidy_drop_folders(at: datetime) -> int:
    """Remove what was taken in and has had its days in `done`; forget sightings of what is not there any more."""
    gone = 0
    for folder in watched():
        done = folder.plan.root / DONE
        if done.is_symlink() or not done.is_dir():
            continue
        for day in list(done.iterdir()):
            with contextlib.suppress(ValueError):
                is_over = date.fromisoformat(day.name) < (at - timedelta(days=folder.keep_days)).date()
                if is_over and not day.is_symlink():
                    shutil.rmtree(day, ignore_errors=True)
                    gone += 1
    sightings, _ = DropSighting.objects.filter(seen_at__lt=at - SIGHTING_KEPT).delete()
    return gone + sightings


def _watched(said: dict[str, Any]) -> Watched:
    if strange := sorted(set(said) - MEMBERS):
        raise ImportRefused(f"DROP_FOLDERS has no member {strange[0]!r}. There are: {', '.join(sorted(MEMBERS))}.")
    source, folder = str(said.get("source", "")), str(said.get("folder", ""))
    if not source or not folder:
        raise ImportRefused("Each of DROP_FOLDERS needs a source and a folder.")
    if said.get("consent", "") not in {"", *METHODS}:
        raise ImportRefused(f"consent in DROP_FOLDERS is one of: {', '.join(METHODS)}.")
    if said.get("pattern"):
        reader_of(said["pattern"])
    try:
        ZoneInfo(said.get("zone") or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ImportRefused("zone in DROP_FOLDERS is an IANA zone, such as America/New_York.") from error
    defaults = Defaults(
        source=source,
        line_of_business=said.get("line_of_business", ""),
        purposes=tuple(said.get("purposes", ())),
        zone=said.get("zone", ""),
        region=said.get("region", "").upper(),
        consent=said.get("consent", ""),
    )
    plan = Plan(Path(folder).resolve(), ImportRun.Kind.DROP, defaults, said.get("pattern", ""))
    return Watched(plan, int(said.get("keep_days", KEEP_DAYS)))


def _batches(files: Iterator[Found]) -> Iterator[list[Found]]:
    while batch := list(islice(files, BATCH)):
        yield batch


# --- whole or not


def _whole(plan: Plan, files: Sequence[Found], at: datetime) -> list[Found]:
    """Those that have looked the same for a while; the others are noted as they look now."""
    states = {_name_digest(found): _state_digest(plan, found) for found in files}
    rows = DropSighting.objects.filter(source=plan.defaults.source, file_digest__in=list(states))
    known = {bytes(row.file_digest): row for row in rows}
    whole, noted = [], []
    for found in files:
        digest = _name_digest(found)
        row, state = known.get(digest), states[digest]
        is_same = row is not None and bytes(row.state_digest) == state
        since = row.since if row is not None and is_same else at
        if is_same and since <= at - WHOLE_AFTER and not _awaits_side_file(plan, found, since, at):
            whole.append(found)
        noted.append(
            DropSighting(
                source=plan.defaults.source, file_digest=digest, state_digest=state, since=since, seen_at=at
            )
        )  # fmt: skip
    DropSighting.objects.bulk_create(
        noted,
        update_conflicts=True,
        unique_fields=["source", "file_digest"],
        update_fields=["state_digest", "since", "seen_at"],
    )
    return whole


def _name_digest(found: Found) -> bytes:
    return keys.content_digest("dropped file", found.name.encode())


def _state_digest(plan: Plan, found: Found) -> bytes:
    beside = _side(plan, found)
    said = f"{found.size_bytes} {found.changed_ns} {beside[0] if beside else ''}".encode()
    return keys.content_digest("dropped state", said + (beside[1] if beside else b""))


def _side(plan: Plan, found: Found) -> tuple[str, bytes] | None:
    try:
        return None if found.problem else side_file(plan.root, found)
    except FileRefused:
        return None


def _awaits_side_file(plan: Plan, found: Found, since: datetime, at: datetime) -> bool:
    return not plan.pattern and found.problem is None and since > at - SIDE_FILE_WAIT and _side(plan, found) is None


# --- taken and moved


def _taken(folder: Watched, files: Sequence[Found], at: datetime) -> int:
    batch = import_batch(run=_run_of(folder.plan, at), plan=folder.plan, files=files)
    moved = [one for one in (*batch.settled, *batch.again) if one.code not in LATER]
    for one in moved:
        _move(folder, one, at)
    digests = [_name_digest(one.found) for one in moved]
    DropSighting.objects.filter(source=folder.plan.defaults.source, file_digest__in=digests).delete()
    return len(moved)


def _run_of(plan: Plan, at: datetime) -> ImportRun:
    """What this folder brings on this day, by UTC."""
    rows = ImportRun.objects.filter(kind=plan.kind, place_digest=place_digest(plan.root), started_at__date=at.date())
    known = rows.filter(state=ImportRun.State.RUNNING).first()
    return known or begin(plan=plan, place=plan.root, actor=CALLWARD)


def _end_of_day(plan: Plan, at: datetime) -> None:
    rows = ImportRun.objects.filter(kind=plan.kind, place_digest=place_digest(plan.root), state="running")
    for run in rows.filter(started_at__date__lt=at.date()):
        end(run=run, actor=CALLWARD)


def _move(folder: Watched, settled: Settled, at: datetime) -> None:
    """Out of the way, with its side file. What cannot be moved stays, and is known when it is looked at again."""
    root, name = folder.plan.root, settled.found.name
    beside = _side(folder.plan, settled.found)
    names = [name, beside[0]] if beside else [name]
    is_refused = settled.outcome == ImportItem.Outcome.REFUSED
    with contextlib.suppress(OSError, FileRefused):
        if not is_refused and folder.keep_days == 0:
            for one in names:
                remove(root, one)
            return
        into = f"{REFUSED if is_refused else DONE}/{at.date().isoformat()}"
        make_folder(root, into)
        if is_refused:
            write_note(root, f"{into}/{name.replace('/', '_')}.reason.txt", f"{settled.reason}\n")
        for one in names:
            move(root, one, into)
