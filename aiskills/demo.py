"""The demo: an organisation, and four accounts to see it by."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.contrib.auth.hashers import make_password

from assessments.importing.importer import import_organisation
from fixtures.demo import write_organisation
from roles.models import Person, User
from roles.trail import one_event

#: The account and who it is; `manager` and `staff` are people of the demo.
ACCOUNTS = {
    "admin": "administrator: does everything",
    "manager": "manager: sees the teams they manage",
    "auditor": "auditor: reads everything",
    "staff": "member of staff: sees themselves",
}


class OrganisationExists(Exception):
    """The demo is only ever put into an empty installation."""


@dataclass(frozen=True)
class Demo:
    """The demo as it was loaded: the code of its root team, and how many people there are."""

    root: str
    people: int


def demo_is_loaded() -> bool:
    """Whether the demo's accounts are there."""
    return User.objects.filter(username__in=ACCOUNTS).count() == len(ACCOUNTS)


@one_event("demo.loaded")
def load_demo(*, people: int, seed: int, today: date, at: datetime, password: str) -> Demo:
    """Write the demo organisation's files, import them, and make the four accounts with one password.

    Its two years of history end with `today`. Raises OrganisationExists, and changes nothing, if there is anybody
    already.
    """
    if Person.objects.exists():
        raise OrganisationExists
    with tempfile.TemporaryDirectory() as folder:
        written = write_organisation(Path(folder), people=people, seed=seed, until=today)
        import_organisation(Path(folder), at=at)
    behind = {"manager": written.manager, "staff": written.staff}
    for username in ACCOUNTS:
        User.objects.create(
            username=username,
            password=make_password(password),
            person=Person.objects.filter(employee_id=behind.get(username, "")).first(),
            is_superuser=username == "admin",
            is_staff=username == "admin",
            is_auditor=username == "auditor",
        )
    return Demo(written.root, Person.objects.count())
