"""The demo's calls: the same three hundred each time, counted back from the day of the start."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from compliance_site.demo import company
from compliance_site.demo.company import Clip

CLIPS = Path(__file__).parent / "clips"
SEED = 20_260_124
CALLS = 300
DAYS = 60
SOURCE = "harbor-pbx"
# How often each clip is heard, by line: sales and collections speak for themselves, service has an announcement.
WEIGHTS = {
    "collections": {"full_consent_asked": 8, "full_outbound": 3, "partial_no_retention": 2, "late_disclosure": 1},
    "home-cover": {"full_outbound": 8, "partial_no_use_no_retention": 2, "no_disclosure": 1, "objection_ignored": 1},
    "service": {"ivr_announcement_full": 6, "full_inbound": 4, "caller_objects": 1, "partial_no_retention": 1},
}


@dataclass(frozen=True)
class DemoCall:
    """What the phone system sends: the metadata of the contract, and the clip's file."""

    metadata: dict[str, Any]
    audio: Path
    clip: Clip


def clips() -> dict[str, Clip]:
    known = json.loads((CLIPS / "labels.json").read_text())
    names = ("file", "duration_s", "verdict", "consent", "disclosures", "events")
    return {Path(row["file"]).stem: Clip(**{name: row[name] for name in names}) for row in known}


def calls(now: datetime) -> Iterator[DemoCall]:
    """Three hundred calls of sixty days, oldest first. The same but for the day that they end at."""
    dice = random.Random(SEED)  # noqa: S311  a story, not a secret
    known = clips()
    for number in range(CALLS):
        line = dice.choices(["collections", "home-cover", "service"], weights=[4, 3, 3])[0]
        weights = WEIGHTS[line]
        clip = known[dice.choices(list(weights), weights=list(weights.values()))[0]]
        back = timedelta(days=DAYS * (CALLS - number) / CALLS, minutes=dice.randrange(60))
        yield _call(dice, number, line, clip, (now - back).replace(microsecond=0))


def expiring_calls(now: datetime, count: int = 4) -> Iterator[DemoCall]:
    """Calls of the demo line, ended just now: their policy keeps them for two minutes."""
    dice = random.Random(SEED + 1)  # noqa: S311
    known = clips()
    for number in range(count):
        clip = known["full_inbound"]
        yield _call(dice, 9000 + number, "demo", clip, now - timedelta(seconds=clip.duration_s))


def _call(dice: random.Random, number: int, line: str, clip: Clip, started_at: datetime) -> DemoCall:
    agent_id, agent_name = dice.choice(company.AGENTS[line])
    ended_at = started_at + timedelta(seconds=clip.duration_s)
    metadata = {
        "source": SOURCE,
        "external_id": f"HP-{number:05d}",
        "started_at": started_at.isoformat(),
        "ended_at": ended_at.isoformat(),
        "direction": "inbound" if line in {"service", "demo"} else "outbound",
        "line_of_business": line,
        "facts": company.FACTS[line],
        "purposes": company.PURPOSES[line],
        "agent": {"id": agent_id, "name": agent_name},
        "parties": [
            {"role": "agent", "jurisdiction": company.AGENT_PLACE[line]},
            {"role": "customer", "number": _number(dice, line, number), "name": _name(dice)},
        ],
        "consent": _consent(clip),
    }
    return DemoCall(metadata, CLIPS / clip.file, clip)


def _number(dice: random.Random, line: str, number: int) -> str:
    return f"{dice.choice(company.CALLED[line])}{number % 100:02d}"


def _name(dice: random.Random) -> str:
    return f"{dice.choice(company.NAMES)} {dice.choice(company.FAMILY)}"


def _consent(clip: Clip) -> list[dict[str, object]]:
    """What the phone system noted: the announcement it played, the answer that was keyed in."""
    asked = [event for event in clip.events if event.get("kind") == "consent"]
    if asked:
        result = "given" if clip.consent == "yes" else "refused"
        return [{"method": "spoken", "party": "customer", "offset_s": asked[0]["start_s"], "result": result}]
    if clip.file.startswith("ivr"):
        return [{"method": "announcement", "party": "customer", "offset_s": 0.6, "result": "given"}]
    return []


def later_events(call: DemoCall) -> list[dict[str, object]]:
    """What happened on the call, as a phone system tells it afterwards."""
    return [
        {"kind": "disclosure_played", "offset_s": said["start_s"], "detail": said["kind"]} for said in call.clip.disclosures
    ]
