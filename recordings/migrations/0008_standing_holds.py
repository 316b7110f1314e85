"""Holds by criteria that later calls meet too: matched by the database, whoever writes the call."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

REACHING = """
CREATE FUNCTION recordings_holds_reaching(asked uuid[])
RETURNS TABLE (hold_id uuid, recording_id uuid, line_of_business_id uuid)
LANGUAGE sql STABLE AS $$
    SELECT DISTINCT criterion.hold_id, recording.id, recording.line_of_business_id
    FROM recordings_recording recording
    CROSS JOIN LATERAL (
        VALUES ('any', ''), ('agent', recording.agent_id), ('external', recording.external_id),
            ('line', recording.line_of_business_id::text), ('source', recording.source)
        UNION ALL
        SELECT 'number', encode(number_index, 'hex') FROM recordings_party party
            WHERE party.recording_id = recording.id AND number_index IS NOT NULL
        UNION ALL
        SELECT 'name', encode(name_index, 'hex') FROM recordings_party party
            WHERE party.recording_id = recording.id AND name_index IS NOT NULL
    ) offered (kind, key)
    JOIN recordings_holdcriterion criterion
        ON criterion.ended_at IS NULL AND criterion.kind = offered.kind AND criterion.key = offered.key
    JOIN recordings_legalhold hold ON hold.id = criterion.hold_id AND hold.released_at IS NULL
    WHERE recording.id = ANY (asked)
        AND (criterion.follows OR (NOT hold.is_settled AND recording.created_at <= hold.placed_at))
        AND (criterion.number_index IS NULL OR EXISTS (
            SELECT 1 FROM recordings_party party
            WHERE party.recording_id = recording.id AND party.number_index = criterion.number_index
        ))
        AND (criterion.name_index IS NULL OR EXISTS (
            SELECT 1 FROM recordings_party party
            WHERE party.recording_id = recording.id AND party.name_index = criterion.name_index
        ))
        AND criterion.external_id IN ('', recording.external_id)
        AND criterion.agent_id IN ('', recording.agent_id)
        AND criterion.source IN ('', recording.source)
        AND criterion.direction IN ('', recording.direction)
        AND (criterion.line_of_business_id IS NULL OR criterion.line_of_business_id = recording.line_of_business_id)
        AND (criterion.started_from IS NULL OR recording.started_at >= criterion.started_from)
        AND (criterion.started_before IS NULL OR recording.started_at < criterion.started_before)
        AND (criterion.leaving_before IS NULL OR recording.delete_by < criterion.leaving_before)
        AND (criterion.lines IS NULL OR recording.line_of_business_id = ANY (criterion.lines))
        AND (criterion.sources IS NULL OR recording.source = ANY (criterion.sources))
$$
"""

# A hold that is being released keeps its row locked: who waited sees it released, and leaves it out.
JOIN = """
CREATE FUNCTION recordings_join_holds(asked uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    reached uuid[];
    in_force uuid[];
BEGIN
    IF NOT EXISTS (SELECT 1 FROM recordings_holdcriterion WHERE ended_at IS NULL) THEN
        RETURN;
    END IF;
    reached := ARRAY(SELECT DISTINCT hold_id FROM recordings_holds_reaching(asked));
    IF cardinality(reached) = 0 THEN
        RETURN;
    END IF;
    in_force := ARRAY(
        SELECT id FROM recordings_legalhold WHERE id = ANY (reached) AND released_at IS NULL ORDER BY id FOR KEY SHARE
    );
    INSERT INTO recordings_holdmember (hold_id, recording_id, line_of_business_id, how, joined_at, is_told)
        SELECT hold_id, recording_id, line_of_business_id, 'later', clock_timestamp(), FALSE
        FROM recordings_holds_reaching(asked) WHERE hold_id = ANY (in_force)
        ORDER BY recording_id, hold_id
        ON CONFLICT (hold_id, recording_id) DO NOTHING;
END
$$
"""

# Until now every member joined when its hold was placed, as far as anybody knows.
JOINED_WHEN_PLACED = """
ALTER TABLE recordings_holdmember DISABLE TRIGGER USER;
UPDATE recordings_holdmember member SET joined_at = hold.placed_at
    FROM recordings_legalhold hold WHERE hold.id = member.hold_id;
ALTER TABLE recordings_holdmember ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_letters"), ("recordings", "0008_runs_by_line")]

    operations = [
        migrations.CreateModel(
            name="HoldCriterion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "hold",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="criteria", to="recordings.legalhold"
                    ),
                ),
                (
                    "line_of_business",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.lineofbusiness",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("number", "A telephone number"),
                            ("name", "A name"),
                            ("external", "A phone system's id of a call"),
                            ("agent", "An agent"),
                            ("line", "A line of business"),
                            ("source", "A telephony source"),
                            ("any", "Any call"),
                        ],
                        max_length=8,
                    ),
                ),
                ("key", models.CharField(blank=True, max_length=200)),
                ("follows", models.BooleanField(default=True)),
                ("is_custodian", models.BooleanField(default=False)),
                ("label", models.CharField(blank=True, max_length=120)),
                ("number_index", models.BinaryField(max_length=32, null=True)),
                ("name_index", models.BinaryField(max_length=32, null=True)),
                ("external_id", models.CharField(blank=True, max_length=200)),
                ("agent_id", models.CharField(blank=True, max_length=120)),
                ("source", models.CharField(blank=True, max_length=64)),
                ("direction", models.CharField(blank=True, max_length=16)),
                ("started_from", models.DateTimeField(null=True)),
                ("started_before", models.DateTimeField(null=True)),
                ("leaving_before", models.DateTimeField(null=True)),
                (
                    "lines",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), null=True, size=None),
                ),
                (
                    "sources",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64), null=True, size=None
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name_plural": "hold criteria",
                "ordering": ("pk",),
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="holdmember",
            name="counts_on_the_recording",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="holdmember",
            name="joins_a_hold_in_force",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="holdmember",
            name="ends_with_its_hold",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="legalhold",
            name="released_hold_never_changes",
        ),
        migrations.AddField(
            model_name="holdmember",
            name="how",
            field=models.CharField(
                choices=[
                    ("named", "Named by who placed it"),
                    ("found", "Matched when it was placed"),
                    ("later", "Came or was completed later, and joined by itself"),
                ],
                db_default="named",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="holdmember",
            name="is_told",
            field=models.BooleanField(db_default=True),
        ),
        migrations.AddField(
            model_name="holdmember",
            name="joined_at",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.AddField(
            model_name="legalhold",
            name="is_settled",
            field=models.BooleanField(db_default=True),
        ),
        migrations.AddField(
            model_name="legalhold",
            name="let_go",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="legalhold",
            name="reference",
            field=models.CharField(blank=True, db_default="", max_length=120),
        ),
        migrations.AddIndex(
            model_name="holdmember",
            index=models.Index(
                condition=models.Q(("is_told", False)), fields=["recording"], name="hold_member_untold_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="legalhold",
            index=models.Index(
                condition=models.Q(("is_settled", False)), fields=["placed_at"], name="hold_unsettled_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="holdcriterion",
            index=models.Index(
                condition=models.Q(("ended_at", None)), fields=["kind", "key"], name="hold_criterion_live_idx"
            ),
        ),
        migrations.RunSQL(JOINED_WHEN_PLACED, migrations.RunSQL.noop),
        migrations.RunSQL(REACHING, "DROP FUNCTION recordings_holds_reaching(uuid[])"),
        migrations.RunSQL(JOIN, "DROP FUNCTION recordings_join_holds(uuid[])"),
        pgtrigger.migrations.AddTrigger(
            model_name='certificate',
            trigger=pgtrigger.compiler.Trigger(name='none_while_a_hold_is_filled', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF EXISTS (SELECT 1 FROM recordings_legalhold WHERE NOT is_settled AND released_at IS NULL)\n                AND EXISTS (\n                    SELECT 1 FROM recordings_holds_reaching(ARRAY(SELECT recording_id FROM new_rows))\n                )\n            THEN\n                RAISE EXCEPTION 'A legal hold that has just been placed reaches this recording.'\n                    USING ERRCODE = 'restrict_violation';\n            END IF;\n            RETURN NULL;\n        ", hash='7065d52ef6521e337abceadf1df0f86d9b40875a', level='STATEMENT', operation='INSERT', pgid='pgtrigger_none_while_a_hold_is_filled_9cce1', referencing='REFERENCING NEW TABLE AS new_rows ', table='recordings_certificate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='holdmember',
            trigger=pgtrigger.compiler.Trigger(name='counts_on_the_recording', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE held bigint;', func="\n                    PERFORM 1 FROM recordings_legalhold\n                        WHERE id IN (SELECT hold_id FROM new_rows WHERE released_at IS NULL) FOR KEY SHARE;\n                    IF EXISTS (\n                        SELECT 1 FROM new_rows JOIN recordings_legalhold hold ON hold.id = new_rows.hold_id\n                        WHERE new_rows.released_at IS NULL AND hold.released_at IS NOT NULL\n                    ) THEN\n                        RAISE EXCEPTION 'A recording joins a hold that is in force, or none.'\n                            USING ERRCODE = 'restrict_violation';\n                    END IF;\n                    UPDATE recordings_recording recording\n                        SET hold_count = hold_count + joined.holds, listed_at = NULL, approved_at = NULL,\n                            approved_by_id = ''\n                        FROM (\n                            SELECT recording_id, count(*) AS holds FROM new_rows\n                            WHERE released_at IS NULL GROUP BY recording_id\n                        ) joined\n                        WHERE recording.id = joined.recording_id;\n                    GET DIAGNOSTICS held = ROW_COUNT;\n                    IF held <> (SELECT count(DISTINCT recording_id) FROM new_rows WHERE released_at IS NULL) THEN\n                        RAISE EXCEPTION 'There is no such recording to hold; it may have been destroyed.'\n                            USING ERRCODE = 'restrict_violation';\n                    END IF;\n                    RETURN NULL;\n                ", hash='eaa432476708e6e592dfba8679cde60b736c0408', level='STATEMENT', operation='INSERT', pgid='pgtrigger_counts_on_the_recording_2ac79', referencing='REFERENCING NEW TABLE AS new_rows ', table='recordings_holdmember', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='holdmember',
            trigger=pgtrigger.compiler.Trigger(name='ends_with_its_hold', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF EXISTS (\n                        SELECT 1 FROM old_rows was\n                        LEFT JOIN new_rows becomes ON becomes.id = was.id\n                        LEFT JOIN recordings_legalhold hold ON hold.id = was.hold_id\n                        WHERE becomes.id IS NULL\n                           OR (becomes.hold_id, becomes.recording_id) <> (was.hold_id, was.recording_id)\n                           OR was.released_at IS NOT NULL\n                           OR (becomes.released_at IS NOT NULL AND hold.released_at IS NULL)\n                    ) THEN\n                        RAISE EXCEPTION 'A recording leaves a hold when the hold is released, and not otherwise.'\n                            USING ERRCODE = 'restrict_violation';\n                    END IF;\n                    UPDATE recordings_recording recording SET hold_count = hold_count - gone.holds\n                        FROM (\n                            SELECT recording_id, count(*) AS holds FROM new_rows\n                            WHERE released_at IS NOT NULL GROUP BY recording_id\n                        ) gone\n                        WHERE recording.id = gone.recording_id;\n                    RETURN NULL;\n                ", hash='858a337247e46c5d958f804ee7ec0e0c46b4d16b', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_ends_with_its_hold_9c23a', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='recordings_holdmember', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='legalhold',
            trigger=pgtrigger.compiler.Trigger(name='released_hold_never_changes', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.released_at IS NOT NULL AND to_jsonb(OLD) - 'is_settled' IS DISTINCT FROM to_jsonb(NEW) - 'is_settled')", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='2ff7c02995c502da4f37a48c861e06f114bb878c', operation='UPDATE', pgid='pgtrigger_released_hold_never_changes_f819c', table='recordings_legalhold', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='party',
            trigger=pgtrigger.compiler.Trigger(name='new_parties_join_holds', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n            PERFORM recordings_join_holds(ARRAY(SELECT DISTINCT recording_id FROM new_rows));\n            RETURN NULL;\n        ', hash='7743b1e81e309cb5f6e4cfdc7f9b036dec0b9ff2', level='STATEMENT', operation='INSERT', pgid='pgtrigger_new_parties_join_holds_b17f0', referencing='REFERENCING NEW TABLE AS new_rows ', table='recordings_party', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='party',
            trigger=pgtrigger.compiler.Trigger(name='changed_parties_join_holds', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD.recording_id, OLD.number_index, OLD.name_index) IS DISTINCT FROM (NEW.recording_id, NEW.number_index, NEW.name_index))', func='\n            PERFORM recordings_join_holds(ARRAY[NEW.recording_id]);\n            \n            RETURN NULL;\n        ', hash='7cbe406e99fc277ca598f8a052db9a92fd414d79', operation='UPDATE', pgid='pgtrigger_changed_parties_join_holds_1cf47', table='recordings_party', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='recording',
            trigger=pgtrigger.compiler.Trigger(name='new_calls_join_holds', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n            PERFORM recordings_join_holds(ARRAY(SELECT DISTINCT id FROM new_rows));\n            RETURN NULL;\n        ', hash='60818f00aa8138d823e4e753e0ebbaff851d2c6f', level='STATEMENT', operation='INSERT', pgid='pgtrigger_new_calls_join_holds_baef8', referencing='REFERENCING NEW TABLE AS new_rows ', table='recordings_recording', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='recording',
            trigger=pgtrigger.compiler.Trigger(name='changed_calls_join_holds', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN ((OLD.agent_id, OLD.source, OLD.external_id, OLD.direction, OLD.started_at, OLD.line_of_business_id) IS DISTINCT FROM (NEW.agent_id, NEW.source, NEW.external_id, NEW.direction, NEW.started_at, NEW.line_of_business_id) OR NEW.delete_by < OLD.delete_by)', func='\n            PERFORM recordings_join_holds(ARRAY[NEW.id]);\n            \n                    IF OLD.line_of_business_id <> NEW.line_of_business_id THEN\n                        UPDATE recordings_holdmember SET line_of_business_id = NEW.line_of_business_id\n                            WHERE recording_id = NEW.id AND released_at IS NULL;\n                    END IF;\n                \n            RETURN NULL;\n        ', hash='c864ea781ed57101e6551d60168187b0c88d9068', operation='UPDATE', pgid='pgtrigger_changed_calls_join_holds_b3cb5', table='recordings_recording', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='holdcriterion',
            trigger=pgtrigger.compiler.Trigger(name='criterion_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'This table is never emptied.' USING ERRCODE = 'restrict_violation';", hash='ea8cbf4643753a068b6c87ccffce68dd6e0c8c31', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_criterion_never_emptied_2c7e1', table='recordings_holdcriterion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='holdcriterion',
            trigger=pgtrigger.compiler.Trigger(name='criterion_never_removed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='8e71e6e66d483f9f238bf85e809400db759b8186', operation='DELETE', pgid='pgtrigger_criterion_never_removed_d9ad3', table='recordings_holdcriterion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='holdcriterion',
            trigger=pgtrigger.compiler.Trigger(name='criterion_never_changes', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.ended_at IS NOT NULL OR to_jsonb(OLD) - 'ended_at' IS DISTINCT FROM to_jsonb(NEW) - 'ended_at')", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='bcd0e1ac472af20928cac72c1218e01262338f3a', operation='UPDATE', pgid='pgtrigger_criterion_never_changes_d2c71', table='recordings_holdcriterion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='holdcriterion',
            trigger=pgtrigger.compiler.Trigger(name='criterion_ends_with_its_hold', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF NEW.ended_at IS NOT NULL AND EXISTS (\n                        SELECT 1 FROM recordings_legalhold WHERE id = NEW.hold_id AND released_at IS NULL\n                    ) THEN\n                        RAISE EXCEPTION 'A criterion ends when its hold is released, and not otherwise.'\n                            USING ERRCODE = 'restrict_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='3aadef37c970dc4fd373b76778f402a17e61b9c3', operation='UPDATE', pgid='pgtrigger_criterion_ends_with_its_hold_a5768', table='recordings_holdcriterion', when='BEFORE')),
        ),
    ]
