"""What is imported from where, and what all its calls have in common; and the reading of one file's call by it."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from recordings.domain.deliveries import Delivery
from recordings.domain.errors import DeliveryUnreadable, FileRefused
from recordings.domain.told import CallTold
from recordings.importing.documents import Defaults, consent_of, delivery_of
from recordings.importing.folders import Found, side_file
from recordings.importing.manifest import document_of, row_of_side_file
from recordings.importing.patterns import Reader, reader_of
from recordings.intake.port import Setup, json_object
from recordings.models import ImportRun, TelephonySource
from recordings.services.completing import delivery_of as delivery_told
from recordings.services.sources import setup_of


@dataclass(frozen=True)
class Plan:
    """Picklable: worker processes get it as it is."""

    root: Path  # the folder; of a manifest the one that it lies in
    kind: str  # ImportRun.Kind
    defaults: Defaults
    pattern: str = ""  # of file names; empty: manifest and side files alone tell of calls

    def __reduce__(self) -> tuple[Any, ...]:
        """Without what was worked out: each process does that for itself."""
        return Plan, (self.root, self.kind, self.defaults, self.pattern)

    @cached_property
    def setup(self) -> Setup:
        """The source's own settings, where it has some, under what this import says."""
        row = TelephonySource.objects.filter(pk=self.defaults.source).first()
        values: dict[str, Any] = dict(setup_of(row).values) if row else {}
        said = {
            "assume_timezone": self.defaults.zone,
            "default_region": self.defaults.region,
            "line_of_business": self.defaults.line_of_business,
            "purposes": list(self.defaults.purposes),
        }
        return Setup(values | {name: value for name, value in said.items() if value})

    @cached_property
    def filled(self) -> Defaults:
        """The defaults, with what the source's settings add."""
        setup = self.setup
        return replace(
            self.defaults,
            line_of_business=self.defaults.line_of_business or setup.text("line_of_business"),
            purposes=self.defaults.purposes or tuple(setup.words("purposes")),
            zone=self.defaults.zone or setup.zone,
            region=self.defaults.region or setup.region,
        )

    @cached_property
    def reader(self) -> Reader | None:
        return reader_of(self.pattern) if self.pattern else None


@dataclass(frozen=True)
class Call:
    """What one file is the audio of. `told`: the same, where a phone system's later word may complete it."""

    delivery: Delivery
    told: CallTold | None = None


def call_of(found: Found, plan: Plan, *, at: datetime) -> Call:
    """The call, from the manifest's line, the side file or the name. Raises FileRefused, DeliveryRefused."""
    if found.problem is not None:
        raise found.problem
    if found.row is not None:
        return _documented(document_of(found.row), found, plan, at)
    if (beside := side_file(plan.root, found)) is not None:
        return _documented(_side_document(*beside), found, plan, at)
    if plan.reader is None:
        raise FileRefused(
            "untold", "Nothing tells of its call: it has no side file. Say with --pattern what names tell."
        )
    told = replace(plan.reader(found, plan.setup), source=plan.defaults.source)
    return Call(replace(delivery_told(told, plan.setup, at), consent=consent_of(plan.defaults)), told)


def _documented(document: dict[str, Any], found: Found, plan: Plan, at: datetime) -> Call:
    return Call(delivery_of(document, plan.filled, at=at, stem=found.stem))


def _side_document(name: str, content: bytes) -> dict[str, Any]:
    if name.endswith(".csv"):
        return document_of(row_of_side_file(content))
    try:
        return json_object(content)
    except DeliveryUnreadable as error:
        raise FileRefused("side_file", f"Its side file: {error}") from error


def is_manifest(kind: str) -> bool:
    return kind == ImportRun.Kind.MANIFEST
