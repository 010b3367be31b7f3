"""Lists of the console: all models, found by words, in as many queries for a thousand rows as for ten."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.timezone import localdate

from roles.admin import lists
from roles.models import AuditEvent, MatrixVersion, Membership, Organisation, Person, RoleFamily, Team, User
from tests.browser.console import actions

from .rows import BUILDERS, registered
from .sending import address

#: What no list shows, each with the reason.
NOT_LISTED = {
    "ApiUse": "how often somebody has called REST within a minute",
    "AuditHead": "the end of the chain, one row",
    "BadRow": "on the page of its import",
    "CatalogueStamp": "changes with the catalogue, by triggers; read by reports",
    "ChangePage": "on the page of its import",
    "CompetencyIndicator": "with its competency",
    "CompetencyStage": "with its competency",
    "CounterBlock": "derived from the facts; read by reports",
    "CounterChange": "derived from the facts; read by reports",
    "CounterMove": "derived from the facts; read by reports",
    "MovedBlock": "derived from the facts; read by reports",
    "FilePart": "on the page of its import",
    "IdempotentRequest": "what REST has answered, for a day",
    "ImportFile": "on the page of its import",
    "MendedRow": "on the page of its import",
    "Presence": "derived from the facts; read by reports",
    "RoleRequirement": "in the editor of the matrix",
    "Standing": "derived from the facts; shown on the pages",
    "ThreatReference": "with its threat",
    "Worker": "said on the first page where none is there",
}


#: Their lists lead to a page of their own.
LEADS_ELSEWHERE = {MatrixVersion, Organisation}


def test_every_model_is_in_the_console_or_said_not_to_be() -> None:
    ours = {model for room in ("roles", "assessments", "reports") for model in apps.get_app_config(room).get_models()}
    missing = {model.__name__ for model in ours - registered()}
    assert missing - NOT_LISTED.keys() == set()
    assert NOT_LISTED.keys() - missing == set()
    assert registered() <= ours, "only what is ours, whose writing is recorded"


def test_every_list_has_rows_to_be_tried_with() -> None:
    assert registered() <= set(BUILDERS)


each_model = pytest.mark.parametrize("model", sorted(registered(), key=str), ids=lambda model: model.__name__)


def asked(client: Client, address: str) -> tuple[int, list[str]]:
    """The status of the page and what it asked of the database."""
    ContentType.objects.clear_cache()
    with CaptureQueriesContext(connection) as queries:
        status = client.get(address, follow=True).status_code
    return status, [query["sql"] for query in queries]


@pytest.fixture
def console(client: Client, db: None) -> Client:
    client.force_login(User.objects.create(username="administrator", is_superuser=True))
    return client


@each_model
def test_pages_ask_as_often_with_a_thousand_rows_as_with_ten(console: Client, model: Any) -> None:
    for few, many in zip(queries_with(console, model, 10), queries_with(console, model, 1_000), strict=True):
        assert len(many) == len(few), [query for query in many if query not in few]
        assert len(many) <= 16


def queries_with(client: Client, model: Any, rows: int) -> list[list[str]]:
    """What the list and the page of the first row ask of the database, if there are so many rows."""
    with transaction.atomic():
        BUILDERS[model](rows)
        addresses = [address(model, "changelist"), address(model, "change", model._default_manager.first().pk)]
        answers = [asked(client, one) for one in addresses]
        transaction.set_rollback(True)
    assert {status for status, _ in answers} == {200}
    return [queries for _, queries in answers]


@pytest.mark.parametrize(("model", "action"), list(actions()), ids=lambda one: getattr(one, "__name__", one))
def test_what_is_asked_before_many_are_changed_costs_the_same_for_ten_as_for_a_thousand(
    console: Client, model: Any, action: str
) -> None:
    few, many = (queries_before(console, model, action, rows) for rows in (10, 1_000))
    assert len(many) == len(few), [query for query in many if query not in few]
    assert len(many) <= 16


def queries_before(client: Client, model: Any, action: str, rows: int) -> list[str]:
    """What the page asks of the database that comes before something is done to so many rows."""
    with transaction.atomic():
        BUILDERS[model](rows)
        keys = [*model._default_manager.values_list("pk", flat=True)[:rows]]
        sent = {"action": action, ACTION_CHECKBOX_NAME: keys}
        ContentType.objects.clear_cache()
        with CaptureQueriesContext(connection) as queries:
            answer = client.post(address(model, "changelist"), sent)
        assert (answer.status_code, answer.templates[0].name) == (200, "admin/roles/many.html")
        transaction.set_rollback(True)
    return [query["sql"] for query in queries]


def test_a_long_list_is_counted_no_further_than_anybody_turns_pages(
    console: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "COUNTED_AT_MOST", 120)
    BUILDERS[RoleFamily](200)
    _, queries = asked(console, address(RoleFamily, "changelist"))
    counts = [query for query in queries if "COUNT(" in query and "roles_rolefamily" in query]
    assert len(counts) == 1
    assert "LIMIT 120" in counts[0]
    page = console.get(address(RoleFamily, "changelist"), {"p": 3}).content.decode()
    assert "The first 120; search or filter to find the others" in page
    assert console.get(address(RoleFamily, "changelist"), {"q": "Family 19"}).content.decode().count("Family 19") >= 11


@each_model
def test_an_empty_list_says_so_and_what_would_stand_there(console: Client, model: Any) -> None:
    about = admin.site._registry[model].about  # type: ignore[attr-defined]  # every admin of the console has it
    assert str(about) or model in LEADS_ELSEWHERE
    if model in {User, AuditEvent, *LEADS_ELSEWHERE}:  # Whoever looks is there, and was added.
        return
    model._base_manager.all()._raw_delete(using="default")
    page = console.get(address(model, "changelist")).content.decode()
    assert str(about) in unescape(page)
    assert "There is nothing here yet." in page


@each_model
def test_every_cell_says_what_its_column_is_called_for_who_sees_no_columns(console: Client, model: Any) -> None:
    if model in LEADS_ELSEWHERE:
        return
    BUILDERS[model](2)
    page = console.get(address(model, "changelist")).content.decode()
    heads = re.findall(r'<div class="text">(?:<a [^>]*>|<span>)([^<]*)', page)
    row = page.split("<tbody")[1].split("</tr>")[0]
    assert re.findall(r'<t[dh] role="(?:cell|rowheader)" data-label="([^"]*)"', row) == heads
    assert len(heads) == row.count("</td>") + row.count("</th>")


@each_model
def test_a_list_and_its_columns_are_called_by_words_of_ours_which_are_translated(model: Any) -> None:
    shown = admin.site._registry[model]
    fields = {field.name: field for field in model._meta.concrete_fields}
    columns = [fields[str(name)] for name in (*shown.list_display, *shown.list_filter) if str(name) in fields]
    names = [model._meta.verbose_name, model._meta.verbose_name_plural, *(field.verbose_name for field in columns)]
    assert [name for name in names if not isinstance(name, Promise)] == []


def test_where_nothing_is_found_the_list_leads_back_to_all(console: Client) -> None:
    BUILDERS[RoleFamily](3)
    page = console.get(address(RoleFamily, "changelist"), {"q": "nowhere"}).content.decode()
    assert 'Nothing matches the search and the filters. <a href="?">Show all</a>' in page


@each_model
def test_a_list_answers_whatever_is_asked_of_it(console: Client, model: Any) -> None:
    BUILDERS[model](10)
    for query in ({"q": "P1"}, {"q": "\0"}, {"q": "'\"%_" * 50}, {"p": "99999999"}, {"o": "1.-2"}, {"needs": "junk"}):
        assert console.get(address(model, "changelist"), query, follow=True).status_code == 200, query
    for key in ("77777", "x", "9" * 30, "_00"):
        response = console.get(address(model, "change", key))
        assert response.status_code in {302, 404}, key


@pytest.mark.parametrize("word", ["today", "to_come", "ended", "voided"])
def test_stretches_are_found_by_when_they_hold(console: Client, word: str) -> None:
    root = Team.objects.create(code="ROOT", name="Root")
    person = Person.objects.create(employee_id="P1", name="Person", joined_on=date(2024, 1, 1))
    today = localdate()
    days = {
        "ended": (today - timedelta(days=9), today),
        "today": (today, today + timedelta(days=9)),
        "to_come": (today + timedelta(days=9), None),
        "voided": (today + timedelta(days=2), today + timedelta(days=2)),
    }
    for from_on, until_on in days.values():
        Membership.objects.create(person=person, team=root, from_on=from_on, until_on=until_on)
    page: Any = console.get(address(Membership, "changelist"), {"when": word})
    assert [(row.from_on, row.until_on) for row in page.context["cl"].result_list] == [days[word]]


def test_people_are_found_by_id_name_and_address(console: Client) -> None:
    for employee_id, name, email in (("A1", "Ada", "ada@example.org"), ("B2", "Bo", "")):
        Person.objects.create(employee_id=employee_id, name=name, email=email, joined_on=date(2024, 1, 1))
    for words in ("a1", "ADA", "ada@"):
        page: Any = console.get(address(Person, "changelist"), {"q": words})
        assert [row.employee_id for row in page.context["cl"].result_list] == ["A1"], words


def test_the_fields_for_other_rows_find_them_while_one_types(console: Client) -> None:
    BUILDERS[Person](3)
    asks = {"app_label": "roles", "model_name": "membership", "field_name": "person", "term": "P1"}
    found = console.get(reverse("admin:autocomplete"), asks).json()["results"]
    assert [one["text"] for one in found] == ["Person 1 (P1)"]


def test_the_tree_shows_each_team_below_the_one_above_it(console: Client) -> None:
    root = Team.objects.create(code="Z", name="Root")
    for code, parent in (("B", root), ("A", root)):
        Team.objects.create(code=code, name=code, parent=parent)
    page = console.get(address(Team, "changelist")).content.decode()
    assert page.index('class="depth-0">Root') < page.index('class="depth-1">B') < page.index('class="depth-1">A')
