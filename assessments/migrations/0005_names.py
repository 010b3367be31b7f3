import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import assessments.models.results


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0004_uploads"),
        ("roles", "0008_names"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="assessmentresult",
            options={
                "base_manager_name": "objects",
                "ordering": ["pk"],
                "verbose_name": "result",
                "verbose_name_plural": "results",
            },
        ),
        migrations.AlterModelOptions(
            name="exemption",
            options={
                "base_manager_name": "objects",
                "ordering": ["person", "competency", "from_on"],
                "verbose_name": "exemption",
                "verbose_name_plural": "exemptions",
            },
        ),
        migrations.AlterField(
            model_name="assessmentresult",
            name="assessed_on",
            field=models.DateField(verbose_name="assessed on"),
        ),
        migrations.AlterField(
            model_name="assessmentresult",
            name="assessor",
            field=models.CharField(blank=True, max_length=200, verbose_name="assessor"),
        ),
        migrations.AlterField(
            model_name="assessmentresult",
            name="competency",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="results",
                to="roles.competency",
                verbose_name="competency",
            ),
        ),
        migrations.AlterField(
            model_name="assessmentresult",
            name="evidence",
            field=models.CharField(blank=True, max_length=2000, verbose_name="evidence"),
        ),
        migrations.AlterField(
            model_name="assessmentresult",
            name="expires_on",
            field=models.DateField(
                blank=True,
                help_text="The first day on which it no longer counts.",
                null=True,
                verbose_name="expires on",
            ),
        ),
        migrations.AlterField(
            model_name="assessmentresult",
            name="level",
            field=models.PositiveSmallIntegerField(
                validators=[django.core.validators.MaxValueValidator(4)], verbose_name="level"
            ),
        ),
        migrations.AlterField(
            model_name="assessmentresult",
            name="method",
            field=models.CharField(
                choices=[
                    ("self", "Self-assessment"),
                    ("peer", "Peer review"),
                    ("manager", "Manager's assessment"),
                    ("exam", "Exam"),
                    ("credential", "Credential"),
                    ("practical", "Practical test"),
                ],
                max_length=10,
                verbose_name="method",
            ),
        ),
        migrations.AlterField(
            model_name="assessmentresult",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="results",
                to="roles.person",
                verbose_name="person",
            ),
        ),
        migrations.AlterField(
            model_name="assessmentresult",
            name="recorded_at",
            field=models.DateTimeField(verbose_name="recorded at"),
        ),
        migrations.AlterField(
            model_name="assessmentresult",
            name="recorded_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="recorded by",
            ),
        ),
        migrations.AlterField(
            model_name="assessmentresult",
            name="result_id",
            field=models.CharField(
                default=assessments.models.results.new_result_id, max_length=100, verbose_name="result id"
            ),
        ),
        migrations.AlterField(
            model_name="assessmentresult",
            name="withdrawn_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="withdrawn at"),
        ),
        migrations.AlterField(
            model_name="assessmentresult",
            name="withdrawn_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="withdrawn by",
            ),
        ),
        migrations.AlterField(
            model_name="assessmentresult",
            name="withdrawn_reason",
            field=models.CharField(blank=True, max_length=500, verbose_name="withdrawn reason"),
        ),
        migrations.AlterField(
            model_name="exemption",
            name="competency",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="exemptions",
                to="roles.competency",
                verbose_name="competency",
            ),
        ),
        migrations.AlterField(
            model_name="exemption",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="exemptions",
                to="roles.person",
                verbose_name="person",
            ),
        ),
        migrations.AlterField(
            model_name="exemption",
            name="reason",
            field=models.CharField(blank=True, max_length=500, verbose_name="reason"),
        ),
    ]
