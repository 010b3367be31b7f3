from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("roles", "0004_updated_at"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_index=True)),
                ("action", models.CharField(db_index=True, max_length=60)),
                (
                    "surface",
                    models.CharField(
                        choices=[
                            ("page", "Page"),
                            ("console", "Console"),
                            ("rest", "REST"),
                            ("import", "Import"),
                            ("command", "Command"),
                            ("other", "Other"),
                        ],
                        max_length=10,
                    ),
                ),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("actor", models.CharField(blank=True, db_index=True, max_length=150)),
                ("origin", models.CharField(blank=True, max_length=45)),
                ("subject", models.CharField(blank=True, db_index=True, max_length=300)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                ("salt", models.CharField(max_length=32)),
                ("seal", models.CharField(max_length=64)),
                ("previous", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "ordering": ["number"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="audit_numbers_from_1"),
                    models.CheckConstraint(
                        condition=models.Q(("surface__in", ["page", "console", "rest", "import", "command", "other"])),
                        name="audit_known_surface",
                    ),
                    models.UniqueConstraint(fields=("previous",), name="audit_never_forks"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField(default=0)),
                (
                    "hash",
                    models.CharField(
                        default="0000000000000000000000000000000000000000000000000000000000000000", max_length=64
                    ),
                ),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("pk", 1)), name="audit_only_one_head")],
            },
        ),
    ]
