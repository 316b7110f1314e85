"""A vendor's own list of its calls, as CSV or JSON: ids, times and numbers, line by line, by whatever name.

An Asterisk CDR file needs no first line with names: its columns are known.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TextIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from recordings.domain.errors import CallListRefused
from recordings.domain.told import e164, number_of
from recordings.importing.folders import shown
from recordings.intake.asterisk import COLUMNS as CDR

LONGEST_LINE = 1 << 16
ASTERISK_WRITES = 16  # columns at least
LARGEST_JSON = 64 << 20
# What a member or column may be called, the first that holds something counts.
NAMES = {
    "external_id": ("external_id", "recording_id", "recordingsid", "recording_sid", "recording", "recordingfile",
                    "recording_file", "filename", "file", "userfield"),
    "call_id": ("call_id", "callsid", "call_sid", "uniqueid", "linkedid", "uuid", "callid", "session_id", "id"),
    "started_at": ("started_at", "start_time", "start", "answer", "calldate", "starttime", "date", "datetime"),
    "ended_at": ("ended_at", "end_time", "end", "endtime"),
    "duration_s": ("duration_s", "billsec", "duration", "duration_seconds", "length"),
    "caller": ("caller", "from", "src", "ani", "caller_number", "calling"),
    "called": ("called", "to", "dst", "dnis", "callee", "called_number"),
    "answered": ("answered", "disposition", "status", "result"),
    "decision": ("decision", "decision_id"),
}  # fmt: skip
NOT_ANSWERED = {
    "no answer", "noanswer", "no-answer", "busy", "failed", "canceled", "cancelled", "congestion", "missed", "false",
    "no", "0", "unanswered", "abandoned",
}  # fmt: skip
_AUDIO = re.compile(r"\.(wav|wav49|gsm|mp3|ogg|opus|m4a|mp4|amr|flac|webm|ulaw|alaw|g722|g729|sln)$", re.IGNORECASE)


@dataclass(frozen=True)
class Listed:
    """One call of the list. `ids`: what its recording may be called, the likeliest first."""

    number: int
    ids: tuple[str, ...]
    started_at: datetime | None = None
    ended_at: datetime | None = None
    is_answered: bool = True
    numbers: tuple[str, ...] = ()
    decision: str = ""


def listed_calls(text: TextIO, *, zone: str = "", region: str = "") -> Iterator[Listed]:
    """The calls, in their order. Raises CallListRefused: neither CSV with known columns nor JSON."""
    try:
        ZoneInfo(zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CallListRefused("The zone is an IANA zone, such as America/New_York.") from error
    try:
        head = text.read(1 << 12)
        text.seek(0)
        rows = _of_json(text) if head.lstrip()[:1] in {"[", "{"} else _of_csv(text)
        for number, row in rows:
            yield _listed(number, row, zone, region)
    except UnicodeDecodeError as error:
        raise CallListRefused("The list is not UTF-8. Save it as CSV or JSON in UTF-8.") from error


def _of_json(text: TextIO) -> Iterator[tuple[int, Mapping[str, Any]]]:
    content = text.read(LARGEST_JSON + 1)
    if len(content) > LARGEST_JSON:
        raise CallListRefused("A list in JSON has at most 64 MiB. Send a longer one as CSV.")
    try:
        said = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise CallListRefused("The list is not JSON. Send a list of objects, or CSV.") from error
    if isinstance(said, dict):
        said = next((value for value in said.values() if isinstance(value, list)), None)
    if not isinstance(said, list) or not all(isinstance(row, dict) for row in said):
        raise CallListRefused("The JSON holds no list of calls. Send a list of objects.")
    for number, row in enumerate(said, start=1):
        yield number, {str(name).lower(): value for name, value in row.items()}


def _of_csv(text: TextIO) -> Iterator[tuple[int, Mapping[str, Any]]]:
    reader = csv.reader(_bounded(text))
    try:
        first = next(reader, [])
        columns = [name.strip().lower() for name in first]
        known = {name for what in ("external_id", "call_id", "started_at") for name in NAMES[what]}
        if known.isdisjoint(columns):
            if len(first) < ASTERISK_WRITES:
                raise CallListRefused(
                    "The first line names neither an id nor a time of calls. "
                    "Name columns such as external_id, call_id, started_at, duration_s, caller, called."
                )
            columns = CDR
            yield 1, dict(zip(columns, first, strict=False))
        for cells in reader:
            if any(cells):
                yield reader.line_num, dict(zip(columns, cells, strict=False))
    except csv.Error as error:
        raise CallListRefused(f"The list is not CSV from line {reader.line_num} on: {error}.") from error


def _listed(number: int, row: Mapping[str, Any], zone: str, region: str) -> Listed:
    written = {what: _first(row, names) for what, names in NAMES.items()}
    start, end = _time(written["started_at"], zone), _time(written["ended_at"], zone)
    seconds = number_of(written["duration_s"]) if written["duration_s"] else None
    if start and end is None and seconds is not None and seconds < 7 * 86_400:
        end = start + timedelta(seconds=seconds)
    recording = _AUDIO.sub("", written["external_id"].replace("\\", "/").rpartition("/")[2])
    numbers = [e164(one, region) or one for one in (written["caller"], written["called"]) if one]
    return Listed(
        number=number,
        ids=tuple(dict.fromkeys(one[:200] for one in (recording, written["call_id"]) if one)),
        started_at=start,
        ended_at=end,
        is_answered=written["answered"].lower() not in NOT_ANSWERED,
        numbers=tuple(numbers),
        decision=written["decision"],
    )


def _first(row: Mapping[str, Any], names: Iterable[str]) -> str:
    for name in names:
        value = row.get(name)
        if value is not None and value != "" and isinstance(value, str | int | float):
            return shown(str(value).strip())
    return ""


def _time(written: str, zone: str) -> datetime | None:
    """With its zone, in seconds since 1970, or in the zone of the list; None: nothing that can be told."""
    if re.fullmatch(r"\d{10}(\.\d+)?", written):
        return datetime.fromtimestamp(float(written), UTC)
    try:
        value = datetime.fromisoformat(written)
        if value.tzinfo is None:
            if not zone:
                return None
            value = value.replace(tzinfo=ZoneInfo(zone))
        return value.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _bounded(text: TextIO) -> Iterator[str]:
    while line := text.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE or "\0" in line:
            raise CallListRefused(f"A line of the list has over {LONGEST_LINE} characters, or a NUL: it is no CSV.")
        yield line


def as_text(content: Any) -> TextIO:
    """An opened binary file as the text that `listed_calls` reads."""
    return io.TextIOWrapper(content, encoding="utf-8-sig", newline="")
