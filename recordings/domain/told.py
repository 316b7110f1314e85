"""What a phone system told of one call. Whatever it did not say is empty: unknown is a value, never made up."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import phonenumbers

EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)  # some recorders write 1970 where they know no time
WITHHELD = frozenset({"anonymous", "restricted", "private", "unavailable", "unknown", "withheld", "blocked"})
WITHHELD_NUMBER = "+266696687"  # "ANONYMOUS" on the keys
SHORTEST_NUMBER = 7  # digits; what is shorter is an extension
_URI = re.compile(r"^(tel|sips?):", re.IGNORECASE)


@dataclass(frozen=True)
class PartyTold:
    """Somebody on the call. `number` as it was written; `international` in E.164 where it can be told."""

    role: str  # agent, customer, third_party, unknown
    side: str = ""  # caller, callee
    number: str = ""
    name: str = ""
    sip_uri: str = ""
    international: str = ""

    @property
    def is_withheld(self) -> bool:
        return is_withheld(self.number) or is_withheld(self.sip_uri)

    @property
    def findable(self) -> str:
        """What the recording keeps as the number."""
        return self.international or ("" if self.is_withheld else self.number or self.sip_uri)


@dataclass(frozen=True)
class AudioTold:
    """Where the audio is. `kind`: url, s3, inline, file, recorder (somebody brings it later)."""

    kind: str
    ref: str = ""
    media_type: str = ""
    size_bytes: int | None = None
    sha256: str = ""  # hexadecimal
    content_hash: str = ""  # as a vCon writes it: sha512-<base64url>
    expires_after_s: int | None = None


@dataclass(frozen=True)
class CallTold:
    """One call's recording, as one delivery tells it. Times are UTC."""

    source: str
    external_id: str
    call_id: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_s: float | None = None
    direction: str = ""
    parties: tuple[PartyTold, ...] = ()
    agent_id: str = ""
    agent_name: str = ""
    agent_extension: str = ""
    channels: int | None = None
    agent_channel: int | None = None
    audio: AudioTold | None = None
    version: datetime | None = None  # when the source last changed what it tells, where it says so

    @property
    def has_agent(self) -> bool:
        return bool(self.agent_id or self.agent_name or self.agent_extension)

    @property
    def missing(self) -> list[str]:
        """What this cannot know, in a fixed order."""
        unknown = {
            "started_at": self.started_at is None,
            "ended_at": self.ended_at is None,
            "duration_s": self.duration_s is None,
            "direction": not self.direction,
            "parties": not self.parties,
            "agent": not self.has_agent,
            "channels": self.channels is None,
            "audio.ref": self.audio is None or not self.audio.ref,
        }
        return [name for name, is_unknown in unknown.items() if is_unknown]

    def to_json(self) -> dict[str, Any]:
        return {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        values: dict[str, Any] = {entry.name: said[entry.name] for entry in fields(cls) if entry.name in said}
        for name in ("started_at", "ended_at", "version"):
            values[name] = datetime.fromisoformat(values[name]) if values.get(name) else None
        values["parties"] = tuple(PartyTold(**party) for party in values.get("parties", ()))
        values["audio"] = AudioTold(**values["audio"]) if values.get("audio") else None
        return cls(**values)


@dataclass(frozen=True)
class NewsTold:
    """Something that happened on a call whose recording is told of elsewhere: a pause, its end."""

    source: str
    external_id: str
    kind: str  # paused, resumed
    at: datetime


@dataclass(frozen=True)
class Understood:
    """What a request says: calls and news of calls; or why it says nothing that is kept; or what it wants answered."""

    calls: tuple[CallTold, ...] = ()
    news: tuple[NewsTold, ...] = ()
    ignored: str = ""  # not_finished, no_recording, …
    answer: Mapping[str, str] = field(default_factory=dict)


def told(call: CallTold, *, started_at: Any = None, ended_at: Any = None, duration_s: float | None = None) -> CallTold:
    """The call with its times, each derived from the other two where these are given; nonsense is unknown."""
    start, end = _known_time(started_at), _known_time(ended_at)
    if duration_s is not None and not 0 <= duration_s < 7 * 86_400:
        duration_s = None
    if start and end is None and duration_s is not None:
        end = start + timedelta(seconds=duration_s)
    elif start and end and duration_s is None and end >= start:
        duration_s = round((end - start).total_seconds(), 3)
    elif end and start is None and duration_s is not None:
        start = end - timedelta(seconds=duration_s)
    if start and end and end < start:
        end = None
    return replace(call, started_at=start, ended_at=end, duration_s=duration_s)


def by_direction(direction: str, caller: PartyTold | None, callee: PartyTold | None) -> tuple[PartyTold, ...]:
    """Caller and callee with their roles: who called in is the customer, who was called out to is the customer."""
    roles = {"inbound": ("customer", "agent"), "outbound": ("agent", "customer"), "internal": ("agent", "agent")}
    first, second = roles.get(direction, ("unknown", "unknown"))
    found = [(caller, first, "caller"), (callee, second, "callee")]
    return tuple(replace(party, role=role, side=side) for party, role, side in found if party is not None)


def party(number: Any, *, name: Any = "", region: str = "", other: Any = "") -> PartyTold | None:
    """Somebody by their number, `tel:` or `sip:` address; `other`: a second number of theirs in E.164. None: nobody."""
    text, second = str(number or "").strip()[:120], str(other or "").strip()
    if not text and not second and not name:
        return None
    is_sip = text.lower().startswith(("sip:", "sips:"))
    user = _URI.sub("", text).partition("@")[0].partition(";")[0] if is_sip else text
    shown = text if not is_sip else user if user.startswith("+") else ""
    return PartyTold(
        role="unknown",
        number=shown,
        name=str(name or "").strip()[:200],
        sip_uri=text if is_sip else "",
        international=e164(shown, region) or e164(second, region),
    )


def e164(number: str, region: str = "") -> str:
    """`tel:+16145550123`, `16145550123`, `(614) 555-0123` with the region US → `+16145550123`; empty: cannot be told.

    Digits without a plus are read in the region where one is known, else as an international number without it.
    """
    text = _URI.sub("", number).partition(";")[0].strip()
    digits = re.sub(r"\D", "", text)
    if is_withheld(text) or len(digits) < SHORTEST_NUMBER or re.search(r"[A-Za-z@]", text):
        return ""
    for written, read_in in _readings(text, digits, region):
        try:
            parsed = phonenumbers.parse(written, read_in)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed) or (written.startswith("+") and text.startswith("+")):
            return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return ""


def _readings(text: str, digits: str, region: str) -> Iterable[tuple[str, str | None]]:
    if text.startswith("+"):
        yield f"+{digits}", None
        return
    if region:
        yield text, region
    if len(digits) > 10:
        yield f"+{digits.removeprefix('00')}", None


def is_withheld(number: str) -> bool:
    """Whether the caller's number was held back."""
    user = _URI.sub("", number.strip()).casefold()
    return user.partition("@")[0] in WITHHELD or user == WITHHELD_NUMBER or user.endswith("@anonymous.invalid")


def moment(text: Any) -> datetime | None:
    """An ISO 8601 instant with its zone, in UTC; None: nothing, no zone, or not one. `…-0500` is read too."""
    try:
        value = datetime.fromisoformat(str(text).strip())
    except ValueError:
        return None
    return value.astimezone(UTC) if value.tzinfo else None


def epoch(value: Any, *, per_second: int) -> datetime | None:
    """Seconds, milli- or microseconds since 1970; 0 and -1 are unknown."""
    try:
        number = int(str(value))
        return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=number * 1_000_000 // per_second)
    except (ValueError, OverflowError):
        return None


def number_of(value: Any) -> float | None:
    """A number that stands as text; -1, and what is none, are unknown."""
    try:
        found = float(str(value))
    except ValueError:
        return None
    return found if 0 <= found < float("inf") else None


def merged(before: CallTold, after: CallTold) -> CallTold:
    """Both deliveries together: the fuller and newer one leads, the other fills what it leaves open.

    In whichever order they come, the outcome is the same but where they contradict each other with equal right: then
    what was known first stands.
    """
    lead, other = (after, before) if _rank(after) > _rank(before) else (before, after)
    filled = {
        entry.name: getattr(lead, entry.name) if _is_known(getattr(lead, entry.name)) else getattr(other, entry.name)
        for entry in fields(CallTold)
        if entry.name != "parties"
    }
    if lead.audio and other.audio and not lead.audio.ref:
        filled["audio"] = other.audio
    return CallTold(**filled, parties=_together(lead.parties, other.parties))


def _rank(call: CallTold) -> tuple[datetime, bool, int]:
    return call.version or EARLIEST, call.ended_at is not None, -len(call.missing)


def _is_known(value: Any) -> bool:
    return value is not None and value != ""


def _together(lead: tuple[PartyTold, ...], other: tuple[PartyTold, ...]) -> tuple[PartyTold, ...]:
    """Position by position; nobody who was told of once is forgotten."""
    longer, shorter = (lead, other) if len(lead) >= len(other) else (other, lead)
    return tuple(_filled(party, shorter[at]) if at < len(shorter) else party for at, party in enumerate(longer))


def _filled(first: PartyTold, second: PartyTold) -> PartyTold:
    role = first.role if first.role != "unknown" else second.role
    blanks = {
        entry.name: getattr(first, entry.name) or getattr(second, entry.name)
        for entry in fields(PartyTold)
        if entry.name != "role"
    }
    return PartyTold(role=role, **blanks)


def _known_time(value: Any) -> datetime | None:
    found = value if isinstance(value, datetime) else moment(value) if value else None
    return found if found is not None and found > EARLIEST else None
