"""Gives each recording that came before the table of circumstances its own, from its parties and its decision."""

import hashlib
import json
from uuid import UUID

from django.db import migrations

BATCH = 500


def fill(apps, schema_editor):
    Recording = apps.get_model("recordings", "Recording")
    Circumstances = apps.get_model("recordings", "Circumstances")
    last = UUID(int=0)
    while True:
        batch = list(
            Recording.objects.filter(pk__gt=last, circumstances=None)
            .prefetch_related("parties")
            .only("direction", "medium", "purposes", "facts", "decided")
            .order_by("pk")[:BATCH]
        )
        if not batch:
            return
        for recording in batch:
            call = call_of(recording)
            recording.circumstances_id = content_id(call)
            Circumstances.objects.bulk_create(
                [Circumstances(id=recording.circumstances_id, call=call)], ignore_conflicts=True
            )
        Recording.objects.bulk_update(batch, ["circumstances"])
        last = batch[-1].pk


def call_of(recording):
    said = recording.decided.get("parties", [])
    return {
        "direction": recording.direction,
        "medium": recording.medium,
        "purposes": list(recording.purposes),
        "facts": {key: list(values) for key, values in sorted(recording.facts.items())},
        "parties": [
            {
                "role": party.role,
                "jurisdiction": party.jurisdiction,
                "source": party.location_source,
                "certainty": party.certainty,
                "mismatch": (said[party.position].get("mismatch") or "") if party.position < len(said) else "",
            }
            for party in sorted(recording.parties.all(), key=lambda party: party.position)
        ],
    }


def content_id(call):
    text = json.dumps(call, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")
    return UUID(int=number & ~(0xF << 76) & ~(0x3 << 62) | 0x8 << 76 | 0x2 << 62)


class Migration(migrations.Migration):
    atomic = False  # batch by batch; run again after a crash it goes on with those that have none
    dependencies = [("recordings", "0002_circumstances_and_changed_dates")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
