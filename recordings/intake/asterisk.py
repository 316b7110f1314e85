"""Asterisk and FreePBX: ARI's `RecordingFinished`, and CDR lines as CSV or JSON, from whatever posts for the exchange.

The file is the recording, its name the id. FreePBX writes into it who called whom, by which way, and when, in local
time: `{kind}-{called}-{calling}-{YYYYMMDD}-{HHMMSS}-{uniqueid}`.
"""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from recordings.domain.errors import DeliveryUnreadable
from recordings.domain.told import (
    SHORTEST_NUMBER,
    AudioTold,
    CallTold,
    PartyTold,
    Understood,
    by_direction,
    epoch,
    moment,
    number_of,
    party,
    told,
)
from recordings.intake.port import Sent, Setup, assert_bearer, inside, media_type_of, named, text

WANTED = ("bearer_token",)
# As `cdr_csv` writes them; the last ones only where they are switched on.
COLUMNS = [
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer",
    "end", "duration", "billsec", "disposition", "amaflags", "uniqueid", "userfield", "linkedid", "peeraccount",
    "sequence",
]  # fmt: skip
# What FreePBX calls the way of a call. What is not here says nothing of the direction.
KINDS = {"external": "inbound", "q": "inbound", "rg": "inbound", "out": "outbound", "internal": "internal"}
KINDS["exten"] = "internal"
_NAME = re.compile(r"^(?P<kind>[a-z]+)-(?P<first>.+)-(?P<second>[^-]+)-(?P<day>\d{8})-(?P<time>\d{6})-(?P<id>[\d.]+)$")
_CLID = re.compile(r'^"?(?P<name>.*?)"?\s*<(?P<number>[^>]*)>$')
QUARTER = timedelta(minutes=15)  # every zone's distance from UTC is a number of these
MOST_LINES = 500


def verify(sent: Sent, setup: Setup) -> None:
    assert_bearer(sent, setup.key("bearer_token"))


def understand(sent: Sent, setup: Setup) -> Understood:
    if sent.body.lstrip()[:1] == b"{":
        said = sent.json
        if "type" in said:
            return _of_event(said, setup)
        return _of_lines([{name.lower(): text(value, 500) for name, value in said.items()}], setup)
    return _of_lines(_lines(sent, setup), setup)


# --- ARI


def _of_event(said: dict[str, Any], setup: Setup) -> Understood:
    if said["type"] != "RecordingFinished":
        return Understood(ignored="not_finished" if said["type"] == "RecordingStarted" else "no_recording")
    recording = said.get("recording")
    name = named(inside(recording, "name"), "recording.name")
    kind = text(inside(recording, "format"), 16)
    duration = number_of(inside(recording, "duration"))
    file_name = f"{name}.{kind}" if kind else name
    call = of_name(name, setup)
    call = replace(call, audio=AudioTold("file", file_name, media_type_of(file_name)))
    ended = moment(said.get("timestamp"))
    if call.started_at or duration is None:
        return Understood((told(call, started_at=call.started_at, ended_at=None, duration_s=duration),))
    return Understood((told(call, ended_at=ended, duration_s=duration),))


# --- CDR


def _lines(sent: Sent, setup: Setup) -> list[dict[str, str]]:
    """The lines of the CSV by column. Raises DeliveryUnreadable."""
    columns = [name.lower() for name in setup.words("columns")] or COLUMNS
    try:
        rows = list(csv.reader(io.StringIO(sent.body.decode()), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise DeliveryUnreadable("bad_csv", "The body is not CSV in UTF-8.") from error
    rows = [row for row in rows if any(row)]
    if not rows or len(rows) > MOST_LINES or any(len(row) < 16 for row in rows):
        raise DeliveryUnreadable("bad_csv", f"Send 1 to {MOST_LINES} lines of a CDR with at least 16 columns.")
    return [dict(zip(columns, row, strict=False)) for row in rows]


def _of_lines(lines: list[dict[str, str]], setup: Setup) -> Understood:
    calls = tuple(call for call in (_of_line(line, setup) for line in lines) if call is not None)
    return Understood(calls) if calls else Understood(ignored="no_recording")


def _of_line(line: Mapping[str, str], setup: Setup) -> CallTold | None:
    """The recording of one CDR; None: it tells of no file. `duration` has the ringing in it, `billsec` has not."""
    file_name = text(line.get("userfield") or line.get("recordingfile"), 250).rpartition("/")[2]
    if not media_type_of(file_name):
        return None
    by_name = of_name(file_name.rpartition(".")[0], setup)
    caller = _CLID.match(line.get("clid", ""))
    numbers = party(text(line.get("src")), name=caller["name"] if caller else "", region=setup.region)
    parties = by_direction(by_name.direction, numbers, party(text(line.get("dst")), region=setup.region))
    call = replace(
        by_name,
        call_id=text(line.get("linkedid") or line.get("uniqueid")) or by_name.call_id,
        parties=parties,
        audio=AudioTold("file", file_name, media_type_of(file_name)),
        agent_extension=_extension_of(parties),
    )
    times = _Times(setup.zone, text(line.get("uniqueid")), text(line.get("start")))
    seconds = number_of(line.get("billsec"))
    return told(
        call,
        started_at=times.utc(line.get("answer")) or by_name.started_at,
        ended_at=times.utc(line.get("end")),
        duration_s=seconds,
    )


# --- what both share


def of_name(name: str, setup: Setup) -> CallTold:
    """What FreePBX wrote into the file's name, read from the right; another name is an id and nothing more."""
    call = CallTold(source="asterisk", external_id=named(name, "recording name"))
    shape = _NAME.match(name)
    if not shape:
        return call
    direction = KINDS.get(shape["kind"], "")
    called, calling = party(shape["first"], region=setup.region), party(shape["second"], region=setup.region)
    parties = by_direction(direction, calling, called)
    local = f"{shape['day']}{shape['time']}"
    return replace(
        call,
        call_id=shape["id"],
        direction=direction,
        parties=parties,
        started_at=_local(local, "%Y%m%d%H%M%S", setup.zone, shape["id"]),
        agent_extension=_extension_of(parties),
    )


def _extension_of(parties: tuple[PartyTold, ...]) -> str:
    """The extension of the one agent on the call: the dial plan's number of them."""
    agents = [one.number for one in parties if one.role == "agent" and one.number.isdigit()]
    is_extension = len(agents) == 1 and len(agents[0]) < SHORTEST_NUMBER
    return agents[0] if is_extension else ""


def _local(written: str, pattern: str, zone: str, uniqueid: str) -> datetime | None:
    """Local time in the configured zone, in UTC; None without one.

    In the hour that a clock change repeats, the channel's uniqueid, seconds since 1970, tells which of both it was.
    """
    try:
        naive = datetime.strptime(written, pattern)  # noqa: DTZ007  the zone comes next
        place = ZoneInfo(zone) if zone else None
    except (ValueError, ZoneInfoNotFoundError):
        return None
    if place is None:
        return None
    both = [naive.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1)]
    channel = epoch(uniqueid.partition(".")[0], per_second=1) if uniqueid else None
    return min(both, key=lambda at: abs(at - channel)) if channel else both[0]


@dataclass(frozen=True)
class _Times:
    """A CDR's local times: in the configured zone, else by its start, which is the moment in its uniqueid."""

    zone: str
    uniqueid: str
    start: str

    def utc(self, written: str | None) -> datetime | None:
        text_ = (written or "").strip()
        if with_zone := moment(text_):
            return with_zone
        if self.zone:
            return _local(text_, "%Y-%m-%d %H:%M:%S", self.zone, self.uniqueid)
        channel = epoch(self.uniqueid.partition(".")[0], per_second=1)
        begin, at = _naive(self.start), _naive(text_)
        if channel is None or begin is None or at is None:
            return None
        ahead = round((begin - channel) / QUARTER) * QUARTER
        return at - ahead if abs(begin - channel - ahead) < timedelta(minutes=1) else None


def _naive(written: str) -> datetime | None:
    try:
        return datetime.strptime(written, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
