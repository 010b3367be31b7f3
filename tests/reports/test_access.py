"""Who may see what: every address of the site, for every kind of user, in one table."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from aiskills import health
from assessments.models import AssessmentResult
from roles.models import ApiToken, Person, TeamManager, User

from .pages import without_token

#: Each kind of user. The manager has SEC with RED below it, the other manager OPS; staff is S1, who is in RED.
WHO = (
    "administrator",
    "auditor",
    "manager",
    "other manager",
    "staff",
    "stranger",
    "deactivated",
    "signed out",
)
Statuses = tuple[int, ...]


def signed_in(status: int, *, otherwise: int = 302) -> Statuses:
    """The same for everybody who is signed in; a deactivated account signs nobody in."""
    return (status,) * 6 + (otherwise,) * 2


MISSING = signed_in(404)
#: No such address, so that nobody is asked to sign in for it.
NOWHERE = signed_in(404, otherwise=404)

#:                admin  auditor  manager  other  staff  stranger  deactivated  signed out
ONE_TEAM = {
    "SEC": (200, 200, 200, 404, 404, 404, 302, 302),
    "RED": (200, 200, 200, 404, 404, 404, 302, 302),
    "OPS": (200, 200, 404, 200, 404, 404, 302, 302),
    "ORG": (200, 200, 404, 404, 404, 404, 302, 302),
    "NONE": MISSING,
    "%00": NOWHERE,
}
A_TEAM_TO_RECORD_FOR = {
    "SEC": (200, 403, 200, 404, 404, 404, 302, 302),
    "RED": (200, 403, 200, 404, 404, 404, 302, 302),
    "OPS": (200, 403, 404, 200, 404, 404, 302, 302),
    "NONE": MISSING,
    "%00": NOWHERE,
}
ONE_PERSON = {
    "S1": (200, 200, 200, 404, 200, 404, 302, 302),
    "S2": (200, 200, 200, 404, 404, 404, 302, 302),
    "M1": (200, 200, 200, 404, 404, 404, 302, 302),
    "F1": (200, 200, 404, 200, 404, 404, 302, 302),
    "NONE": MISSING,
    "%00": NOWHERE,
}
#: By whom they are of; nobody withdraws what was found of themselves, but an administrator.
A_RESULT_TO_WITHDRAW = {
    "S1": (200, 403, 200, 404, 403, 404, 302, 302),
    "S2": (200, 403, 200, 404, 404, 404, 302, 302),
    "F1": (200, 403, 404, 403, 404, 404, 302, 302),
    "0": MISSING,
    "99999999999999999999": MISSING,
}
#: Only who it is about, whoever else may see them.
ONES_OWN = {
    "S1": (403, 403, 403, 404, 200, 404, 302, 302),
    "S2": (403, 403, 403, 404, 404, 404, 302, 302),
    # Who is the other manager.
    "F1": (403, 403, 404, 200, 404, 404, 302, 302),
    "NONE": MISSING,
    "%00": NOWHERE,
}
#: By whose it is: nobody sees those of others. One's own comes last, since the next page says that it is revoked.
A_TOKEN_TO_REVOKE = {
    "deactivated": MISSING,
    "NONE": MISSING,
    "%00": NOWHERE,
    "manager": (404, 404, 200, 404, 404, 404, 302, 302),
}


def sent(gets: dict[str, Statuses], *, status: int) -> dict[str, Statuses]:
    """What who may send something gets for an empty form; the others get what they get for asking."""
    return {thing: tuple(status if one == 200 else one for one in statuses) for thing, statuses in gets.items()}


READ_ONLY = {"": signed_in(405), "%00": NOWHERE}
NOT_HERE = {"": NOWHERE}


@dataclass(frozen=True)
class Address:
    """What each of WHO gets for reading and for sending an empty form, by the thing that stands in the braces."""

    path: str
    gets: dict[str, Statuses]
    posts: dict[str, Statuses] = field(default_factory=lambda: READ_ONLY)

    def expected(self, how: str, thing: str) -> Statuses:
        return self.posts.get(thing, self.posts.get("", ())) if how == "POST" else self.gets[thing]


ADDRESSES = {
    "home": Address("/", {"": signed_in(200)}),
    "teams": Address("/teams/", {"": signed_in(200)}),
    "team": Address("/teams/{}/", ONE_TEAM),
    "heatmap": Address("/teams/{}/heatmap/", ONE_TEAM),
    "cells": Address("/teams/{}/cells/", ONE_TEAM),
    "team_roles": Address("/teams/{}/roles/", ONE_TEAM),
    "team_threats": Address("/teams/{}/threats/", ONE_TEAM),
    "bench": Address("/teams/{}/bench/", ONE_TEAM),
    "trend": Address("/teams/{}/trend/", ONE_TEAM),
    "forecast": Address("/teams/{}/forecast/", ONE_TEAM),
    "compare": Address("/teams/{}/compare/", ONE_TEAM),
    "record": Address("/teams/{}/record/", A_TEAM_TO_RECORD_FOR, sent(A_TEAM_TO_RECORD_FOR, status=422)),
    "person": Address("/people/{}/", ONE_PERSON),
    "held": Address("/people/{}/held/", {thing: READ_ONLY.get(thing, READ_ONLY[""]) for thing in ONES_OWN}, ONES_OWN),
    "history": Address("/people/{}/history/", ONE_PERSON),
    "career": Address("/people/{}/career/", ONE_PERSON),
    "why": Address("/people/{}/competencies/C-1/", ONE_PERSON),
    "withdraw": Address("/results/{}/withdraw/", A_RESULT_TO_WITHDRAW, sent(A_RESULT_TO_WITHDRAW, status=422)),
    "tokens": Address("/tokens/", {"": signed_in(200)}, {"": signed_in(422)}),
    "revoke_token": Address("/tokens/{}/revoke/", A_TOKEN_TO_REVOKE, sent(A_TOKEN_TO_REVOKE, status=302)),
    "find": Address("/find/", {"": signed_in(200)}),
    "matrix": Address("/matrix/", {"": signed_in(200)}),
    "competency": Address("/competencies/{}/", {"C-1": signed_in(200), "NONE": MISSING, "%00": NOWHERE}),
    "health": Address("/health/", {"": signed_in(200, otherwise=200)}, {"": signed_in(405, otherwise=405)}),
    "worker_health": Address(
        "/health/worker/", {"": signed_in(503, otherwise=503)}, {"": signed_in(405, otherwise=405)}
    ),
    "set_language": Address("/language/", {"": signed_in(405, otherwise=405)}, {"": signed_in(302)}),
    "see_as_stop": Address("/see-as/stop/", {"": signed_in(405, otherwise=405)}, {"": signed_in(302)}),
    "set_own_password": Address(
        "/accounts/own-password/MQ/{}/", {"0-0": signed_in(200, otherwise=200)}, {"": signed_in(200, otherwise=200)}
    ),
    "account_login": Address(
        "/accounts/login/", {"": signed_in(302, otherwise=200)}, {"": signed_in(302, otherwise=200)}
    ),
    "account_logout": Address("/accounts/logout/", {"": signed_in(200)}, {"": signed_in(302)}),
    "account_inactive": Address(
        "/accounts/inactive/", {"": signed_in(200, otherwise=200)}, {"": signed_in(405, otherwise=405)}
    ),
    "account_signup": Address(
        "/accounts/signup/", {"": signed_in(302, otherwise=200)}, {"": signed_in(302, otherwise=200)}
    ),
    "account_reauthenticate": Address("/accounts/reauthenticate/", NOT_HERE, NOT_HERE),
    "account_change_password": Address("/accounts/password/change/", {"": signed_in(200)}, {"": signed_in(200)}),
    "account_set_password": Address("/accounts/password/set/", {"": signed_in(302)}, {"": signed_in(302)}),
    "account_confirm_login_code": Address("/accounts/login/code/confirm/", NOT_HERE, NOT_HERE),
    "account_email": Address("/accounts/email/", NOT_HERE, NOT_HERE),
    "account_email_verification_sent": Address("/accounts/confirm-email/", NOT_HERE, NOT_HERE),
    "account_confirm_email": Address("/accounts/confirm-email/key/", NOT_HERE, NOT_HERE),
    "account_reset_password": Address("/accounts/password/reset/", NOT_HERE, NOT_HERE),
    "account_reset_password_done": Address("/accounts/password/reset/done/", NOT_HERE, NOT_HERE),
    "account_reset_password_from_key": Address("/accounts/password/reset/key/1-key/", NOT_HERE, NOT_HERE),
    "account_reset_password_from_key_done": Address("/accounts/password/reset/key/done/", NOT_HERE, NOT_HERE),
}


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            # Those of the console are in tests/console/test_access.py.
            yield from patterns(pattern) if pattern.namespace != "admin" else ()
        else:
            yield pattern


#: Those of REST, which begin with `api_`, are in tests/api/test_access.py.
VIEWS = {
    pattern.name: pattern.callback
    for pattern in patterns(get_resolver())
    if pattern.name and not pattern.name.startswith("api_")
}


def targets(name: str) -> set[str]:
    """The ids of what htmx may ask the view to fill: the keys of the templates that its module names."""
    tree = ast.parse(inspect.getsource(inspect.getmodule(inspect.unwrap(VIEWS[name]))))  # type: ignore[arg-type]
    dicts = [node for node in ast.walk(tree) if isinstance(node, ast.Dict)]
    return {
        str(key.value)
        for node in dicts
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(value, ast.Constant) and str(value.value).endswith(".html")
    }


def test_no_address_is_left_out() -> None:
    assert set(ADDRESSES) == set(VIEWS)


def test_the_fragments_of_the_pages_are_found() -> None:
    assert "panel" in targets("why")
    assert targets("health") == set()


@pytest.fixture
def cast(people: dict[str, User]) -> dict[str, User]:
    """The fixed cast, with a manager of another branch, and an administrator who has left."""
    other = Person.objects.get(employee_id="F1")
    TeamManager.objects.create(team=other.memberships.get().team, person=other)
    everybody = {
        **people,
        "other manager": User.objects.create(username="other", person=other),
        "deactivated": User.objects.create(username="deactivated", is_superuser=True, is_active=False),
    }
    for who in ("manager", "deactivated"):
        ApiToken.objects.create(everybody[who], name="Power BI")
    return everybody


@pytest.mark.parametrize("who", WHO)
def test_everybody_gets_what_is_theirs_and_cannot_tell_the_rest_from_what_is_missing(
    cast: dict[str, User], who: str
) -> None:
    wrong, told_apart = {}, set()
    for name, address in ADDRESSES.items():
        client = client_of(cast, who)
        missing: dict[str, tuple[bytes, str]] = {}
        for thing in address.gets:
            for how, response in answers(client, path(address, thing), targets(name)):
                if response.status_code != address.expected(how, thing)[WHO.index(who)]:
                    wrong[name, how, thing] = response.status_code
                if response.status_code == 404 and looks(response) != missing.setdefault(how, looks(response)):
                    told_apart.add((name, how))
    assert wrong == {}
    assert told_apart == set()


@pytest.fixture(autouse=True)
def nothing_counted_yet() -> None:
    """allauth counts in the cache how often somebody sends a form, and grows tired of it."""
    cache.clear()


@pytest.fixture(autouse=True)
def nobody_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker has said that it is there, whatever other tests have left beside the database."""
    monkeypatch.setattr(health, "worker_is_there", lambda *, at: False)


def client_of(cast: dict[str, User], who: str) -> Client:
    client = Client(raise_request_exception=False)
    if who in cast:
        client.force_login(cast[who])
    return client


def path(address: Address, thing: str) -> str:
    """The path to a thing; a result and a token stand in it by their keys, and are named here by whose they are."""
    if "results" in address.path and not thing.isdigit():
        thing = str(AssessmentResult.objects.filter(person__employee_id=thing).earliest("pk").pk)
    if "tokens" in address.path:
        thing = ApiToken.objects.filter(user__username=thing).values_list("digest", flat=True).first() or thing
    return address.path.format(thing)


def answers(client: Client, path: str, targets: set[str]) -> Iterator[tuple[str, Any]]:
    """What comes of asking for a page, for each part of it, and of sending an empty form."""
    yield "GET", client.get(path)
    for target in targets:
        yield f"GET for {target}", client.get(path, headers={"HX-Request": "true", "HX-Target": target})
    yield "POST", client.post(path)


def looks(response: Any) -> tuple[bytes, str]:
    """All that a reader can tell of an answer."""
    headers = sorted(
        (name, value) for name, value in response.headers.items() if name not in {"Content-Length", "X-Request-ID"}
    )
    return without_token(response.content), repr(headers)
