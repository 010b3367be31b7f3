"""Who comes into the console and who writes there: every address of it, for every kind of user, in one table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.timezone import now

from assessments.models import AssessmentResult, Exemption, Import
from roles.models import (
    ApiToken,
    AuditEvent,
    Competency,
    Deputy,
    Job,
    MatrixVersion,
    Membership,
    Organisation,
    Person,
    Role,
    RoleAssignment,
    RoleFamily,
    ScaleLevel,
    Team,
    TeamManager,
    Threat,
    User,
)
from tests.organisation import everything

from .rows import registered

INSIDE = ("administrator", "auditor")
#: Led away: to the first page of what is theirs, or to the sign-in.
OUTSIDE = ("manager", "other manager", "staff", "stranger", "deactivated", "signed out")

Pair = tuple[int, int]


class Gets(NamedTuple):
    """What an administrator and an auditor get for asking, and for sending an empty form."""

    asking: Pair
    sending: Pair


#: Both read; the administrator's empty form is shown again, or has nothing to say.
EDITED = Gets((200, 200), (200, 403))
EDITED_WITHOUT_MORE = Gets((200, 200), (302, 403))
WRITTEN = Gets((200, 403), (200, 403))
SHOWN = Gets((200, 200), (403, 403))
NOBODYS = Gets((403, 403), (403, 403))
LEADS = Gets((302, 302), (302, 302))
READ = Gets((200, 200), (405, 405))
MISSING = Gets((404, 404), (404, 404))

LISTED = {"changelist": EDITED, "history": LEADS}
CATALOGUE = {**LISTED, "add": WRITTEN, "change": EDITED, "delete": WRITTEN}
KEPT = {**CATALOGUE, "delete": NOBODYS}
MODELS: dict[type[Model], dict[str, Gets]] = {
    ApiToken: {**KEPT, "add": NOBODYS, "change": SHOWN, "delete": WRITTEN},
    AssessmentResult: {**KEPT, "change": SHOWN},
    Competency: CATALOGUE,
    Deputy: KEPT,
    Exemption: {**KEPT, "change": EDITED_WITHOUT_MORE},
    # Without its end it would overlap the next.
    Membership: KEPT,
    Organisation: {**KEPT, "changelist": LEADS, "add": NOBODYS},
    Person: KEPT,
    Role: CATALOGUE,
    RoleAssignment: {**KEPT, "change": EDITED_WITHOUT_MORE},
    RoleFamily: CATALOGUE,
    ScaleLevel: {**KEPT, "add": NOBODYS},
    Team: CATALOGUE,
    TeamManager: {**CATALOGUE, "change": SHOWN},
    Threat: CATALOGUE,
    User: KEPT,
    # With pages of their own.
    AuditEvent: {**KEPT, "add": NOBODYS, "change": Gets((200, 200), (200, 200)), "history": MISSING},
    Import: {**KEPT, "add": LEADS, "change": LEADS, "history": MISSING},
    Job: {**KEPT, "add": NOBODYS, "change": LEADS, "history": MISSING},
    MatrixVersion: {**KEPT, "changelist": LEADS, "add": NOBODYS, "change": LEADS},
}

#: Pages of the console's own, by name, with what stands in the address.
PAGES: dict[str, tuple[list[object], Gets]] = {
    "index": ([], Gets((200, 200), (200, 200))),
    "login": ([], LEADS),
    "logout": ([], LEADS),
    "password_change": ([], LEADS),
    "password_change_done": ([], LEADS),
    "app_list": (["roles"], LEADS),
    "autocomplete": ([], Gets((403, 403), (405, 405))),
    "jsi18n": ([], READ),
    "view_on_site": ([1, 1], MISSING),
    "job": (["job"], READ),
    "person_held": (["person"], Gets((405, 405), (200, 403))),
    "person_erase": (["person"], Gets((200, 403), (422, 403))),
    "user_link": (["user"], Gets((405, 405), (200, 403))),
    "user_see_as": (["user"], Gets((200, 403), (422, 403))),
    "user_deactivate": (["user"], Gets((200, 403), (302, 403))),
    "user_reactivate": (["user"], Gets((405, 405), (302, 403))),
    "audit": ([], READ),
    "audit_verify": ([], Gets((405, 405), (302, 302))),
    "audit_export": ([], Gets((405, 405), (200, 200))),
    "matrix_versions": ([], READ),
    "matrix_begin": ([], Gets((200, 403), (422, 403))),
    "matrix_compare": ([], READ),
    "matrix_work": ([999], Gets((404, 404), (405, 405))),
    "matrix_version": (["v1"], Gets((200, 200), (409, 403))),
    "matrix_details": (["v1"], MISSING),
    "matrix_discard": (["v1"], MISSING),
    "matrix_file": (["v1"], READ),
    "matrix_upload": (["v1"], Gets((405, 405), (404, 404))),
    "matrix_effect": (["v1"], MISSING),
    "matrix_publish": (["v1"], MISSING),
    "import_upload": ([], Gets((200, 403), (422, 403))),
    "import": (["import"], READ),
    "import_changes": (["import", 0], Gets((404, 404), (405, 405))),
    "import_bad_rows": (["import", 0], Gets((404, 404), (405, 405))),
    "import_mend": (["import"], Gets((405, 405), (422, 403))),
    "import_preview": (["import"], Gets((405, 405), (302, 403))),
    "import_commit": (["import"], Gets((405, 405), (302, 403))),
    "import_discard": (["import"], Gets((405, 405), (302, 403))),
}


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern)
        else:
            yield pattern


def names() -> set[str]:
    """The names of all addresses in the console's namespace."""
    [console] = [
        one for one in get_resolver().url_patterns if isinstance(one, URLResolver) and one.namespace == "admin"
    ]
    return {pattern.name for pattern in patterns(console) if pattern.name}


def model_name(model: type[Model], what: str) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}_{what}"


def test_no_address_is_left_out() -> None:
    assert registered() == set(MODELS)
    assert names() == set(PAGES) | {model_name(model, what) for model, gets in MODELS.items() for what in gets}


@pytest.fixture
def users(organisation: None) -> dict[str, User]:
    """The cast, and a row of each model that the small organisation leaves out."""

    def user(name: str, employee_id: str = "", **rights: bool) -> User:
        person = Person.objects.filter(employee_id=employee_id).first()
        return User.objects.create(username=name, person=person, **rights)

    blue = Team.objects.get(code="BLUE")
    TeamManager.objects.create(team=blue, person=Person.objects.get(employee_id="E1"))
    cast = {
        "administrator": user("administrator", is_superuser=True),
        "auditor": user("auditor", is_auditor=True),
        "manager": user("manager", "E2"),
        "other manager": user("other", "E1"),
        "staff": user("staff", "E3"),
        "stranger": user("stranger"),
        "deactivated": user("deactivated", is_superuser=True, is_active=False),
    }
    ScaleLevel.objects.create(value=1, name="Aware", summary="Knows")
    Threat.objects.create(code="T-1", title="Injection")
    Organisation.current()
    people = [Person.objects.get(employee_id=code) for code in ("E1", "E2")]
    Deputy.objects.create(manager=people[1], person=people[0], from_on=date(2024, 1, 1), until_on=date(2024, 2, 1))
    ApiToken.objects.create(cast["manager"], name="BI")
    Job.objects.create(kind="set_rules", asked_by=cast["administrator"], asked_at=now(), surface="console")
    Import.objects.create(uploaded_by=cast["administrator"], uploaded_at=now())
    return cast


def addresses() -> Iterator[tuple[str, Gets]]:
    """Every address, with what the two who come in get there."""
    user = User.objects.get(username="stranger")
    there = {"job": Job.objects.latest("pk").pk, "import": Import.objects.latest("pk").pk, "user": user.pk}
    there["person"] = Person.objects.get(employee_id="E3").pk
    for name, (arguments, gets) in PAGES.items():
        yield reverse(f"admin:{name}", args=[there.get(str(one), one) for one in arguments]), gets
    for model, pages in MODELS.items():
        row = model._default_manager.first()
        assert row is not None, model
        for what, gets in pages.items():
            keys = [] if what in {"changelist", "add"} else [row.pk]
            yield reverse(f"admin:{model_name(model, what)}", args=keys), gets


def client_of(users: dict[str, User], who: str) -> Client:
    client = Client(raise_request_exception=False)
    if who in users:
        client.force_login(users[who])
    return client


@pytest.mark.parametrize("who", INSIDE)
def test_administrators_write_and_auditors_read(users: dict[str, User], who: str) -> None:
    client, wrong = client_of(users, who), {}
    for address, gets in [*addresses()]:
        for how, expected in {"get": gets.asking, "post": gets.sending}.items():
            status = getattr(client, how)(address).status_code
            if status != expected[INSIDE.index(who)]:
                wrong[how, address] = status
    assert wrong == {}


@pytest.mark.parametrize("who", OUTSIDE)
def test_everybody_else_is_led_away_from_every_address(users: dict[str, User], who: str) -> None:
    client, wrong = client_of(users, who), {}
    own = {"/admin/login/", "/admin/", "/", "/accounts/login/"}
    for address, _ in [*addresses(), ("/admin/nowhere/", MISSING)]:
        for how in ("get", "post"):
            response = getattr(client, how)(address)
            if response.status_code != 302 or response["Location"].split("?")[0] not in own:
                wrong[how, address] = (response.status_code, response.get("Location"))
    assert wrong == {}
    led = client.get("/admin/", follow=True).redirect_chain[-1][0].split("?")[0]
    assert led == ("/accounts/login/" if who in {"deactivated", "signed out"} else "/")


def test_an_auditor_changes_nothing_by_whatever_they_send_to_the_models(users: dict[str, User]) -> None:
    client = client_of(users, "auditor")
    before = everything()
    for model, pages in MODELS.items():
        row = model._default_manager.first()
        assert row is not None
        values = {field.name: field.value_from_object(row) or "" for field in model._meta.concrete_fields}
        for what in pages:
            keys = [] if what in {"changelist", "add"} else [row.pk]
            client.post(reverse(f"admin:{model_name(model, what)}", args=keys), {**values, "post": "yes", "name": "X"})
    after = everything()
    assert {table: rows for table, rows in after.items() if rows != before[table]} == {}
