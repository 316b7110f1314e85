"""What the name of a file tells of its call: FreePBX's own form, or one that somebody writes down, fields in braces.

Many phone systems have no other metadata: who set them up chose what stands in the name.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from recordings.domain.errors import FileRefused, ImportRefused
from recordings.domain.told import CallTold, by_direction, epoch, party
from recordings.importing.folders import Found
from recordings.intake.asterisk import of_name
from recordings.intake.port import Setup

FREEPBX = "freepbx"
# Field: what it may look like. A number has no separator in it, so a template may part fields by - or _.
FIELDS = {
    "date": r"\d{4}-?\d{2}-?\d{2}",
    "time": r"\d{2}[-:.]?\d{2}[-:.]?\d{2}",
    "epoch": r"\d{10}(?:\.\d+)?",
    "direction": r"inbound|outbound|internal|incoming|outgoing|in|out|int",
    "caller": r"[+\w.]+?",
    "called": r"[+\w.]+?",
    "agent": r"[\w.@]+?",
    "id": r"[^/]+?",
    "any": r"[^/]*?",
}
DIRECTIONS = {
    "in": "inbound", "inbound": "inbound", "incoming": "inbound",
    "out": "outbound", "outbound": "outbound", "outgoing": "outbound",
    "int": "internal", "internal": "internal",
}  # fmt: skip
LONGEST_TEMPLATE = 200
_BRACES = re.compile(r"\{([a-z]+)\}")

Reader = Callable[[Found, Setup], CallTold]


def reader_of(pattern: str) -> Reader:
    """`freepbx`, or a template such as `{date}-{time}_{caller}_{agent}_{id}`. Raises ImportRefused."""
    if pattern == FREEPBX:
        return _freepbx
    template = template_of(pattern)
    return lambda found, setup: _by_template(found, setup, template)


@dataclass(frozen=True)
class Template:
    written: str
    shape: re.Pattern[str]
    depth: int  # how many parts of the path it describes

    @property
    def has_start(self) -> bool:
        return "epoch" in self.shape.groupindex or {"date", "time"} <= set(self.shape.groupindex)


@cache
def template_of(pattern: str) -> Template:
    """Raises ImportRefused: an unknown field, one twice, or nothing that tells when the call was."""
    if len(pattern) > LONGEST_TEMPLATE:
        raise ImportRefused(f"A pattern has at most {LONGEST_TEMPLATE} characters.")
    shape, last = "", 0
    seen: set[str] = set()
    for field in _BRACES.finditer(pattern):
        name = field[1]
        if name not in FIELDS:
            raise ImportRefused(f"There is no field {{{name}}}. There are: {', '.join(FIELDS)}; or write freepbx.")
        if name in seen and name != "any":
            raise ImportRefused(f"The field {{{name}}} stands twice in the pattern.")
        group = f"(?:{FIELDS[name]})" if name == "any" else f"(?P<{name}>{FIELDS[name]})"
        shape += re.escape(pattern[last : field.start()]) + group
        last = field.end()
        seen.add(name)
    template = Template(pattern, re.compile(shape + re.escape(pattern[last:])), pattern.count("/") + 1)
    if not template.has_start:
        raise ImportRefused("The pattern has to tell when a call began: {date} and {time}, or {epoch}; or freepbx.")
    return template


def _freepbx(found: Found, setup: Setup) -> CallTold:
    """`{kind}-{called}-{calling}-{YYYYMMDD}-{HHMMSS}-{uniqueid}`, as the adapter reads it: a CDR completes the call."""
    call = of_name(found.stem, setup)
    if not call.call_id:
        raise FileRefused(
            "name", "Its name is not kind-called-calling-date-time-uniqueid, as FreePBX writes it. Use a manifest."
        )
    return _with_start(call, setup)


def _by_template(found: Found, setup: Setup, template: Template) -> CallTold:
    parts = [*found.name.split("/")[:-1], found.stem]
    match = template.shape.fullmatch("/".join(parts[-template.depth :]))
    if match is None:
        raise FileRefused("name", f"Its name does not follow the pattern {template.written}.")
    told = {name: value for name, value in match.groupdict().items() if value}
    direction = DIRECTIONS.get(told.get("direction", ""), "")
    caller = party(told.get("caller", ""), region=setup.region)
    called = party(told.get("called", ""), region=setup.region)
    call = CallTold(
        source="",
        external_id=told.get("id", "") or found.stem,
        direction=direction,
        parties=by_direction(direction, caller, called),
        agent_id=told.get("agent", ""),
        started_at=_start(told, setup),
    )
    return _with_start(call, setup)


def _start(told: dict[str, str], setup: Setup) -> datetime | None:
    if "epoch" in told:
        return epoch(told["epoch"].partition(".")[0], per_second=1)
    digits = re.sub(r"\D", "", told["date"] + told["time"])
    try:
        place = ZoneInfo(setup.zone) if setup.zone else None
        naive = datetime.strptime(digits, "%Y%m%d%H%M%S")  # noqa: DTZ007  the zone comes next
    except (ValueError, ZoneInfoNotFoundError):
        raise FileRefused("time", "Its name holds a time that there is not.") from None
    # the second of the two hours that a clock change repeats, so that nothing counted from it ends early
    return naive.replace(tzinfo=place, fold=1).astimezone(UTC) if place else None


def _with_start(call: CallTold, setup: Setup) -> CallTold:
    if call.started_at is None:
        if not setup.zone:
            raise FileRefused("zone", "Its name holds local time. Say in which zone: --zone America/New_York.")
        raise FileRefused("time", "Its name holds a time that there is not.")
    return replace(call, started_at=call.started_at.astimezone(UTC))
