"""What the database itself refuses, tried by going round every service and model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from assessments.models import AssessmentResult
from roles import guards
from roles.catalogue_stamp import STAMPED
from roles.guards import Guard
from roles.models import (
    CompetencyIndicator,
    MatrixVersion,
    Membership,
    Organisation,
    Person,
    Role,
    RoleAssignment,
    RoleRequirement,
    ScaleLevel,
    Team,
)

from .conftest import AT, Cast

pytestmark = pytest.mark.django_db


def execute(statement: str, *values: str | int | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@contextmanager
def refused_because(message: str) -> Iterator[None]:
    """What is inside fails with this in the database's message, now or at the end of the transaction."""
    with pytest.raises(DatabaseError, match=message), transaction.atomic():  # noqa: PT012 - some is heard at its end
        yield
        connection.check_constraints()


def member(person: Person, team: Team, begins: str, until: str | None) -> None:
    execute(
        "INSERT INTO roles_membership (person_id, team_id, from_on, until_on, updated_at)"
        " VALUES (%s, %s, %s, %s, '2024-01-01T00:00:00Z')",
        person.pk,
        team.pk,
        begins,
        until,
    )


@pytest.mark.parametrize(
    ("begins", "until"),
    [
        pytest.param("2022-01-01", "2022-02-01", id="inside"),
        pytest.param("2020-01-01", None, id="around"),
        pytest.param("2020-01-01", "2021-01-02", id="by its last day"),
        pytest.param("2022-12-31", None, id="by its first day"),
        pytest.param("2021-01-02", "2022-12-31", id="well inside"),
    ],
)
@pytest.mark.parametrize("way", ["insert", "update", "give away"])
def test_memberships_of_one_person_never_overlap(cast: Cast, begins: str, until: str | None, way: str) -> None:
    member(cast.ada, cast.teams["A"], "2021-01-01", "2023-01-01")
    other = cast.bo if way == "give away" else cast.ada
    if way != "insert":
        start, end = (begins, until) if way == "give away" else ("2019-01-01", "2019-02-01")
        member(other, cast.teams["B"], start, end)
    with refused_because("overlap"):
        if way == "insert":
            member(cast.ada, cast.teams["B"], begins, until)
        elif way == "update":
            execute(
                "UPDATE roles_membership SET from_on = %s, until_on = %s WHERE team_id = %s",
                begins,
                until,
                cast.teams["B"].pk,
            )
        else:
            execute("UPDATE roles_membership SET person_id = %s WHERE person_id = %s", cast.ada.pk, cast.bo.pk)


def test_two_open_memberships_of_one_person_overlap(cast: Cast) -> None:
    member(cast.ada, cast.teams["A"], "2021-01-01", None)
    with refused_because("overlap"):
        member(cast.ada, cast.teams["B"], "2022-01-01", None)


def test_adjacent_and_void_memberships_and_those_of_others_stand_together(cast: Cast) -> None:
    member(cast.ada, cast.teams["A"], "2021-01-01", "2023-01-01")
    member(cast.ada, cast.teams["B"], "2023-01-01", None)
    member(cast.ada, cast.teams["B"], "2020-01-01", "2021-01-01")
    member(cast.ada, cast.teams["B"], "2022-01-01", "2022-01-01")
    member(cast.bo, cast.teams["B"], "2022-01-01", None)
    execute("UPDATE roles_membership SET until_on = '2022-06-01' WHERE from_on = '2021-01-01'")
    assert Membership.objects.count() == 5


PUBLISHED: dict[str, Callable[[Cast], object]] = {
    "another day": lambda c: MatrixVersion.objects.filter(pk=c.published.pk).update(effective_from=date(2021, 1, 1)),
    "another code": lambda c: MatrixVersion.objects.filter(pk=c.published.pk).update(code="v9"),
    "taken back": lambda c: execute("UPDATE roles_matrixversion SET published_at = NULL WHERE code = 'v1'"),
    "published again": lambda c: execute(
        "UPDATE roles_matrixversion SET published_at = '2027-01-01' WHERE code = 'v1'"
    ),
    "deleted with its cells": lambda c: c.published.delete(),
    "deleted": lambda c: execute("DELETE FROM roles_matrixversion WHERE code = 'v1'"),
    "a cell more": lambda c: RoleRequirement.objects.create(
        version=c.published, role=c.role, competency=c.other, required_level=1
    ),
    "cells more in bulk": lambda c: RoleRequirement.objects.bulk_create(
        [RoleRequirement(version=c.published, role=c.role, competency=c.other, required_level=1)]
    ),
    "a cell less": lambda c: c.published.requirements.all().delete(),
    "another level": lambda c: c.published.requirements.update(required_level=4),
    "another weight": lambda c: execute(
        "UPDATE roles_rolerequirement SET weight = 3 WHERE version_id = %s", c.published.pk
    ),
    "a cell taken out": lambda c: c.published.requirements.update(version=c.draft, competency=c.other),
    "a cell moved in": lambda c: c.draft.requirements.update(version=c.published, competency=c.other),
}


@pytest.mark.parametrize(
    "way",
    [pytest.param(way, id=name) for name, way in PUBLISHED.items()],
)
def test_a_published_version_and_its_cells_never_change(cast: Cast, way: Callable[[Cast], object]) -> None:
    with refused_because("a published matrix version never changes"):
        way(cast)


def test_a_draft_changes_as_it_likes(cast: Cast) -> None:
    cast.draft.requirements.update(required_level=4, weight=3)
    RoleRequirement.objects.create(version=cast.draft, role=cast.role, competency=cast.other, required_level=1)
    cast.draft.requirements.filter(competency=cast.other).delete()
    MatrixVersion.objects.filter(pk=cast.draft.pk).update(code="v3", effective_from=date(2031, 1, 1))
    cast.draft.delete()
    assert list(MatrixVersion.objects.all()) == [cast.published]


def test_two_versions_never_take_effect_on_one_day(cast: Cast) -> None:
    with refused_because("version_one_published_from_a_day|UNIQUE"):
        execute(
            "UPDATE roles_matrixversion SET effective_from = '2020-01-01', published_at = '2026-01-01'"
            " WHERE code = 'v2'"
        )


def recorded(cast: Cast) -> AssessmentResult:
    return AssessmentResult.objects.create(
        result_id="R1",
        person=cast.ada,
        competency=cast.competency,
        level=2,
        method="exam",
        assessed_on=date(2026, 1, 1),
        recorded_at=AT,
    )


@pytest.mark.parametrize(
    "change",
    [
        "level = 3",
        "method = 'self'",
        "assessed_on = '2026-01-02'",
        "expires_on = '2027-01-01'",
        "assessor = 'x'",
        "evidence = 'x'",
        "result_id = 'R2'",
        "id = id + 1",
        "person_id = (SELECT id FROM roles_person WHERE employee_id = 'bo')",
        "competency_id = (SELECT id FROM roles_competency WHERE code = 'C-2')",
        "recorded_at = '2027-01-01'",
    ],
)
def test_a_recorded_result_is_never_edited(cast: Cast, change: str) -> None:
    recorded(cast)
    with refused_because("a recorded result is never edited"):
        execute(f"UPDATE assessments_assessmentresult SET {change}")  # noqa: S608


@pytest.mark.parametrize(
    "way",
    [
        pytest.param(lambda row: row.delete(), id="by the model"),
        pytest.param(lambda row: AssessmentResult.objects.all().delete(), id="by the queryset"),
        pytest.param(lambda row: execute("DELETE FROM assessments_assessmentresult"), id="by SQL"),
    ],
)
def test_a_recorded_result_is_never_deleted(cast: Cast, way: Callable[[AssessmentResult], object]) -> None:
    row = recorded(cast)
    with refused_because("a recorded result is never deleted"):
        way(row)


@pytest.mark.parametrize(
    "change",
    ["withdrawn_at = NULL, withdrawn_reason = ''", "withdrawn_at = '2027-01-01'", "withdrawn_reason = 'Other'"],
)
def test_a_result_is_withdrawn_once_and_for_all(cast: Cast, change: str) -> None:
    recorded(cast)
    execute("UPDATE assessments_assessmentresult SET withdrawn_at = '2026-05-01', withdrawn_reason = 'Mixed up'")
    with refused_because("a result is withdrawn once and for all"):
        execute(f"UPDATE assessments_assessmentresult SET {change}")  # noqa: S608


@pytest.mark.parametrize("change", ["withdrawn_at = '2026-05-01'", "withdrawn_reason = 'Mixed up'"])
def test_a_withdrawal_has_a_day_and_a_reason(cast: Cast, change: str) -> None:
    recorded(cast)
    with refused_because("result_withdrawn_with_a_reason"):
        execute(f"UPDATE assessments_assessmentresult SET {change}")  # noqa: S608


@pytest.mark.parametrize("below", ["A", "AA", "AAA"])
def test_a_team_is_never_below_itself(cast: Cast, below: str) -> None:
    with refused_because("team_never_below_itself|team_not_its_own_parent"):
        execute("UPDATE roles_team SET parent_id = %s WHERE code = 'A'", cast.teams[below].pk)


def test_a_team_is_never_moved_without_its_path(cast: Cast) -> None:
    with refused_because("team_never_below_itself"):
        execute("UPDATE roles_team SET parent_id = %s WHERE code = 'AA'", cast.teams["B"].pk)


def test_two_new_teams_are_never_each_below_the_other(cast: Cast) -> None:
    with refused_because("team"):
        for key, parent in ((501, 502), (502, 501)):
            execute(
                "INSERT INTO roles_team (id, code, name, parent_id, path, updated_at)"
                " VALUES (%s, %s, '', %s, '', '2024-01-01T00:00:00Z')",
                key,
                f"T{key}",
                parent,
            )


@pytest.mark.parametrize("way", ["a new one", "one of the tree"])
def test_there_is_one_root(cast: Cast, way: str) -> None:
    with refused_because("team_one_root_in_the_tree"):
        if way == "a new one":
            Team.objects.create(code="X", name="X")
        else:
            execute("UPDATE roles_team SET parent_id = NULL WHERE code = 'B'")


SCALE: dict[str, Callable[[Cast, int], object]] = {
    "result_level_0_to_4": lambda c, level: AssessmentResult.objects.create(
        person=c.ada, competency=c.competency, level=level, method="exam", assessed_on=date(2026, 1, 1), recorded_at=AT
    ),
    "scale_level_0_to_4": lambda c, level: ScaleLevel.objects.create(value=level, name="x", summary="x"),
}
SCALE_OF_WHAT_IS_REQUIRED: dict[str, Callable[[Cast, int], object]] = {
    "requirement_level_1_to_4": lambda c, level: c.draft.requirements.update(required_level=level),
    "indicator_level_1_to_4": lambda c, level: CompetencyIndicator.objects.create(
        competency=c.competency, level=level, text="x"
    ),
}


@pytest.mark.parametrize(
    ("guard", "way", "level"),
    [
        *((guard, way, level) for guard, way in SCALE.items() for level in (-1, 5)),
        *((guard, way, level) for guard, way in SCALE_OF_WHAT_IS_REQUIRED.items() for level in (0, 5)),
        ("requirement_weight_1_to_3", lambda c, weight: c.draft.requirements.update(weight=weight), 0),
        ("requirement_weight_1_to_3", lambda c, weight: c.draft.requirements.update(weight=weight), 4),
    ],
)
def test_no_level_and_no_weight_is_outside_its_scale(
    cast: Cast, guard: str, way: Callable[[Cast, int], object], level: int
) -> None:
    with refused_because(f"{guard}|_check|CHECK constraint failed: (level|value)$"):
        way(cast, level)


@pytest.mark.parametrize("level", range(5))
def test_every_level_of_the_scale_can_be_recorded(cast: Cast, level: int) -> None:
    SCALE["result_level_0_to_4"](cast, level)
    assert AssessmentResult.objects.get().level == level


DAYS: dict[str, Callable[[Cast], object]] = {
    "membership_until_not_before_from": lambda c: member(c.ada, c.teams["A"], "2022-01-02", "2022-01-01"),
    "roleassignment_until_not_before_from": lambda c: RoleAssignment.objects.create(
        person=c.ada, role=c.role, from_on=date(2022, 1, 2), until_on=date(2022, 1, 1)
    ),
    "exemption_until_not_before_from": lambda c: c.ada.exemptions.create(
        competency=c.competency, from_on=date(2022, 1, 2), until_on=date(2022, 1, 1)
    ),
    "person_left_not_before_joined": lambda c: Person.objects.update(left_on=date(2019, 12, 31)),
    "result_expires_not_before_assessed": lambda c: AssessmentResult.objects.create(
        person=c.ada,
        competency=c.competency,
        level=1,
        method="exam",
        assessed_on=date(2026, 1, 2),
        expires_on=date(2026, 1, 1),
        recorded_at=AT,
    ),
    "result_known_method": lambda c: AssessmentResult.objects.create(
        person=c.ada, competency=c.competency, level=1, method="guess", assessed_on=date(2026, 1, 2), recorded_at=AT
    ),
    "organisation_only_one": lambda c: Organisation.objects.create(pk=2),
    "organisation_known_policy": lambda c: Organisation.objects.create(pk=1, evidence_policy="any"),
    "role_one_held_by_everyone|UNIQUE": lambda c: [
        Role.objects.create(code=code, title=code, held_by_everyone=True) for code in ("X", "Y")
    ],
}


@pytest.mark.parametrize(("guard", "way"), DAYS.items(), ids=DAYS)
def test_what_makes_no_sense_is_never_stored(cast: Cast, guard: str, way: Callable[[Cast], object]) -> None:
    Organisation.objects.all().delete()
    with refused_because(guard):
        way(cast)


def stand() -> set[str]:
    """The guards that are in place."""
    triggers = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        " UNION SELECT conname FROM pg_constraint WHERE contype = 'x'",
    }
    with connection.cursor() as cursor:
        cursor.execute(triggers[connection.vendor])
        return {name for (name,) in cursor.fetchall()}


EVERYWHERE = {
    "version_frozen_update",
    "version_frozen_delete",
    "requirement_frozen_insert",
    "requirement_frozen_update",
    "requirement_frozen_delete",
    "team_never_below_itself",
    "team_parent_comes_first",
    "person_erased_for_good",
    "result_never_edited",
    "result_withdrawn_once",
    "result_never_deleted",
    "audit_never_edited",
    "audit_never_removed",
}


OVERLAP = {
    "sqlite": {"membership_no_overlap_insert", "membership_no_overlap_update"},
    "postgresql": {"membership_no_overlap"},
}


#: What renews the stamp of the catalogue: a statement on PostgreSQL, a row on SQLite.
STAMPED_BY = {
    "sqlite": {f"{table}_stamped_{event}" for table in STAMPED for event in ("insert", "update", "delete")},
    "postgresql": {f"{table}_stamped" for table in STAMPED},
}


def everything() -> set[str]:
    return EVERYWHERE | OVERLAP[connection.vendor] | STAMPED_BY[connection.vendor]


def test_every_guard_stands() -> None:
    assert stand() == everything()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("command", [["flush", "--no-input"], ["migrate"], ["migrate", "roles"]], ids=" ".join)
def test_the_guards_stand_again_after(command: list[str]) -> None:
    on_table = " ON assessments_assessmentresult" if connection.vendor == "postgresql" else ""
    execute(f"DROP TRIGGER result_never_edited{on_table}")
    call_command(*command, verbosity=0, stdout=StringIO())
    assert stand() == everything()


@pytest.mark.django_db(transaction=True)
def test_the_guards_stand_as_before_where_one_cannot_be_put_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Guard("broken", "roles_team", "UPDATE", "no such thing", "never")
    monkeypatch.setattr(guards, "GUARDS", [*guards.GUARDS, broken])
    with pytest.raises(DatabaseError):
        guards.install(using="default")
    assert stand() == everything()


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="elsewhere triggers say it")
def test_what_excluded_overlaps_before_is_replaced() -> None:
    execute("ALTER TABLE roles_membership DROP CONSTRAINT membership_no_overlap")
    execute(
        "ALTER TABLE roles_membership ADD CONSTRAINT membership_no_overlap EXCLUDE USING gist"
        " (int4range(person_id, person_id, '[]') WITH &&, daterange(from_on, until_on, '[)') WITH &&)"
    )
    for _ in range(2):
        guards.install(using="default")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'membership_no_overlap'"
            )
            [(definition,)] = cursor.fetchall()
        assert "box(" in definition
