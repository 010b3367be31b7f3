"""Accounts in the console: added, given rights, deactivated; and what each of that means for whoever is signed in."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate, now

from roles.models import ApiToken, AuditEvent, Deputy, Person, TeamManager, User
from roles.services import InTheWay
from roles.services.access import change_user, deactivate_user, reactivate_user
from roles.tokens import make_token
from tests.organisation import at_once

from .sending import address, events, events_after, sends

NEW = "correct horse battery"


@pytest.fixture
def manager(organisation: None) -> User:
    """E2, who manages RED, with a password and two tokens."""
    user = User.objects.create_user("manager", password=NEW, person=Person.objects.get(employee_id="E2"))
    for name in ("one", "two"):
        token_of(user, name)
    return user


def token_of(user: User, name: str) -> str:
    """The text of a new token."""
    expires_on = localdate() + timedelta(days=30)
    return make_token(owner=user, name=name, scopes=["read"], expires_on=expires_on, at=now())[1]


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def is_in(client: Client) -> bool:
    """Whether the browser is signed in."""
    return client.get("/").status_code == 200


def link_in(response: Any) -> str:
    assert response.status_code in {200, 201}
    return str(response.context["link"])


def test_an_account_is_added_and_its_owner_sets_the_password_by_a_link_that_works_once(
    console: Client, client: Client
) -> None:
    before = events()
    person = Person.objects.get(employee_id="E1")
    link = link_in(
        console.post(address(User, "add"), {"username": "ada", "person": person.pk, "email": "ada@example.org"})
    )
    assert events_after(before) == ["user.added"]
    user = User.objects.get(username="ada")
    assert (user.person, user.has_usable_password(), user.is_superuser, user.is_staff) == (person, False, False, False)

    owner = Client()
    form = owner.get(link, follow=True)
    assert "Your user name is <b>ada</b>" in form.content.decode()
    there = form.redirect_chain[-1][0]
    assert owner.post(there, {"new_password1": "short", "new_password2": "short"}).status_code == 200
    assert owner.post(there, {"new_password1": NEW, "new_password2": NEW}).headers["Location"] == "/accounts/login/"

    assert owner.post("/accounts/login/", {"login": "ada", "password": NEW}).headers["Location"] == "/"
    event = AuditEvent.objects.get(action="user.password_set")
    assert (event.actor, event.subject, event.surface) == ("ada", "ada", "page")
    assert NEW not in str(event.after)
    assert "no longer good" in Client().get(link, follow=True).content.decode()


def test_a_link_ends_when_the_account_is_deactivated_and_stays_so(console: Client, manager: User) -> None:
    link = link_in(console.post(reverse("admin:user_link", args=[manager.pk])))
    assert "Set your password" in Client().get(link, follow=True).content.decode()

    deactivate_user(user=manager, by=User.objects.get(username="administrator"))
    assert "no longer good" in Client().get(link, follow=True).content.decode()
    reactivate_user(user=manager)
    assert "no longer good" in Client().get(link, follow=True).content.decode()


def test_no_link_is_made_for_who_is_deactivated(console: Client, manager: User) -> None:
    User.objects.filter(pk=manager.pk).update(is_active=False)
    answer: Any = console.post(reverse("admin:user_link", args=[manager.pk]), follow=True)
    assert "The account manager is deactivated. Reactivate it first." in answer.content.decode()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        pytest.param({"username": "MANAGER"}, "There is an account of this name already.", id="a name that is taken"),
        pytest.param({"username": ""}, "This field is required.", id="no name"),
        pytest.param({"username": "a b"}, "Enter a valid username.", id="a name with a space"),
        pytest.param(
            {"username": "new", "email": "M@example.org"},
            "There is an account with this address already.",
            id="an address that is taken",
        ),
        pytest.param(
            {"username": "new", "person-code": "E2"}, "This person has the account manager already.", id="a person"
        ),
        pytest.param(
            {"username": "new", "is_superuser": "on", "is_auditor": "on"},
            "An auditor writes nothing, so nobody is both. Choose one.",
            id="administrator and auditor",
        ),
    ],
)
def test_what_does_not_go_is_said_and_no_account_is_made(
    console: Client, manager: User, values: dict[str, str], said: str
) -> None:
    User.objects.filter(pk=manager.pk).update(email="m@example.org")
    there = User.objects.count()
    [words] = sends(console, User, **values)
    assert words.startswith(said)
    assert User.objects.count() == there


def test_the_database_lets_nobody_be_administrator_and_auditor(db: None) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(username="both", is_superuser=True, is_auditor=True)


def test_switches_give_and_take_rights_and_each_is_an_event(console: Client, manager: User) -> None:
    number = events()
    assert sends(console, User, manager, username="manager", is_auditor="on", person=manager.person_id) == []
    manager.refresh_from_db()
    assert manager.is_auditor
    [event] = AuditEvent.objects.filter(number__gt=number)
    assert (event.action, event.actor, event.surface) == ("user.changed", "administrator", "console")
    assert (event.before, event.after) == (
        {"user manager": {"is_auditor": False}},
        {"user manager": {"is_auditor": True}},
    )


def test_the_last_administrator_stays_one(console: Client, administrator: User) -> None:
    [words] = sends(console, User, administrator, username="administrator")
    assert words == "The account administrator is the only administrator there is. Make somebody else one first."

    User.objects.create(username="second", is_superuser=True)
    assert sends(console, User, administrator, username="administrator") == []
    assert [one.username for one in User.objects.filter(is_superuser=True)] == ["second"]


def test_a_deactivated_administrator_is_not_counted_as_another_one(console: Client, administrator: User) -> None:
    User.objects.create(username="gone", is_superuser=True, is_active=False)
    [words] = sends(console, User, administrator, username="administrator")
    assert words.startswith("The account administrator is the only administrator")


def test_nobody_deactivates_themselves_or_the_last_administrator(console: Client, administrator: User) -> None:
    console.post(reverse("admin:user_deactivate", args=[administrator.pk]))
    administrator.refresh_from_db()
    assert administrator.is_active
    stranger = User.objects.create(username="stranger")
    with pytest.raises(InTheWay, match="the only administrator"):
        deactivate_user(user=administrator, by=stranger)


def test_nobody_gives_themselves_the_right_of_an_auditor(administrator: User) -> None:
    User.objects.create(username="second", is_superuser=True)
    with pytest.raises(InTheWay, match="Nobody gives themselves a right"):
        change_user(user=administrator, by=administrator, is_superuser=False, is_auditor=True)


@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_who_take_the_right_from_each_other_one_stays() -> None:
    one, two = (User.objects.create(username=name, is_superuser=True) for name in ("one", "two"))
    outcomes = at_once(
        lambda: deactivate_user(user=one, by=two),
        lambda: deactivate_user(user=two, by=one),
    )
    assert sorted(str(type(outcome).__name__) for outcome in outcomes) == ["InTheWay", "NoneType"]
    assert User.objects.filter(is_superuser=True, is_active=True).count() == 1


def test_deactivation_ends_sessions_and_tokens_at_once_and_reactivation_brings_back_neither(
    console: Client, manager: User
) -> None:
    signed_in = browser_of(manager)
    text = token_of(manager, "three")
    program = Client(headers={"Authorization": f"Token {text}"})
    assert is_in(signed_in)
    assert program.get("/api/v1/teams/").status_code == 200
    number = events()

    console.post(reverse("admin:user_deactivate", args=[manager.pk]))

    assert not is_in(signed_in)
    assert program.get("/api/v1/teams/").status_code == 401
    assert Client().post("/accounts/login/", {"login": "manager", "password": NEW}).headers.get("Location") != "/"
    [event] = AuditEvent.objects.filter(number__gt=number)
    assert (event.action, event.subject) == ("user.deactivated", "manager")
    assert {label for label, row in (event.before or {}).items()} == {
        "user manager",
        *(f"apitoken manager {name}" for name in ("one", "two", "three")),
    }

    console.post(reverse("admin:user_reactivate", args=[manager.pk]))

    assert not is_in(signed_in)
    assert program.get("/api/v1/teams/").status_code == 401
    assert not ApiToken.tokens.filter(user=manager).exists()
    again = Client()
    assert again.post("/accounts/login/", {"login": "manager", "password": NEW}).headers["Location"] == "/"


def test_a_new_password_ends_all_sessions_but_the_one_that_sets_it(manager: User) -> None:
    here, elsewhere = browser_of(manager), browser_of(manager)
    another = "another horse battery"
    changed = here.post("/accounts/password/change/", {"oldpassword": NEW, "password1": another, "password2": another})
    assert changed.status_code == 302
    assert is_in(here)
    assert not is_in(elsewhere)


def test_the_page_of_an_account_says_what_comes_with_its_person(console: Client, manager: User) -> None:
    page = console.get(address(User, "change", manager.pk)).content.decode()
    assert "Red team (RED)" in page
    for absent in ("is_staff", "id_groups", "user_permissions"):
        assert absent not in page


def kind_shown(console: Client, user: User) -> str:
    """What the list of accounts says that the account may do, as its own page does."""
    listed: Any = console.get(address(User, "changelist"), {"q": user.username})
    [row] = re.findall(r'<td [^>]*class="field-kind">(.*?)</td>', listed.content.decode())
    page = console.get(address(User, "change", user.pk)).content.decode()
    assert f'<div class="readonly">{row}</div>' in page
    return str(row)


def test_each_kind_of_user_is_said_in_a_word(console: Client, manager: User, administrator: User) -> None:
    staff = User.objects.create(username="staff", person=Person.objects.get(employee_id="E1"))
    auditor = User.objects.create(username="auditor", is_auditor=True)
    nobody = User.objects.create(username="nobody")
    shown = {user.username: kind_shown(console, user) for user in (administrator, auditor, manager, staff, nobody)}
    assert shown == {
        "administrator": "administrator",
        "auditor": "auditor",
        "manager": "manager",
        "staff": "staff",
        "nobody": "nothing",
    }


@pytest.mark.parametrize(
    ("begins", "ends", "kind"),
    [
        pytest.param(-1, 1, "deputy", id="today"),
        pytest.param(-1, 0, "staff", id="until today"),
        pytest.param(1, 2, "staff", id="from tomorrow"),
    ],
)
def test_a_deputy_is_said_to_be_one_on_these_days(
    console: Client, manager: User, begins: int, ends: int, kind: str
) -> None:
    today = localdate()
    person = Person.objects.get(employee_id="E1")
    staff = User.objects.create(username="staff", person=person)
    from_on, until_on = today + timedelta(days=begins), today + timedelta(days=ends)
    Deputy.objects.create(
        manager=Person.objects.get(employee_id="E2"), person=person, from_on=from_on, until_on=until_on
    )
    assert kind_shown(console, staff) == kind


def test_what_an_auditor_sees_of_an_account_offers_nothing(auditors: Client, manager: User) -> None:
    page = auditors.get(address(User, "change", manager.pk)).content.decode()
    assert "manager" in page
    for offered in ("Deactivate", "Link to set a password", "See the pages as they do", "Give a team"):
        assert offered not in page


def test_accounts_of_people_who_have_left_are_to_be_looked_at(console: Client) -> None:
    User.objects.create(username="gone", person=Person.objects.get(employee_id="E3"))
    assert "account of somebody who has left" in console.get("/admin/").content.decode()
    listed: Any = console.get(address(User, "changelist"), {"let_in": "left"})
    assert [user.username for user in listed.context["cl"].result_list] == ["gone"]


@pytest.mark.parametrize("kind", ["administrators", "auditors", "managers", "staff"])
def test_accounts_are_found_by_what_they_are(console: Client, manager: User, kind: str) -> None:
    User.objects.create(username="auditors", is_auditor=True)
    User.objects.create(username="staff", person=Person.objects.get(employee_id="E1"))
    found = {"administrators": "administrator", "auditors": "auditors", "managers": "manager", "staff": "staff"}
    listed: Any = console.get(address(User, "changelist"), {"kind": kind})
    assert [user.username for user in listed.context["cl"].result_list] == [found[kind]]


def test_a_team_is_given_and_taken_back(console: Client, manager: User) -> None:
    number = events()
    [words] = sends(console, TeamManager, **{"person-code": "E2", "team-code": "RED"})
    assert words == "E2 manages RED already."
    assert sends(console, TeamManager, **{"person-code": "E2", "team-code": "BLUE"}) == []
    assert [team.code for team in User.objects.get(pk=manager.pk).managed_teams] == ["RED", "BLUE"]

    given = TeamManager.objects.get(team__code="BLUE")
    console.post(address(TeamManager, "delete", given.pk), {"post": "yes"})

    assert [team.code for team in User.objects.get(pk=manager.pk).managed_teams] == ["RED"]
    assert events_after(number) == ["manager.named", "manager.removed"]


def test_an_administrator_revokes_the_token_of_anybody(console: Client, manager: User) -> None:
    number = events()
    token = ApiToken.tokens.get(name="one")
    page = console.get(address(ApiToken, "changelist")).content.decode()
    assert "manager" in page
    assert token.digest in page

    console.post(address(ApiToken, "delete", token.pk), {"post": "yes"})

    assert [one.name for one in ApiToken.tokens.filter(user=manager)] == ["two"]
    assert events_after(number) == ["token.revoked"]
