import re

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("roles", "0007_background"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="competency",
            options={
                "base_manager_name": "objects",
                "ordering": ["code"],
                "verbose_name": "competency",
                "verbose_name_plural": "competencies",
            },
        ),
        migrations.AlterModelOptions(
            name="competencyindicator",
            options={
                "base_manager_name": "objects",
                "ordering": ["competency", "level"],
                "verbose_name": "level in words",
                "verbose_name_plural": "levels in words",
            },
        ),
        migrations.AlterModelOptions(
            name="competencystage",
            options={
                "base_manager_name": "objects",
                "ordering": ["competency", "stage"],
                "verbose_name": "lifecycle stage",
                "verbose_name_plural": "lifecycle stages",
            },
        ),
        migrations.AlterModelOptions(
            name="deputy",
            options={
                "base_manager_name": "objects",
                "ordering": ["manager", "from_on", "person"],
                "verbose_name": "deputy",
                "verbose_name_plural": "deputies",
            },
        ),
        migrations.AlterModelOptions(
            name="matrixversion",
            options={
                "base_manager_name": "objects",
                "ordering": ["effective_from", "code"],
                "verbose_name": "matrix version",
                "verbose_name_plural": "matrix versions",
            },
        ),
        migrations.AlterModelOptions(
            name="membership",
            options={
                "base_manager_name": "objects",
                "ordering": ["person", "from_on"],
                "verbose_name": "membership",
                "verbose_name_plural": "memberships in teams",
            },
        ),
        migrations.AlterModelOptions(
            name="organisation",
            options={
                "base_manager_name": "objects",
                "verbose_name": "what holds for everybody",
                "verbose_name_plural": "what holds for everybody",
            },
        ),
        migrations.AlterModelOptions(
            name="person",
            options={
                "base_manager_name": "objects",
                "ordering": ["employee_id"],
                "verbose_name": "person",
                "verbose_name_plural": "people",
            },
        ),
        migrations.AlterModelOptions(
            name="role",
            options={
                "base_manager_name": "objects",
                "ordering": ["code"],
                "verbose_name": "role",
                "verbose_name_plural": "roles",
            },
        ),
        migrations.AlterModelOptions(
            name="roleassignment",
            options={
                "base_manager_name": "objects",
                "ordering": ["person", "from_on", "role"],
                "verbose_name": "role of a person",
                "verbose_name_plural": "roles of people",
            },
        ),
        migrations.AlterModelOptions(
            name="rolefamily",
            options={
                "base_manager_name": "objects",
                "ordering": ["id"],
                "verbose_name": "family",
                "verbose_name_plural": "families of roles and competencies",
            },
        ),
        migrations.AlterModelOptions(
            name="rolerequirement",
            options={
                "base_manager_name": "objects",
                "ordering": ["version", "role", "competency"],
                "verbose_name": "requirement",
                "verbose_name_plural": "requirements",
            },
        ),
        migrations.AlterModelOptions(
            name="scalelevel",
            options={
                "base_manager_name": "objects",
                "ordering": ["value"],
                "verbose_name": "level of the scale",
                "verbose_name_plural": "levels of the scale",
            },
        ),
        migrations.AlterModelOptions(
            name="team",
            options={
                "base_manager_name": "objects",
                "ordering": ["code"],
                "verbose_name": "team",
                "verbose_name_plural": "teams",
            },
        ),
        migrations.AlterModelOptions(
            name="teammanager",
            options={
                "base_manager_name": "objects",
                "ordering": ["team", "person"],
                "verbose_name": "manager",
                "verbose_name_plural": "managers of teams",
            },
        ),
        migrations.AlterModelOptions(
            name="threat",
            options={
                "base_manager_name": "objects",
                "ordering": ["code"],
                "verbose_name": "threat",
                "verbose_name_plural": "threats",
            },
        ),
        migrations.AlterModelOptions(
            name="threatreference",
            options={
                "base_manager_name": "objects",
                "ordering": ["threat", "framework", "identifier"],
                "verbose_name": "reference",
                "verbose_name_plural": "what frameworks call it",
            },
        ),
        migrations.AlterField(
            model_name="competency",
            name="code",
            field=models.CharField(
                max_length=64,
                unique=True,
                validators=[
                    django.core.validators.RegexValidator(
                        re.compile(
                            "\\A(?!\\.{1,2}\\Z)[^\\s/\\\\\\x00-\\x1f\\x7f-\\x9f](?:[^/\\\\\\x00-\\x1f\\x7f-\\x9f]*[^\\s/\\\\\\x00-\\x1f\\x7f-\\x9f])?\\Z"
                        ),
                        "A code has no slash, no control character and no space at its ends.",
                    )
                ],
                verbose_name="code",
            ),
        ),
        migrations.AlterField(
            model_name="competency",
            name="dimension",
            field=models.CharField(
                blank=True,
                choices=[
                    ("technical", "Technical depth"),
                    ("risk", "Risk awareness"),
                    ("governance", "Governance understanding"),
                ],
                max_length=12,
                verbose_name="dimension",
            ),
        ),
        migrations.AlterField(
            model_name="competency",
            name="family",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="competencies",
                to="roles.rolefamily",
                verbose_name="family",
            ),
        ),
        migrations.AlterField(
            model_name="competency",
            name="origin",
            field=models.CharField(
                choices=[("article", "Article"), ("proposal", "Proposal"), ("organisation", "Organisation")],
                default="organisation",
                max_length=12,
                verbose_name="origin",
            ),
        ),
        migrations.AlterField(
            model_name="competency",
            name="summary",
            field=models.TextField(blank=True, verbose_name="summary"),
        ),
        migrations.AlterField(
            model_name="competency",
            name="threats",
            field=models.ManyToManyField(
                blank=True, related_name="competencies", to="roles.threat", verbose_name="threats"
            ),
        ),
        migrations.AlterField(
            model_name="competency",
            name="title",
            field=models.CharField(max_length=200, verbose_name="title"),
        ),
        migrations.AlterField(
            model_name="competencyindicator",
            name="competency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="indicators",
                to="roles.competency",
                verbose_name="competency",
            ),
        ),
        migrations.AlterField(
            model_name="competencyindicator",
            name="level",
            field=models.PositiveSmallIntegerField(verbose_name="level"),
        ),
        migrations.AlterField(
            model_name="competencyindicator",
            name="text",
            field=models.TextField(verbose_name="text"),
        ),
        migrations.AlterField(
            model_name="competencystage",
            name="competency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="stages",
                to="roles.competency",
                verbose_name="competency",
            ),
        ),
        migrations.AlterField(
            model_name="competencystage",
            name="stage",
            field=models.CharField(
                choices=[
                    ("design", "Design"),
                    ("development", "Development"),
                    ("deployment", "Deployment"),
                    ("governance", "Governance"),
                ],
                max_length=12,
                verbose_name="stage",
            ),
        ),
        migrations.AlterField(
            model_name="deputy",
            name="manager",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deputies",
                to="roles.person",
                verbose_name="manager",
            ),
        ),
        migrations.AlterField(
            model_name="deputy",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="stands_in",
                to="roles.person",
                verbose_name="person",
            ),
        ),
        migrations.AlterField(
            model_name="matrixversion",
            name="code",
            field=models.CharField(
                max_length=64,
                unique=True,
                validators=[
                    django.core.validators.RegexValidator(
                        re.compile(
                            "\\A(?!\\.{1,2}\\Z)[^\\s/\\\\\\x00-\\x1f\\x7f-\\x9f](?:[^/\\\\\\x00-\\x1f\\x7f-\\x9f]*[^\\s/\\\\\\x00-\\x1f\\x7f-\\x9f])?\\Z"
                        ),
                        "A code has no slash, no control character and no space at its ends.",
                    )
                ],
                verbose_name="code",
            ),
        ),
        migrations.AlterField(
            model_name="matrixversion",
            name="effective_from",
            field=models.DateField(verbose_name="effective from"),
        ),
        migrations.AlterField(
            model_name="matrixversion",
            name="note",
            field=models.TextField(blank=True, help_text="What changed, and why.", verbose_name="note"),
        ),
        migrations.AlterField(
            model_name="matrixversion",
            name="published_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="published at"),
        ),
        migrations.AlterField(
            model_name="membership",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="memberships",
                to="roles.person",
                verbose_name="person",
            ),
        ),
        migrations.AlterField(
            model_name="membership",
            name="team",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="memberships",
                to="roles.team",
                verbose_name="team",
            ),
        ),
        migrations.AlterField(
            model_name="organisation",
            name="evidence_policy",
            field=models.CharField(
                choices=[
                    ("latest_verified", "A verified result before a claimed one, then the latest"),
                    ("latest", "The latest result"),
                    ("highest", "The highest level, then the latest result"),
                ],
                default="latest_verified",
                max_length=20,
                verbose_name="which result decides",
            ),
        ),
        migrations.AlterField(
            model_name="person",
            name="email",
            field=models.EmailField(blank=True, max_length=254, verbose_name="email"),
        ),
        migrations.AlterField(
            model_name="person",
            name="employee_id",
            field=models.CharField(
                max_length=64,
                unique=True,
                validators=[
                    django.core.validators.RegexValidator(
                        re.compile(
                            "\\A(?!\\.{1,2}\\Z)[^\\s/\\\\\\x00-\\x1f\\x7f-\\x9f](?:[^/\\\\\\x00-\\x1f\\x7f-\\x9f]*[^\\s/\\\\\\x00-\\x1f\\x7f-\\x9f])?\\Z"
                        ),
                        "A code has no slash, no control character and no space at its ends.",
                    )
                ],
                verbose_name="employee id",
            ),
        ),
        migrations.AlterField(
            model_name="person",
            name="joined_on",
            field=models.DateField(verbose_name="joined on"),
        ),
        migrations.AlterField(
            model_name="person",
            name="left_on",
            field=models.DateField(
                blank=True,
                help_text="The first day on which the person no longer counts.",
                null=True,
                verbose_name="left on",
            ),
        ),
        migrations.AlterField(
            model_name="person",
            name="name",
            field=models.CharField(max_length=200, verbose_name="name"),
        ),
        migrations.AlterField(
            model_name="role",
            name="code",
            field=models.CharField(
                max_length=64,
                unique=True,
                validators=[
                    django.core.validators.RegexValidator(
                        re.compile(
                            "\\A(?!\\.{1,2}\\Z)[^\\s/\\\\\\x00-\\x1f\\x7f-\\x9f](?:[^/\\\\\\x00-\\x1f\\x7f-\\x9f]*[^\\s/\\\\\\x00-\\x1f\\x7f-\\x9f])?\\Z"
                        ),
                        "A code has no slash, no control character and no space at its ends.",
                    )
                ],
                verbose_name="code",
            ),
        ),
        migrations.AlterField(
            model_name="role",
            name="emerging",
            field=models.BooleanField(default=False, verbose_name="emerging"),
        ),
        migrations.AlterField(
            model_name="role",
            name="family",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="roles",
                to="roles.rolefamily",
                verbose_name="family",
            ),
        ),
        migrations.AlterField(
            model_name="role",
            name="held_by_everyone",
            field=models.BooleanField(
                default=False, help_text="Everybody holds this role on every day.", verbose_name="held by everyone"
            ),
        ),
        migrations.AlterField(
            model_name="role",
            name="origin",
            field=models.CharField(
                choices=[("article", "Article"), ("proposal", "Proposal"), ("organisation", "Organisation")],
                default="organisation",
                max_length=12,
                verbose_name="origin",
            ),
        ),
        migrations.AlterField(
            model_name="role",
            name="title",
            field=models.CharField(max_length=200, verbose_name="title"),
        ),
        migrations.AlterField(
            model_name="role",
            name="who",
            field=models.CharField(blank=True, max_length=200, verbose_name="who"),
        ),
        migrations.AlterField(
            model_name="roleassignment",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="assignments",
                to="roles.person",
                verbose_name="person",
            ),
        ),
        migrations.AlterField(
            model_name="roleassignment",
            name="role",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="assignments",
                to="roles.role",
                verbose_name="role",
            ),
        ),
        migrations.AlterField(
            model_name="rolefamily",
            name="code",
            field=models.CharField(
                max_length=64,
                unique=True,
                validators=[
                    django.core.validators.RegexValidator(
                        re.compile(
                            "\\A(?!\\.{1,2}\\Z)[^\\s/\\\\\\x00-\\x1f\\x7f-\\x9f](?:[^/\\\\\\x00-\\x1f\\x7f-\\x9f]*[^\\s/\\\\\\x00-\\x1f\\x7f-\\x9f])?\\Z"
                        ),
                        "A code has no slash, no control character and no space at its ends.",
                    )
                ],
                verbose_name="code",
            ),
        ),
        migrations.AlterField(
            model_name="rolefamily",
            name="title",
            field=models.CharField(max_length=200, verbose_name="title"),
        ),
        migrations.AlterField(
            model_name="rolerequirement",
            name="competency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="requirements",
                to="roles.competency",
                verbose_name="competency",
            ),
        ),
        migrations.AlterField(
            model_name="rolerequirement",
            name="rationale",
            field=models.TextField(blank=True, verbose_name="rationale"),
        ),
        migrations.AlterField(
            model_name="rolerequirement",
            name="required_level",
            field=models.PositiveSmallIntegerField(verbose_name="required level"),
        ),
        migrations.AlterField(
            model_name="rolerequirement",
            name="role",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="requirements",
                to="roles.role",
                verbose_name="role",
            ),
        ),
        migrations.AlterField(
            model_name="rolerequirement",
            name="version",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="requirements",
                to="roles.matrixversion",
                verbose_name="version",
            ),
        ),
        migrations.AlterField(
            model_name="rolerequirement",
            name="weight",
            field=models.PositiveSmallIntegerField(default=1, verbose_name="weight"),
        ),
        migrations.AlterField(
            model_name="scalelevel",
            name="assessor_test",
            field=models.CharField(blank=True, max_length=400, verbose_name="assessor test"),
        ),
        migrations.AlterField(
            model_name="scalelevel",
            name="name",
            field=models.CharField(max_length=40, verbose_name="name"),
        ),
        migrations.AlterField(
            model_name="scalelevel",
            name="summary",
            field=models.CharField(max_length=200, verbose_name="summary"),
        ),
        migrations.AlterField(
            model_name="scalelevel",
            name="supervision",
            field=models.CharField(blank=True, max_length=100, verbose_name="supervision"),
        ),
        migrations.AlterField(
            model_name="scalelevel",
            name="typical_evidence",
            field=models.JSONField(blank=True, default=list, verbose_name="typical evidence"),
        ),
        migrations.AlterField(
            model_name="scalelevel",
            name="value",
            field=models.PositiveSmallIntegerField(primary_key=True, serialize=False, verbose_name="value"),
        ),
        migrations.AlterField(
            model_name="team",
            name="code",
            field=models.CharField(
                max_length=64,
                unique=True,
                validators=[
                    django.core.validators.RegexValidator(
                        re.compile(
                            "\\A(?!\\.{1,2}\\Z)[^\\s/\\\\\\x00-\\x1f\\x7f-\\x9f](?:[^/\\\\\\x00-\\x1f\\x7f-\\x9f]*[^\\s/\\\\\\x00-\\x1f\\x7f-\\x9f])?\\Z"
                        ),
                        "A code has no slash, no control character and no space at its ends.",
                    )
                ],
                verbose_name="code",
            ),
        ),
        migrations.AlterField(
            model_name="team",
            name="name",
            field=models.CharField(max_length=200, verbose_name="name"),
        ),
        migrations.AlterField(
            model_name="team",
            name="parent",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="children",
                to="roles.team",
                verbose_name="parent",
            ),
        ),
        migrations.AlterField(
            model_name="teammanager",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="manages",
                to="roles.person",
                verbose_name="person",
            ),
        ),
        migrations.AlterField(
            model_name="teammanager",
            name="team",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="managers",
                to="roles.team",
                verbose_name="team",
            ),
        ),
        migrations.AlterField(
            model_name="threat",
            name="code",
            field=models.CharField(
                max_length=64,
                unique=True,
                validators=[
                    django.core.validators.RegexValidator(
                        re.compile(
                            "\\A(?!\\.{1,2}\\Z)[^\\s/\\\\\\x00-\\x1f\\x7f-\\x9f](?:[^/\\\\\\x00-\\x1f\\x7f-\\x9f]*[^\\s/\\\\\\x00-\\x1f\\x7f-\\x9f])?\\Z"
                        ),
                        "A code has no slash, no control character and no space at its ends.",
                    )
                ],
                verbose_name="code",
            ),
        ),
        migrations.AlterField(
            model_name="threat",
            name="note",
            field=models.TextField(blank=True, verbose_name="note"),
        ),
        migrations.AlterField(
            model_name="threat",
            name="title",
            field=models.CharField(max_length=200, verbose_name="title"),
        ),
        migrations.AlterField(
            model_name="threatreference",
            name="framework",
            field=models.CharField(max_length=100, verbose_name="framework"),
        ),
        migrations.AlterField(
            model_name="threatreference",
            name="identifier",
            field=models.CharField(max_length=40, verbose_name="identifier"),
        ),
        migrations.AlterField(
            model_name="threatreference",
            name="primary",
            field=models.BooleanField(default=False, verbose_name="primary"),
        ),
        migrations.AlterField(
            model_name="threatreference",
            name="threat",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="references",
                to="roles.threat",
                verbose_name="threat",
            ),
        ),
        migrations.AlterField(
            model_name="threatreference",
            name="title",
            field=models.CharField(max_length=200, verbose_name="title"),
        ),
    ]
