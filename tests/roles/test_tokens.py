"""A token is made with what its owner has the rights for, and no more; which of them it keeps is asked at each use."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.timezone import localdate
from knox.crypto import hash_token

from roles.models import ApiToken, Person, Team, TeamManager, User
from roles.tokens import LONGEST_LIFE, MOST_TOKENS, make_token, revoke_token, scopes_for
from tests.organisation import AT

TODAY = localdate(AT)
IN_A_MONTH = TODAY + timedelta(days=30)

RIGHTS = {
    "administrator": ["read", "write_results", "write_organisation"],
    "auditor": ["read"],
    "manager": ["read", "write_results"],
    "staff": ["read"],
    "switched off": [],
}


def somebody(who: str) -> User:
    """A user of the kind; the manager has a team."""
    person = Person.objects.create(employee_id="P1", name="P", joined_on=date(2024, 1, 1))
    if who == "manager":
        TeamManager.objects.create(team=Team.objects.create(code="ORG", name="All"), person=person)
    return User.objects.create(
        username=who,
        person=person,
        is_superuser=who in {"administrator", "switched off"},
        is_auditor=who == "auditor",
        is_active=who != "switched off",
    )


def made(owner: User, **asked: Any) -> tuple[ApiToken, str]:
    return make_token(
        **{"owner": owner, "name": "Power BI", "scopes": ["read"], "expires_on": IN_A_MONTH, "at": AT, **asked}
    )


def wrong_with(owner: User, **asked: Any) -> list[str]:
    """The arguments that are wrong, after a look at whether anything was made."""
    before = ApiToken.objects.count()
    with pytest.raises(ValidationError) as refused:
        made(owner, **asked)
    assert ApiToken.objects.count() == before
    return sorted(refused.value.message_dict)


@pytest.mark.parametrize(("who", "scopes"), RIGHTS.items())
def test_nobody_gives_a_scope_that_they_have_no_rights_for(db: None, who: str, scopes: list[str]) -> None:
    owner = somebody(who)
    assert scopes_for(owner) == scopes
    for number, scope in enumerate(ApiToken.SCOPES):
        if scope in scopes:
            assert made(owner, name=f"{number}", scopes=[scope])[0].scopes == [scope]
        else:
            assert wrong_with(owner, scopes=["read", scope]) == ["scopes"]
    assert wrong_with(owner, scopes=[]) == ["scopes"]
    assert wrong_with(owner, scopes=["everything"]) == ["scopes"]


@pytest.mark.parametrize(
    ("expires_on", "well"),
    [
        pytest.param(TODAY - timedelta(days=1), False, id="yesterday"),
        pytest.param(TODAY, False, id="today"),
        pytest.param(TODAY + timedelta(days=1), True, id="tomorrow"),
        pytest.param(TODAY + LONGEST_LIFE, True, id="the last day"),
        pytest.param(TODAY + LONGEST_LIFE + timedelta(days=1), False, id="a day later"),
        pytest.param(date.max, False, id="the last day there is"),
        pytest.param(None, False, id="never"),
    ],
)
def test_a_token_expires_within_two_years(db: None, expires_on: date | None, well: bool) -> None:
    owner = somebody("manager")
    if not well:
        assert wrong_with(owner, expires_on=expires_on) == ["expires_on"]
        return
    token, _text = made(owner, expires_on=expires_on)
    assert token.expiry is not None
    assert localdate(token.expiry) == expires_on
    assert not token.has_expired(at=token.expiry - timedelta(seconds=1))
    assert token.has_expired(at=token.expiry)


def test_only_a_token_of_an_administrator_may_last_for_good(db: None) -> None:
    token, _text = made(somebody("administrator"), expires_on=None)
    assert token.expiry is None
    assert not token.has_expired(at=datetime.max.replace(tzinfo=AT.tzinfo))


def test_only_the_hash_of_a_token_is_kept(db: None) -> None:
    token, text = made(somebody("staff"))
    stored = ApiToken.objects.values().get()
    assert text not in repr(stored)
    assert stored["digest"] == hash_token(text)
    assert text.startswith(token.token_key)
    assert len(token.token_key) < len(text) / 2


def test_a_name_is_used_once_so_that_a_form_sent_twice_makes_one_token(db: None) -> None:
    owner = somebody("staff")
    token, _text = made(owner)
    assert wrong_with(owner) == ["name"]
    made(User.objects.create(username="other"))
    revoke_token(token=token)
    made(owner)


def test_the_database_says_so_too(db: None) -> None:
    owner = somebody("staff")
    made(owner)
    with pytest.raises(IntegrityError, match=r"token_name_once_for_each_owner|UNIQUE"), transaction.atomic():
        ApiToken.objects.create(owner, name="Power BI")


def test_nobody_has_more_tokens_than_there_may_be(db: None) -> None:
    owner = somebody("staff")
    for number in range(MOST_TOKENS):
        made(owner, name=f"{number}")
    assert wrong_with(owner) == ["name"]
    made(User.objects.create(username="other"))
    revoke_token(token=ApiToken.objects.get(user=owner, name="0"))
    made(owner)


def test_a_token_that_is_revoked_is_gone(db: None) -> None:
    owner = somebody("staff")
    token, _text = made(owner)
    other, _text = made(owner, name="another")
    revoke_token(token=token)
    assert list(ApiToken.objects.all()) == [other]
