from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("roles", "0002_api_tokens"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="apitoken",
            constraint=models.UniqueConstraint(fields=("user", "name"), name="token_name_once_for_each_owner"),
        ),
    ]
