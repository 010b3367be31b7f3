"""Whatever is sent beside what the schema allows changes nothing, and is refused by its name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from rest_framework.test import APIClient

from roles.bulk import batches
from tests.organisation import everything

from .conftest import Calling
from .test_writing_junk import without_use
from .things import add_the_rest
from .writers import WRITERS

#: Names that no column has, but that somebody may try: keys of forms, of other interfaces, of Python.
TRIED = (
    "pk",
    "id",
    "_state",
    "__class__",
    "data",
    "instance",
    "person.id",
    "person__id",
    "scope",
    "role_id",
    "from_on",
)


def names() -> list[str]:
    """Every field of every model of ours and of the users', and every way to a related one."""
    found = set(TRIED)
    for room in ("roles", "assessments", "reports"):
        for model in apps.get_app_config(room).get_models():
            for field in model._meta.get_fields():
                found |= {field.name, getattr(field, "attname", field.name)}
    return sorted(found)


#: The columns that each writer may set, by its table; the rest of the row is as the server makes it, or as it was.
SETS = {
    "add a team": ("roles_team", {"code", "name", "parent_id"}, {"id", "path", "updated_at"}),
    "change a team": ("roles_team", {"name", "parent_id"}, {"path", "updated_at"}),
    "add a person": (
        "roles_person",
        {"employee_id", "name", "email", "joined_on", "left_on"},
        {"id", "updated_at"},
    ),
    "change a person": ("roles_person", {"name", "email", "joined_on", "left_on"}, {"updated_at"}),
    "add a membership": (
        "roles_membership",
        {"person_id", "team_id", "from_on", "until_on"},
        {"id", "updated_at"},
    ),
    "change a membership": ("roles_membership", {"until_on"}, {"updated_at"}),
    "add an assignment": (
        "roles_roleassignment",
        {"person_id", "role_id", "from_on", "until_on"},
        {"id", "updated_at"},
    ),
    "change an assignment": ("roles_roleassignment", {"until_on"}, {"updated_at"}),
    "add an exemption": (
        "assessments_exemption",
        {"person_id", "competency_id", "from_on", "until_on", "reason"},
        {"id", "updated_at"},
    ),
    "change an exemption": ("assessments_exemption", {"until_on", "reason"}, {"updated_at"}),
    "add a result": (
        "assessments_assessmentresult",
        {
            "result_id",
            "person_id",
            "competency_id",
            "level",
            "method",
            "assessed_on",
            "expires_on",
            "assessor",
            "evidence",
        },
        {"id", "recorded_at", "recorded_by_id", "withdrawn_reason"},
    ),
    "withdraw a result": (
        "assessments_assessmentresult",
        {"withdrawn_reason"},
        {"withdrawn_at", "withdrawn_by_id"},
    ),
}


@pytest.fixture
def admin(calling: Calling) -> APIClient:
    add_the_rest()
    return calling("administrator")


def values() -> Iterator[Any]:
    yield from (1, True, "x", None, [], {"id": 1})


@pytest.mark.parametrize("name", WRITERS)
def test_every_other_field_is_refused_by_its_name_and_nothing_is_written(admin: APIClient, name: str) -> None:
    writer = WRITERS[name]
    path, before = writer.path(), without_use(everything())
    for others in batches((other for other in names() if other not in writer.body), 10):
        response = getattr(admin, writer.method)(path, {**writer.body, **dict.fromkeys(others, 1)})
        assert response.status_code == 400, others
        assert [one["field"] for one in response.json()["errors"]] == others
    for value in values():
        every = {other: value for other in names() if other not in writer.body}
        assert getattr(admin, writer.method)(path, {**writer.body, **every}).status_code == 400
    assert without_use(everything()) == before


@pytest.mark.parametrize("name", WRITERS)
def test_a_writer_changes_its_own_columns_of_its_own_row_and_nothing_else(admin: APIClient, name: str) -> None:
    table, sent, made = SETS[name]
    writer = WRITERS[name]
    path, before, begun = writer.path(), without_use(everything()), datetime.now(UTC)
    assert getattr(admin, writer.method)(path, writer.body).status_code in {200, 201}
    after = without_use(everything())
    derived = {table, "reports_standing", "reports_presence", "roles_auditevent", "roles_audithead"}
    assert {other for other in after if after[other] != before[other]} <= derived
    was, now = by_key(table, before), by_key(table, after)
    [key] = [key for key, row in now.items() if was.get(key) != row]
    former = was.get(key) or dict.fromkeys(now[key], None)
    changed = {column for column, value in now[key].items() if value != former[column] and value != ""}
    assert changed <= sent | made
    assert all(now[key][column] >= begun for column in changed & {"updated_at", "recorded_at", "withdrawn_at"})


def by_key(table: str, tables: dict[str, list[Any]]) -> dict[int, dict[str, Any]]:
    """The rows of a table by their keys, each by column."""
    rows = [dict(zip(columns(table), row, strict=True)) for row in tables[table]]
    return {row["id"]: row for row in rows}


def columns(table: str) -> list[str]:
    model: type[models.Model] = next(one for one in apps.get_models() if one._meta.db_table == table)
    return [field.attname for field in model._meta.concrete_fields]


def test_who_recorded_and_when_is_the_callers_and_the_servers(admin: APIClient) -> None:
    begun = datetime.now(UTC)
    recorded = admin.post(WRITERS["add a result"].path(), WRITERS["add a result"].body).json()
    assert recorded["recorded_by"] == "administrator"
    assert datetime.fromisoformat(recorded["recorded_at"]) >= begun
    assert (recorded["withdrawn_at"], recorded["withdrawn_by"], recorded["withdrawn_reason"]) == (None, None, "")
