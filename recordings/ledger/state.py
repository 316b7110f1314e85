"""Whether database and log agree. Ahead of the database: it was restored from before. Behind it: the log was lost.

The log is read first, then the database: a line that says how a deed ended was written after its commit, so what the
database does not know then, it lost. A deed without such a line is asked of PostgreSQL by its transaction.
"""

import time
from dataclasses import dataclass, field

from django.conf import settings
from django.db import DatabaseError, DataError, connection, transaction

from recordings import gate
from recordings.domain.errors import KeysUnavailable, LedgerUnavailable
from recordings.domain.ledger_lines import DEEDS, DESTROYED, VOID, Line
from recordings.ledger.log import log

RESTORED = (
    "The database is older than the disposition log: it was restored from a backup of before line {line}. Nothing is "
    "shown, played or destroyed until what the log says was done again: run manage.py replay_log."
)
LOST = (
    "The disposition log is shorter than the database remembers, or another one. Put it back from its copy; where it "
    "is lost for ever, run manage.py replay_log --begin-anew. Nothing is destroyed until then."
)
_KNOWN = """
    SELECT coalesce((SELECT settled_to FROM recordings_ledgerhead), 0),
           coalesce((SELECT digest FROM recordings_ledgerhead), ''),
           ARRAY(SELECT id::text FROM recordings_ledgerdeed WHERE line IS NULL)
"""


@dataclass(frozen=True)
class Agreement:
    """What there is to say of the lines that are not settled yet."""

    settled_to: int
    lines: list[Line] = field(default_factory=list)  # behind `settled_to`, as far as was read
    known: list[Line] = field(default_factory=list)  # deeds that the database knows
    undone: list[Line] = field(default_factory=list)  # deeds whose transaction was rolled back, or told void
    running: list[Line] = field(default_factory=list)  # deeds whose transaction is not over
    unknown: list[Line] = field(default_factory=list)  # deeds that were done and that this database does not know
    is_lost: bool = False  # the database knows lines that the log has not

    @property
    def is_restored(self) -> bool:
        return bool(self.unknown)

    def reasons(self) -> list[str]:
        if self.is_lost:
            return [LOST]
        return [RESTORED.format(line=self.unknown[0].number)] if self.unknown else []


def agreement() -> Agreement:
    """Raises LedgerUnavailable: the log cannot be read, or was tampered with."""
    last = log().last()
    settled_to, digest, unsettled = _known()
    if _lacks(settled_to, digest, set(unsettled)):
        return Agreement(settled_to, is_lost=True)
    lines = [line for line in log().lines(after=settled_to) if last and line.number <= last.number]
    return _sorted(settled_to, lines, set(unsettled))


def _known() -> tuple[int, str, list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN)
        settled_to, digest, unsettled = cursor.fetchone()
    return settled_to, digest, unsettled


def _lacks(settled_to: int, digest: str, unsettled: set[str]) -> bool:
    """Whether the log, read now, lacks a line that the database knows."""
    if settled_to and ((line := log().line(settled_to)) is None or line.digest != digest):
        return True
    return not unsettled <= {line.intent for line in log().lines(after=settled_to)} if unsettled else False


def _sorted(settled_to: int, lines: list[Line], unsettled: set[str]) -> Agreement:
    found = Agreement(settled_to, lines)
    ended = {line.kind: set() for line in lines if line.kind in {DESTROYED, VOID}}  # type: ignore[var-annotated]
    for line in lines:
        if line.kind in ended:
            ended[line.kind].update(line.settles)
    for line in lines:
        if line.kind not in DEEDS:
            continue
        if line.intent in unsettled:
            found.known.append(line)
        elif line.intent in ended.get(VOID, ()):
            found.undone.append(line)
        elif line.intent in ended.get(DESTROYED, ()):
            found.unknown.append(line)
        else:
            _by_transaction(found, line)
    return found


def _by_transaction(found: Agreement, line: Line) -> None:
    outcome = _outcome(line.transaction)
    if outcome == "in progress":
        found.running.append(line)
    elif outcome == "aborted":
        found.undone.append(line)
    elif _is_known_now(line):  # committed since the database was asked
        found.known.append(line)
    else:
        found.unknown.append(line)


def _outcome(told: str) -> str:
    """What PostgreSQL says of a transaction; empty: another cluster's, one that is still to come, or too long ago."""
    system, _, xid = told.partition(":")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_xact_status(%s::xid8) FROM pg_control_system() WHERE system_identifier = %s::bigint",
                [xid, system],
            )
            row = cursor.fetchone()
    except DataError:  # "is in the future": this cluster has not come so far, so it was put back
        return ""
    return row[0] or "" if row else ""


def _is_known_now(line: Line) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM recordings_ledgerdeed WHERE id = %s", [line.intent])
        return cursor.fetchone() is not None


# --- the gate of this process

_looked_at = 0.0


def look() -> list[str]:
    """Ask anew and set the gate; why nothing may be destroyed, as far as the log is concerned."""
    global _looked_at
    try:
        found = agreement()
    except (LedgerUnavailable, KeysUnavailable) as error:
        # What the log says cannot be asked: whether something came back is not known, so what is closed stays closed.
        _looked_at = time.perf_counter()
        return [str(error)]
    reasons = found.reasons()
    gate.set_reason(reasons[0] if found.is_restored else "")
    _looked_at = time.perf_counter()
    return reasons


def look_now_and_then() -> None:
    """For every request and task: one query in RESTORE_LOOKED_FOR_SECONDS, where that is set."""
    if settings.RESTORE_LOOKED_FOR_SECONDS is None:
        return
    if time.perf_counter() - _looked_at > settings.RESTORE_LOOKED_FOR_SECONDS:
        try:
            look()
        except DatabaseError:  # whoever asked meets it as well, and says so in their own words
            return


def assert_not_restored() -> None:
    """For a command, which no request or task looks for. Raises RecordingsClosed."""
    look_now_and_then()
    gate.assert_open()


def look_at_once() -> None:
    """The next that asks looks: a new connection may lead to another database."""
    global _looked_at
    _looked_at = 0.0
