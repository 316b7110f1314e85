"""What became of a decision on the call itself."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("policies", "0003_decisions_share_answers")]

    operations = [
        migrations.CreateModel(
            name="DecisionOutcome",
            fields=[
                ("decision", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name="outcome", serialize=False, to="policies.decision")),
                ("told_at", models.DateTimeField()),
                ("announced", models.BooleanField()),
                ("announced_offset_seconds", models.FloatField(null=True)),
                ("consent", models.CharField(blank=True, max_length=8)),
                ("method", models.CharField(blank=True, max_length=16)),
                ("party", models.CharField(blank=True, max_length=16)),
                ("offset_seconds", models.FloatField(null=True)),
                ("document_sha256", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="decision_outcome_names_how_consent_was_told",
                        condition=Q(consent="", method="") | ~Q(method=""),
                    )
                ]
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='decisionoutcome',
            trigger=pgtrigger.compiler.Trigger(name='never_changed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='61a4930918227ccb4a308293c2bce9ce5ea99958', operation='UPDATE OR DELETE', pgid='pgtrigger_never_changed_f8c99', table='policies_decisionoutcome', when='BEFORE')),
        ),
    ]
