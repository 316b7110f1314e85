"""An answer is kept once, by its digest, in the canonical JSON that was given; decisions point at it."""

import django.contrib.postgres.indexes
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from trail.domain.chain import canonical_json

IS_ITS_DIGEST = """
ALTER TABLE policies_answer ADD CONSTRAINT answer_is_what_its_digest_says
CHECK (digest = encode(sha256(convert_to(body, 'UTF8')), 'hex'))
"""

# No decision may be changed, by a trigger; for this once it is set aside.
ANSWER_APART = """
ALTER TABLE policies_decision ADD COLUMN kept_id varchar(64);
ALTER TABLE policies_decision DISABLE TRIGGER USER;
UPDATE policies_decision SET kept_id = digest;
ALTER TABLE policies_decision ENABLE TRIGGER USER;
ALTER TABLE policies_decision ALTER COLUMN kept_id SET NOT NULL;
ALTER TABLE policies_decision DROP COLUMN answer;
"""
ANSWER_BACK = """
ALTER TABLE policies_decision ADD COLUMN answer jsonb;
ALTER TABLE policies_decision DISABLE TRIGGER USER;
UPDATE policies_decision SET answer =
    CASE body::jsonb #>> '{retention,keep_until}' WHEN '' THEN
        jsonb_set(body::jsonb, '{retention,keep_until}',
            to_jsonb(to_char((call->>'started_at')::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')))
    ELSE body::jsonb END
FROM policies_answer WHERE policies_answer.digest = kept_id;
ALTER TABLE policies_decision ENABLE TRIGGER USER;
ALTER TABLE policies_decision ALTER COLUMN answer SET NOT NULL;
ALTER TABLE policies_decision DROP COLUMN kept_id;
"""


def keep_answers(apps, schema_editor):
    """Those of decisions that were given before. The rows stay as they are."""
    decisions, answers = apps.get_model("policies", "Decision"), apps.get_model("policies", "Answer")
    for digest, answer in decisions.objects.values_list("digest", "answer").iterator(chunk_size=500):
        answers.objects.get_or_create(digest=digest, defaults={"body": canonical_json(answer).decode()})


def reference(to, **options):
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=to,
        **options,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_generation"),
        ("policies", "0002_impact"),
    ]

    operations = [
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("body", models.TextField()),
            ],
        ),
        migrations.RunSQL(IS_ITS_DIGEST, migrations.RunSQL.noop),
        migrations.RunPython(keep_answers, migrations.RunPython.noop),
        pgtrigger.migrations.AddTrigger(
            model_name='answer',
            trigger=pgtrigger.compiler.Trigger(name='never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='e4226874672de81a043b967df9c4dd3ddcbec4f6', operation='UPDATE OR DELETE', pgid='pgtrigger_never_changed_6e645', table='policies_answer', when='BEFORE')),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(ANSWER_APART, ANSWER_BACK)],
            state_operations=[
                migrations.RemoveField(model_name="decision", name="answer"),
                migrations.AddField(
                    model_name="decision",
                    name="kept",
                    field=reference("policies.answer", default=None),
                    preserve_default=False,
                ),
            ],
        ),
        migrations.AddField("decision", "edition", models.PositiveSmallIntegerField(default=1)),
        migrations.AlterField("decision", "law_release", reference("policies.lawrelease")),
        migrations.AlterField("decision", "line_of_business", reference("accounts.lineofbusiness")),
        migrations.AlterField("decision", "policy_version", reference("policies.policyversion")),
        migrations.AddIndex(
            model_name="decision",
            index=django.contrib.postgres.indexes.BrinIndex(fields=["decided_at"], name="decision_decided_idx"),
        ),
    ]
