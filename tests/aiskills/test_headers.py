"""What every answer carries, whoever asks, and the page that probes ask for."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from roles.models import Person, Team, User

# Before `collectstatic` there is no folder of static files, and whitenoise says so.
pytestmark = pytest.mark.filterwarnings("ignore:No directory at")

PAGES = {
    "sign-in": ("/accounts/login/", 200),
    "sign-up": ("/accounts/signup/", 200),
    "health": ("/health/", 200),
    "team": ("/teams/ORG/", 200),
    "team on a bad day": ("/teams/ORG/?as_of=banana", 400),
    "person": ("/people/E1/", 200),
    "missing": ("/teams/NONE/", 404),
    "nowhere": ("/no/such/page", 404),
    "sign-out": ("/accounts/logout/", 200),
    "password": ("/accounts/password/change/", 200),
    "home": ("/", 200),
    "redirect": ("/", 302),
}
SIGNED_OUT = {"sign-in", "sign-up", "health", "nowhere", "redirect"}


@pytest.fixture
def administrator(matrix: Any) -> User:
    Team.objects.create(code="ORG", name="Everybody")
    Person.objects.create(employee_id="E1", name="Ada", joined_on="2024-01-01")
    return User.objects.create(username="administrator", is_superuser=True)


def answer(client: Client, administrator: User, page: str) -> Any:
    if page not in SIGNED_OUT:
        client.force_login(administrator)
    address, status = PAGES[page]
    response = client.get(address)
    assert response.status_code == status
    return response


def assert_safe(response: Any) -> None:
    directives = dict(part.split(maxsplit=1) for part in response["Content-Security-Policy"].split("; "))
    assert directives["default-src"] == directives["script-src"] == directives["style-src"] == "'self'"
    assert directives["object-src"] == directives["frame-ancestors"] == directives["base-uri"] == "'none'"
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("page", PAGES)
def test_every_page_forbids_what_it_does_not_need(client: Client, administrator: User, page: str) -> None:
    assert_safe(answer(client, administrator, page))


@pytest.mark.parametrize("page", [page for page in PAGES if page not in {"health", "redirect"}])
def test_no_page_needs_what_is_forbidden(client: Client, administrator: User, page: str) -> None:
    html = answer(client, administrator, page).content.decode()
    assert not re.search(r"<style|<script(?![^>]*\ssrc=)|\sstyle=|\son[a-z]+=|javascript:|https?://", html)
    assert '<html lang="en" dir="ltr">' in html
    assert len(re.findall(r"<h1[ >]", html)) == 1
    assert '<main id="main"' in html
    assert 'href="#main"' in html


def test_a_crash_is_answered_with_a_page_of_ours(
    client: Client, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(**_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("reports.views.team.team_report", crash)
    client.force_login(administrator)
    client.raise_request_exception = False
    response = client.get("/teams/ORG/")
    assert response.status_code == 500
    assert b"<h1>Something went wrong</h1>" in response.content
    assert_safe(response)


@pytest.mark.parametrize("method", ["get", "head"])
def test_health_is_ok_for_anybody(client: Client, db: None, method: str) -> None:
    response = getattr(client, method)("/health/")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/plain"
    assert response.content == (b"ok" if method == "get" else b"")
    assert "no-store" in response["Cache-Control"]


def test_health_is_503_when_the_database_does_not_answer(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("password of the database")

    monkeypatch.setattr(connection, "cursor", refuse)
    response = client.get("/health/")
    assert response.status_code == 503
    assert b"password" not in response.content


def test_health_is_only_read(client: Client) -> None:
    assert client.post("/health/").status_code == 405
