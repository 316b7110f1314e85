"""How calls of the demo arrive beside the phone system's own delivery: an archive of files, events that follow later,

and the phone system's list of its calls, with one that never came. Twice is once.
"""

import csv
import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from accounts.models import User
from audits.models import Assignment
from compliance_site.demo import company
from compliance_site.demo.calls import DemoCall, fresh_call
from compliance_site.demo.phone import PhoneSystem
from recordings.importing.call_lists import Listed
from recordings.importing.documents import Defaults
from recordings.models import CallEvent, CallList, ImportRun, Recording
from recordings.services.call_lists import compare
from recordings.services.imports import runs
from recordings.services.imports.plans import Plan
from trail.domain.actors import CALLWARD

ARCHIVED_LINES = ("claims", "home-cover", "claims", "collections", "claims", "home-cover")
ARCHIVED_DAYS_AGO = 30
TOO_LONG = timedelta(seconds=41)  # what the old exchange says that one of its calls lasted beyond its audio
COLUMNS = (
    "file", "external_id", "started_at", "ended_at", "direction", "line_of_business", "purposes", "agent_id",
    "agent_name", "parties", "consent", "facts", "sha256",
)  # fmt: skip
LISTED_DAYS = timedelta(days=3)
NEVER_CAME = "HV-09001"
PAUSED_CALLS = 3
PAUSED_AT, RESUMED_AT = 5.0, 9.5  # seconds into the call: where the card number would be
WHY_PAUSED = "card_number"


def import_archive(anchor: datetime) -> int:
    """Import what the exchange before this one had kept, by a manifest; one of its files is no audio. How many came."""
    known = ImportRun.objects.filter(source=company.ARCHIVE_SOURCE).order_by("-started_at").first()
    if known is not None and known.ended_at is not None:
        return known.taken
    folder = Path(settings.PLACES.home) / company.ARCHIVE_SOURCE
    manifest = _written(folder, anchor)
    plan = Plan(folder.resolve(), ImportRun.Kind.MANIFEST, Defaults(source=company.ARCHIVE_SOURCE))
    run = runs.gone_on_with(plan=plan, place=manifest) or runs.begin(plan=plan, place=manifest, actor=CALLWARD)
    runs.work(run=run, plan=plan, files=runs.files_of(plan, manifest), moved=lambda _: None)
    shutil.rmtree(folder)  # the audio lies sealed in the store now
    return runs.end(run=run, actor=CALLWARD).taken


def tell_pauses(exchange: PhoneSystem) -> int:
    """On the newest calls that nobody reviews, the agent paused the recording while a card number was given."""
    calls = Recording.objects.filter(source=company.SOURCE, state=Recording.State.STORED)
    calls = calls.exclude(pk__in=Assignment.objects.values("recording_id")).order_by("-started_at", "pk")
    told = CallEvent.objects.filter(detail=WHY_PAUSED).values("recording_id").distinct().count()
    for recording_id in list(calls.values_list("pk", flat=True)[: PAUSED_CALLS - told]):
        exchange.tell_event(str(recording_id), {"kind": "paused", "offset_s": PAUSED_AT, "detail": WHY_PAUSED})
        exchange.tell_event(str(recording_id), {"kind": "resumed", "offset_s": RESUMED_AT})
    return PAUSED_CALLS


def compare_list(told: Sequence[DemoCall], anchor: datetime) -> int:
    """Ruth compares the exchange's list of the last days with what is here; how many calls nobody can account for."""
    known = CallList.objects.filter(source=company.SOURCE).first()
    if known is None:
        ruth = User.objects.get(username="ruth")
        known = compare(source=company.SOURCE, calls=_listed(told, anchor), actor=ruth)
    return known.unexplained


def _listed(told: Sequence[DemoCall], anchor: datetime) -> Iterator[Listed]:
    number = 1
    for call in told:
        if call.ended_at >= anchor - LISTED_DAYS:
            number += 1
            started_at = datetime.fromisoformat(call.metadata["started_at"])
            yield Listed(number, (call.external_id,), started_at, call.ended_at)
    began = anchor - timedelta(hours=26)
    yield Listed(number + 1, (NEVER_CAME,), began, began + timedelta(minutes=3), numbers=("+18135550177",))


def _written(folder: Path, anchor: datetime) -> Path:
    """The old exchange's export: its audio, and a manifest that says what each file is."""
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(COLUMNS)
        for place, line in enumerate(ARCHIVED_LINES):
            ended_at = (anchor - timedelta(days=ARCHIVED_DAYS_AGO - place)).replace(hour=15, minute=7 * place)
            call = fresh_call(line, f"OLD-{place + 1:03d}", ended_at, company.ARCHIVE_SOURCE)
            rows.writerow(_row(folder, call, apart=TOO_LONG if place == 1 else timedelta()))
        (folder / "OLD-007.ogg").write_text("This file was cut off before its first second.\n")
        rows.writerow(("OLD-007.ogg", "OLD-007", ended_at.isoformat(), ended_at.isoformat()) + ("",) * 9)
    return folder / "manifest.csv"


def _row(folder: Path, call: DemoCall, *, apart: timedelta) -> tuple[str, ...]:
    audio, told = call.audio(), call.metadata
    name = f"{call.external_id}{call.clip.file.suffix}"
    (folder / name).write_bytes(audio)
    return (
        name,
        call.external_id,
        told["started_at"],
        (call.ended_at + apart).isoformat(),
        told["direction"],
        told["line_of_business"],
        ";".join(told["purposes"]),
        told["agent"]["id"],
        told["agent"]["name"],
        json.dumps(told["parties"]),
        json.dumps(told["consent"]),
        json.dumps(told["facts"]),
        hashlib.sha256(audio).hexdigest(),
    )
