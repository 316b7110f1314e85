"""Sample deliveries of phone systems, as they come: `tests/data/telephony/<source>/<case>/`."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from django.utils import timezone

from recordings.intake.port import Sent, Setup
from recordings.models import AudioFetch, IntakeDelivery
from recordings.services.inbound import note_refusal
from recordings.services.sources import configure_source
from trail.domain.actors import CALLWARD

SAMPLES = Path(__file__).parent / "data" / "telephony"


@dataclass(frozen=True)
class Sample:
    """One request, and what a good system makes of it."""

    folder: Path

    @property
    def source(self) -> str:
        return self.folder.relative_to(SAMPLES).parts[0]

    @property
    def name(self) -> str:
        return str(self.folder.relative_to(SAMPLES))

    @cached_property
    def request(self) -> dict[str, Any]:
        return self._json("request.json")

    @cached_property
    def expected(self) -> dict[str, Any]:
        return self._json("expected.json")

    @cached_property
    def headers(self) -> dict[str, str]:
        return self._json("headers.json")

    @cached_property
    def body(self) -> bytes:
        return (self.folder / self.request["body_file"]).read_bytes()

    @property
    def settings(self) -> dict[str, Any]:
        """Keys, and what the case says was configured."""
        keys = json.loads((SAMPLES / self.source / "keys.json").read_text())
        named = ("assume_timezone", "own_domains", "columns", "default_region")
        return keys | {name: self.request[name] for name in named if name in self.request}

    @property
    def setup(self) -> Setup:
        return Setup(self.settings)

    @property
    def received_at(self) -> datetime:
        return datetime.fromisoformat(self.request["received_at"].replace("Z", "+00:00"))

    @property
    def sent(self) -> Sent:
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Sent(self.request["url"], headers, self.body, self.received_at)

    def _json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text())


def delivering(line: Any, awaiting: Any) -> None:
    """A source that has delivered: worked, given up, refused, with audio that could not be fetched."""
    now = timezone.now()
    values = {"bearer_token": "only-for-tests", "line_of_business": line.code}
    source = configure_source(name="asterisk", values=values, actor=CALLWARD)
    reason = "The audio's host wants credentials, other ones, or the link has expired (403)."
    for state in ("done", "waiting", "dead"):
        delivery = IntakeDelivery.objects.create(
            source=source,
            received_at=now,
            size_bytes=1204,
            replay_digest=state.encode(),
            sealed=b"" if state == "done" else b"sealed",
            state=state,
            attempts=3,
            next_attempt_at=now + timedelta(hours=1) if state == "waiting" else None,
            reason="taken in" if state == "done" else reason,
            recording_ids=[awaiting.pk] if state == "done" else [],
        )
    AudioFetch.objects.create(
        recording=awaiting,
        source=source,
        delivery_id=delivery.pk,
        sealed=b"sealed",
        state="dead",
        asked_at=now,
        reason=reason,
    )
    for refused in ("stale_timestamp", "bad_credentials", "too_large"):
        note_refusal(source="asterisk", reason=refused, at=now)


def samples() -> list[Sample]:
    return [Sample(file.parent) for file in sorted(SAMPLES.glob("*/*/request.json"))]


def sample(name: str) -> Sample:
    return Sample(SAMPLES / name)
