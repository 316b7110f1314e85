"""An import that changes nothing: every file read, judged and decided as it would be, nothing stored."""

import contextlib
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from policies.services.decisions import decider
from recordings import keys
from recordings.domain.containers import Judge
from recordings.domain.errors import DigestMismatch
from recordings.domain.formats import declared_by
from recordings.importing.folders import Found, opened
from recordings.models import Certificate
from recordings.services.deciding import decided_for
from recordings.services.deliverers import assert_same_again, known_as, was_destroyed
from recordings.services.imports.batches import CHUNK_BYTES, REFUSALS, refused, shown_place
from recordings.services.imports.plans import Call, Plan, call_of
from recordings.services.intake import made_ready
from trail.domain.actors import CALLWARD

MOST_NAMED = 1000  # refusals that are listed; the rest is counted


@dataclass
class Foreseen:
    """What an import would do."""

    taken: int = 0
    known: int = 0
    refused: int = 0
    size_bytes: int = 0
    past: int = 0  # would be taken in although their last day is over: they are listed, and go after cooling
    reasons: Counter[str] = field(default_factory=Counter)
    quarantined: Counter[str] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)
    first_delete_by: datetime | None = None
    refusals: list[dict[str, str]] = field(default_factory=list)

    @property
    def seen(self) -> int:
        return self.taken + self.known + self.refused


def foresee(*, plan: Plan, files: Iterable[Found], moved: Callable[[int], None]) -> Foreseen:
    """Look at all files; `moved` hears the number looked at so far."""
    foreseen, at = Foreseen(), timezone.now()
    for number, found in enumerate(files, start=1):
        try:
            _look_at(foreseen, found, call_of(found, plan, at=at), plan, at)
        except REFUSALS as error:
            why = refused(found, error)
            foreseen.refused += 1
            foreseen.reasons[why.code] += 1
            if len(foreseen.refusals) < MOST_NAMED:
                foreseen.refusals.append({"name": shown_place(found), "code": why.code, "reason": why.reason})
        if number % 100 == 0:
            moved(number)
    return foreseen


def _look_at(foreseen: Foreseen, found: Found, call: Call, plan: Plan, at: datetime) -> None:
    delivery = call.delivery
    size = _judged(found, plan, delivery.sha256)
    if (known := known_as(delivery)) is not None:
        if call.told is None:
            assert_same_again(known, delivery, CALLWARD)
        foreseen.known += 1
        return
    origin = keys.origin_digest(delivery.source, delivery.external_id)
    if gone := Certificate.objects.filter(origin_digest=origin).first():
        raise was_destroyed(gone.recording_id, CALLWARD)
    decide = decider()
    ready = made_ready(
        delivery=delivery, audio=None, actor=CALLWARD, decided_by=lambda asked: decided_for(asked, decide)
    )
    recording = ready.recording
    foreseen.taken += 1
    foreseen.size_bytes += size
    foreseen.lines[recording.line_of_business.code] += 1
    foreseen.quarantined.update(recording.quarantine_reasons)
    foreseen.past += recording.delete_by <= at
    foreseen.first_delete_by = min(filter(None, (foreseen.first_delete_by, recording.delete_by)))


def _judged(found: Found, plan: Plan, wanted: bytes | None) -> int:
    """The file's size, once its bytes were seen to be audio. Raises AudioRefused, DigestMismatch, FileRefused."""
    judge, digest = Judge(declared_by(found.name)), hashlib.sha256()
    descriptor = opened(plan.root, found.name)
    with contextlib.closing(os.fdopen(descriptor, "rb", buffering=0)) as file:
        while chunk := file.read(CHUNK_BYTES):
            judge.feed(chunk)
            if wanted is not None:
                digest.update(chunk)
    judge.verdict()
    if wanted is not None and digest.digest() != wanted:
        raise DigestMismatch("/sha256")
    return judge.size_bytes
