"""The fixed cast that pages are shown to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from roles.models import Person, User
from tests.organisation import OrganisationFiles

from .pages import ORGANISATION


@pytest.fixture
def files(tmp_path: Path) -> OrganisationFiles:
    return OrganisationFiles(tmp_path)


@pytest.fixture
def organisation(db: None, files: OrganisationFiles) -> None:
    for name, rows in ORGANISATION.items():
        files.put(name, *rows)
    files.as_import()


@pytest.fixture
def people(organisation: None) -> dict[str, User]:
    """The fixed cast: who has a login."""

    def user(name: str, employee_id: str = "", **rights: bool) -> User:
        found = Person.objects.filter(employee_id=employee_id).first()
        return User.objects.create(username=name, person=found, **rights)

    return {
        "administrator": user("administrator", is_superuser=True),
        "auditor": user("auditor", is_auditor=True),
        "manager": user("manager", "M1"),
        "staff": user("staff", "S1"),
        "stranger": user("stranger"),
    }


@pytest.fixture
def reader(client: Client, people: dict[str, User]) -> Any:
    """Signs somebody of the cast in and gives the client back; nobody for `signed out`."""

    def signed_in(who: str) -> Client:
        if who in people:
            client.force_login(people[who])
        return client

    return signed_in
