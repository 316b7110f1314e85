"""The copy for who asked: a zip of their calls, written by the worker, sealed at rest, fetched once, gone after days.

Of everybody else on a call it tells the role alone. The audio is the original; what is heard on it was said to them.
"""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.utils import timezone

import trail.services as trail
from accounts.permissions import Act, demand
from policies.models import PolicyVersion
from recordings import keys, words
from recordings.domain.errors import CopyNotThere
from recordings.models import Party, PersonCopy, PersonRequest, PersonRequestItem, Recording
from recordings.services.closing import close_copies_with
from recordings.services.dates import given_dates
from recordings.services.person_requests import Requester, find_request, requester_of
from recordings.store import AudioWriter, read_object, read_range
from trail.domain.actors import CALLWARD, Actor
from trail.domain.ids import uuid7

FETCHED_WITHIN = timedelta(days=7)
SUFFIXES = {"audio/mpeg": "mp3", "audio/mp4": "m4a"}
Item = PersonRequestItem
README = """These are the calls with you that we keep, and what we keep about them.

Each folder is one call: the recording as it was made, and call.json with when it was, for which purposes it is kept,
under which policy and law, until when and why, what was agreed on the call, and what happened on it.
Names and numbers of other people are left out.
"""


class _Sealing:
    """Where zipfile writes to: a stream that goes forward alone, sealed piece by piece."""

    def __init__(self, writer: AudioWriter) -> None:
        self.writer = writer

    def write(self, data: bytes) -> int:
        self.writer.write(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""


def make_due(at: datetime) -> int:
    """Make the copy of one request whose turn it is; how many were made. Safe to die in: it is then made anew."""
    due = PersonRequest.objects.filter(kind=PersonRequest.Kind.ACCESS, state=PersonRequest.State.WORKING)
    request = due.order_by("due_on", "pk").first()
    if request is None:
        return 0
    _make(request, at)
    return 1


def _make(request: PersonRequest, at: datetime) -> None:
    """Write the object first, then its row: what a crash leaves between them is swept like any upload that died."""
    copy_id = uuid7()
    wrapped, key = keys.new_key(copy_id)
    writer = AudioWriter(copy_id, key)
    try:
        copied = _write_zip(request, writer)
        object_key = writer.keep()
    except BaseException:
        writer.discard()
        raise
    with transaction.atomic(durable=True):
        locked = PersonRequest.objects.select_for_update(no_key=True).get(pk=request.pk)
        if locked.state != PersonRequest.State.WORKING:
            writer.discard()  # another worker was faster
            return
        request.copies.filter(removed_at=None).update(wrapped=b"", expires_at=at)
        PersonCopy.objects.create(
            id=copy_id,
            request=locked,
            object_key=object_key,
            wrapped=wrapped,
            size_bytes=writer.size_bytes,
            made_at=at,
            expires_at=at + FETCHED_WITHIN,
        )
        there = set(Recording.objects.filter(pk__in=copied).values_list("pk", flat=True))
        items = request.items.confirmed()
        items.filter(recording_id__in=copied).update(outcome=Item.Outcome.COPIED, settled_at=at)
        items.exclude(recording_id__in=copied).update(outcome=Item.Outcome.GONE, settled_at=at)
        close_copies_with(set(copied) - there, at)  # one was destroyed while it was copied
        locked.state = PersonRequest.State.READY
        locked.save(update_fields=["state"])
        trail.append("request.copied", actor=CALLWARD, subject=locked, recordings=len(copied))
        trail.append_many(
            "recording.copied_for_person",
            actor=CALLWARD,
            subjects=[Recording(pk=pk) for pk in copied],
            facts=[{"request": str(request.pk)} for _ in copied],
            lines=list(copied.values()),
        )


def _write_zip(request: PersonRequest, writer: AudioWriter) -> dict[UUID, UUID]:
    """Every confirmed call that is still there, one after the other; its id and its line."""
    requester = requester_of(request) or Requester()
    ids = list(request.items.confirmed().order_by("started_at", "pk").values_list("recording_id", flat=True))
    copied: dict[UUID, UUID] = {}
    with zipfile.ZipFile(cast(Any, _Sealing(writer)), "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("README.txt", README)
        for number, pk in enumerate(ids, 1):
            whole = Recording.objects.select_related("line_of_business", "key").filter(pk=pk).first()
            if whole is None:
                continue
            folder = f"{number:04}-{whole.started_at:%Y-%m-%d}"
            about = json.dumps(about_call(whole, requester), indent=1, ensure_ascii=False)
            archive.writestr(f"{folder}/call.json", about)
            if whole.object_key is not None:
                with archive.open(f"{folder}/{_file_name(whole)}", "w", force_zip64=True) as file:
                    for piece in read_range(whole):
                        file.write(piece)
            copied[whole.pk] = whole.line_of_business_id
    return copied


def _file_name(recording: Recording) -> str:
    media_type = recording.media_type or "application/octet-stream"
    suffix = SUFFIXES.get(media_type, media_type.partition("/")[2].partition(";")[0])
    return f"recording.{'bin' if suffix == 'octet-stream' else suffix}"


def about_call(recording: Recording, requester: Requester) -> dict[str, Any]:
    """What is kept about one call, as its own subject may read it: of others the role alone, nobody's free text."""
    parties = list(recording.parties.all())
    given = given_dates([recording])[recording.pk]
    unknown = set(recording.unknown)
    versions = PolicyVersion.objects.select_related("policy")
    version = versions.filter(pk=given.policy_version_id).first() if given.policy_version_id else None
    return {
        "call": {
            "started_at": None if "started_at" in unknown else recording.started_at.isoformat(),
            "ended_at": None if "ended_at" in unknown else recording.ended_at.isoformat(),
            "zone": recording.zone,
            "direction": recording.direction or None,
            "medium": recording.medium,
            "with": recording.line_of_business.name,
        },
        "parties": [_party(party, requester) for party in parties],
        "purposes": [words.PURPOSES.get(purpose, purpose) for purpose in recording.purposes],
        "rules": {
            "policy": str(version) if version else None,
            "law_release": given.law_release,
            "decided": {name: recording.decided.get(name) for name in ("consent", "disclosures", "jurisdictions")},
        },
        "retention": {
            "kept_at_least_until": recording.keep_until.isoformat(),
            "destroyed_by": recording.delete_by.isoformat(),
            "on_legal_hold": recording.is_held,
            "explanation": given.explanation,
        },
        "consent": [
            {"method": row.method, "result": row.result, "at_seconds": row.offset_seconds, "by": _role(row.party)}
            for row in recording.consent.select_related("party")
        ],
        "events": [
            {"kind": event.kind, "at_seconds": event.offset_seconds, "by": _role(event.party)}
            for event in recording.call_events.select_related("party")
        ],
        "audio": {"sha256": bytes(recording.sha256).hex(), "bytes": recording.size_bytes} if recording.sha256 else None,
    }


def _party(party: Party, requester: Requester) -> dict[str, Any]:
    """The requester by what they wrote themselves; of anybody else, the role."""
    number, name = requester.indexes
    by_number = number is not None and party.number_index is not None and bytes(party.number_index) == number
    by_name = name is not None and party.name_index is not None and bytes(party.name_index) == name
    if not (by_number or by_name):
        return {"role": party.role}
    own = {"role": party.role, "you": True, "place": party.jurisdiction or None}
    return own | ({"number": requester.number} if by_number else {}) | ({"name": requester.name} if by_name else {})


def _role(party: Party | None) -> str:
    return party.role if party else "everybody"


# --- fetching


@dataclass(frozen=True)
class Fetched:
    """A copy on its way out."""

    size_bytes: int
    pieces: Iterator[bytes]


def fetch_copy(*, request_id: UUID, actor: Actor) -> Fetched:
    """The copy, this once: noted before its first byte. Raises CopyNotThere, PersonRequestNotFound, NotAllowed."""
    demand(actor, Act.HANDLE_PERSON_REQUEST)
    request = find_request(request_id, actor)
    with transaction.atomic():
        copy = standing_copy(request, lock=True)
        if copy is None:
            raise CopyNotThere
        key = keys.open_key(copy.pk, copy.wrapped)
        now = timezone.now()
        copy.fetched_at, copy.fetched_by_id = now, actor.actor_id
        copy.expires_at = min(copy.expires_at, now + timedelta(hours=1))  # a slow line ends; nobody begins anew
        copy.save(update_fields=["fetched_at", "fetched_by_id", "expires_at"])
        trail.append("request.copy_fetched", actor=actor, subject=request)
    return Fetched(copy.size_bytes, read_object(copy.object_key, copy.pk, copy.size_bytes, key))


def standing_copy(request: PersonRequest, *, lock: bool = False) -> PersonCopy | None:
    """The copy that can be fetched now, if one can."""
    rows = request.copies.filter(fetched_at=None, removed_at=None, expires_at__gt=timezone.now()).exclude(wrapped=b"")
    return (rows.select_for_update() if lock else rows).order_by("-made_at").first()
