"""Who may call: tokens, their scopes, their end, and how often."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from unittest import mock

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now
from rest_framework.test import APIClient

from reports.api.throttling import UserThrottle
from reports.models import ApiUse
from roles.models import ApiToken, User

from .conftest import Calling

GAPS = "/api/v1/teams/SEC/gaps/"


def with_token(token: str) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


def test_a_token_acts_for_its_owner(calling: Calling) -> None:
    assert calling("manager").get(GAPS).json()["team"] == "SEC"
    assert calling("stranger").get(GAPS).status_code == 404


def test_so_does_the_session_of_a_browser(client: Client, people: dict[str, User]) -> None:
    client.force_login(people["manager"])
    assert client.get(GAPS).status_code == 200


def test_without_either_nobody_gets_in_and_is_told_how(calling: Calling) -> None:
    response = calling("signed out").get(GAPS)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Token"
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("token", ["", "x", "aiskills_" + "0" * 64, "ü", "a b"])
def test_a_token_that_is_none_lets_nobody_in(people: dict[str, User], token: str) -> None:
    assert with_token(token).get(GAPS).status_code == 401


def test_only_a_hash_of_a_token_is_kept(people: dict[str, User], token_of: Callable[..., str]) -> None:
    token = token_of(people["manager"])
    stored = ApiToken.objects.get()
    assert token not in repr([getattr(stored, field.attname) for field in ApiToken._meta.fields])
    assert token.startswith(stored.token_key)


def test_a_token_that_was_revoked_is_dead_at_once(people: dict[str, User], token_of: Callable[..., str]) -> None:
    caller = with_token(token_of(people["manager"]))
    assert caller.get(GAPS).status_code == 200
    ApiToken.objects.get().delete()
    assert caller.get(GAPS).status_code == 401


def test_a_token_of_somebody_who_was_switched_off_is_dead_at_once(
    people: dict[str, User], token_of: Callable[..., str]
) -> None:
    caller = with_token(token_of(people["manager"]))
    people["manager"].is_active = False
    people["manager"].save()
    assert caller.get(GAPS).status_code == 401


def test_a_token_loses_the_rights_that_its_owner_loses(people: dict[str, User], token_of: Callable[..., str]) -> None:
    caller = with_token(token_of(people["auditor"]))
    assert caller.get(GAPS).status_code == 200
    people["auditor"].is_auditor = False
    people["auditor"].save()
    assert caller.get(GAPS).status_code == 404


def test_a_token_ends_with_its_expiry(people: dict[str, User], token_of: Callable[..., str]) -> None:
    caller = with_token(token_of(people["manager"], expiry=timedelta(days=1)))
    assert caller.get(GAPS).status_code == 200
    ApiToken.objects.update(expiry=now() - timedelta(seconds=1))
    assert caller.get(GAPS).status_code == 401


def test_a_token_does_not_read_without_the_scope(calling: Calling) -> None:
    response = calling("manager", reads=False).get(GAPS)
    assert response.status_code == 403
    assert response.json()["detail"] == "This token lacks the scope read."


def test_when_a_token_was_last_used_is_kept_to_the_minute(
    people: dict[str, User], token_of: Callable[..., str]
) -> None:
    caller = with_token(token_of(people["manager"]))
    begun = now()
    caller.get(GAPS)
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    assert begun <= first <= now()
    caller.get(GAPS)
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=begun - timedelta(minutes=2))
    caller.get(GAPS)
    assert ApiToken.objects.get().last_used_at > begun


def test_who_calls_too_often_is_told_when_to_come_again(calling: Calling, settings: pytest.FixtureRequest) -> None:
    settings.API_REQUESTS_A_MINUTE = 2  # type: ignore[attr-defined]
    manager, auditor = calling("manager"), calling("auditor")
    # Whatever process counted them, and had the minute begun just now.
    manager.get(GAPS)
    ApiUse.objects.update(requests=2, minute=int(now().timestamp() // 60))
    response = manager.get(GAPS)
    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 60
    assert response.json()["type"] == "urn:aiskills:problem:too-many-requests"
    assert auditor.get(GAPS).status_code == 200


def test_the_count_begins_anew_with_each_minute(calling: Calling, settings: pytest.FixtureRequest) -> None:
    settings.API_REQUESTS_A_MINUTE = 1  # type: ignore[attr-defined]
    manager = calling("manager")
    manager.get(GAPS)
    ApiUse.objects.update(requests=99, minute=0)
    assert manager.get(GAPS).status_code == 200
    assert ApiUse.objects.get().requests == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no such setting")
def test_a_request_is_counted_in_one_statement_that_nothing_else_is_hurried_by() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        before = cursor.fetchone()
    with CaptureQueriesContext(connection) as queries:
        UserThrottle().allow_request(mock.Mock(user=mock.Mock(pk=1)), None)
    assert len(queries) == 1
    assert "synchronous_commit" in queries[0]["sql"]
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == before == ("on",)


@pytest.mark.django_db(transaction=True)
def test_the_count_is_one_for_whoever_answers(settings: pytest.FixtureRequest) -> None:
    """Each thread has a connection of its own, as each process of a server has."""
    settings.API_REQUESTS_A_MINUTE = 25  # type: ignore[attr-defined]

    def allowed(_: int) -> int:
        request = mock.Mock(user=mock.Mock(pk=1))
        try:
            return sum(UserThrottle().allow_request(request, None) for _ in range(10))
        finally:
            connections.close_all()

    # One minute that lasts until the test has ended.
    with mock.patch("reports.api.throttling.SECONDS", 10**10), ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(allowed, range(4))) == 25
