"""The signed manifest of a run: every batch that it destroyed, by root and signature, and what was read back."""

from datetime import datetime
from typing import Any

from django.db import transaction

import trail.services as trail
from accounts.models import LineOfBusiness
from recordings import keys
from recordings.domain.certificates import MANIFEST_KIND
from recordings.models import DestructionBatch, DispositionRun
from trail.domain.actors import Actor
from trail.domain.chain import canonical_json


def signed_manifest(run: DispositionRun) -> dict[str, Any]:
    """`{content, signature, key_id}` of a run that has ended. Each certificate of it leads to one of its batches."""
    content = _content(run)
    signature, key_id = keys.sign(canonical_json(content))
    return {"content": content, "signature": signature, "key_id": key_id}


def manifest_document(run: DispositionRun) -> dict[str, Any] | None:
    """What is handed out and verified, with the public key; None: the run has not ended."""
    return run.manifest and run.manifest | {"public_key": keys.public_key()}


@transaction.atomic
def note_manifest_export(*, run: DispositionRun, actor: Actor) -> None:
    """That the manifest was taken away as a signed file; each time."""
    trail.append("run.exported", actor=actor, subject=run)


def _content(run: DispositionRun) -> dict[str, Any]:
    codes = {str(pk): code for pk, code in LineOfBusiness.objects.filter(pk__in=run.lines).values_list("pk", "code")}
    lines = {codes.get(line, line): figures for line, figures in run.done.items()}
    return {
        "kind": MANIFEST_KIND,
        "id": str(run.pk),
        "began_at": run.began_at.isoformat(),
        "due_by": run.as_of.isoformat(),
        "ended_at": _iso(run.ended_at),
        "is_demonstration": run.is_demo,
        "destroyed": {"count": run.done_count, "bytes": run.done_bytes},
        "by_line_of_business": lines,
        "objects_read_back": run.read_back_count,
        "brake": _brake(run),
        "batches": [_batch(batch) for batch in DestructionBatch.objects.filter(run=run).order_by("pk")],
    }


def _brake(run: DispositionRun) -> dict[str, Any] | None:
    if run.allowed_count is None:
        return None
    return {
        "because": run.asks_because,
        "allowed": run.allowed_count,
        "by": run.answered_by_id,
        "at": _iso(run.answered_at),
    }


def _batch(batch: DestructionBatch) -> dict[str, Any]:
    return {
        "id": str(batch.pk),
        "destroyed_at": batch.destroyed_at.isoformat(),
        "size": batch.size,
        "merkle_root": batch.merkle_root,
        "signature": batch.signature,
        "key_id": batch.key_id,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
