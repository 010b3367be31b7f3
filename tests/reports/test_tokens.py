"""Tokens on their page: one's own and nobody else's, each shown once and nowhere but in the answer that made it."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.test.html import parse_html
from django.utils.timezone import localdate, now

from roles.models import ApiToken, User
from roles.tokens import LONGEST_LIFE, MOST_TOKENS

from .pages import having, links, page_of, text

TOKEN = re.compile(r"aiskills_[0-9a-f]{64}")

#: What each of the cast is offered to allow a token.
OFFERED = {
    "administrator": ["read", "write_results", "write_organisation"],
    "auditor": ["read"],
    "manager": ["read", "write_results"],
    "staff": ["read"],
    "stranger": ["read"],
}


def filled_in(**fields: Any) -> dict[str, Any]:
    return {"name": "Power BI", "scopes": ["read"], "expiry": "90", **fields}


def make(client: Client, **fields: Any) -> str:
    """The token that the answer to the form shows."""
    response = client.post("/tokens/", filled_in(**fields))
    assert response.status_code == 201, response.content.decode()
    [field] = having(parse_html(response.content.decode()), "input", id="token")
    return dict(field.attributes)["value"] or ""


def refused(client: Client, **fields: Any) -> str:
    """What the form says is wrong; nothing was made."""
    before = ApiToken.objects.count()
    response = client.post("/tokens/", filled_in(**fields))
    assert response.status_code == 422
    assert ApiToken.objects.count() == before
    assert not TOKEN.search(response.content.decode())
    return " ".join(text(found) for found in having(parse_html(response.content.decode()), "ul", class_="errorlist"))


def values(client: Client, name: str) -> list[str | None]:
    return [dict(found.attributes)["value"] for found in having(page_of(client, "/tokens/"), "input", name=name)]


def calls(token: str) -> int:
    return Client().get("/api/v1/teams/SEC/gaps/", headers={"Authorization": f"Token {token}"}).status_code


# Making one.


def test_the_token_that_was_made_works_with_the_rights_of_its_owner(reader: Any) -> None:
    assert calls(make(reader("manager"))) == 200
    token = ApiToken.objects.get()
    assert (token.name, token.user.username, token.scopes) == ("Power BI", "manager", ["read"])
    assert calls(make(reader("stranger"))) == 404


def test_it_is_shown_once_with_a_line_to_try_it(reader: Any) -> None:
    client = reader("manager")
    response = client.post("/tokens/", filled_in())
    [token] = set(TOKEN.findall(response.content.decode()))
    page = parse_html(response.content.decode())
    [field] = having(page, "input", id="token")
    assert dict(field.attributes) | {"value": token, "readonly": None, "autocomplete": "off"} == dict(field.attributes)
    line = text(having(page, "pre")[0])
    assert f"export AISKILLS_URL=http://testserver export AISKILLS_TOKEN={token} curl -H" in line
    [address] = re.findall(r'"\$AISKILLS_URL(.*)"', line)
    answer = Client().get(address, headers={"Authorization": f"Token {token}"})
    assert "SEC" in [team["code"] for team in answer.json()["results"]]
    for address in ("/tokens/", "/", f"/tokens/{ApiToken.objects.get().digest}/revoke/"):
        assert not TOKEN.search(client.get(address).content.decode())


def test_it_is_kept_by_no_cache_no_session_no_message_and_no_log(
    reader: Any, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    client = reader("manager")
    with caplog.at_level(logging.DEBUG):
        response = client.post("/tokens/", filled_in())
    [token] = set(TOKEN.findall(response.content.decode()))
    assert "no-store" in response["Cache-Control"]
    assert token not in repr(response.headers) + repr(response.cookies)
    assert token not in repr([session.get_decoded() for session in Session.objects.all()])
    assert token not in caplog.text
    assert list(client.get("/tokens/").context["messages"]) == []


def test_a_form_that_is_sent_again_makes_no_second_token_and_shows_none(reader: Any) -> None:
    client = reader("manager")
    make(client)
    assert "You have a token “Power BI” already." in refused(client)


@pytest.mark.parametrize(("who", "offered"), OFFERED.items())
def test_only_what_the_owner_has_the_rights_for_is_offered_and_taken(reader: Any, who: str, offered: list[str]) -> None:
    client = reader(who)
    assert values(client, "scopes") == offered
    for scope in ApiToken.SCOPES.keys() - set(offered):
        assert f"no right to give the scope “{scope}”" in refused(client, scopes=["read", scope])
    make(client, scopes=offered)
    assert ApiToken.objects.get().scopes == offered


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        pytest.param({"name": ""}, "Give it a name.", id="no name"),
        pytest.param({"name": " "}, "Give it a name.", id="a blank name"),
        pytest.param({"name": "x" * 101}, "at most 100 characters", id="a long name"),
        pytest.param({"name": "a\0b"}, "Null characters are not allowed.", id="a null in the name"),
        pytest.param({"scopes": []}, "Choose at least one.", id="no scope"),
        pytest.param({"scopes": ["all"]}, "no right to give the scope “all”", id="a scope there is not"),
        pytest.param({"expiry": ""}, "This field is required.", id="no expiry"),
        pytest.param({"expiry": "3650"}, "Choose one of these.", id="an expiry that is not offered"),
        pytest.param({"expiry": "never"}, "Choose one of these.", id="never"),
        pytest.param({"expiry": "day"}, "Write the day", id="no day"),
        pytest.param({"expiry": "day", "expires_on": "31.12.2026"}, "is not a day", id="a day written otherwise"),
        pytest.param({"expiry": "90", "expires_on": "2027-01-01"}, "Choose “On another day”", id="two expiries"),
    ],
)
def test_what_is_wrong_with_the_form_is_said(reader: Any, fields: dict[str, Any], wrong: str) -> None:
    assert wrong in refused(reader("manager"), **fields)


def test_a_day_beyond_two_years_is_refused_and_the_last_one_taken(reader: Any) -> None:
    client, last = reader("manager"), localdate() + LONGEST_LIFE
    assert "Choose a day after today" in refused(client, expiry="day", expires_on=last + timedelta(days=1))
    assert "Choose a day after today" in refused(client, expiry="day", expires_on=localdate())
    make(client, expiry="day", expires_on=last)
    assert localdate(ApiToken.objects.get().expiry) == last


@pytest.mark.parametrize(("life", "days"), [("30", 30), ("90", 90), ("365", 365)])
def test_a_life_is_counted_from_today(reader: Any, life: str, days: int) -> None:
    make(reader("manager"), expiry=life)
    assert localdate(ApiToken.objects.get().expiry) == localdate() + timedelta(days=days)


def test_only_an_administrator_is_offered_a_token_for_good(reader: Any) -> None:
    assert "never" not in values(reader("manager"), "expiry")
    administrator = reader("administrator")
    assert "never" in values(administrator, "expiry")
    make(administrator, expiry="never")
    assert ApiToken.objects.get().expiry is None
    assert "never" in text(page_of(administrator, "/tokens/"))


def test_ninety_days_are_chosen_beforehand(reader: Any) -> None:
    chosen = [
        dict(found.attributes) for found in having(page_of(reader("manager"), "/tokens/"), "input", name="expiry")
    ]
    assert [found["value"] for found in chosen if "checked" in found] == ["90"]


def test_there_is_an_end_to_how_many(reader: Any, people: dict[str, User]) -> None:
    for number in range(MOST_TOKENS):
        ApiToken.objects.create(people["manager"], name=f"{number}")
    assert "You have 50 tokens, and nobody may have more." in refused(reader("manager"))


# The list.


def test_the_list_has_ones_own_with_what_each_may_and_when_it_was_used(reader: Any, people: dict[str, User]) -> None:
    at = now()
    ApiToken.objects.create(people["administrator"], name="of somebody else")
    ApiToken.objects.create(people["manager"], name="old", expiry=timedelta(days=-1))
    used, _ = ApiToken.objects.create(people["manager"], name="used", writes_results=True, expiry=timedelta(days=9))
    ApiToken.objects.filter(pk=used.pk).update(last_used_at=at)
    page = page_of(reader("manager"), "/tokens/")
    [body] = having(page, "tbody")
    rows = {text(having(row, "th")[0]): text(row) for row in having(body, "tr")}
    assert rows.keys() == {"old", "used"}
    assert "read, write results" in rows["used"]
    assert used.token_key in rows["used"]
    assert "expired" in rows["old"]
    assert "not yet" in rows["old"]
    assert "expired" not in rows["used"]


def test_who_has_none_is_told_what_they_are_for_and_led_to_the_documentation(reader: Any) -> None:
    page = page_of(reader("staff"), "/tokens/")
    assert "You have no token yet" in text(page)
    assert "/api/v1/docs/" in links(page)
    assert "/tokens/" in links(page_of(reader("staff"), "/"))


# Revoking.


def test_a_revoked_token_is_dead_at_once_and_only_after_a_yes(reader: Any) -> None:
    client = reader("manager")
    token = make(client)
    address = f"/tokens/{ApiToken.objects.get().digest}/revoke/"
    assert address in links(page_of(client, "/tokens/"))
    assert "Power BI" in text(page_of(client, address))
    assert calls(token) == 200
    response = client.post(address, follow=True)
    assert response.redirect_chain == [("/tokens/", 302)]
    assert "The token “Power BI” is revoked." in response.content.decode()
    assert calls(token) == 401
    assert client.post(address).status_code == 404


@pytest.mark.parametrize("junk", ["0", "x" * 2000, "ü", "aiskills_0", "-1", "%F0%9F%98%80", "%ff"])
def test_junk_in_the_address_is_a_token_that_there_is_not(reader: Any, junk: str) -> None:
    client = reader("manager")
    assert client.get(f"/tokens/{junk}/revoke/").status_code == 404
    assert client.post(f"/tokens/{junk}/revoke/").status_code == 404


def test_nobody_revokes_a_token_of_somebody_else(reader: Any, people: dict[str, User]) -> None:
    foreign, _ = ApiToken.objects.create(people["manager"], name="Power BI")
    for who in ("administrator", "auditor", "staff", "stranger"):
        assert reader(who).post(f"/tokens/{foreign.digest}/revoke/").status_code == 404
    assert list(ApiToken.objects.all()) == [foreign]


@pytest.mark.parametrize("address", ["/tokens/", "/tokens/x/revoke/"])
def test_who_is_not_signed_in_is_led_to_the_sign_in(client: Client, db: None, address: str) -> None:
    for response in (client.get(address), client.post(address)):
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/")


def test_a_form_from_elsewhere_makes_and_revokes_nothing(people: dict[str, User]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["manager"])
    token, _ = ApiToken.objects.create(people["manager"], name="here")
    assert client.post("/tokens/", filled_in()).status_code == 403
    assert client.post(f"/tokens/{token.digest}/revoke/").status_code == 403
    assert list(ApiToken.objects.all()) == [token]
