import django.contrib.postgres.indexes
from django.db import migrations, models

import trail.domain.ids


class Migration(migrations.Migration):
    dependencies = [("recordings", "0011_ledger")]

    operations = [
        migrations.AddField("audioprofile", "announced_seconds", models.FloatField(null=True)),
        migrations.AddField("audioprofile", "checked_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "audioprofile",
            django.contrib.postgres.indexes.GinIndex(
                fields=["marks"], name="profile_marks_idx", condition=models.Q(("marks", []), _negated=True)
            ),
        ),
        migrations.CreateModel(
            name="Rendition",
            fields=[
                (
                    "id",
                    models.UUIDField(default=trail.domain.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("recording_id", models.UUIDField(unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("ready", "Ready"),
                            ("failed", "Cannot be made"),
                            ("leaving", "Not used, and about to go"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("next_attempt_at", models.DateTimeField(null=True)),
                ("detail", models.CharField(blank=True, max_length=200)),
                ("object_key", models.CharField(max_length=120, null=True, unique=True)),
                ("media_type", models.CharField(blank=True, max_length=64)),
                ("size_bytes", models.BigIntegerField(null=True)),
                ("sha256", models.BinaryField(max_length=32, null=True)),
                ("asked_at", models.DateTimeField()),
                ("used_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["next_attempt_at"], name="rendition_due_idx"
                    ),
                    models.Index(condition=models.Q(("state", "ready")), fields=["used_at"], name="rendition_used_idx"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "ready"), _negated=True),
                            models.Q(
                                ("object_key__isnull", False),
                                ("sha256__isnull", False),
                                ("size_bytes__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="rendition_ready_is_whole",
                    )
                ],
            },
        ),
    ]
