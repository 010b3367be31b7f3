"""How to begin with an empty installation: what the console's first page says until it is done."""

from __future__ import annotations

from django.utils.translation import gettext

from roles.console import Step, begin_with
from roles.models import MatrixVersion, Person, User

from .lists import list_of


@begin_with
def first_steps() -> list[Step]:
    """From nothing to managers who see their teams."""
    return [
        Step(
            gettext("Load the shipped matrix"),
            MatrixVersion.objects.published().exists(),
            gettext("On the server: manage.py load_matrix. It brings competencies, roles and what each role requires."),
        ),
        Step(
            gettext("Bring in your people and teams"),
            Person.objects.exists(),
            gettext("Import them from files, or add them one by one."),
            list_of(Person),
        ),
        Step(
            gettext("Give the managers accounts"),
            User.objects.exclude(is_superuser=True).exists(),
            gettext("Each account belongs to a person; whoever manages a team sees its figures."),
        ),
    ]
