"""When a row was last changed is kept by every way of writing one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor
from django.utils.timezone import now

from assessments import guards as guards_of_results
from assessments.models import Exemption
from roles import guards
from roles.bulk import insert_rows, update_rows
from roles.models import Membership, Person, RoleAssignment, Team
from roles.services import move_team
from tests.organisation import OrganisationFiles

from .conftest import tree

if TYPE_CHECKING:
    from .conftest import Cast

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
DAY = date(2024, 1, 1)


def age(model: type[models.Model]) -> None:
    """Have all rows last changed long ago."""
    model._default_manager.update(updated_at=LONG_AGO)


def stamp(row: Any) -> datetime:
    """When the row was last changed, as it is stored."""
    found: datetime = type(row)._default_manager.values_list("updated_at", flat=True).get(pk=row.pk)
    return found


def saved(person: Person) -> None:
    person.name = "Other"
    person.save()


def saved_in_part(person: Person) -> None:
    person.name = "Other"
    person.save(update_fields=["name"])


def bulk_updated(person: Person) -> None:
    person.name = "Other"
    Person.objects.bulk_update([person], ["name"])


WAYS: dict[str, Callable[[Person], object]] = {
    "save": saved,
    "save of a field": saved_in_part,
    "update": lambda person: Person.objects.filter(pk=person.pk).update(name="Other"),
    "update_or_create": lambda person: Person.objects.update_or_create(pk=person.pk, defaults={"name": "Other"}),
    "bulk_update": bulk_updated,
    "bulk_create over what is there": lambda person: Person.objects.bulk_create(
        [Person(employee_id=person.employee_id, name="Other", joined_on=DAY)],
        update_conflicts=True,
        update_fields=["name"],
        unique_fields=["employee_id"],
    ),
    "update_rows": lambda person: update_rows(Person, ["name"], [(person.pk, ["Other"])]),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_every_way_of_changing_a_row_says_when(cast: Cast, way: Callable[[Person], object]) -> None:
    age(Person)
    begun = now()
    way(Person.objects.get(pk=cast.ada.pk))
    assert Person.objects.get(pk=cast.ada.pk).name == "Other"
    assert begun <= stamp(cast.ada) <= now()
    assert stamp(cast.bo) == LONG_AGO


@pytest.mark.parametrize("way", ["save", "bulk_create", "insert_rows"])
def test_every_way_of_adding_a_row_says_when(db: None, way: str) -> None:
    begun = now()
    if way == "save":
        Person.objects.create(employee_id="NEW", name="New", joined_on=DAY)
    elif way == "bulk_create":
        Person.objects.bulk_create([Person(employee_id="NEW", name="New", joined_on=DAY)])
    else:
        insert_rows(Person, ["employee_id", "name", "email", "joined_on"], [["NEW", "New", "", DAY]])
    assert begun <= stamp(Person.objects.get(employee_id="NEW")) <= now()


def test_all_that_is_asked_for_by_its_changes_has_the_column() -> None:
    for model in (Team, Person, Membership, RoleAssignment, Exemption):
        assert getattr(model._meta.get_field("updated_at"), "db_index", False), model


def test_an_import_touches_what_changes_and_nothing_else(db: None, tmp_path: Path) -> None:
    files = OrganisationFiles(tmp_path).small()
    files.as_import()
    for model in (Team, Person, Membership, RoleAssignment, Exemption):
        age(model)
    files.change("teams", 2, name="Redder").change("people", 3, name="Other").change("exemptions", 2, reason="Other")
    files.add("assignments", ("E3", "ENG", "2024-01-01", "2025-01-01"))
    files.as_import()
    changed = {
        model.__name__: [str(row) for row in model.objects.filter(updated_at__gt=LONG_AGO)]
        for model in (Team, Person, Membership, RoleAssignment, Exemption)
    }
    assert changed == {
        "Team": ["Redder (RED)"],
        "Person": ["Other (E2)"],
        "Membership": [],
        "RoleAssignment": ["Chi Đặng (E3): ENG Engineer from 2024-01-01"],
        "Exemption": ["Other (E2): exempt from C-2 from 2025-01-01"],
    }


def test_a_move_changes_the_team_and_not_those_below(db: None) -> None:
    teams = tree()
    age(Team)
    begun = now()
    move_team(team=teams["A"], parent=teams["B"])
    assert begun <= stamp(teams["A"]) <= now()
    assert {code for code, team in teams.items() if stamp(team) == LONG_AGO} == {"ORG", "AA", "AAA", "B"}
    age(Team)
    move_team(team=teams["A"], parent=teams["B"])
    assert stamp(teams["A"]) == LONG_AGO


@pytest.mark.django_db(transaction=True)
def test_what_was_there_before_got_the_time_of_the_migration() -> None:
    executor = MigrationExecutor(connection)
    guards.lift(using="default")
    executor.migrate([("roles", "0003_token_names"), ("assessments", "0001_initial")])
    try:
        before = executor.loader.project_state([("roles", "0003_token_names")]).apps.get_model("roles", "Person")
        person = before._default_manager.create(employee_id="OLD", name="Old", joined_on=DAY)
        begun = now()
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
        guards.install(using="default")
        guards_of_results.install(using="default")
    assert begun - timedelta(seconds=1) <= Person.objects.get(pk=person.pk).updated_at <= now()
