"""Signing in and out, guessing passwords, and that nobody makes an account for themselves."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from roles.models import User

# Before `collectstatic` there is no folder of static files, and whitenoise says so.
pytestmark = pytest.mark.filterwarnings("ignore:No directory at")

PASSWORD = "correct horse battery staple"  # noqa: S105


@pytest.fixture(autouse=True)
def no_guesses_yet() -> None:
    """What allauth counts, it counts in the cache."""
    cache.clear()


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada", "ada@example.org", PASSWORD, first_name="Ada", last_name="Ångström")


def sign_in(client: Client, login: str, password: str, **more: str) -> Any:
    return client.post("/accounts/login/", {"login": login, "password": password, **more})


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_the_form_has_labels_and_no_way_to_sign_up(client: Client, db: None) -> None:
    page = client.get("/accounts/login/").content.decode()
    assert '<label for="id_login">User name or e-mail address</label>' in page
    assert '<label for="id_password">Password</label>' in page
    assert "/accounts/signup/" not in page


@pytest.mark.parametrize("login", ["ada", "ada@example.org"])
def test_the_right_password_opens(client: Client, ada: User, login: str) -> None:
    response = sign_in(client, login, PASSWORD)
    assert response["Location"] == "/"
    assert is_in(client)
    assert b"Ada \xc3\x85ngstr\xc3\xb6m" in client.get("/").content


def test_after_signing_in_the_page_asked_for_opens(client: Client, ada: User) -> None:
    page = client.get("/accounts/login/?next=/teams/SEC/%3Fas_of%3D2026-03-01").content.decode()
    assert '<input type="hidden" name="next" value="/teams/SEC/?as_of=2026-03-01"' in page
    assert sign_in(client, "ada", PASSWORD, next="/teams/SEC/")["Location"] == "/teams/SEC/"


def test_nobody_is_led_to_another_site(client: Client, ada: User) -> None:
    assert sign_in(client, "ada", PASSWORD, next="https://elsewhere.example/")["Location"] == "/"


@pytest.mark.parametrize("login", ["ada", "nobody"])
def test_a_wrong_password_is_said_without_saying_which_was_wrong(client: Client, ada: User, login: str) -> None:
    response = sign_in(client, login, "guess")
    assert response.status_code == 200
    assert b'role="alert"' in response.content
    assert b"password you specified are not correct" in response.content
    assert not is_in(client)


def test_ten_wrong_guesses_keep_the_right_password_out(client: Client, ada: User) -> None:
    for _ in range(10):
        sign_in(client, "ada", "guess")
    sign_in(client, "ada", PASSWORD)
    assert not is_in(client)


def test_the_tenth_wrong_guess_closes_the_door_for_15_minutes(client: Client, ada: User) -> None:
    statuses = [sign_in(client, "ada", "guess").status_code for _ in range(10)]
    assert statuses == [200] * 9 + [429]
    locked = sign_in(client, "ada", PASSWORD)
    assert locked.status_code == 429
    assert b"<h1>Wait 15 minutes</h1>" in locked.content
    assert not is_in(client)


def test_others_come_in_while_one_name_is_closed(client: Client, ada: User) -> None:
    User.objects.create_user("ben", password=PASSWORD)
    for _ in range(10):
        sign_in(client, "ada", "guess")
    sign_in(client, "ben", PASSWORD)
    assert is_in(client)


@pytest.mark.parametrize(
    ("trusted", "status"),
    [pytest.param(True, 302, id="a proxy that is trusted"), pytest.param(False, 429, id="whoever says so")],
)
def test_behind_a_trusted_proxy_a_guesser_closes_the_door_for_their_own_address_alone(
    client: Client, ada: User, settings: Any, trusted: bool, status: int
) -> None:
    settings.TRUST_PROXY = trusted
    for _ in range(10):
        client.post("/accounts/login/", {"login": "ada", "password": "guess"}, headers={"X-Forwarded-For": "192.0.2.1"})
    filled = {"login": "ada", "password": PASSWORD}
    assert client.post("/accounts/login/", filled, headers={"X-Forwarded-For": "192.0.2.2"}).status_code == status


def test_what_a_proxy_tells_that_is_no_address_is_no_crash(client: Client, ada: User, settings: Any) -> None:
    settings.TRUST_PROXY = True
    filled = {"login": "ada", "password": "guess"}
    assert client.post("/accounts/login/", filled, headers={"X-Forwarded-For": "192.0.2.1:4711"}).status_code == 200


def test_signing_out_takes_a_post(client: Client, ada: User) -> None:
    client.force_login(ada)
    asked = client.get("/accounts/logout/")
    assert asked.status_code == 200
    assert is_in(client)
    assert client.post("/accounts/logout/")["Location"] == "/accounts/login/"
    assert not is_in(client)


def test_sign_up_is_closed(client: Client, db: None) -> None:
    filled = {"username": "eve", "email": "eve@example.org", "password1": PASSWORD, "password2": PASSWORD}
    for response in (client.get("/accounts/signup/"), client.post("/accounts/signup/", filled)):
        assert b"<h1>Nobody signs up here</h1>" in response.content
    assert not User.objects.exists()


def test_the_password_is_changed_by_who_knows_it(client: Client, ada: User) -> None:
    client.force_login(ada)
    new = "a longer and better password"
    filled = {"oldpassword": "guess", "password1": new, "password2": new}
    assert client.post("/accounts/password/change/", filled).status_code == 200
    client.post("/accounts/password/change/", {**filled, "oldpassword": PASSWORD})
    ada.refresh_from_db()
    assert ada.check_password(new)


def test_a_form_from_elsewhere_changes_nothing(ada: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    response = strict.post("/accounts/logout/")
    assert response.status_code == 403
    assert b"<h1>That form was too old</h1>" in response.content
    assert is_in(strict)


@pytest.mark.parametrize("address", ["password/reset/", "email/", "password/reset/done/", "reauthenticate/"])
def test_what_nothing_is_set_up_for_is_not_there(client: Client, ada: User, address: str) -> None:
    client.force_login(ada)
    assert client.get(f"/accounts/{address}").status_code == 404
    assert client.post(f"/accounts/{address}", {"email": "ada@example.org"}).status_code == 404
