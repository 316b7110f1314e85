"""Sample deliveries of phone systems, as they come: `tests/data/telephony/<source>/<case>/`."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from recordings.intake.port import Sent, Setup

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


def samples() -> list[Sample]:
    return [Sample(file.parent) for file in sorted(SAMPLES.glob("*/*/request.json"))]


def sample(name: str) -> Sample:
    return Sample(SAMPLES / name)
