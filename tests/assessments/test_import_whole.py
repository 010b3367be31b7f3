"""A whole organisation comes in, and again, and in part (contract, section 4)."""

# ruff: noqa: E501 - the cases are tables, one row for each

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from assessments.importing.importer import ImportReport
from assessments.models import AssessmentResult, Exemption
from assessments.services import withdraw_result
from reports.services import disagreements
from roles.models import (
    Competency,
    MatrixVersion,
    Membership,
    Person,
    Role,
    RoleAssignment,
    RoleFamily,
    Team,
    TeamManager,
)
from roles.services import publish_version
from tests.organisation import AT, COLUMNS, SMALL, OrganisationFiles, everything, standings_of

if TYPE_CHECKING:
    from django.db.models import Model

    from .conftest import Refused

pytestmark = pytest.mark.django_db


def counts(report: ImportReport) -> dict[str, tuple[int, int, int]]:
    """Added, changed and unchanged rows of each file."""
    return {outcome.file: (outcome.added, outcome.changed, outcome.unchanged) for outcome in report.outcomes}


@pytest.mark.parametrize(
    ("model", "columns", "rows"),
    [
        (Role, ["code", "title", "family__code"], [("ENG", "Engineer", "TECH"), ("LEAD", "Lead", None)]),
        (
            Competency,
            ["code", "title", "family__code", "dimension", "summary"],
            [("C-1", "Prompts", "TECH", "technical", "Knows prompts."), ("C-2", "Risks", None, "risk", "")],
        ),
        (Team, ["code", "name", "parent__code"], [("BLUE", "Blue team", "ORG"), ("ORG", "Everybody", None), ("RED", "Red team", "ORG")]),
        (
            Person,
            ["employee_id", "name", "email", "joined_on", "left_on"],
            [
                ("E1", "Ada Ångström", "ada@example.org", date(2024, 1, 1), None),
                ("E2", "Björn Ek", "", date(2024, 1, 1), None),
                ("E3", "Chi Đặng", "", date(2024, 1, 1), date(2025, 1, 1)),
            ],
        ),
        (
            Membership,
            ["person__employee_id", "team__code", "from_on", "until_on"],
            [
                ("E1", "BLUE", date(2025, 1, 1), None),
                ("E1", "RED", date(2024, 1, 1), date(2025, 1, 1)),
                ("E2", "RED", date(2024, 1, 1), None),
                ("E3", "BLUE", date(2024, 1, 1), date(2025, 1, 1)),
            ],
        ),
        (
            RoleAssignment,
            ["person__employee_id", "role__code", "from_on", "until_on"],
            [
                ("E1", "ENG", date(2024, 1, 1), None),
                ("E2", "ENG", date(2025, 1, 1), None),
                ("E2", "LEAD", date(2024, 1, 1), None),
            ],
        ),
        (
            Exemption,
            ["person__employee_id", "competency__code", "from_on", "until_on", "reason"],
            [("E2", "C-2", date(2025, 1, 1), date(2025, 7, 1), "Parental leave")],
        ),
        (
            AssessmentResult,
            [
                "result_id",
                "person__employee_id",
                "competency__code",
                "level",
                "method",
                "assessed_on",
                "expires_on",
                "assessor",
                "evidence",
                "recorded_at",
                "recorded_by",
                "withdrawn_at",
            ],
            [
                ("R1", "E1", "C-1", 3, "exam", date(2024, 2, 1), date(2026, 2, 1), "Institute", "Certificate 17", AT, None, None),
                ("R2", "E1", "C-1", 2, "self", date(2024, 3, 1), None, "", "", AT, None, None),
                ("R3", "E2", "C-2", 4, "manager", date(2024, 3, 1), None, "E3", "", AT, None, None),
            ],
        ),
        (TeamManager, ["team__code", "person__employee_id"], [("RED", "E2")]),
        (MatrixVersion, ["code", "effective_from", "published_at"], [("v1", date(2024, 1, 1), AT)]),
    ],
)  # fmt: skip
def test_every_file_becomes_rows(
    imported: OrganisationFiles, model: type[Model], columns: list[str], rows: list[tuple[object, ...]]
) -> None:
    assert sorted(model._default_manager.order_by().values_list(*columns), key=repr) == sorted(rows, key=repr)


def test_the_cells_of_a_version_come_in_and_an_empty_weight_is_one(imported: OrganisationFiles) -> None:
    cells = MatrixVersion.objects.get(code="v1").requirements
    assert set(cells.values_list("role__code", "competency__code", "required_level", "weight", "level_origin")) == {
        ("ENG", "C-1", 3, 2, "organisation"),
        ("ENG", "C-2", 2, 1, "organisation"),
        ("LEAD", "C-2", 4, 3, "organisation"),
    }


def test_standings_are_there_as_soon_as_the_import_is(imported: OrganisationFiles) -> None:
    assert standings_of("E1", "C-1") == [
        ("2024-01-01", "2024-02-01", "RED", "not_assessed", None),
        ("2024-02-01", "2025-01-01", "RED", "met", 3),
        ("2025-01-01", "2026-02-01", "BLUE", "met", 3),
        ("2026-02-01", "open", "BLUE", "gap", 2),
    ]
    assert standings_of("E2", "C-2") == [
        ("2024-01-01", "2024-03-01", "RED", "not_assessed", None),
        ("2024-03-01", "2025-01-01", "RED", "met", 4),
        ("2025-01-01", "2025-07-01", "RED", "exempt", 4),
        ("2025-07-01", "open", "RED", "met", 4),
    ]
    assert list(disagreements()) == []


def test_each_team_has_the_path_that_follows_from_its_parents(imported: OrganisationFiles) -> None:
    org, red = Team.objects.get(code="ORG"), Team.objects.get(code="RED")
    assert (org.path, red.path) == (org.step, org.step + red.step)


def test_the_first_import_adds_every_row_and_says_so(db: None, files: OrganisationFiles) -> None:
    report = files.as_import()
    assert counts(report) == {f"{name}.csv": (len(rows), 0, 0) for name, rows in SMALL.items()}
    assert (report.people_touched, report.ignored) == (None, [])


def test_a_second_import_changes_nothing_and_touches_nobody(imported: OrganisationFiles) -> None:
    before = everything()
    report = imported.as_import()
    assert everything() == before
    assert counts(report) == {f"{name}.csv": (0, 0, len(rows)) for name, rows in SMALL.items()}
    assert report.people_touched == 0


@pytest.mark.parametrize("name", COLUMNS)
def test_every_file_can_be_missing(db: None, files: OrganisationFiles, name: str) -> None:
    files.as_import()
    before = everything()
    (files.folder / f"{name}.csv").unlink()
    files.as_import()
    assert everything() == before


def test_one_file_is_enough(db: None, files: OrganisationFiles) -> None:
    files.only("teams").as_import()
    assert (Team.objects.count(), Person.objects.count()) == (3, 0)


@pytest.mark.parametrize(
    ("name", "row", "model", "found"),
    [
        ("roles", ("ENG", "Software engineer", ""), Role, {"code": "ENG", "title": "Software engineer", "family": None}),
        ("competencies", ("C-1", "Prompting", "NEW", "", "s"), Competency, {"title": "Prompting", "family__code": "NEW", "dimension": "", "summary": "s"}),
        ("teams", ("RED", "Crimson", "BLUE"), Team, {"code": "RED", "name": "Crimson", "parent__code": "BLUE"}),
        ("people", ("E1", "Ada B", "b@example.org", "2024-02-02", "2026-01-01"), Person, {"employee_id": "E1", "name": "Ada B", "email": "b@example.org", "joined_on": "2024-02-02", "left_on": "2026-01-01"}),
        ("memberships", ("E2", "BLUE", "2024-01-01", "2026-01-01"), Membership, {"person__employee_id": "E2", "team__code": "BLUE", "until_on": "2026-01-01"}),
        ("assignments", ("E2", "LEAD", "2024-01-01", "2026-01-01"), RoleAssignment, {"person__employee_id": "E2", "role__code": "LEAD", "until_on": "2026-01-01"}),
        ("exemptions", ("E2", "C-2", "2025-01-01", "", "Sick"), Exemption, {"person__employee_id": "E2", "until_on": None, "reason": "Sick"}),
    ],
)  # fmt: skip
def test_a_changed_row_changes_that_row_alone(
    imported: OrganisationFiles,
    name: str,
    row: tuple[object, ...],
    model: type[Model],
    found: dict[str, object],
) -> None:
    many = model._default_manager.count()
    report = imported.only().put(name, row).as_import()
    assert counts(report) == {f"{name}.csv": (0, 1, 0)}
    assert model._default_manager.filter(**found).count() == 1
    assert model._default_manager.count() == many
    assert list(disagreements()) == []


@pytest.mark.parametrize(
    ("name", "row", "people"),
    [
        ("people", ("E1", "Ada Ångström", "ada@example.org", "2024-02-02", ""), 1),
        ("people", ("E9", "Nobody knows yet", "", "2024-02-02", ""), 0),
        ("memberships", ("E2", "RED", "2024-01-01", "2026-01-01"), 1),
        ("assignments", ("E3", "LEAD", "2024-01-01", ""), 1),
        ("exemptions", ("E1", "C-1", "2024-01-01", "", ""), 1),
        ("results", ("R4", "E3", "C-1", 1, "peer", "2024-05-01", "", "", ""), 1),
        ("teams", ("RED", "Crimson", "BLUE"), 0),
        ("managers", ("BLUE", "E1"), 0),
    ],
)
def test_an_import_recomputes_only_whom_it_touches(
    imported: OrganisationFiles, name: str, row: tuple[object, ...], people: int
) -> None:
    assert imported.only().put(name, row).as_import().people_touched == people
    assert list(disagreements()) == []


def test_rows_absent_from_a_file_are_left_alone(imported: OrganisationFiles) -> None:
    before = everything()
    for name, rows in SMALL.items():
        imported.put(name, rows[0])
    imported.as_import()
    assert everything() == before


def test_an_imported_role_keeps_what_the_file_does_not_tell(imported: OrganisationFiles) -> None:
    role = Role.objects.get(code="ENG")
    role.held_by_everyone, role.who, role.emerging = True, "those who build", True
    role.save()
    imported.only().put("roles", ("ENG", "Builder", "")).as_import()
    role.refresh_from_db()
    assert (role.title, role.held_by_everyone, role.who, role.emerging) == ("Builder", True, "those who build", True)


def test_a_family_that_nobody_has_named_is_made_once(imported: OrganisationFiles) -> None:
    assert list(RoleFamily.objects.values_list("code", "title")) == [("TECH", "TECH")]


def test_a_membership_may_take_days_that_the_same_file_frees_further_down(imported: OrganisationFiles) -> None:
    imported.only().put(
        "memberships", ("E2", "BLUE", "2025-06-01", ""), ("E2", "RED", "2024-01-01", "2025-06-01")
    ).as_import()
    found = Membership.objects.filter(person__employee_id="E2").values_list("team__code", "from_on", "until_on")
    assert list(found) == [("RED", date(2024, 1, 1), date(2025, 6, 1)), ("BLUE", date(2025, 6, 1), None)]


def test_a_membership_may_grow_over_one_that_the_same_file_voids_further_down(imported: OrganisationFiles) -> None:
    imported.only().put(
        "memberships", ("E1", "RED", "2024-01-01", ""), ("E1", "BLUE", "2025-01-01", "2025-01-01")
    ).as_import()
    assert {row[2] for row in standings_of("E1", "C-1")} == {"RED"}


def test_memberships_that_touch_do_not_overlap_whatever_their_order(db: None, files: OrganisationFiles) -> None:
    stays = [("E2", "BLUE", "2025-01-01", ""), ("E2", "RED", "2024-06-01", "2025-01-01"), ("E2", "ORG", "2024-01-01", "2024-06-01")]  # fmt: skip
    files.put("memberships", *stays).as_import()
    assert Membership.objects.count() == len(stays)


@pytest.mark.parametrize("order", [("R8", "R9"), ("R9", "R8")], ids=" then ".join)
def test_of_two_results_of_one_day_the_later_row_of_the_file_decides(
    imported: OrganisationFiles, order: tuple[str, str]
) -> None:
    levels = {"R8": 1, "R9": 4}
    rows = [(result_id, "E1", "C-1", levels[result_id], "exam", "2026-03-01", "", "", "") for result_id in order]
    imported.only().put("results", *rows).as_import()
    assert standings_of("E1", "C-1")[-1][-1] == levels[order[-1]]


def test_results_of_several_imports_count_as_recorded_one_import_after_the_other(imported: OrganisationFiles) -> None:
    imported.only().put("results", ("R9", "E1", "C-1", 4, "exam", "2026-03-01", "", "", "")).as_import()
    imported.put("results", ("R0", "E1", "C-1", 0, "exam", "2026-03-01", "", "", "")).as_import()
    assert standings_of("E1", "C-1")[-1][-1] == 0


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("employee_id", "E2"),
        ("competency", "C-2"),
        ("level", 2),
        ("method", "practical"),
        ("assessed_on", "2024-02-02"),
        ("expires_on", ""),
        ("assessor", "Somebody else"),
        ("evidence", "Certificate 18"),
    ],
)
def test_a_recorded_result_sent_again_with_other_content_is_refused(
    imported: OrganisationFiles, column: str, cell: object, refused: Refused
) -> None:
    imported.change("results", 2, **{column: cell})
    assert refused(imported) == [
        f"results.csv:2: result_id: 'R1' is recorded with another {column}; withdraw it and send a new result_id"
    ]


def test_a_withdrawn_result_sent_again_stays_withdrawn(imported: OrganisationFiles) -> None:
    withdraw_result(result=AssessmentResult.objects.get(result_id="R1"), by=None, reason="Mixed up", at=AT)
    before = everything()
    imported.as_import()
    assert everything() == before


def test_a_version_sent_again_in_part_is_the_same_version(imported: OrganisationFiles) -> None:
    imported.only().put("matrix", SMALL["matrix"][2]).as_import()
    assert MatrixVersion.objects.get().requirements.count() == len(SMALL["matrix"])


def test_a_new_version_takes_effect_on_its_day(imported: OrganisationFiles) -> None:
    imported.only().put("matrix", ("v2", "2026-06-01", "ENG", "C-1", 1, 1)).as_import()
    assert standings_of("E1", "C-1")[-2:] == [
        ("2026-02-01", "2026-06-01", "BLUE", "gap", 2),
        ("2026-06-01", "open", "BLUE", "met", 2),
    ]
    assert list(disagreements()) == []


def test_a_draft_of_the_console_is_not_published_by_an_import(imported: OrganisationFiles, refused: Refused) -> None:
    MatrixVersion.objects.create(code="draft", effective_from=date(2027, 1, 1))
    imported.only().put("matrix", ("draft", "2027-01-01", "ENG", "C-1", 1, 1))
    assert refused(imported) == ["matrix.csv:2: version: 'draft' is an open draft; publish or delete it first"]


def test_a_version_published_here_takes_the_same_rows_from_a_file(imported: OrganisationFiles) -> None:
    version = MatrixVersion.objects.create(code="v2", effective_from=date(2027, 1, 1))
    role, competency = Role.objects.get(code="ENG"), Competency.objects.get(code="C-1")
    version.requirements.create(role=role, competency=competency, required_level=4, weight=3)
    publish_version(version=version, at=AT)
    report = imported.only().put("matrix", ("v2", "2027-01-01", "ENG", "C-1", 4, 3)).as_import()
    assert counts(report) == {"matrix.csv": (0, 0, 1)}
