"""One call as a document of the shape of `POST recordings/`, read into a delivery; defaults fill what it leaves open.

The API's serializers say the same of requests; here every refusal is one sentence that a report can hold.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from policies.domain.calls import DIRECTIONS, MEDIA, PURPOSES, ROLES
from recordings.domain.deliveries import Delivery, EvidenceGiven, PartyGiven
from recordings.domain.errors import DeliveryRefused
from recordings.domain.told import e164

METHODS = ("announcement", "spoken", "keypad", "written")
RESULTS = ("given", "refused")
MEMBERS = {
    "source", "external_id", "started_at", "ended_at", "duration_s", "direction", "medium", "line_of_business", "facts",
    "purposes", "agent", "parties", "consent", "sha256", "decision",
}  # fmt: skip
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)  # how far a phone system's clock may be before ours
LONGEST_CALL_SECONDS = 7 * 86_400.0
_SOURCE = re.compile(r"^[\w-]{1,64}$", re.ASCII)
_JURISDICTION = re.compile(r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")
_SHA256 = re.compile(r"^[0-9a-f]{64}$")


@dataclass(frozen=True)
class Defaults:
    """What every call of an import has where nothing else is told of it."""

    source: str
    line_of_business: str = ""
    purposes: tuple[str, ...] = ()
    zone: str = ""  # of times that are written without one
    region: str = ""  # of numbers that are written without a country code
    consent: str = ""  # the method by which everybody's consent was got


def delivery_of(document: Mapping[str, Any], defaults: Defaults, *, at: datetime, stem: str = "") -> Delivery:
    """The call. Without `external_id` the file's own name is the id; `direction` and `parties` may be unknown.

    Raises DeliveryRefused, which names the member and how to mend it.
    """
    if strange := sorted(set(document) - MEMBERS):
        raise _refused(strange[0], "There is no such member. Leave it out.")
    started_at = _moment(document, "started_at", defaults, at)
    if started_at is None:
        raise _refused("started_at", "Tell when the call began, such as 2026-11-24T14:02:00Z.")
    parties = tuple(_party(one, number, defaults) for number, one in enumerate(_list(document, "parties")))
    direction = _word(document, "direction", DIRECTIONS)
    agent = document.get("agent") or {}
    if not isinstance(agent, Mapping):
        raise _refused("agent", "Write an object with id and name.")
    unknown = [name for name, value in (("direction", direction), ("parties", parties)) if not value]
    return Delivery(
        source=_source(document, defaults),
        external_id=_text(document, "external_id", 200) or stem[:200],
        started_at=started_at,
        ended_at=_end(document, started_at, defaults, at),
        direction=direction,
        medium=_word(document, "medium", MEDIA) or "phone",
        line_of_business=_text(document, "line_of_business", 50) or defaults.line_of_business,
        facts=_facts(document),
        purposes=_purposes(document) or defaults.purposes,
        agent_id=_text(agent, "id", 120),
        agent_name=_text(agent, "name", 200),
        parties=parties,
        consent=_consent(document) or consent_of(defaults),
        sha256=_sha256(document),
        decision=_text(document, "decision", 2000),
        unknown=tuple(unknown),
    )


def consent_of(defaults: Defaults) -> tuple[EvidenceGiven, ...]:
    """What somebody who imports says of all calls: everybody's consent was got by this method."""
    return (EvidenceGiven(defaults.consent, "given"),) if defaults.consent else ()


def _source(document: Mapping[str, Any], defaults: Defaults) -> str:
    source = _text(document, "source", 64) or defaults.source
    if not _SOURCE.match(source):
        raise _refused("source", "Name the source by letters, digits, - and _, at most 64.")
    return source


def _end(document: Mapping[str, Any], started_at: datetime, defaults: Defaults, at: datetime) -> datetime:
    ended_at, seconds = _moment(document, "ended_at", defaults, at), _number(document, "duration_s")
    if (ended_at is None) == (seconds is None):
        raise _refused("ended_at", "Tell either ended_at or duration_s.")
    ended_at = ended_at if ended_at is not None else started_at + timedelta(seconds=seconds or 0)
    if not timedelta() <= ended_at - started_at <= timedelta(seconds=LONGEST_CALL_SECONDS):
        raise _refused("ended_at", "It lies before started_at, or over a week after it.")
    return ended_at


def _moment(document: Mapping[str, Any], name: str, defaults: Defaults, at: datetime) -> datetime | None:
    """A time with its zone, or in the zone of the import; of a repeated hour the second one."""
    text = document.get(name)
    if text is None or text == "":
        return None
    try:
        value = datetime.fromisoformat(str(text).strip())
        if value.tzinfo is None:
            if not defaults.zone:
                raise _refused(name, "Write the zone too, such as 2026-11-24T14:02:00Z, or say it with --zone.")
            value = value.replace(tzinfo=ZoneInfo(defaults.zone), fold=1)
        moment = value.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _refused(name, "Write a time such as 2026-11-24T14:02:00Z.") from None
    if not EARLIEST <= moment <= at + AHEAD:
        raise _refused(name, "Write a moment between 1970 and tomorrow.")
    return moment


def _party(said: Any, number: int, defaults: Defaults) -> PartyGiven:
    place = f"parties/{number}"
    if not isinstance(said, Mapping) or set(said) - {"role", "number", "name", "jurisdiction"}:
        raise _refused(place, "Write an object with role, number, name and jurisdiction.")
    if said.get("role") not in ROLES:
        raise _refused(f"{place}/role", f"Write one of: {', '.join(ROLES)}.")
    jurisdiction = _text(said, "jurisdiction", 6, place)
    if jurisdiction and not _JURISDICTION.match(jurisdiction):
        raise _refused(f"{place}/jurisdiction", "Write an ISO 3166 code, such as US-CA or DE.")
    written = _text(said, "number", 120, place)
    number_ = e164(written, defaults.region) if defaults.region and written else ""
    return PartyGiven(str(said["role"]), number_ or written, _text(said, "name", 200, place), jurisdiction)


def _consent(document: Mapping[str, Any]) -> tuple[EvidenceGiven, ...]:
    return tuple(_evidence(said, number) for number, said in enumerate(_list(document, "consent", 200)))


def _evidence(said: Any, number: int) -> EvidenceGiven:
    place = f"consent/{number}"
    if not isinstance(said, Mapping) or set(said) - {"method", "party", "offset_s", "result", "document_sha256"}:
        raise _refused(place, "Write an object with method, party, offset_s and result.")
    if said.get("method") not in METHODS:
        raise _refused(f"{place}/method", f"Write one of: {', '.join(METHODS)}.")
    if said.get("result") not in RESULTS:
        raise _refused(f"{place}/result", f"Write one of: {', '.join(RESULTS)}.")
    party = said.get("party")
    is_index = isinstance(party, int) and not isinstance(party, bool) and 0 <= party <= 1000
    if not (party is None or is_index or party in ROLES):
        raise _refused(f"{place}/party", "Write an index in parties, or a role that occurs once there.")
    digest = _text(said, "document_sha256", 64, place)
    if digest and not _SHA256.match(digest):
        raise _refused(f"{place}/document_sha256", "Write 64 hexadecimal digits in small letters.")
    return EvidenceGiven(said["method"], said["result"], party, _number(said, "offset_s", place), digest)


def _facts(document: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    facts = document.get("facts") or {}
    if not isinstance(facts, Mapping) or len(facts) > 50 or any(not 0 < len(str(name)) <= 64 for name in facts):
        raise _refused("facts", "Write an object of at most 50 facts, with names of at most 64 characters.")
    return {str(name): _words(value, f"facts/{name}") for name, value in facts.items()}


def _words(value: Any, place: str) -> tuple[str, ...]:
    values = [str(one).lower() if isinstance(one, bool) else one for one in (value if _is_list(value) else [value])]
    if len(values) > 50 or not all(
        isinstance(one, str) and 0 < len(one) <= 100 and one.isprintable() for one in values
    ):
        raise _refused(place, "Write text, or a list of texts, of at most 100 characters each.")
    return tuple(values)


def _purposes(document: Mapping[str, Any]) -> tuple[str, ...]:
    purposes = _list(document, "purposes")
    if strange := [one for one in purposes if one not in PURPOSES]:
        raise _refused("purposes", f"There is no purpose {str(strange[0])[:40]!r}. There are: {', '.join(PURPOSES)}.")
    return tuple(dict.fromkeys(purposes))


def _sha256(document: Mapping[str, Any]) -> bytes | None:
    digest = _text(document, "sha256", 64)
    if digest and not _SHA256.match(digest):
        raise _refused("sha256", "Write 64 hexadecimal digits in small letters.")
    return bytes.fromhex(digest) if digest else None


def _word(document: Mapping[str, Any], name: str, known: Sequence[str]) -> str:
    value = document.get(name) or ""
    if value and value not in known:
        raise _refused(name, f"Write one of: {', '.join(known)}.")
    return str(value)


def _text(document: Mapping[str, Any], name: str, limit: int, place: str = "") -> str:
    value = document.get(name)
    if value is None:
        return ""
    at = f"{place}/{name}" if place else name
    if not isinstance(value, str) or len(value) > limit or not value.isprintable():
        raise _refused(at, f"Write text of at most {limit} characters, without control characters.")
    return value.strip()


def _number(document: Mapping[str, Any], name: str, place: str = "") -> float | None:
    value = document.get(name)
    if value is None or value == "":
        return None
    try:
        number = float(value) if not isinstance(value, bool) else -1.0
    except (TypeError, ValueError):
        number = -1.0
    if not 0 <= number <= LONGEST_CALL_SECONDS:
        raise _refused(f"{place}/{name}" if place else name, "Write seconds, from 0 to those of a week.")
    return number


def _list(document: Mapping[str, Any], name: str, limit: int = 100) -> list[Any]:
    value = document.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > limit:
        raise _refused(name, f"Write a list of at most {limit}.")
    return value


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _refused(place: str, detail: str) -> DeliveryRefused:
    return DeliveryRefused(f"{place}: {detail}", pointer=f"/{place}")
