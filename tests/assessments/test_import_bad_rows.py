"""Rows that cannot be taken: each is named with file, line, column and value, and nothing is written."""

# ruff: noqa: E501, RUF001 - the cases are tables, one row for each, with digits of other scripts among them

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import pytest

from roles.models import Person, RoleFamily
from tests.organisation import SMALL, OrganisationFiles

if TYPE_CHECKING:
    from .conftest import Refused

LONG = "x" * 10 * 1024**2
SHORTENED = f"'{'x' * 60}…'"


@pytest.mark.parametrize(
    ("name", "line", "cells", "message"),
    [
        # Unknown codes.
        ("teams", 2, {"parent": "ORX"}, "parent: 'ORX' is not a known team; add its row or correct it"),
        ("memberships", 3, {"team": "BLEU"}, "team: 'BLEU' is not a known team (is 'BLUE' meant?); add it to teams.csv or correct it"),
        ("memberships", 3, {"employee_id": "17"}, "employee_id: '17' is not a known person; add it to people.csv or correct it"),
        ("assignments", 2, {"role": "XY"}, "role: 'XY' is not a known role; add it to roles.csv or correct it"),
        ("results", 2, {"competency": "X"}, "competency: 'X' is not a known competency; add it to competencies.csv or correct it"),
        ("exemptions", 2, {"competency": ""}, "competency: is empty, and the code of a competency is needed"),
        ("managers", 2, {"team": "XY"}, "team: 'XY' is not a known team; add it to teams.csv or correct it"),
        ("matrix", 2, {"role": "XY"}, "role: 'XY' is not a known role; add it to roles.csv or correct it"),
        # Levels, weights, methods and other words.
        ("results", 2, {"level": "7"}, "level: '7' is not a level from 0 to 4"),
        ("results", 2, {"level": "5"}, "level: '5' is not a level from 0 to 4"),
        ("results", 2, {"level": "2.5"}, "level: '2.5' is not a level from 0 to 4"),
        ("results", 2, {"level": "-1"}, "level: '-1' is not a level from 0 to 4"),
        ("results", 2, {"level": "expert"}, "level: 'expert' is not a level from 0 to 4"),
        ("results", 2, {"level": "٣"}, "level: '٣' is not a level from 0 to 4"),
        ("results", 2, {"level": ""}, "level: '' is not a level from 0 to 4"),
        ("matrix", 2, {"required_level": "0"}, "required_level: '0' is not a level from 1 to 4"),
        ("matrix", 2, {"required_level": "5"}, "required_level: '5' is not a level from 1 to 4"),
        ("matrix", 2, {"weight": "4"}, "weight: '4' is not a weight from 1 to 3"),
        ("results", 2, {"method": "guess"}, "method: 'guess' is not a method; write one of self, peer, manager, exam, credential, practical"),
        ("competencies", 2, {"dimension": "deep"}, "dimension: 'deep' is not a dimension; write one of technical, risk, governance"),
        # Days.
        ("people", 2, {"joined_on": "31/12/2026"}, "joined_on: '31/12/2026' is not a date; write YYYY-MM-DD"),
        ("people", 2, {"joined_on": "2026-02-30"}, "joined_on: '2026-02-30' is not a day of the calendar"),
        ("people", 2, {"joined_on": "20260201"}, "joined_on: '20260201' is not a date; write YYYY-MM-DD"),
        ("people", 2, {"joined_on": "2026-W05-1"}, "joined_on: '2026-W05-1' is not a date; write YYYY-MM-DD"),
        ("people", 2, {"joined_on": ""}, "joined_on: is empty, and a date is needed; write YYYY-MM-DD"),
        ("people", 2, {"joined_on": "٢٠٢٦-٠٢-٠١"}, "joined_on: '٢٠٢٦-٠٢-٠١' is not a date; write YYYY-MM-DD"),
        ("results", 3, {"assessed_on": "tomorrow"}, "assessed_on: 'tomorrow' is not a date; write YYYY-MM-DD"),
        ("people", 2, {"left_on": "2023-12-31"}, "left_on: '2023-12-31' is before joined_on '2024-01-01'"),
        ("memberships", 2, {"until": "2023-12-31"}, "until: '2023-12-31' is before from '2024-01-01'"),
        ("assignments", 2, {"until": "2023-12-31"}, "until: '2023-12-31' is before from '2024-01-01'"),
        ("exemptions", 2, {"until": "2024-12-31"}, "until: '2024-12-31' is before from '2025-01-01'"),
        ("results", 2, {"expires_on": "2024-01-31"}, "expires_on: '2024-01-31' is before assessed_on '2024-02-01'"),
        # Texts.
        ("people", 2, {"name": ""}, "name: is empty, and a text is needed"),
        ("people", 2, {"name": "x" * 201}, f"name: {SHORTENED} has 201 characters; 200 are the most"),
        ("people", 2, {"name": LONG}, f"name: {SHORTENED} has 10,485,760 characters; 200 are the most"),
        ("people", 2, {"joined_on": LONG}, f"joined_on: {SHORTENED} is not a date; write YYYY-MM-DD"),
        ("results", 2, {"level": LONG}, f"level: {SHORTENED} is not a level from 0 to 4"),
        ("results", 2, {"employee_id": LONG}, f"employee_id: {SHORTENED} is not a known person; add it to people.csv or correct it"),
        ("people", 2, {"name": "A\0da"}, r"name: 'A\x00da' has the control character '\x00' in it; remove it"),
        ("people", 2, {"name": "\x1b[2JAda"}, r"name: '\x1b[2JAda' has the control character '\x1b' in it; remove it"),
        ("people", 2, {"name": "\x9b2JAda"}, r"name: '\x9b2JAda' has the control character '\x9b' in it; remove it"),
        ("people", 2, {"email": "ada"}, "email: 'ada' is not an e-mail address"),
        ("results", 2, {"result_id": ""}, "result_id: is empty, and a text is needed"),
        # Codes.
        ("roles", 4, {"code": "A/B"}, "code: 'A/B' is not a code; leave out slashes and control characters"),
        ("roles", 4, {"code": ".."}, "code: '..' is not a code; leave out slashes and control characters"),
        ("roles", 4, {"code": ""}, "code: is empty, and a code is needed"),
        ("roles", 4, {"code": "A\x9bB"}, r"code: 'A\x9bB' is not a code; leave out slashes and control characters"),
        ("roles", 4, {"code": "x" * 65}, f"code: {SHORTENED} has 65 characters; 64 are the most"),
        ("roles", 2, {"family": "A\0"}, r"family: 'A\x00' is not a code; leave out slashes and control characters"),
        # The rules of a version.
        ("matrix", 3, {"effective_from": "2024-01-02"}, "effective_from: '2024-01-02' is not '2024-01-01' as for the same version in line 2"),
        ("matrix", 4, {"version": "v2"}, "effective_from: '2024-01-01' is the day of version 'v1' already; two cannot take effect on one day"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_named_with_its_file_line_column_and_value(
    db: None, files: OrganisationFiles, refused: Refused, name: str, line: int, cells: dict[str, object], message: str
) -> None:
    files.add("roles", ("NEW", "A role nobody holds", ""))
    assert refused(files.change(name, line, **cells)) == [f"{name}.csv:{line}: {message}"]


@pytest.mark.parametrize(
    ("name", "row", "message"),
    [
        ("teams", ("RED", "Again", "ORG"), "code: the same as in line 2; a key stands once"),
        ("people", ("E1", "Again", "", "2024-01-01", ""), "employee_id: the same as in line 2; a key stands once"),
        ("roles", ("ENG", "Engineer", "TECH"), "code: the same as in line 2; a key stands once"),
        ("memberships", ("E2", "BLUE", "2024-01-01", ""), "employee_id, from: the same as in line 4; a key stands once"),
        ("assignments", ("E1", "ENG", "2024-01-01", ""), "employee_id, role, from: the same as in line 2; a key stands once"),
        ("exemptions", ("E2", "C-2", "2025-01-01", "", ""), "employee_id, competency, from: the same as in line 2; a key stands once"),
        ("managers", ("RED", "E2"), "team, employee_id: the same as in line 2; a key stands once"),
        ("matrix", ("v1", "2024-01-01", "ENG", "C-1", 3, 2), "version, role, competency: the same as in line 2; a key stands once"),
        ("results", SMALL["results"][0], "result_id: 'R1' stands in line 2 already"),
    ],
)  # fmt: skip
def test_a_key_stands_once_in_a_file(
    db: None, files: OrganisationFiles, refused: Refused, name: str, row: Sequence[object], message: str
) -> None:
    line = len(SMALL[name]) + 2
    assert refused(files.add(name, row)) == [f"{name}.csv:{line}: {message}"]


TREES = {
    "itself": ([("ORG", "O", ""), ("RED", "R", "RED")], ["teams.csv:3: parent: a team is never below itself: 'RED' below 'RED'"]),
    "a cycle beside the tree": (
        [("ORG", "O", ""), ("A", "A", "C"), ("B", "B", "A"), ("C", "C", "B"), ("D", "D", "C")],
        ["teams.csv:5: parent: a team is never below itself: 'C' below 'B' below 'A' below 'C'"],
    ),
    "two cycles": (
        [("ORG", "O", ""), ("A", "A", "B"), ("B", "B", "A"), ("C", "C", "D"), ("D", "D", "C")],
        [
            "teams.csv:4: parent: a team is never below itself: 'B' below 'A' below 'B'",
            "teams.csv:6: parent: a team is never below itself: 'D' below 'C' below 'D'",
        ],
    ),
    "a cycle and no root": (
        [("A", "A", "B"), ("B", "B", "A")],
        ["teams.csv:3: parent: a team is never below itself: 'B' below 'A' below 'B'"],
    ),
    "two roots": (
        [("ORG", "O", ""), ("RED", "R", "")],
        ["teams.csv:3: parent: is empty, which would make 'RED' a second root beside 'ORG'; name its parent"],
    ),
    "an orphan": ([("ORG", "O", ""), ("RED", "R", "X")], ["teams.csv:3: parent: 'X' is not a known team; add its row or correct it"]),
    "too deep": (
        [(f"T{level}", "T", f"T{level - 1}" if level else "") for level in range(33)],
        ["teams.csv:34: parent: puts the team below 32 levels, the most there are"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "problems"), TREES.values(), ids=TREES)
def test_teams_that_are_not_one_tree_are_refused(
    db: None, files: OrganisationFiles, refused: Refused, rows: list[Sequence[object]], problems: list[str]
) -> None:
    assert refused(files.only("teams").put("teams", *rows)) == problems


@pytest.mark.parametrize(
    ("rows", "problems"),
    [
        pytest.param(
            [("BLUE", "Blue team", "RED"), ("RED", "Red team", "BLUE")],
            ["teams.csv:3: parent: a team is never below itself: 'RED' below 'BLUE' below 'RED'"],
            id="a cycle of two moves",
        ),
        pytest.param(
            [("NEW", "N", "")],
            ["teams.csv:2: parent: is empty, which would make 'NEW' a second root beside 'ORG'; name its parent"],
            id="a second root",
        ),
        pytest.param(
            [("ORG", "Everybody", "RED")],
            ["teams.csv:2: parent: 'ORG' is the root of the tree and stays it; leave its parent empty"],
            id="a root with a parent",
        ),
    ],
)
def test_the_file_and_the_tree_there_is_must_make_one_tree(
    imported: OrganisationFiles, refused: Refused, rows: list[Sequence[object]], problems: list[str]
) -> None:
    assert refused(imported.only().put("teams", *rows)) == problems


@pytest.mark.parametrize(("parent", "line"), [("", 3), ("BLUE", 4)], ids=["two roots", "a cycle"])
def test_a_bad_tree_is_told_together_with_bad_rows_of_other_files(
    db: None, files: OrganisationFiles, refused: Refused, parent: str, line: int
) -> None:
    files.change("roles", 2, title="").change("teams", 2, parent=parent).change("results", 2, level=5)
    files.change("teams", 4, parent="RED" if parent else "ORG")
    told = [problem.split(": ")[0] for problem in refused(files)]
    assert told == ["roles.csv:2", f"teams.csv:{line}", "results.csv:2"]


OVERLAPS = {
    "inside another of the file": (
        [("E1", "RED", "2020-01-01", ""), ("E1", "BLUE", "2021-01-01", "2022-01-01")],
        "memberships.csv:3: from: '2021-01-01' is in the middle of the membership from 2020-01-01 until open in line 2",
    ),
    "by one day, later row first": (
        [("E1", "RED", "2021-01-01", ""), ("E1", "BLUE", "2020-01-01", "2021-01-02")],
        "memberships.csv:2: from: '2021-01-01' is in the middle of the membership from 2020-01-01 until 2021-01-02 in line 3",
    ),
    "not with the last but with a longer one before it": (
        [
            ("E1", "RED", "2020-01-01", "2023-01-01"),
            ("E1", "BLUE", "2023-01-01", "2023-02-01"),
            ("E2", "BLUE", "2020-01-01", "2029-01-01"),
            ("E1", "ORG", "2022-12-31", "2022-12-31"),
            ("E1", "ORG", "2022-12-30", "2023-01-01"),
        ],
        "memberships.csv:6: from: '2022-12-30' is in the middle of the membership from 2020-01-01 until 2023-01-01 in line 2",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "problem"), OVERLAPS.values(), ids=OVERLAPS)
def test_memberships_of_a_file_that_overlap_are_refused(
    db: None, files: OrganisationFiles, refused: Refused, rows: list[Sequence[object]], problem: str
) -> None:
    files.put("memberships", *rows)
    assert refused(files) == [f"{problem}; a person is in one team at a time"]


def test_every_membership_inside_a_longer_one_is_named(db: None, files: OrganisationFiles, refused: Refused) -> None:
    stays = [
        ("2020-01-01", "2026-01-01"),
        ("2021-01-01", "2021-02-01"),
        ("2022-01-01", "2022-02-01"),
        ("2025-12-31", ""),
    ]
    files.put("memberships", *(("E1", "RED", *stay) for stay in stays))
    assert [problem.split("; ")[0] for problem in refused(files)] == [
        f"memberships.csv:{line}: from: '{begins}' is in the middle of the membership from 2020-01-01 until 2026-01-01 in line 2"
        for line, (begins, _) in enumerate(stays[1:], start=3)
    ]


RECORDED = {
    "begins in the middle of one that is recorded": (
        ("E2", "BLUE", "2026-01-01", ""),
        "from: '2026-01-01' is in the middle of the membership from 2024-01-01 until open that is recorded already",
    ),
    "reaches into one that is recorded": (
        ("E2", "BLUE", "2023-01-01", "2024-01-02"),
        "until: '2024-01-02' is after the beginning of the membership from 2024-01-01 until open that is recorded already",
    ),
    "grows into one that is recorded": (
        ("E1", "RED", "2024-01-01", ""),
        "until: 'open' is after the beginning of the membership from 2025-01-01 until open that is recorded already",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("row", "message"), RECORDED.values(), ids=RECORDED)
def test_a_membership_that_overlaps_a_recorded_one_is_refused_by_its_own_line(
    imported: OrganisationFiles, refused: Refused, row: Sequence[object], message: str
) -> None:
    imported.only().put("memberships", row)
    assert refused(imported) == [f"memberships.csv:2: {message}; a person is in one team at a time"]


PUBLISHED = {
    "another level": (("ENG", "C-1", 4, 2), "required_level: '4' is '3' in 'v1', which is published"),
    "another weight": (("ENG", "C-1", 3, 1), "weight: '1' is '2' in 'v1', which is published"),
    "one requirement more": (("LEAD", "C-1", 3, 1), "role, competency: 'v1' is published without this requirement"),
}


@pytest.mark.parametrize(("cell", "message"), PUBLISHED.values(), ids=PUBLISHED)
def test_a_published_version_never_changes_by_a_file(
    imported: OrganisationFiles, refused: Refused, cell: tuple[object, ...], message: str
) -> None:
    imported.only().put("matrix", ("v1", "2024-01-01", *cell))
    assert refused(imported) == [f"matrix.csv:2: {message} and never changes; use another version code"]


def test_a_published_version_keeps_its_day(imported: OrganisationFiles, refused: Refused) -> None:
    imported.only().put("matrix", ("v1", "2025-01-01", "ENG", "C-1", 3, 2))
    [problem] = refused(imported)
    assert problem.startswith("matrix.csv:2: effective_from: 'v1' is published from '2024-01-01' and never changes")


def test_a_new_version_cannot_take_the_day_of_a_published_one(imported: OrganisationFiles, refused: Refused) -> None:
    imported.only().put("matrix", ("v2", "2024-01-01", "ENG", "C-1", 3, 2))
    [problem] = refused(imported)
    assert problem.startswith("matrix.csv:2: effective_from: '2024-01-01' is the day of version 'v1' already")


def test_every_bad_cell_of_a_row_is_named(db: None, files: OrganisationFiles, refused: Refused) -> None:
    files.change("results", 3, level=5, method="guess", assessed_on="today")
    assert [problem.split(": ")[:2] for problem in refused(files)] == [
        ["results.csv:3", "level"],
        ["results.csv:3", "method"],
        ["results.csv:3", "assessed_on"],
    ]


@pytest.mark.parametrize(
    ("bad", "named", "more"),
    [(99, 99, []), (100, 100, []), (101, 100, ["... and 1 more bad rows"]), (350, 100, ["... and 250 more bad rows"])],
)
def test_a_hundred_bad_rows_are_named_and_the_others_counted(
    db: None, files: OrganisationFiles, refused: Refused, bad: int, named: int, more: list[str]
) -> None:
    files.put("results", *((f"R{n}", "E1", "C-1", 7, "exam", "2024-01-01", "", "", "") for n in range(bad)))
    problems = refused(files)
    assert problems[:named] == [f"results.csv:{n + 2}: level: '7' is not a level from 0 to 4" for n in range(named)]
    assert problems[named:] == more


MISTAKES_IN_PEOPLE = {
    "a bad cell": ('employee_id,name,email,joined_on,left_on\nE1,,,2024-01-01,\n', ["people.csv:2: name"]),
    "a bad code": ("employee_id,name,email,joined_on,left_on\nE/1,Ada,,2024-01-01,\n", ["people.csv:2: employee_id"]),
    "a row that is short": ("employee_id,name,email,joined_on,left_on\nE1,Ada\n", ["people.csv:2: the row has 2 cells"]),
    "a missing column": ("employee_id,name,joined_on,left_on\nE1,Ada,2024-01-01,\n", ["people.csv:1: email"]),
    "another encoding": (b"employee_id,name,email,joined_on,left_on\nE1,\xc5da,,2024-01-01,\n", ["people.csv:2: the file is not"]),
    "an open quotation mark": ('employee_id,name,email,joined_on,left_on\nE1,"Ada,,2024-01-01,\n', ["people.csv:2: a quotation"]),
    "no rows at all": ("", ["people.csv: is empty"]),
}  # fmt: skip


@pytest.mark.parametrize(("content", "problems"), MISTAKES_IN_PEOPLE.values(), ids=MISTAKES_IN_PEOPLE)
def test_a_mistake_in_people_is_told_once_and_not_in_every_row_about_them(
    db: None, files: OrganisationFiles, refused: Refused, content: str | bytes, problems: list[str]
) -> None:
    for name in ("memberships", "assignments", "exemptions", "managers"):
        files.put(name)
    who = "E/1" if b"E/1" in (content if isinstance(content, bytes) else content.encode()) else "E1"
    files.put("results", *((f"R{n}", who, "C-1", 2, "exam", "2024-01-01", "", "", "") for n in range(200)))
    told = refused(files.text("people.csv", content))
    assert [problem[: len(start)] for problem, start in zip(told, problems, strict=True)] == problems


@pytest.mark.parametrize(("name", "missing"), [("teams", 2), ("roles", 2), ("competencies", 4), ("people", 4)])
def test_a_bad_header_is_told_and_no_row_that_refers_to_the_file(
    db: None, files: OrganisationFiles, refused: Refused, name: str, missing: int
) -> None:
    key = "employee_id" if name == "people" else "code"
    told = refused(files.text(f"{name}.csv", f"{key}\nE1\n"))
    assert [problem.startswith(f"{name}.csv:1: ") for problem in told] == [True] * missing


def test_a_person_nobody_knows_is_told_also_when_people_come_along(
    db: None, files: OrganisationFiles, refused: Refused
) -> None:
    files.change("results", 2, employee_id="E4").change("people", 2, name="")
    assert [problem.split(": ")[0] for problem in refused(files)] == ["people.csv:2", "results.csv:2"]


def test_thousands_of_unknown_codes_are_told_in_no_time(
    db: None, files: OrganisationFiles, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was meant is looked for only where it will be shown."""
    asked: list[str] = []

    def meant(text: str, words: object) -> str:
        asked.append(text)
        return ""

    monkeypatch.setattr("assessments.importing.cells.meant", meant)
    files.put("results", *((f"R{n}", "E7", "C-1", 2, "exam", "2024-01-01", "", "", "") for n in range(5_000)))
    refused(files)
    assert len(asked) == 100


def test_what_an_import_made_on_the_way_is_gone_too(db: None, files: OrganisationFiles, refused: Refused) -> None:
    refused(files.change("results", 4, level=5))
    assert not RoleFamily.objects.exists()


def test_a_row_that_would_be_bad_only_beside_what_is_recorded_is_refused_too(
    imported: OrganisationFiles, refused: Refused
) -> None:
    """`left_on` is before `joined_on` of the row, not of the database: a row is whole."""
    imported.only().put("people", ("E1", "Ada Ångström", "", "2026-01-01", "2025-01-01"))
    assert refused(imported) == ["people.csv:2: left_on: '2025-01-01' is before joined_on '2026-01-01'"]
    assert Person.objects.get(employee_id="E1").joined_on == date(2024, 1, 1)
