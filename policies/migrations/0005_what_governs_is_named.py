"""Each change of what governs a decision gives it a new name, in the transaction of the change."""

from django.db import migrations

GOVERNING = ("policies_lawrelease", "policies_policy", "policies_policy_lines", "policies_policyversion")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_generation"),
        ("policies", "0004_decision_outcomes"),
    ]

    operations = [
        migrations.RunSQL(
            f"CREATE TRIGGER changes_generation AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION accounts_note_change()",
            f"DROP TRIGGER changes_generation ON {table}",
        )
        for table in GOVERNING
    ]
