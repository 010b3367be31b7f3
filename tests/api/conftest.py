"""Callers of REST: the fixed cast of the pages, each with a token and a client of their own."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from rest_framework.test import APIClient

from roles.models import ApiToken, User
from tests.organisation import OrganisationFiles
from tests.reports.conftest import organisation, people

__all__ = ["organisation", "people"]

#: Gives a client that calls with a token of somebody of the cast; nobody's for `signed out`.
Calling = Callable[..., APIClient]


@pytest.fixture
def files(tmp_path: Path) -> OrganisationFiles:
    return OrganisationFiles(tmp_path)


@pytest.fixture
def token_of() -> Callable[..., str]:
    """Makes a token of a user, with all scopes unless told otherwise."""
    numbers = count(1)

    def made(user: User, **fields: object) -> str:
        scopes = {"writes_results": True, "writes_organisation": True}
        _, token = ApiToken.objects.create(user, **{"name": f"test {next(numbers)}", **scopes, **fields})
        return str(token)

    return made


@pytest.fixture
def calling(people: dict[str, User], token_of: Callable[..., str]) -> Calling:
    def client(who: str, **fields: object) -> APIClient:
        found = APIClient(raise_request_exception=False)
        if who in people:
            found.credentials(HTTP_AUTHORIZATION=f"Token {token_of(people[who], **fields)}")
        return found

    return client
