"""The report of a hold: who asked for what and when, what it keeps, what joined later, how it ended. Also of all holds.

Each export is one event. Members are streamed, so that a million of them cost no memory.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

import trail.services as trail
from accounts.models import User
from accounts.permissions import lines_of
from accounts.services import names_of
from recordings.domain.cells import safe_row
from recordings.models import Certificate, HoldMember, LegalHold, Recording
from recordings.services.holds.placing import find_hold
from recordings.services.holds.preview import Preview, members_of
from recordings.services.holds.words import in_words
from trail.domain.actors import Actor

MEMBER_COLUMNS = (
    "recording", "source", "call_id", "line_of_business", "started_at", "joined_at", "how", "left_at", "other_holds",
    "keep_until", "delete_by", "destroyed_at",
)  # fmt: skip
HOLD_COLUMNS = (
    "hold", "matter", "reference", "reason", "placed_at", "placed_by", "recordings", "joined_later", "criteria",
    "released_at", "released_by", "release_reason",
)  # fmt: skip
AT_ONCE = 2_000  # members read together
PREVIEW_COLUMNS = ("recording", "source", "call_id", "line_of_business", "other_holds", "leaves_at", "waits_for")


def about(hold: LegalHold, *, actor: Actor) -> dict[str, Any]:
    """The head of the report, in plain JSON: all but the members, with their counts as far as the actor may see."""
    counted = seen_members(hold, actor).aggregate(
        recordings=Count("pk"),
        in_force=Count("pk", filter=Q(released_at=None)),
        named=Count("pk", filter=Q(how=HoldMember.How.NAMED)),
        found=Count("pk", filter=Q(how=HoldMember.How.FOUND)),
        joined_later=Count("pk", filter=Q(how=HoldMember.How.LATER)),
    )
    criteria = list(hold.criteria.all())
    names = names_of({hold.placed_by_id, hold.released_by_id} - {""})
    released = None
    if hold.released_at is not None:
        released = {
            "at": hold.released_at.isoformat(),
            "by": {"id": hold.released_by_id, "name": names.get(hold.released_by_id, "")},
            "reason": hold.release_reason,
            "saw": hold.let_go,
        }
    return {
        "hold": str(hold.pk),
        "matter": hold.matter,
        "reference": hold.reference,
        "reason": hold.reason,
        "placed": {
            "at": hold.placed_at.isoformat(),
            "by": {"id": hold.placed_by_id, "name": names.get(hold.placed_by_id, "")},
        },
        "custodians": [criterion.as_json() for criterion in criteria if criterion.is_custodian],
        "criteria": [
            {"words": words, **criterion.as_json()}
            for words, criterion in zip(in_words(criteria), criteria, strict=True)
        ],
        "later_calls_join": any(criterion.follows for criterion in criteria),
        "is_complete": hold.is_settled,
        "counts": counted,
        "released": released,
    }


def seen_members(hold: LegalHold, actor: Actor) -> QuerySet[HoldMember]:
    """Members of the hold in the actor's lines; also of recordings that were destroyed after its release."""
    members, lines = HoldMember.objects.filter(hold=hold), lines_of(actor)
    return members if lines is None else members.filter(line_of_business__in=lines)


def member_rows(hold: LegalHold, *, actor: Actor) -> Iterator[dict[str, Any]]:
    """Each member that the actor may see, in the order in which they joined."""
    members = seen_members(hold, actor).order_by("joined_at", "recording_id")
    for chunk in _in_chunks(members.iterator(chunk_size=AT_ONCE), AT_ONCE):
        ids = [member.recording_id for member in chunk]
        there = Recording.objects.visible_to(actor).select_related("line_of_business").in_bulk(ids)
        gone = Certificate.objects.visible_to(actor).filter(recording_id__in=set(ids) - there.keys())
        destroyed = dict(gone.values_list("recording_id", "destroyed_at"))
        for member in chunk:
            if (recording := there.get(member.recording_id)) is not None:
                yield _member_row(member) | _recording_row(recording, member)
            elif member.recording_id in destroyed:
                yield _member_row(member) | {"destroyed_at": destroyed[member.recording_id].isoformat()}


def first_members(hold: LegalHold, limit: int, *, actor: Actor) -> list[dict[str, Any]]:
    """As `member_rows`, the first ones, with moments as moments: for a page."""
    rows = list(islice(member_rows(hold, actor=actor), limit))
    for row in rows:
        for name in ("started_at", "joined_at", "left_at", "destroyed_at", "delete_by"):
            row[name] = datetime.fromisoformat(row[name]) if row[name] else None
    return rows


def _member_row(member: HoldMember) -> dict[str, Any]:
    return dict.fromkeys(MEMBER_COLUMNS) | {
        "recording": str(member.recording_id),
        "joined_at": member.joined_at.isoformat(),
        "how": member.how,
        "left_at": member.released_at.isoformat() if member.released_at else None,
    }


def _recording_row(recording: Recording, member: HoldMember) -> dict[str, Any]:
    return {
        "source": recording.source,
        "call_id": recording.external_id,
        "line_of_business": recording.line_of_business.code,
        "started_at": None if "started_at" in recording.unknown else recording.started_at.isoformat(),
        "other_holds": recording.hold_count - (member.released_at is None),
        "keep_until": recording.keep_until.isoformat(),
        "delete_by": recording.delete_by.isoformat(),
    }


def _in_chunks(rows: Iterable[HoldMember], size: int) -> Iterator[list[HoldMember]]:
    found = iter(rows)
    while chunk := list(islice(found, size)):
        yield chunk


# --- exports


def report_as_json(hold_id: UUID, *, actor: Actor) -> Iterator[str]:
    """The whole report as pieces of one JSON document. Raises HoldNotFound."""
    hold = find_hold(hold_id, actor)
    _note(hold, "json", actor)
    return _json_pieces(hold, actor)


def _json_pieces(hold: LegalHold, actor: Actor) -> Iterator[str]:
    head = json.dumps({"made_at": timezone.now().isoformat(), **about(hold, actor=actor)}, ensure_ascii=False)
    yield head[:-1] + ', "members": ['
    for number, row in enumerate(member_rows(hold, actor=actor)):
        yield (", " if number else "") + json.dumps(row, ensure_ascii=False)
    yield "]}"


def report_as_csv(hold_id: UUID, *, actor: Actor) -> Iterator[str]:
    """The members as lines of CSV, a head line first. Raises HoldNotFound."""
    hold = find_hold(hold_id, actor)
    _note(hold, "csv", actor)
    rows = member_rows(hold, actor=actor)
    return _csv_lines(MEMBER_COLUMNS, ([row[name] for name in MEMBER_COLUMNS] for row in rows))


def report_to_print(hold_id: UUID, *, actor: Actor) -> LegalHold:
    """Notes that the report is shown to be printed. Raises HoldNotFound."""
    hold = find_hold(hold_id, actor)
    _note(hold, "page", actor)
    return hold


def all_as_csv(*, actor: User) -> Iterator[str]:
    """All holds that the actor may see, the newest first, as lines of CSV."""
    with transaction.atomic():
        trail.append("holds.exported", actor=actor, subject=actor, form="csv")
    return _csv_lines(HOLD_COLUMNS, (_hold_line(hold, actor) for hold in LegalHold.objects.visible_to(actor)))


def _hold_line(hold: LegalHold, actor: Actor) -> list[object]:
    told = about(hold, actor=actor)
    released = told["released"] or {"at": None, "by": {"name": None, "id": None}, "reason": None}
    return [
        told["hold"],
        told["matter"],
        told["reference"],
        told["reason"],
        told["placed"]["at"],
        told["placed"]["by"]["name"] or told["placed"]["by"]["id"],
        told["counts"]["recordings"],
        told["counts"]["joined_later"],
        " | ".join(one["words"] for one in told["criteria"]),
        released["at"],
        released["by"]["name"] or released["by"]["id"],
        released["reason"],
    ]


def preview_as_csv(hold: LegalHold, shown: Preview, *, actor: Actor) -> Iterator[str]:
    """Each recording that the hold keeps and when it would go, as lines of CSV, the soonest first."""
    with transaction.atomic():
        trail.append("hold.preview_exported", actor=actor, subject=hold, recordings=shown.alone, shown=shown.digest)
    kept: Any = members_of(hold, shown.at).select_related("line_of_business")
    rows = kept.order_by("leaves_at", "pk").iterator(chunk_size=2_000)
    return _csv_lines(PREVIEW_COLUMNS, (_preview_line(row) for row in rows))


def _preview_line(recording: Recording) -> list[object]:
    others = recording.hold_count - 1
    leaves_at: datetime = recording.leaves_at  # type: ignore[attr-defined]
    return [
        recording.pk,
        recording.source,
        recording.external_id,
        recording.line_of_business.code,
        others,
        "" if others else leaves_at.isoformat(),
        waits_for(recording),
    ]


def waits_for(recording: Recording) -> str:
    """What else has to happen before it is destroyed, in words; empty: nothing but time."""
    if recording.hold_count > 1:
        return "another hold"
    if "retention_conflict" in recording.quarantine_reasons:
        return "a decision about rules in conflict"
    return "a person's leave" if recording.needs_approval and recording.approved_at is None else ""


def _note(hold: LegalHold, form: str, actor: Actor) -> None:
    """One event for one export, before anything leaves."""
    with transaction.atomic():
        trail.append("hold.exported", actor=actor, subject=hold, form=form)


class _Echo:
    """What `csv` writes to: gives each line back."""

    def write(self, line: str) -> str:
        return line


def _csv_lines(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(columns)
    for row in rows:
        yield writer.writerow(safe_row(row))
