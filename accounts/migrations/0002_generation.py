"""A name for what governs just now, changed by every change of a table that governs, in the same transaction."""

from django.db import migrations, models
from django.db.models import Q

BEGIN = "INSERT INTO accounts_generation (is_the_one, name) VALUES (TRUE, gen_random_uuid())"

FUNCTION = """
CREATE FUNCTION accounts_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts_generation SET name = gen_random_uuid();
    RETURN NULL;
END $$
"""

# A token's use is noted every minute; that changes nothing of what it may do.
GOVERNING = {
    "accounts_lineofbusiness": "INSERT OR UPDATE OR DELETE",
    "accounts_integrationclient": "INSERT OR UPDATE OR DELETE",
    "accounts_token": (
        "INSERT OR UPDATE OF client_id, prefix, digest, scopes, sources, all_lines, expires_at, revoked_at OR DELETE"
    ),
    "accounts_token_lines": "INSERT OR UPDATE OR DELETE",
}


def triggers(governing):
    return [
        migrations.RunSQL(
            f"CREATE TRIGGER changes_generation AFTER {events} OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION accounts_note_change()",
            f"DROP TRIGGER changes_generation ON {table}",
        )
        for table, events in governing.items()
    ]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_tables")]

    operations = [
        migrations.CreateModel(
            name="Generation",
            fields=[
                ("is_the_one", models.BooleanField(default=True, primary_key=True, serialize=False)),
                ("name", models.UUIDField()),
            ],
            options={
                "constraints": [models.CheckConstraint(name="generation_is_one_row", condition=Q(is_the_one=True))]
            },
        ),
        migrations.RunSQL(BEGIN, migrations.RunSQL.noop),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION accounts_note_change()"),
        *triggers(GOVERNING),
    ]
