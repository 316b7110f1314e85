"""Each kind of deed done again, in the caller's transaction. Answers say how much, by the names of `Replayed`."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

import pgtrigger
from django.db import connection

import trail.services as trail
from accounts.models import LineOfBusiness
from recordings.domain.errors import ReplayRefused
from recordings.ledger.writing import opened_hold
from recordings.models import Certificate, DestructionBatch, HoldMember, LegalHold, ObjectRemoval, Recording
from recordings.services.closing import close_copies_with
from recordings.services.disposition import PARTS
from trail.domain.actors import CALLWARD

# --- holds


def place_again(body: Any, line: int, at: datetime) -> dict[str, int]:
    """The hold as it was placed, its words and criteria too; whatever else it reaches joins at the end."""
    hold, *criteria = opened_hold(body["sealed"], UUID(body["hold"]))
    hold = cast("LegalHold", hold)
    hold.is_settled = True
    hold.save(force_insert=True)
    for criterion in criteria:
        criterion.pk = None
        if line_id := getattr(criterion, "line_of_business_id", None):
            _ensure_line(line_id, "")
        criterion.save(force_insert=True)
    done = join_again(body, line, at)
    trail.append("hold.placed", actor=CALLWARD, subject=hold, recordings=done["held_again"], replayed=line)
    return done | {"holds_placed": 1}


def join_again(body: Any, line: int, at: datetime) -> dict[str, int]:
    hold = LegalHold.objects.filter(pk=body["hold"]).first()
    if hold is None or not hold.is_in_force:  # its own line comes later, and has them too
        return {"held_again": 0}
    ids = [UUID(pk) for pk in body.get("recordings", ())]
    rows = list(Recording.objects.locked(ids).only("pk", "line_of_business_id"))
    there = set(HoldMember.objects.filter(hold=hold, recording_id__in=ids).values_list("recording_id", flat=True))
    new = [row for row in rows if row.pk not in there]
    HoldMember.objects.bulk_create(
        [HoldMember(hold=hold, recording=row, line_of_business_id=row.line_of_business_id) for row in new],
        batch_size=2_000,
    )
    facts: list[dict[str, object]] = [{"hold": str(hold.pk), "replayed": line} for _ in new]
    trail.append_many("recording.held", actor=CALLWARD, subjects=new, facts=facts)
    return {"held_again": len(new), "missing_from_backup": len(ids) - len(rows)}


def release_again(body: Any, line: int, at: datetime) -> dict[str, int]:
    told = cast("LegalHold", opened_hold(body["sealed"], UUID(body["hold"]))[0])
    hold = LegalHold.objects.select_for_update().get(pk=told.pk)  # its placing stands before
    if not hold.is_in_force:
        return {}
    members = HoldMember.objects.filter(hold=hold, released_at=None)
    rows = list(Recording.objects.locked(list(members.values_list("recording_id", flat=True))))
    for column in LegalHold._meta.concrete_fields:  # whatever a release keeps, without naming it here
        setattr(hold, column.attname, getattr(told, column.attname))
    hold.is_settled = True
    hold.save()
    hold.criteria.update(ended_at=hold.released_at)
    members.update(released_at=hold.released_at)
    trail.append("hold.released", actor=CALLWARD, subject=hold, recordings=len(rows), replayed=line)
    facts: list[dict[str, object]] = [{"hold": str(hold.pk), "replayed": line} for _ in rows]
    trail.append_many("recording.hold_released", actor=CALLWARD, subjects=rows, facts=facts)
    return {"holds_released": 1}


def refill(at: datetime) -> int:
    """Let every hold by criteria look through the whole table again, now that what was destroyed is gone."""
    return LegalHold.objects.in_force().filter(criteria__isnull=False).update(is_settled=False)


# --- destruction


def destroy_again(body: Any, line: int, at: datetime) -> dict[str, int]:
    """The very certificates come back; rows, keys and parts go; objects are asked for again."""
    ids = [UUID(told["recording"]) for told in body["certificates"]]
    back = list(Recording.objects.filter(pk__in=ids).select_for_update(of=("self",)).order_by("pk"))
    if held := [row for row in back if row.is_held]:
        raise ReplayRefused([f"Line {line} destroyed {held[0].pk}, which a hold keeps. Look at the hold first."])
    batch = DestructionBatch(**{name: body["batch"][name] for name in _columns(DestructionBatch, body["batch"])})
    batch.save(force_insert=True)
    made = Certificate.objects.bulk_create([_certificate(told, batch) for told in body["certificates"]])
    ObjectRemoval.objects.bulk_create(
        [
            ObjectRemoval(object_key=key, recording_id=pk, kind=kind, asked_at=at, next_attempt_at=at)
            for key, (pk, kind) in body["objects"].items()
        ],
        ignore_conflicts=True,
    )
    close_copies_with(ids, at)
    _end([row.pk for row in back])
    facts: list[dict[str, object]] = [
        {"certificate": str(each.pk), "batch": str(batch.pk), "replayed": line} for each in made
    ]
    subjects = [Recording(pk=each.recording_id, line_of_business_id=each.line_of_business_id) for each in made]
    trail.append_many("recording.disposed", actor=CALLWARD, subjects=subjects, facts=facts)
    return {
        "destroyed_again": len(back),
        "certificates_back": len(made),
        "objects_asked": len(body["objects"]),
    }


def _columns(model: type[DestructionBatch], told: dict[str, Any]) -> list[str]:
    """What the line tells that the table still has; not the run, which may be younger than the backup."""
    return [column.attname for column in model._meta.concrete_fields if column.attname in told]


def _certificate(told: Any, batch: DestructionBatch) -> Certificate:
    content = told["content"]
    return Certificate(
        id=UUID(told["id"]),
        recording_id=UUID(told["recording"]),
        origin_digest=bytes.fromhex(content["origin_digest"]),
        line_of_business_id=_ensure_line(UUID(told["line_id"]), content["line_of_business"]),
        destroyed_at=datetime.fromisoformat(content["destroyed_at"]),
        content=content,
        batch=batch,
        proof=told["proof"],
    )


def _ensure_line(pk: UUID, code: str) -> UUID:
    """A line of business that is younger than the backup comes back by its code, for people to name again."""
    known = LineOfBusiness.objects.filter(pk=pk).exists()
    if not known:
        taken = not code or LineOfBusiness.objects.filter(code=code).exists()
        given = f"restored-{pk.hex[-12:]}" if taken else code
        LineOfBusiness.objects.create(pk=pk, code=given, name=given)
    return pk


def _end(ids: list[UUID]) -> None:
    """Its day had come when it went; the backup may know an older, later one."""
    parts = ", ".join(
        f"{part} AS (DELETE FROM recordings_{part} WHERE recording_id = ANY(%s))"  # noqa: S608  names of ours
        for part in PARTS
    )
    statement = f"WITH {parts} DELETE FROM recordings_recording WHERE id = ANY(%s)"  # noqa: S608
    # What lets a trigger pass adds a parameter of its own, by place, so ours stand by place too.
    with pgtrigger.ignore("recordings.Recording:destroyed_with_certificate"), connection.cursor() as cursor:
        cursor.execute(statement, [ids] * (len(PARTS) + 1))
