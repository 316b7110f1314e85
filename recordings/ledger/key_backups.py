"""The keys' own backups, apart from the database's and short-lived, so that no old backup opens what was destroyed.

A dump of the database leaves out the table of keys; each file here holds them all, as they are in the table, wrapped by
the keyset. A backup is made each day, and removes the files that would be older than KEY_BACKUP_DAYS before the next
one: a destroyed recording's key is nowhere after that, which its certificate says. Rows are read as of one moment.
"""

import base64
import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

import trail.services as trail
from recordings import keys
from recordings.domain.errors import KeysUnavailable, RecordingsClosed
from recordings.ledger import state
from recordings.ledger.writing import chunks
from recordings.models import LedgerHead, Recording, RecordingKey
from trail.domain.actors import CALLWARD

PREFIX, SUFFIX = "callward-keys-", ".jsonl"
STAMP = "%Y%m%dT%H%M%SZ"
ROWS_AT_ONCE = 2_000
MADE_EVERY = timedelta(days=1)


def no_key_after(destroyed_at: datetime) -> datetime:
    """From this moment on no backup of ours holds the key of what was destroyed then."""
    return destroyed_at + timedelta(days=settings.KEY_BACKUP_DAYS)


def back_up(folder: Path, *, at: datetime) -> tuple[Path, int, list[Path]]:
    """(the new file, keys in it, old files removed). Old ones go first: a full disk keeps no key longer."""
    oldest = at - timedelta(days=settings.KEY_BACKUP_DAYS) + MADE_EVERY
    removed = [file for file, made_at in backups(folder) if made_at <= oldest]
    for file in removed:
        file.unlink(missing_ok=True)
    file = folder / f"{PREFIX}{at:{STAMP}}{SUFFIX}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with transaction.atomic():
        count = _write(file)
        head, _ = LedgerHead.objects.get_or_create(pk=LedgerHead.THE_ONE)
        trail.append("keys.backed_up", actor=CALLWARD, subject=head, keys=count, removed=len(removed))
    return file, count, removed


def backups(folder: Path) -> list[tuple[Path, datetime]]:
    """Each backup in the folder with its moment, by its name; what is named otherwise is not ours."""
    found = []
    for file in sorted(folder.glob(f"{PREFIX}*{SUFFIX}")):
        stamp = file.name.removeprefix(PREFIX).removesuffix(SUFFIX)
        found.append((file, datetime.strptime(f"{stamp}+0000", f"{STAMP}%z")))
    return found


def restore(file: Path) -> tuple[int, int]:
    """(keys put back, keys of what is not here any more, left out). Only for recordings that have none.

    Raises RecordingsClosed: the database was restored and has not done again what was destroyed; KeysUnavailable: the
    file is not whole, or the keyset does not open it.
    """
    if found := state.agreement().reasons():
        raise RecordingsClosed(found[0])
    put_back = left_out = 0
    with transaction.atomic():
        for rows in chunks(_rows(file), ROWS_AT_ONCE):
            wanting = Recording.objects.filter(pk__in=[pk for pk, _ in rows], key__isnull=True)
            ids = set(wanting.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
            RecordingKey.objects.bulk_create(RecordingKey(recording_id=pk, wrapped=w) for pk, w in rows if pk in ids)
            put_back, left_out = put_back + len(ids), left_out + len(rows) - len(ids)
        head, _ = LedgerHead.objects.get_or_create(pk=LedgerHead.THE_ONE)
        trail.append("keys.restored", actor=CALLWARD, subject=head, keys=put_back, left_out=left_out)
    return put_back, left_out


def _write(file: Path) -> int:
    """Whole and durable under its name, or not there."""
    fresh, count = file.with_name(f".{file.name}"), 0
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        for pk, wrapped in RecordingKey.objects.values_list("pk", "wrapped").iterator(chunk_size=ROWS_AT_ONCE):
            row: dict[str, Any] = {"recording": str(pk), "wrapped": base64.b64encode(wrapped).decode()}
            out.write(json.dumps(row).encode() + b"\n")
            count += 1
        out.write(json.dumps({"keys": count}).encode() + b"\n")
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return count


def _rows(file: Path) -> Iterator[tuple[UUID, bytes]]:
    told, count = None, 0
    with file.open("rb") as lines:
        for line in lines:
            row = json.loads(line)
            if "keys" in row:
                told = row["keys"]
                break
            pk, wrapped = UUID(row["recording"]), base64.b64decode(row["wrapped"])
            if not count:
                keys.open_key(pk, wrapped)  # the keyset has to be the right one before anything is put back
            count += 1
            yield pk, wrapped
    if told != count:
        raise KeysUnavailable(f"{file.name} is not whole: it says {told} keys and holds {count}. Take another backup.")
