"""What a decision about a call depends on, but its line, its times and its language: stored once for all such calls."""

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pgtrigger
from django.db import models

from trail.domain.chain import canonical_json
from trail.triggers import never_emptied


class Circumstances(models.Model):
    """Direction, medium, purposes, facts and the parties' places; no number, no name. Its id is its digest."""

    insert_once = True  # trail.rows: a row that is there already is the same row

    id = models.UUIDField(primary_key=True, editable=False)
    call = models.JSONField()  # as `policies.services.decisions.stored_call` has it, without what `APART` names

    class Meta:
        verbose_name_plural = "circumstances"
        triggers = [
            never_emptied("circumstances_never_emptied"),
            pgtrigger.Protect(name="circumstances_never_change", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def of(cls, stored_call: Mapping[str, Any]) -> "Circumstances":
        """The row for a call as its decision stores it; not saved. Equal circumstances have equal ids."""
        call = {name: value for name, value in stored_call.items() if name not in APART}
        return cls(id=content_id(call), call=call)


APART = frozenset({"line_of_business", "zone", "started_at", "ended_at", "language"})  # told by the recording itself


def content_id(call: Mapping[str, Any]) -> UUID:
    """The first 122 bits of the SHA-256 of its canonical JSON, as a UUID of version 8 (RFC 9562, 5.8)."""
    number = int.from_bytes(hashlib.sha256(canonical_json(call)).digest()[:16])
    return UUID(int=number & ~(0xF << 76) & ~(0x3 << 62) | 0x8 << 76 | 0x2 << 62)
