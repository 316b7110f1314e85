"""The demo's calls: the same ones each time, counted back from the moment at which the demo began."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from compliance_site.demo import company
from compliance_site.demo.company import Agent, Place

Drawn = TypeVar("Drawn")
CLIPS = Path(__file__).parent / "clips"
SEED = 20_261_124
CALLS = 300
DAYS = 60
IN_PLACES_THAT_ASK = ("full_inbound", "full_consent_asked")
WELL_DONE = {
    "inbound": {"full_inbound": 4, "ivr_announcement_full": 6},
    "outbound": {"full_outbound": 6, "full_consent_asked": 4},
}
# Who collects a debt makes sure first that it is the right person; one call in ten forgets.
WELL_DONE_OF_COLLECTIONS = {"full_consent_asked": 9, "full_outbound": 1}
SLIPS = {
    "inbound": {"partial_no_retention": 5, "partial_no_use_no_retention": 3, "late_disclosure": 3, "no_disclosure": 2},
    "outbound": {"partial_no_use_no_retention": 4, "late_disclosure": 3, "no_disclosure": 2},
}
REFUSALS = ("caller_objects", "objection_ignored")


class Twist(StrEnum):
    """What is unusual about a call."""

    CONSENT_MISSING = "consent_missing"
    CONSENT_REFUSED = "consent_refused"
    DAMAGED_AUDIO = "damaged_audio"
    AWAITS_AUDIO = "awaits_audio"
    NO_LINE = "no_line"


# In this order over the whole period; a smaller demo has the first of each.
TWISTS = (
    Twist.CONSENT_MISSING, Twist.CONSENT_REFUSED, Twist.DAMAGED_AUDIO, Twist.CONSENT_MISSING, Twist.CONSENT_REFUSED,
    Twist.CONSENT_MISSING, Twist.NO_LINE, Twist.CONSENT_REFUSED, Twist.CONSENT_MISSING, Twist.DAMAGED_AUDIO,
    Twist.CONSENT_MISSING, Twist.CONSENT_REFUSED, Twist.CONSENT_MISSING,
)  # fmt: skip
TWISTS_OF_A_SMALL_DEMO = (Twist.CONSENT_MISSING, Twist.CONSENT_REFUSED, Twist.DAMAGED_AUDIO)
NEWEST_THAT_AWAIT_AUDIO = 2


class Way(StrEnum):
    """How the phone system delivers a call."""

    ONE_REQUEST = "one_request"  # metadata and audio together
    TWO_REQUESTS = "two_requests"  # metadata, then the audio
    DECISION_FIRST = "decision_first"  # asked before the call, then both together, bound by the token
    METADATA_ALONE = "metadata_alone"  # the audio never came


@dataclass(frozen=True)
class Clip:
    """One spoken call that the repository holds, and what is heard in it."""

    name: str
    file: Path
    duration_s: float
    verdict: str  # full, partial, late, none
    consent: str  # yes, no, not_asked
    disclosures: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    def said(self, kind: str) -> float | None:
        """When the agent said it, in seconds; None: never."""
        return next((said["start_s"] for said in self.disclosures if said["kind"] == kind), None)


@dataclass(frozen=True)
class DemoCall:
    """What the phone system sends of one call, and how."""

    metadata: dict[str, Any]
    clip: Clip
    way: Way
    is_damaged: bool = False

    @property
    def external_id(self) -> str:
        return str(self.metadata["external_id"])

    @property
    def ended_at(self) -> datetime:
        return datetime.fromisoformat(self.metadata["ended_at"])

    def audio(self) -> bytes:
        """The clip; of a damaged one the middle is noise, the same noise each time."""
        heard = self.clip.file.read_bytes()
        if not self.is_damaged:
            return heard
        middle, noise = len(heard) // 2, random.Random(self.external_id).randbytes(4000)  # noqa: S311  not a secret
        return heard[:middle] + noise + heard[middle + len(noise) :]


@cache
def clips() -> dict[str, Clip]:
    known = json.loads((CLIPS / "labels.json").read_text())
    names = ("duration_s", "verdict", "consent", "disclosures", "events")
    return {
        Path(row["file"]).stem: Clip(Path(row["file"]).stem, CLIPS / row["file"], **{name: row[name] for name in names})
        for row in known
    }


def calls(anchor: datetime, count: int = CALLS) -> Iterator[DemoCall]:
    """`count` calls of the sixty days before `anchor`, oldest first. Same anchor, same calls."""
    dice = random.Random(SEED)  # noqa: S311  a story, not a secret
    twists = _twists(count)
    for number in range(count):
        line = _drawn(dice, company.SHARE_OF_CALLS)
        days_back = DAYS * (count - 1 - number) // count
        yield _call(dice, f"HV-{number + 1:05d}", line, twists.get(number), anchor, days_back)


def fresh_call(line: str, external_id: str, ended_at: datetime, source: str = company.SOURCE) -> DemoCall:
    """A well-done call that ended at this moment: for the two-minute line, and for what comes while the demo runs."""
    dice = random.Random(external_id)  # noqa: S311
    call = _call(dice, external_id, line, None, ended_at, 0)
    started_at = ended_at - timedelta(seconds=call.clip.duration_s)
    call.metadata.update(source=source, started_at=_text(started_at), ended_at=_text(ended_at))
    return DemoCall(call.metadata, call.clip, Way.ONE_REQUEST)


def _twists(count: int) -> dict[int, Twist]:
    """Which calls are unusual: spread over the period, and the newest that still await their audio."""
    kinds = TWISTS if count >= 10 * len(TWISTS) else TWISTS_OF_A_SMALL_DEMO
    spread = {(2 * place + 1) * count // (2 * len(kinds)): twist for place, twist in enumerate(kinds)}
    newest = min(NEWEST_THAT_AWAIT_AUDIO, count // 10)
    return spread | dict.fromkeys(range(count - newest, count), Twist.AWAITS_AUDIO)


def _call(
    dice: random.Random, external_id: str, line: str, twist: Twist | None, anchor: datetime, days_back: int
) -> DemoCall:
    agent = dice.choice(company.AGENTS[line])
    direction = "inbound" if dice.random() < company.INBOUND_SHARE[line] else "outbound"
    place = _place(dice, line, twist)
    clip = clips()[_heard(dice, line, agent, direction, place, twist)]
    way = _way(dice, twist)
    started_at = _moment(dice, line, anchor, days_back)
    metadata = {
        "source": company.SOURCE,
        "external_id": external_id,
        "started_at": _text(started_at),
        "ended_at": _text(started_at + timedelta(seconds=clip.duration_s)),
        "direction": direction,
        "facts": _facts(line, direction),
        "purposes": company.PURPOSES[line],
        "agent": {"id": agent.id, "name": agent.name},
        "parties": [{"role": "agent", "jurisdiction": agent.place}, _customer(dice, place)],
        "consent": [] if twist is Twist.CONSENT_MISSING else _evidence(clip),
    }
    if twist is not Twist.NO_LINE:
        metadata["line_of_business"] = line
    return DemoCall(metadata, clip, way, is_damaged=twist is Twist.DAMAGED_AUDIO)


def _place(dice: random.Random, line: str, twist: Twist | None) -> Place:
    """Missing consent is shown where all parties have to agree: in places that forgive nothing."""
    places = company.CUSTOMERS_LIVE_IN[line]
    if twist is Twist.CONSENT_MISSING:
        strict = [place for place in places if place.code in company.ALL_PARTIES_AGREE]
        return dice.choice(strict)
    return dice.choice(places)


def _heard(dice: random.Random, line: str, agent: Agent, direction: str, place: Place, twist: Twist | None) -> str:
    """The name of the clip. Agents slip as often as they do, where it is forgiven more badly than where it is not."""
    if twist is Twist.CONSENT_REFUSED:
        return dice.choice(REFUSALS)
    if twist is None and not place.asks and dice.random() < agent.slips:
        slips = SLIPS[direction]
        return _drawn(
            dice, slips if place.forgives else {name: slips[name] for name in slips if name != "no_disclosure"}
        )
    if place.asks:
        return IN_PLACES_THAT_ASK[direction == "outbound"]
    return _drawn(dice, WELL_DONE_OF_COLLECTIONS if line == "collections" else WELL_DONE[direction])


def _way(dice: random.Random, twist: Twist | None) -> Way:
    if twist is Twist.AWAITS_AUDIO:
        return Way.METADATA_ALONE
    if twist is Twist.NO_LINE:
        return Way.ONE_REQUEST
    return _drawn(dice, {Way.ONE_REQUEST: 7, Way.TWO_REQUESTS: 2, Way.DECISION_FIRST: 1})


def _moment(dice: random.Random, line: str, anchor: datetime, days_back: int) -> datetime:
    """Between eight and six, where the line works; today's calls came in the hours before."""
    if days_back == 0:
        return anchor - timedelta(minutes=dice.randrange(5, 240))
    zone = next(ZoneInfo(known.zone) for known in company.LINES if known.code == line)
    day = (anchor.astimezone(zone) - timedelta(days=days_back)).date()
    clock = time(dice.randrange(8, 18), dice.randrange(60), dice.randrange(60))
    return datetime.combine(day, clock, zone).astimezone(anchor.tzinfo)


def _facts(line: str, direction: str) -> dict[str, Any]:
    facts = dict(company.FACTS[line])
    if line == "home-cover":
        facts["channel"] = "outbound_sales" if direction == "outbound" else "inbound_sales"
    return facts


def _customer(dice: random.Random, place: Place) -> dict[str, str]:
    """A number tells the place; who withholds it has an address on record."""
    name = f"{dice.choice(company.GIVEN_NAMES)} {dice.choice(company.FAMILY_NAMES)}"
    if not place.numbers:
        return {"role": "customer", "name": name, "jurisdiction": place.code}
    customer = {"role": "customer", "name": name, "number": f"{dice.choice(place.numbers)}{dice.randrange(100):02d}"}
    return customer if place.number_tells else customer | {"jurisdiction": place.code}


def _evidence(clip: Clip) -> list[dict[str, Any]]:
    """What the phone system noted: the answer that was given, else the announcement that was made."""
    answers = [event for event in clip.events if event["kind"] == "consent"]
    if answers:
        result = "given" if clip.consent == "yes" else "refused"
        return [{"method": "spoken", "party": "customer", "offset_s": answers[0]["start_s"], "result": result}]
    told_at = clip.said("recording")
    if told_at is None:
        return []
    return [{"method": "announcement", "party": "customer", "offset_s": told_at, "result": "given"}]


def _drawn(dice: random.Random, weights: dict[Drawn, int]) -> Drawn:
    return dice.choices(list(weights), weights=list(weights.values()))[0]


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
