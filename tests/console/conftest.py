"""A small organisation, and who may come into the console."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from roles.models import User
from tests.organisation import OrganisationFiles


@pytest.fixture
def organisation(db: None, tmp_path: Path) -> None:
    """ORG over RED and BLUE; E1 and E2 are there, E3 has left (tests/organisation.py)."""
    OrganisationFiles(tmp_path).small().as_import()


@pytest.fixture
def administrator(organisation: None) -> User:
    return User.objects.create(username="administrator", is_superuser=True)


@pytest.fixture
def console(client: Client, administrator: User) -> Client:
    """An administrator's browser."""
    client.force_login(administrator)
    return client


@pytest.fixture
def auditors(organisation: None) -> Client:
    """An auditor's browser."""
    client = Client()
    client.force_login(User.objects.create(username="auditor", is_auditor=True))
    return client
