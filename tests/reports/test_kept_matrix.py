"""The matrix and the catalogue that a process keeps are those in the database, whatever is written there, and how."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.models import Model
from django.utils.timezone import now

from reports.queries import reported
from reports.queries.catalogue import Catalogue, _read
from reports.queries.catalogue import catalogue as choices
from reports.queries.look import look_at
from reports.queries.reported import KEPT, Matrix, matrix_on
from roles.catalogue_stamp import STAMPED
from roles.models import (
    CatalogueStamp,
    Competency,
    CompetencyStage,
    MatrixVersion,
    Organisation,
    Role,
    RoleFamily,
    RoleRequirement,
    Team,
    Threat,
)
from roles.services import publish_version

DAY = date(2024, 6, 1)


def seen(day: date = DAY) -> Matrix:
    """What a report of the day is made by."""
    return matrix_on(day, stamp=look_at(Team.objects.get(), day).stamp)


def stored() -> Matrix:
    return reported._read(DAY)


def told(matrix: Matrix) -> Matrix:
    """All but the stamp, to compare."""
    return replace(matrix, stamp=None)


def execute(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def catalogue(db: None) -> None:
    make_catalogue()


def make_catalogue() -> None:
    Team.objects.create(code="T", name="T")
    Organisation.current()
    competency = Competency.objects.create(code="C1", title="C", dimension="risk")
    competency.threats.add(Threat.objects.create(code="AT1", title="A"))
    CompetencyStage.objects.create(competency=competency, stage="design")
    role = Role.objects.create(code="R1", title="R")
    version = MatrixVersion.objects.create(code="V1", effective_from=date(2024, 1, 1))
    RoleRequirement.objects.create(version=version, role=role, competency=competency, required_level=2)
    publish_version(version=version, at=now())


def named(code: str) -> Competency:
    return Competency.objects.get(code=code)


def publish_another() -> None:
    """By raw SQL, so that nothing but the database knows of it."""
    draft = MatrixVersion.objects.create(code="V2", effective_from=date(2024, 5, 1))
    role = Role.objects.get(code="R1")
    RoleRequirement.objects.create(version=draft, role=role, competency=named("C1"), required_level=4)
    execute("UPDATE roles_matrixversion SET published_at = %s WHERE code = 'V2'", now())


#: Changes that a report says at once.
CHANGES: dict[str, Callable[[], object]] = {
    "a role by its model": lambda: Role.objects.create(code="R2", title="R2"),
    "a role by many": lambda: Role.objects.bulk_create([Role(code="R2", title="R2"), Role(code="R3", title="R3")]),
    "a title by a queryset": lambda: Role.objects.update(title="Renamed"),
    "a title by raw SQL": lambda: execute("UPDATE roles_role SET title = 'Renamed'"),
    "a role taken away": lambda: execute("DELETE FROM roles_role WHERE code = 'SPARE'"),
    "a competency": lambda: Competency.objects.create(code="C2", title="C2"),
    "a dimension": lambda: Competency.objects.update(dimension="technical"),
    "a competency taken away": lambda: Competency.objects.filter(code="SPARE").delete(),
    "a threat of a competency": lambda: named("SPARE").threats.add(Threat.objects.get(code="AT1")),
    "a threat of none": lambda: named("C1").threats.set([]),
    "a threat by another code": lambda: Threat.objects.filter(code="AT1").update(code="AT9"),
    "a threat taken away": lambda: Threat.objects.filter(code="AT1").delete(),
    "another threat in its place": lambda: execute(
        "UPDATE roles_competency_threats SET threat_id = (SELECT id FROM roles_threat WHERE code = 'SPARE')"
    ),
    "a stage": lambda: CompetencyStage.objects.create(competency=named("C1"), stage="deployment"),
    "a stage by another": lambda: CompetencyStage.objects.update(stage="governance"),
    "a stage taken away": lambda: CompetencyStage.objects.all().delete(),
    "a version by raw SQL": publish_another,
    "the policy": lambda: Organisation.objects.update(evidence_policy="highest"),
    "the policy by raw SQL": lambda: execute("UPDATE roles_organisation SET evidence_policy = 'latest'"),
}


@pytest.fixture
def spares(catalogue: None) -> None:
    """What nothing refers to, and can be taken away."""
    Role.objects.create(code="SPARE", title="S")
    Competency.objects.create(code="SPARE", title="S")
    Threat.objects.create(code="SPARE", title="S")


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_in_the_very_next_report_and_gone_when_it_is_rolled_back(spares: None, change: str) -> None:
    before = seen()
    assert seen() is before, "nothing has changed, so it is kept"
    sid = transaction.savepoint()
    CHANGES[change]()

    assert told(seen()) == told(stored()) != told(before)

    transaction.savepoint_rollback(sid)
    assert told(seen()) == told(stored()) == told(before)


@pytest.mark.parametrize("change", [*CHANGES, "a family"])
def test_a_change_is_among_the_next_choices_and_gone_when_it_is_rolled_back(spares: None, change: str) -> None:
    def read() -> Catalogue:
        return replace(_read(None), stamp=None)

    family = RoleFamily.objects.create(code="F", title="Family")
    Competency.objects.update(family=family)
    kept, before = choices(), read()
    assert choices() is kept, "nothing has changed, so it is kept"
    sid = transaction.savepoint()
    CHANGES.get(change, lambda: RoleFamily.objects.update(title="Renamed"))()

    assert replace(choices(), stamp=None) == read()
    assert choices().stamp == stamp()
    if change not in {"a version by raw SQL", "the policy", "the policy by raw SQL"}:
        assert read() != before

    transaction.savepoint_rollback(sid)
    assert replace(choices(), stamp=None) == read() == before


def test_without_a_stamp_no_choices_are_kept(catalogue: None) -> None:
    CatalogueStamp.objects.all().delete()

    assert choices() is not choices()


def spare(table: str) -> tuple[type[Model], dict[str, Any]]:
    """A row of the table that can be written and taken away again."""
    draft = MatrixVersion.objects.create(code="draft", effective_from=DAY)
    competency, other = Competency.objects.get(code="SPARE").pk, Threat.objects.get(code="SPARE").pk
    requirement = {"version": draft, "role": Role.objects.get(code="SPARE"), "competency_id": competency}
    rows: dict[str, tuple[type[Model], dict[str, Any]]] = {
        "roles_role": (Role, {"code": "X", "title": "X"}),
        "roles_rolefamily": (RoleFamily, {"code": "X", "title": "X"}),
        "roles_rolerequirement": (RoleRequirement, {**requirement, "required_level": 1}),
        "roles_matrixversion": (MatrixVersion, {"code": "X", "effective_from": DAY}),
        "roles_organisation": (Organisation, {"pk": 1}),
        "roles_competency": (Competency, {"code": "X", "title": "X"}),
        "roles_competency_threats": (Competency.threats.through, {"competency_id": competency, "threat_id": other}),
        "roles_threat": (Threat, {"code": "X", "title": "X"}),
        "roles_competencystage": (CompetencyStage, {"competency_id": competency, "stage": "design"}),
    }
    return rows[table]


def stamp() -> str | None:
    return look_at(Team.objects.get(), DAY).stamp


@pytest.mark.parametrize("table", STAMPED)
def test_every_write_of_every_table_renews_the_stamp(spares: None, table: str) -> None:
    model, values = spare(table)
    execute("DELETE FROM roles_organisation")
    stamps = [stamp()]
    [row] = model._default_manager.bulk_create([model(**values)])
    stamps.append(stamp())
    execute(f"UPDATE {table} SET id = id WHERE id = %s", row.pk)  # noqa: S608 - a name of ours
    stamps.append(stamp())
    execute(f"DELETE FROM {table} WHERE id = %s", row.pk)  # noqa: S608
    stamps.append(stamp())

    assert len(set(stamps) - {None}) == 4
    assert stamp() == stamps[-1], "reading changes nothing"
    assert CatalogueStamp.objects.count() == 1, "old ones are taken away"


def test_a_table_emptied_in_one_go_renews_the_stamp(catalogue: None) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("it has no TRUNCATE")
    before = stamp()
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("TRUNCATE roles_competencystage")

    assert stamp() != before


def test_without_a_stamp_nothing_is_kept(catalogue: None) -> None:
    CatalogueStamp.objects.all().delete()

    assert seen() is not seen()


def test_what_is_kept_does_not_grow_without_end(catalogue: None) -> None:
    days = [DAY + timedelta(days=number) for number in range(KEPT + 5)]
    first = seen(days[0])
    for day in days:
        seen(day)

    assert len(reported._kept) == KEPT
    assert seen(days[0]) is not first


def alone(work: Callable[[], Any]) -> Any:
    """Do it on a connection of its own, and wait for it."""

    def worked() -> Any:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(worked).result()


@pytest.mark.django_db(transaction=True)
def test_what_another_connection_commits_is_in_the_very_next_report() -> None:
    make_catalogue()
    before = seen()

    alone(lambda: Role.objects.update(title="Renamed elsewhere"))

    assert seen() is not before
    assert [title for _, title in seen().roles.values()] == ["Renamed elsewhere"]


@pytest.mark.django_db(transaction=True)
def test_two_write_at_once_without_waiting_for_each_other_and_both_are_seen() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("there is one writer at a time")
    make_catalogue()
    with transaction.atomic():
        execute("UPDATE roles_role SET title = 'First'")
        mine = seen()
        alone(lambda: execute("UPDATE roles_threat SET title = 'Second'"))
        both = seen()
        theirs = alone(seen)

    assert (mine.threats, [*mine.roles.values()]) == ({"AT1": "A"}, [("R1", "First")])
    assert (both.threats, [*both.roles.values()]) == ({"AT1": "Second"}, [("R1", "First")])
    assert (theirs.threats, [*theirs.roles.values()]) == ({"AT1": "Second"}, [("R1", "R")])
    assert told(seen()) == told(both)
