"""Whether something depends on a keyset that is missing. A new one in its place would open nothing of it.

Asked only where the keyset's file is not there. What cannot be asked may well depend on it, and counts as if it did.
"""

from pathlib import Path

from django.conf import settings
from django.db import Error, connection, transaction

from recordings.domain.errors import StoreUnavailable

# What the keyset wraps, seals or signs, whoever wrote it: recordings' keys, proofs, secrets of sources and deliveries.
NEEDING = (
    "recordingkey",
    "personrequestkey",
    "personcopy",
    "telephonysource",
    "intakedelivery",
    "destructionbatch",
    "ledgerdeed",
    "importrun",
    "calllistentry",
)


def needed_by() -> str:
    """What depends on the missing keyset, in words that follow "but"; empty: nothing does, and one may be made."""
    return _database() or _log() or _store()


def _database() -> str:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            there = set(connection.introspection.table_names(cursor))
            for table in (f"recordings_{name}" for name in NEEDING):
                if table in there:
                    cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")  # noqa: S608  names of ours
                    if cursor.fetchone()[0]:
                        return "the database holds what only its keys open"
    except Error:
        return "the database does not answer, so whether it holds what only its keys open is not known"
    return ""


def _log() -> str:
    has_lines = any(Path(settings.DISPOSITION_LOG).glob("*.log"))
    return "the disposition log holds what its key signed" if has_lines else ""


def _store() -> str:
    from recordings.store import store  # which seals with keys, and so comes after them

    try:
        holds_any = store().marker() is not None or next(store().object_keys(older_than=float("inf")), None)
    except StoreUnavailable as error:
        return f"whether audio is stored is not known. {error}"
    return "audio is stored" if holds_any else ""
