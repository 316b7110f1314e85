"""What a hold's query asked for stands in criteria, as the database matches it."""

from datetime import datetime
from uuid import UUID

from django.db import migrations

TEXTS = {"source": "source", "external_id": "external_id", "agent": "agent_id"}
MOMENTS = {"from": "started_from", "to": "started_before", "delete_before": "leaving_before"}


def to_criteria(apps, schema_editor):
    hold_model = apps.get_model("recordings", "LegalHold")
    for hold in hold_model.objects.exclude(query=None):
        _criterion(apps, hold).save()


def _criterion(apps, hold):
    query = hold.query
    row = apps.get_model("recordings", "HoldCriterion")(hold=hold, ended_at=hold.released_at)
    for name, column in TEXTS.items():
        setattr(row, column, query.get(name, ""))
    for name, column in MOMENTS.items():
        setattr(row, column, datetime.fromisoformat(query[name]) if name in query else None)
    row.number_index = bytes.fromhex(query["number_index"]) if "number_index" in query else None
    row.lines = [UUID(line) for line in query["lines"]] if "lines" in query else None
    row.sources = query.get("sources")
    if "line_of_business" in query:
        line = apps.get_model("accounts", "LineOfBusiness").objects.filter(code=query["line_of_business"]).first()
        row.line_of_business = line
        row.lines = row.lines if line else []  # no such line: it never matched anything
    told = [
        ("number", query.get("number_index", "")),
        ("external", row.external_id),
        ("agent", row.agent_id),
        ("line", str(row.line_of_business_id or "")),
        ("source", row.source),
    ]
    row.kind, row.key = next(((kind, key) for kind, key in told if key), ("any", ""))
    return row


# What a query matches and no purge looked at yet joins now, as every call joins from here on.
JOIN_NOW = "SELECT recordings_join_holds(ARRAY(SELECT id FROM recordings_recording))"


class Migration(migrations.Migration):
    dependencies = [("recordings", "0008_standing_holds")]

    operations = [
        migrations.RunPython(to_criteria, migrations.RunPython.noop),
        migrations.RunSQL(JOIN_NOW, migrations.RunSQL.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RemoveField(model_name="legalhold", name="query"),
    ]
