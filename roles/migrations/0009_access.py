from django.db import migrations, models
from django.db.models import Q


def one_of_both(apps, schema_editor):  # noqa: ARG001 - what Django calls it with
    """Who administers reads everything anyway: the mark of an auditor added nothing."""
    apps.get_model("roles", "User").objects.filter(is_superuser=True, is_auditor=True).update(is_auditor=False)


class Migration(migrations.Migration):
    dependencies = [("roles", "0008_names")]

    operations = [
        migrations.RunPython(one_of_both, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=~Q(is_superuser=True, is_auditor=True), name="user_not_auditor_and_administrator"
            ),
        ),
        migrations.AlterModelOptions(
            name="apitoken",
            options={
                "base_manager_name": "objects",
                "ordering": ["-created", "digest"],
                "verbose_name": "access token",
                "verbose_name_plural": "access tokens",
            },
        ),
        migrations.AlterModelOptions(
            name="job",
            options={"ordering": ["-pk"], "verbose_name": "job", "verbose_name_plural": "jobs"},
        ),
    ]
